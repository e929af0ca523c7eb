#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "actors/record_feed.hpp"
#include "tests/actors/stepped_cluster.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

struct fed {
    std::vector<std::vector<record_id>> batches;
    std::vector<record_id> ids;
    bool to_the_end = false;
};

fed feed(const record_selection& selection, std::uint32_t batch, std::uint64_t seed = 1,
         std::uint64_t records = 100, std::size_t stop_after = 1'000'000) {
    const auto database = open_database(generated(records));
    fed result;
    result.to_the_end =
        feed_records(selection, *database, batch, seed, [&](const record_id_batch& ids) {
            result.batches.push_back(*ids);
            result.ids.insert(result.ids.end(), ids->begin(), ids->end());
            return result.batches.size() < stop_after;
        });
    return result;
}

} // namespace

TEST_CASE("all records come once, in ascending order, in full batches but the last") {
    const auto records = GENERATE(1U, 6U, 7U, 8U, 100U);
    const auto got = feed(all_records{}, 7, 1, records);
    CHECK(got.to_the_end);
    CHECK(got.ids == ids_of(generated(records)).all);
    REQUIRE(got.batches.size() == (records + 6) / 7);
    for (std::size_t i = 0; i + 1 < got.batches.size(); ++i) {
        CHECK(got.batches[i].size() == 7);
    }
    CHECK(!got.batches.back().empty());
}

TEST_CASE("exactly as many records are drawn as were asked for, ascending, each once") {
    const auto wanted = GENERATE(as<std::uint64_t>{}, 1, 2, 50, 99, 100, 1'000);
    const auto seed = GENERATE(as<std::uint64_t>{}, 1, 2, 3);
    const auto got = feed(drawn_records{wanted}, 7, seed);
    CHECK(got.to_the_end);
    CHECK(got.ids.size() == std::min<std::uint64_t>(wanted, 100));
    CHECK(std::adjacent_find(got.ids.begin(), got.ids.end(), std::greater_equal<>{})
          == got.ids.end());
    const auto all = ids_of(generated(100)).all;
    CHECK(std::includes(all.begin(), all.end(), got.ids.begin(), got.ids.end()));
    CHECK(records_in(drawn_records{wanted}, *open_database(generated(100))) == got.ids.size());
}

TEST_CASE("a draw is the seed's: the same one again, another one with another") {
    CHECK(feed(drawn_records{50}, 7, 1).ids == feed(drawn_records{50}, 3, 1).ids);
    CHECK(feed(drawn_records{50}, 7, 1).ids != feed(drawn_records{50}, 7, 2).ids);
}

TEST_CASE("every record has about the same chance to be drawn") {
    std::map<record_id, int> times;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        for (const auto& id : feed(drawn_records{3}, 7, seed, 10).ids) {
            ++times[id];
        }
    }
    REQUIRE(times.size() == 10);
    for (const auto& [id, count] : times) {
        INFO(id);
        CHECK(count > 230); // 300 expected, with a standard deviation of 14.5
        CHECK(count < 370);
    }
}

TEST_CASE("a list is fed in its own order, each id once, whether the database has it or not") {
    const std::vector<record_id> listed{"z", "a", "z", "unknown", "a", "b"};
    const auto got = feed(listed, 2);
    CHECK(got.to_the_end);
    CHECK(got.ids == std::vector<record_id>{"z", "a", "unknown", "b"});
    CHECK(got.batches.size() == 2);
    CHECK(records_in(listed, *open_database(generated(3))) == 4);
}

TEST_CASE("nothing is fed once nothing more is wanted") {
    const auto selection = GENERATE(
        record_selection{all_records{}}, record_selection{drawn_records{60}},
        record_selection{std::vector<record_id>{"a", "b", "c", "d", "e", "f", "g", "h", "i"}});
    const auto got = feed(selection, 2, 1, 100, 3);
    CHECK_FALSE(got.to_the_end);
    CHECK(got.batches.size() == 3);
    CHECK(got.ids.size() == 6);
}

TEST_CASE("an empty selection submits nothing") {
    CHECK(feed(std::vector<record_id>{}, 2).batches.empty());
    CHECK(feed(drawn_records{0}, 2).batches.empty());
    CHECK(feed(drawn_records{0}, 2).to_the_end);
}
