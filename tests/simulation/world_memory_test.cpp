#include <catch2/catch.hpp>

#include "simulation/fast_digest.hpp"
#include "simulation/world_database.hpp"
#include "simulation/world_digest.hpp"

using namespace byzgate;

namespace {

/// Counts how often a digest is computed.
class counting_digester final : public digester {
public:
    [[nodiscard]] digest digest_of(std::string_view bytes) const override {
        ++computed;
        return fast_.digest_of(bytes);
    }
    mutable std::size_t computed = 0;

private:
    fast_digester fast_;
};

} // namespace

TEST_CASE("a remembered digest is the digest, also of texts that share a place") {
    const counting_digester computes;
    const fast_digester fast;
    const world_digester remembers{computes};
    for (std::size_t turn = 0; turn < 2; ++turn) {
        for (std::size_t length = 0; length < 1'200; length += 7) {
            for (const char middle : {'a', 'b', '\0'}) {
                std::string text(length, 'x');
                if (length > 20) {
                    text[length / 2] = middle; // alike at both ends
                }
                CHECK((remembers.digest_of(text) == fast.digest_of(text)));
            }
        }
    }
    const auto before = computes.computed;
    const std::string one(100, 'y');
    CHECK((remembers.digest_of(one) == remembers.digest_of(one)));
    CHECK(computes.computed == before + 1);
}

TEST_CASE("records that are kept are the records that were made") {
    record_source source;
    source.records = 1'000;
    source.payload_bytes = GENERATE(as<std::uint32_t>{}, 30, 100'000);
    source.update_probability = 0.3;
    world_database database{source, 5};
    for (std::uint64_t i = 0; i < source.records; i += 50) {
        // The next reads take its place and change it; what it was stays what it was.
        const auto first = database.read(database.id_of(i));
        REQUIRE(first);
        CHECK(first->id == database.id_of(i));
        for (const std::uint64_t other : {i + 1, (i + 256) % source.records, i, i}) {
            REQUIRE(database.read(database.id_of(other)));
        }
        const auto* again = database.at_version(i, first->version);
        REQUIRE(again != nullptr);
        CHECK((*again == *first));
    }
}
