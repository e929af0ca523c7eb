#include "protocol/words.hpp"

#include <catch2/catch.hpp>

namespace byzgate {

TEST_CASE("edits are counted, a swap of neighbours as one") {
    struct row {
        const char* a;
        const char* b;
        std::size_t distance;
    };
    const auto r = GENERATE(values<row>({{"", "", 0},
                                         {"depth", "depth", 0},
                                         {"", "abc", 3},
                                         {"depth", "dept", 1},
                                         {"depth", "depthh", 1},
                                         {"depth", "debth", 1},
                                         {"depth", "dpeth", 1},
                                         {"ab", "ba", 1},
                                         {"ca", "abc", 3},
                                         {"kitten", "sitting", 3}}));
    CHECK(edit_distance(r.a, r.b) == r.distance);
    CHECK(edit_distance(r.b, r.a) == r.distance);
}

TEST_CASE("a slip of the fingers finds the key that was meant, anything else finds none") {
    const std::vector<std::string> known{"commanders", "lieutenants", "depth", "url", "id"};
    CHECK(nearest("comanders", known) == "commanders");
    CHECK(nearest("luietenants", known) == "lieutenants");
    CHECK(nearest("dept", known) == "depth");
    CHECK(nearest("ulr", known) == "url");
    CHECK_FALSE(nearest("banana", known));
    CHECK_FALSE(nearest("xy", known));
    CHECK_FALSE(nearest("", known));
    CHECK_FALSE(nearest(std::string(100'000, 'd'), known));
}

TEST_CASE("lists in sentences read as sentences") {
    CHECK(enumerated({}).empty());
    CHECK(enumerated({"a"}) == "a");
    CHECK(enumerated({"a", "b"}) == "a and b");
    CHECK(enumerated({"a", "b", "c"}) == "a, b and c");
}

} // namespace byzgate
