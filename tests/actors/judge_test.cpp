#include <catch2/catch.hpp>

#include <map>

#include "actors/judge.hpp"
#include "crypto/blake2b.hpp"

using namespace byzgate;

namespace {

/// What the test says it is, with whatever history the test says it has.
class made_up_database final : public database {
public:
    std::map<record_id, record> now;
    std::map<record_id, std::vector<known_version>> before;
    bool keeps_history = true;

    std::vector<std::optional<record>> read(const std::vector<record_id>& ids) override {
        std::vector<std::optional<record>> found;
        for (const auto& id : ids) {
            found.push_back(now.contains(id) ? std::optional{now.at(id)} : std::nullopt);
        }
        return found;
    }
    void for_each_id(const std::function<bool(const record_id&)>& visit) override {
        for (const auto& [id, entry] : now) {
            if (!visit(id)) {
                return;
            }
        }
    }
    std::uint64_t count() override { return now.size(); }
    std::vector<known_version> versions_of(const record_id& id) override {
        std::vector<known_version> all;
        if (now.contains(id)) {
            all.push_back(version_of(now.at(id)));
        }
        if (keeps_history && before.contains(id)) {
            all.insert(all.end(), before.at(id).begin(), before.at(id).end());
        }
        return all;
    }
    void put(record r) {
        if (now.contains(r.id)) {
            remove(r.id);
        }
        now[r.id] = std::move(r);
    }
    void remove(const record_id& id) {
        before[id].insert(before[id].begin(), version_of(now.at(id)));
        now.erase(id);
    }

private:
    static known_version version_of(const record& r) {
        return {r.version, r.confidentiality, blake2b_digester{}.digest_of(r.payload)};
    }
};

cluster_parameters small() {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = 3;
    cluster.tolerate = default_budget(2, 3);
    return cluster;
}

verdict releases(const version_id& version = "1") {
    return {decision::release, reason::enough_public, version, {}};
}
verdict withholds() {
    return {};
}

/// A judge, a database with `open` (public) and `shut` (confidential), and a round about both.
struct court {
    made_up_database database;
    std::vector<std::pair<server_id, vote>> votes;
    round_report report;
    std::optional<judge> sits;

    court() {
        database.put({"open", "1", flag::public_, "news"});
        database.put({"shut", "1", flag::confidential, "secret"});
        report.closed.round = round_id{1};
        about({"open", "shut"});
    }
    void about(std::vector<record_id> ids) {
        report.closed.decided.assign(ids.size(), {record_outcome::withheld, 0, {}});
        report.closed.records = std::make_shared<const std::vector<record_id>>(std::move(ids));
    }
    judge& at(std::set<server_id> byzantine = {}, bool remember_now = false) {
        if (!sits) {
            sits.emplace(small(), std::move(byzantine), database, remember_now);
        }
        return *sits;
    }
    void arrives(const record_id& id, const version_id& version, const std::string& payload,
                 std::uint64_t round = 1) {
        const std::vector<released_record> one{
            {id, version, blake2b_digester{}.digest_of(payload), payload, {}}};
        at().on_delivery(
            {round_id{round}, 0, std::make_shared<const std::vector<released_record>>(one)});
    }
    void votes_for(server_id from, std::vector<verdict> verdicts, level_number level = 0,
                   std::vector<accusation> accusations = {}) {
        votes.emplace_back(from,
                           vote{report.closed.round, level,
                                std::make_shared<const std::vector<verdict>>(std::move(verdicts)),
                                std::move(accusations)});
    }
    std::vector<record_truth> closes() {
        report.votes = std::make_shared<const std::vector<std::pair<server_id, vote>>>(votes);
        return at().on_closed(report);
    }
    [[nodiscard]] const judged_totals& totals() const { return sits->totals(); }
};

void check_exposure(const judged_totals& totals, std::uint64_t leaked, std::uint64_t corrupted) {
    CHECK(totals.leaked == leaked);
    CHECK(totals.corrupted == corrupted);
}

} // namespace

TEST_CASE_METHOD(court, "what is public and left as it is, is right") {
    arrives("open", "1", "news");
    const auto truths = closes();
    CHECK(truths[0] == record_truth{flag::public_, judgement::right});
    CHECK(truths[1] == record_truth{flag::confidential, judgement::right});
    CHECK(totals().rounds == 1);
    CHECK(totals().records == 2);
    CHECK(totals().released == 1);
    CHECK(totals().withheld == 1);
    CHECK(totals().denied == 0);
    check_exposure(totals(), 0, 0);
}

TEST_CASE_METHOD(court, "a confidential record that left is leaked") {
    arrives("shut", "1", "secret");
    CHECK(closes()[1].outcome == judgement::leaked);
    check_exposure(totals(), 1, 0);
}

TEST_CASE_METHOD(court, "what the supervisor says was released does not count, what arrived does") {
    report.closed.decided[0].outcome = record_outcome::released;
    arrives("shut", "1", "secret");
    closes();
    CHECK(totals().released == 1);
    CHECK(totals().denied == 1);
    check_exposure(totals(), 1, 0);
}

TEST_CASE_METHOD(court, "another payload under a public id is corrupted") {
    const auto payload = GENERATE(as<std::string>{}, "", "newz", "secret");
    arrives("open", "1", payload);
    CHECK(closes()[0].outcome == judgement::corrupted);
    CHECK(totals().released == 1);
    check_exposure(totals(), 0, 1);
}

TEST_CASE_METHOD(court, "a version that never was is corrupted") {
    arrives("open", "2", "news");
    CHECK(closes()[0].outcome == judgement::corrupted);
    check_exposure(totals(), 0, 1);
}

TEST_CASE_METHOD(court, "an id that the database never had is corrupted") {
    about({"open", "ghost"});
    arrives("ghost", "1", "boo");
    const auto truths = closes();
    CHECK(truths[1].outcome == judgement::corrupted);
    CHECK_FALSE(truths[1].confidentiality);
    check_exposure(totals(), 0, 1);
}

TEST_CASE_METHOD(court, "a confidential id with a foreign payload is leaked and corrupted") {
    arrives("shut", "1", "news");
    CHECK(closes()[1].outcome == judgement::leaked);
    check_exposure(totals(), 1, 1);
}

TEST_CASE_METHOD(court, "an id that the round was not about is corrupted") {
    database.put({"other", "1", flag::public_, "true enough"});
    arrives("other", "1", "true enough");
    closes();
    CHECK(totals().released == 0);
    check_exposure(totals(), 0, 1);
}

TEST_CASE_METHOD(court, "the same record twice in a round is corrupted once") {
    arrives("open", "1", "news");
    arrives("open", "1", "news");
    closes();
    CHECK(totals().released == 1);
    check_exposure(totals(), 0, 1);
}

TEST_CASE_METHOD(court, "what arrived in another round is judged with that round") {
    arrives("open", "1", "news", 2);
    closes();
    CHECK(totals().released == 0);
    CHECK(totals().denied == 1);
    report.closed.round = round_id{2};
    closes();
    CHECK(totals().released == 1);
    CHECK(totals().denied == 1);
    check_exposure(totals(), 0, 0);
}

TEST_CASE_METHOD(court, "a public record that is withheld is denied") {
    CHECK(closes()[0].outcome == judgement::denied);
    CHECK(totals().denied == 1);
    CHECK(totals().withheld == 2);
    CHECK(totals().unresolved == 0);
}

TEST_CASE_METHOD(court, "unresolved records are withheld ones") {
    report.closed.decided[0].outcome = record_outcome::unresolved;
    report.closed.decided[0].level = 2;
    closes();
    CHECK(totals().unresolved == 1);
    CHECK(totals().withheld == 2);
    CHECK(totals().denied == 1);
    CHECK(totals().sub_rounds == 1);
}

TEST_CASE_METHOD(court, "what was reclassified after it left is judged by what left") {
    arrives("open", "1", "news");
    database.put({"open", "2", flag::confidential, "news"});
    closes();
    check_exposure(totals(), 0, 0);
}

TEST_CASE_METHOD(court, "a confidential version stays a leak when its record is public by now") {
    arrives("shut", "1", "secret");
    database.put({"shut", "2", flag::public_, "secret"});
    CHECK(closes()[1].outcome == judgement::leaked);
    check_exposure(totals(), 1, 0);
}

TEST_CASE_METHOD(court, "what was deleted after it left is judged by what left") {
    arrives("open", "1", "news");
    arrives("shut", "1", "secret");
    database.remove("open");
    database.remove("shut");
    const auto truths = closes();
    CHECK(truths[0].outcome == judgement::right);
    CHECK(truths[1].outcome == judgement::leaked);
    check_exposure(totals(), 1, 0);
}

TEST_CASE_METHOD(court, "a record that is gone and was withheld is not denied") {
    database.remove("open");
    CHECK(closes()[0] == record_truth{std::nullopt, judgement::right});
    CHECK(totals().denied == 0);
}

TEST_CASE_METHOD(court, "where no history is kept, the beginning is remembered on request") {
    database.keeps_history = false;
    const bool remembers = GENERATE(true, false);
    at({}, remembers);
    arrives("open", "1", "news");
    database.put({"open", "2", flag::confidential, "news"});
    closes();
    check_exposure(totals(), 0, remembers ? 0 : 1);
}

TEST_CASE_METHOD(court, "loyal lieutenants that vote differently disagree") {
    votes_for(lieutenant_id(0), {releases(), withholds()});
    votes_for(lieutenant_id(1), {withholds(), withholds()});
    votes_for(lieutenant_id(2), {withholds(), withholds()});
    closes();
    CHECK(totals().disagreements == 1);
    CHECK(totals().framed == 0);
}

TEST_CASE_METHOD(court, "a Byzantine lieutenant's vote makes no disagreement") {
    at({lieutenant_id(0)});
    votes_for(lieutenant_id(0), {releases(), releases()});
    votes_for(lieutenant_id(1), {withholds(), withholds()});
    votes_for(lieutenant_id(2), {withholds(), withholds()});
    closes();
    CHECK(totals().disagreements == 0);
}

TEST_CASE_METHOD(court, "a vote of another shape is nobody's opinion") {
    votes_for(lieutenant_id(0), {withholds(), withholds()});
    votes_for(lieutenant_id(1), {releases()});
    votes_for(lieutenant_id(2), {releases(), releases(), releases()});
    closes();
    CHECK(totals().disagreements == 0);
}

TEST_CASE_METHOD(court, "a disagreement in a sub-round is about the record that it is about") {
    report.closed.decided[1].level = 1;
    for (std::uint32_t j = 0; j < 3; ++j) {
        votes_for(lieutenant_id(j), {releases(), withholds()});
    }
    // Level 1 has one record only: the second of the round.
    votes_for(lieutenant_id(0), {releases()}, 1);
    votes_for(lieutenant_id(1), {withholds()}, 1);
    votes_for(lieutenant_id(2), {withholds()}, 1);
    closes();
    CHECK(totals().disagreements == 1);
    CHECK(totals().sub_rounds == 1);
}

TEST_CASE_METHOD(court, "one record disagreed on in two levels counts once") {
    report.closed.decided[0].level = 1;
    for (const level_number level : {0U, 1U}) {
        auto first = std::vector<verdict>{releases()};
        auto second = std::vector<verdict>{withholds()};
        if (level == 0) {
            first.push_back(withholds());
            second.push_back(withholds());
        }
        votes_for(lieutenant_id(0), first, level);
        votes_for(lieutenant_id(1), second, level);
    }
    closes();
    CHECK(totals().disagreements == 1);
}

TEST_CASE_METHOD(court, "a loyal commander that a loyal lieutenant convicts is framed") {
    at({commander_id(1), lieutenant_id(2)});
    const accusation of_loyal{commander_id(0), 1, false, {}, {}};
    const accusation of_liar{commander_id(1), 0, false, {}, {}};
    votes_for(lieutenant_id(0), {withholds(), withholds()}, 0, {of_loyal, of_liar});
    votes_for(lieutenant_id(1), {withholds(), withholds()}, 0, {of_loyal});
    votes_for(lieutenant_id(2), {withholds(), withholds()}, 0,
              {{commander_id(0), 0, false, {}, {}}});
    closes();
    CHECK(totals().framed == 1); // One record, one commander, however many convict it.
}

TEST_CASE_METHOD(court, "the same commander framed over two records counts twice") {
    votes_for(lieutenant_id(0), {withholds(), withholds()}, 0,
              {{commander_id(0), 0, false, {}, {}},
               {commander_id(0), 1, true, {}, {}},
               {commander_id(0), 7, true, {}, {}}});
    closes();
    CHECK(totals().framed == 2); // There is no eighth record.
}

TEST_CASE_METHOD(court, "framed in a sub-round is framed over the record of that sub-round") {
    report.closed.decided[1].level = 1;
    votes_for(lieutenant_id(0), {withholds(), withholds()}, 0,
              {{commander_id(0), 1, false, {}, {}}});
    votes_for(lieutenant_id(0), {withholds()}, 1, {{commander_id(0), 0, false, {}, {}}});
    closes();
    CHECK(totals().framed == 1);
}

TEST_CASE_METHOD(court, "convictions that the supervisor accepted are listed") {
    report.closed.convictions = {{commander_id(0), 0, "open", false, {}},
                                 {commander_id(1), 0, "open", true, {}}};
    closes();
    CHECK(totals().convicted == std::set{commander_id(0), commander_id(1)});
    CHECK(totals().quarantined == std::set{commander_id(1)});
}
