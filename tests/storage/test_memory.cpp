#include <catch2/catch.hpp>

#include "crypto/blake2b.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

std::unique_ptr<database> generate(std::uint64_t records, double share, std::uint32_t bytes,
                                   std::uint64_t seed) {
    database_settings settings;
    settings.url = "memory:";
    settings.generate = {records, share, bytes};
    settings.seed = seed;
    return open_database(settings);
}

} // namespace

TEST_CASE("generated records are the same on every platform") {
    const auto db = generate(1'000'000, 0.5, 30, 42);
    CHECK(read_one(*db, "r00000001")->payload == "jx9havmrsurxharicjrwdcbmcr6m78");
    CHECK(read_one(*db, "r01000000")->payload == "dh9kewh6rirhh4gdnx7fz4ax8mdxp8");
    std::string flags;
    std::size_t left = 32;
    db->for_each([&](const record& r) {
        flags += r.confidentiality == flag::public_ ? 'p' : 'c';
        return --left > 0;
    });
    CHECK(flags == "cppcccpcpcpppppppppcpppppccpcppc");
}

TEST_CASE("a generated record depends on the seed and on its number only") {
    const auto few = generate(10, 0.5, 50, 7);
    const auto many = generate(1'000, 0.5, 50, 7);
    const auto others = generate(10, 0.5, 50, 8);
    CHECK(read_one(*few, "r00000003") == read_one(*many, "r00000003"));
    CHECK_FALSE(read_one(*few, "r00000003") == read_one(*others, "r00000003"));
    CHECK(read_one(*few, "r00000003")->payload.size() == 50);
}

TEST_CASE("the share of public records is as asked") {
    const double share = GENERATE(0.0, 0.1, 0.5, 1.0);
    const auto db = generate(20'000, share, 0, 1);
    std::size_t open = 0;
    db->for_each([&](const record& r) {
        open += r.confidentiality == flag::public_ ? 1 : 0;
        return true;
    });
    CHECK(static_cast<double>(open) / 20'000 == Approx(share).margin(0.01));
}

TEST_CASE("ids outside the generated ones are absent") {
    const auto db = generate(10, 1.0, 1, 1);
    const std::string id =
        GENERATE("", "r", "r0", "r00000000", "r00000011", "r1", "R00000001", "r000000001",
                 "r00000001 ", "r-0000001", "x00000001", "r99999999999999999999999");
    CHECK_FALSE(read_one(*db, id));
    CHECK(db->versions_of(id).empty());
}

TEST_CASE("generated ids are listed in order until the visitor has enough") {
    const auto db = generate(1'000'000'000'000, 0.5, 1, 1);
    CHECK(db->count() == 1'000'000'000'000);
    std::vector<record_id> ids;
    db->for_each_id([&](const record_id& id) {
        ids.push_back(id);
        return ids.size() < 3;
    });
    CHECK(ids == std::vector<record_id>{"r00000001", "r00000002", "r00000003"});
    CHECK(read_one(*db, "r1000000000000")->id == "r1000000000000");
}

TEST_CASE("a generated record has one version") {
    const auto db = generate(10, 1.0, 20, 1);
    const auto found = read_one(*db, "r00000010");
    CHECK(db->versions_of("r00000010")
          == std::vector<known_version>{
              {found->version, flag::public_, blake2b_digester().digest_of(found->payload)}});
}

TEST_CASE("visiting records stops when the visitor has enough") {
    const auto db = generate(10'000, 0.5, 1, 1);
    const std::size_t enough = GENERATE(1U, 999U, 1'000U, 1'001U, 20'000U);
    std::size_t visited = 0;
    db->for_each([&](const record&) { return ++visited < enough; });
    CHECK(visited == std::min<std::size_t>(enough, 10'000));
}

TEST_CASE("a share outside 0 to 1 is refused") {
    const double share = GENERATE(-0.1, 1.1, std::numeric_limits<double>::quiet_NaN());
    CHECK_THROWS_AS(generate(10, share, 1, 1), mapping_error);
}
