/// Keys that serve more than one run: nothing that a loyal server signed in one of them may go
/// against what it signed in another.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "actors/key_rounds.hpp"
#include "actors/run_keys.hpp"
#include "actors/run_state.hpp"
#include "actors/state_folder.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/key_files.hpp"
#include "protocol/certificate.hpp"
#include "tests/actors/played.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

constexpr auto refused = key_rounds::unwritable::refused;
constexpr auto left_alone = key_rounds::unwritable::left_alone;

/// What anybody who got the released lines can see of what commanders signed.
class claims_sink final : public release_sink {
public:
    void keep(round_id, const released_record& record) override {
        REQUIRE(record.certificate);
        for (const auto& claim : record.certificate->claims) {
            shown.push_back(claim);
        }
    }
    std::vector<shown_claim> shown;
};

struct used_keys {
    temporary_directory dir;
    std::filesystem::path keys = dir.file("keys");
    scenario what = made();

    used_keys() { write_key_files(keys, fresh_keys("made", what.cluster), ""); }

    scenario made() const {
        auto signing = loyal_scenario(2, 3, 12);
        signing.cluster.protocol = protocol_kind::signed_;
        signing.keys_dir = keys;
        return signing;
    }
    /// Two runs differ in how they cut the records into batches.
    std::vector<shown_claim> claims_of_run(std::uint32_t batch) const {
        auto sink = std::make_shared<claims_sink>();
        auto settings = settings_for(what);
        settings.what.rounds.batch = batch;
        settings.sink = sink;
        const auto done = run(settings);
        REQUIRE(done.failures.empty());
        REQUIRE_FALSE(sink->shown.empty());
        return sink->shown;
    }
    /// Pairs of claims, one of each run, that prove a lie.
    int proofs_in(const std::vector<shown_claim>& before,
                  const std::vector<shown_claim>& after) const {
        const auto checking = find_run_keys(keys, what).of(supervisor_id);
        const blake2b_digester digests;
        int count = 0;
        for (const auto& one : before) {
            for (const auto& other : after) {
                count += conflict_in({one, other}, checking, digests).proves ? 1 : 0;
            }
        }
        return count;
    }
    std::uint64_t noted() const {
        std::uint64_t last = 0;
        std::ifstream{keys / "rounds"} >> last;
        return last;
    }
};

} // namespace

TEST_CASE_METHOD(used_keys, "two runs with the same keys and no state make no evidence",
                 "[threads]") {
    const auto before = claims_of_run(5);
    const auto last = noted();
    CHECK(last == 3); // 12 records, 5 at once
    const auto after = claims_of_run(4);
    CHECK(noted() == 6);
    for (const auto& claim : after) {
        CHECK(claim.round > round_id{last});
    }
    CHECK(proofs_in(before, after) == 0);

    // They would, had the second not begun behind the first.
    std::filesystem::remove(keys / "rounds");
    CHECK(proofs_in(before, claims_of_run(4)) > 0);
}

TEST_CASE_METHOD(used_keys, "two states with the same keys make no evidence", "[threads]") {
    what.state_dir = dir.file("one");
    const auto before = claims_of_run(5);
    what.state_dir = dir.file("other");
    const auto after = claims_of_run(4);
    CHECK(proofs_in(before, after) == 0);
    what.state_dir.reset();
    CHECK(proofs_in(after, claims_of_run(6)) == 0);
    CHECK(noted() == 8);
}

TEST_CASE_METHOD(used_keys, "a state goes on behind a run that used its keys", "[threads]") {
    keys = dir.file("one/keys");
    what.keys_dir.reset();
    what.state_dir = dir.file("one");
    const auto before = claims_of_run(5);
    what.state_dir.reset();
    what.keys_dir = keys;
    const auto between = claims_of_run(4);
    what.keys_dir.reset();
    what.state_dir = dir.file("one");
    const auto rows = noted();
    auto settings = settings_for(what);
    settings.rounds = 1;
    CHECK(run(settings).last_round == round_id{rows + 1});
    CHECK(proofs_in(before, between) == 0);
}

TEST_CASE_METHOD(used_keys, "keys that signed for generated records sign for no others",
                 "[threads]") {
    static_cast<void>(claims_of_run(5));
    CHECK_THROWS_WITH(run(settings_for(what, 8)),
                      Contains("seed = 8") && Contains("seed = 7") && Contains("other keys"));
    what.database.generate.public_share = 0.25;
    CHECK_THROWS_WITH(run(settings_for(what)), Contains("public = 0.25"));
}

TEST_CASE_METHOD(used_keys, "an oral run notes nothing beside the keys", "[threads]") {
    what.cluster.protocol = protocol_kind::oral;
    CHECK(run(settings_for(what)).totals.records == 12);
    CHECK_FALSE(std::filesystem::exists(keys / "rounds"));
}

TEST_CASE_METHOD(used_keys, "keys may lie where the state is", "[threads]") {
    what.state_dir = keys;
    const auto before = claims_of_run(5);
    what.state_dir.reset();
    CHECK(proofs_in(before, claims_of_run(4)) == 0);
    CHECK(noted() == 6);
}

TEST_CASE_METHOD(used_keys, "a state whose first run began nothing isn't one that lost its ledger",
                 "[threads]") {
    const auto state = std::filesystem::path{dir.file("one")};
    keys = state / "keys";
    what.keys_dir.reset();
    what.state_dir = state;
    const blake2b_digester digests;
    static_cast<void>(run_state{what, 7, digests}); // Its database couldn't be reached, say.
    what.state_dir.reset();
    what.keys_dir = keys;
    const auto before = claims_of_run(5); // Others use its keys.
    what.keys_dir.reset();
    what.state_dir = state;
    CHECK(proofs_in(before, claims_of_run(4)) == 0);
}

TEST_CASE_METHOD(used_keys, "what was generated is noted where a commander keeps its own, too") {
    const auto own = std::filesystem::path{dir.file("commander-1")};
    std::filesystem::create_directory(own);
    expect_same_generated(own, what, 7);
    CHECK_NOTHROW(expect_same_generated(own, what, 7));
    CHECK_THROWS_WITH(expect_same_generated(own, what, 8),
                      Contains((own / "generated").string()) && Contains("seed = 8"));
}

TEST_CASE_METHOD(used_keys, "one run at a time numbers rounds with the same keys", "[threads]") {
    const key_rounds held{keys, refused};
    CHECK_THROWS_WITH(run(settings_for(what)), Contains(keys.string()) && Contains("another run"));
}

TEST_CASE_METHOD(used_keys, "rounds that were reserved and not begun are never begun") {
    {
        key_rounds numbers{keys, refused};
        CHECK(numbers.last() == 0);
        numbers.reserve(1);
        CHECK(noted() >= 1);
        const auto reserved = noted();
        numbers.reserve(reserved);
        CHECK(noted() == reserved);
        numbers.reserve(reserved + 1);
        CHECK(noted() > reserved);
    } // As if killed.
    const auto reserved = noted();
    key_rounds numbers{keys, refused};
    CHECK(numbers.last() == reserved);
    numbers.reserve(reserved + 1);
    numbers.finish(reserved + 2);
    CHECK(noted() == reserved + 2);
}

TEST_CASE_METHOD(used_keys, "a gate with a new state goes on behind one that used its keys") {
    const auto state = [&](const std::string& name) {
        return std::filesystem::path{dir.file(name)};
    };
    const auto checking = find_run_keys(keys, what).of(supervisor_id);
    const blake2b_digester digests;
    const auto open = [&](const std::string& name) {
        std::filesystem::create_directories(state(name));
        return std::make_unique<gate_state>(state(name), what.cluster, checking, digests,
                                            std::make_unique<key_rounds>(keys, left_alone));
    };
    auto gate = open("one");
    CHECK(gate->last_round() == round_id{0});
    gate->reserve(3);
    gate.reset();
    gate = open("other");
    CHECK(gate->last_round() >= round_id{3});
    CHECK(release_ledger{(state("other") / "ledger.db").string(), sqlite_access::read_only}.number(
              "rounds reserved")
          >= 3);
    const auto first = gate->last_round();
    gate->reserve(1);
    gate.reset();
    CHECK(noted() > number_of(first));
}

TEST_CASE_METHOD(used_keys, "where nothing can be noted a run doesn't begin, and a gate does") {
    std::filesystem::create_directory(keys / "rounds.lock"); // No file can be opened there.
    CHECK_THROWS_WITH((key_rounds{keys, refused}), Contains("beside the keys"));
    const std::filesystem::path none = dir.file("not there");
    key_rounds gate{none, left_alone};
    gate.reserve(5);
    CHECK_FALSE(std::filesystem::exists(none));
}

TEST_CASE_METHOD(used_keys, "a number of rounds that is none stops a run, and counts for nothing") {
    const std::string text = GENERATE("", "many", "-5", "+5", " 7", "12 13", "0x10", "\n",
                                      "18446744073709551615", "4611686018427387905");
    INFO(text);
    std::ofstream{keys / "rounds"} << text << '\n';
    CHECK_THROWS_WITH((key_rounds{keys, refused}), Contains("rounds") && Contains("no number"));
    std::ofstream{keys / "rounds"} << "4611686018427387904\n";
    key_rounds most{keys, refused};
    most.reserve(most.last() + 1);
    CHECK(noted() > most.last());
}

TEST_CASE_METHOD(used_keys, "a note beside the keys that can't be read doesn't pass for none") {
    const std::string note = GENERATE("rounds", "generated");
    std::filesystem::create_symlink(note, keys / note); // To itself: there, and unreadable.
    CHECK_THROWS_WITH(run(settings_for(what)), Contains(note) && Contains("can't be read"));
}
