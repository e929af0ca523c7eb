// Behaviours over the real machines, a whole cluster at a time: what each liar achieves, and what
// it doesn't.
#include "stage.hpp"

#include <deque>
#include <map>

#include "protocol/supervisor.hpp"

using namespace byzgate;
using namespace byzgate::testing;

namespace {

struct liar_at {
    server_id server{};
    std::string name;
    behavior_options how;
};

struct outcome {
    std::size_t released = 0;
    std::size_t leaked = 0;    ///< the released version is confidential
    std::size_t corrupted = 0; ///< released with what the database doesn't hold under that id
    std::size_t denied = 0;
    std::size_t rounds = 0;
    std::set<server_id> convicted;
};

/// A cluster in one queue, first in first out; time jumps to the next deadline when it is empty.
class cluster {
public:
    cluster(const cluster_parameters& parameters, const std::vector<liar_at>& liars,
            std::uint64_t seed = 7)
        : parameters_(parameters) {
        for (const auto id : parameters.servers()) {
            seat at{id, parameters, seed, &digests};
            auto server = make_behavior(at, "loyal", {});
            for (const auto& liar : liars) {
                if (liar.server == id) {
                    server = make_behavior(at, liar.name, liar.how);
                }
            }
            servers_.emplace(id, std::move(server));
        }
        servers_.emplace(supervisor_id, std::make_unique<supervisor_machine>(parameters, digests));
    }

    outcome decide(const std::vector<std::optional<record>>& records, std::size_t batch) {
        records_ = records;
        for (std::size_t i = 0; i < records.size(); i += batch) {
            std::vector<record_id> some;
            for (auto j = i; j < records.size() && j < i + batch; ++j) {
                some.push_back(records[j]->id);
            }
            deliver(supervisor_id, submission{i + 1, ids(std::move(some))});
        }
        for (std::uint32_t steps = 0; steps < 100'000; ++steps) {
            while (!queue_.empty()) {
                const auto [to, what] = std::move(queue_.front());
                queue_.pop_front();
                deliver(to, what);
            }
            auto next = tick_never;
            for (const auto& [id, server] : servers_) {
                next = std::min(next, server->next_deadline());
            }
            if (next == tick_never) {
                return judged();
            }
            now_ = std::max(now_, next);
            for (const auto& [id, server] : servers_) {
                deliver(id, clock_tick{});
            }
        }
        FAIL("the cluster never came to rest");
        return {};
    }

private:
    void deliver(server_id to, const event& what) {
        effects done;
        servers_.at(to)->on(what, now_, done);
        for (const auto& e : done) {
            if (const auto* sent = std::get_if<send>(&e)) {
                if (sent->to != external_party_id) {
                    queue_.emplace_back(sent->to, received{to, sent->what});
                } else if (to == supervisor_id) {
                    keep(std::get<delivery>(sent->what));
                }
            } else if (const auto* read = std::get_if<read_records>(&e)) {
                queue_.emplace_back(to, answer(*read));
            } else if (const auto* closed = std::get_if<round_closed>(&e)) {
                ++seen_.rounds;
                for (const auto& c : closed->convictions) {
                    seen_.convicted.insert(c.commander);
                }
            }
        }
    }

    const record* find(const record_id& id) const {
        for (const auto& r : records_) {
            if (r->id == id) {
                return &*r;
            }
        }
        return nullptr;
    }

    event answer(const read_records& read) const {
        std::vector<std::optional<record>> found;
        for (const auto& id : *read.ids) {
            const auto* r = find(id);
            found.push_back(r == nullptr ? std::nullopt : std::optional{*r});
        }
        return records_read{read.round, read.level, read.ids, found};
    }

    void keep(const delivery& what) {
        for (const auto& out : *what.records) {
            const auto* truth = find(out.id);
            ++seen_.released;
            if (truth != nullptr && truth->confidentiality == flag::confidential) {
                ++seen_.leaked;
            }
            if (truth == nullptr || truth->version != out.version
                || truth->payload != out.payload) {
                ++seen_.corrupted;
            } else {
                got_.insert(out.id);
            }
        }
        queue_.emplace_back(supervisor_id, received{external_party_id,
                                                    delivery_receipt{what.round, what.sequence}});
    }

    outcome judged() const {
        auto result = seen_;
        for (const auto& r : records_) {
            result.denied += r->confidentiality == flag::public_ && !got_.contains(r->id) ? 1U : 0U;
        }
        return result;
    }

    cluster_parameters parameters_;
    std::map<server_id, handler> servers_;
    std::deque<std::pair<server_id, event>> queue_;
    std::vector<std::optional<record>> records_;
    std::set<record_id> got_;
    outcome seen_;
    tick now_ = 0;
};

cluster_parameters parameters(std::uint32_t commanders, std::uint32_t lieutenants,
                              std::uint32_t total) {
    cluster_parameters p;
    p.commanders = commanders;
    p.lieutenants = lieutenants;
    p.tolerate = default_budget(commanders, lieutenants);
    p.tolerate.total = total;
    return p;
}

const auto ten = make_records(10); // five public, five confidential
using texts = std::vector<std::string>;

/// Options without which a behaviour can't be had.
behavior_options needed(std::string_view name) {
    return name == "colluding" ? behavior_options{{"with", texts{"commander-1"}}}
                               : behavior_options{};
}

} // namespace

TEST_CASE("a loyal cluster releases what is public and nothing else") {
    const auto commanders = GENERATE(1U, 2U, 3U);
    const auto result = cluster{parameters(commanders, 3, commanders), {}}.decide(ten, 3);
    CHECK(result.released == 5);
    CHECK(result.leaked + result.corrupted + result.denied == 0);
    CHECK(result.rounds == 4);
}

TEST_CASE("two commanders and any one Byzantine server: nothing leaks, nothing is corrupted") {
    for (const auto& info : known_behaviors()) {
        for (const auto server :
             {commander_id(0), commander_id(1), lieutenant_id(0), lieutenant_id(2)}) {
            if (info.sealed_only
                || (is_commander(server) ? !info.for_commanders : !info.for_lieutenants)) {
                continue;
            }
            for (const std::uint64_t seed : {1, 2, 3}) {
                for (const std::size_t batch : {1, 4}) {
                    for (const std::uint32_t total : {1, 2}) {
                        INFO(info.name << " at " << to_string(server) << ", seed " << seed
                                       << ", batch " << batch << ", total " << total);
                        const liar_at liar{server, std::string{info.name}, needed(info.name)};
                        const auto result =
                            cluster{parameters(2, 3, total), {liar}, seed}.decide(ten, batch);
                        CHECK(result.leaked == 0);
                        CHECK(result.corrupted == 0);
                        CHECK(result.rounds == (batch == 1 ? 10U : 3U));
                    }
                }
            }
        }
    }
}

TEST_CASE("one Byzantine lieutenant of three denies nothing, whatever it plays") {
    for (const auto& info : known_behaviors()) {
        if (info.for_lieutenants) {
            INFO(info.name);
            const liar_at liar{lieutenant_id(1), std::string{info.name}, needed(info.name)};
            const auto result = cluster{parameters(1, 3, 1), {liar}}.decide(ten, 2);
            CHECK(result.released == 5);
            CHECK(result.leaked + result.corrupted + result.denied == 0);
            CHECK(result.convicted.empty());
        }
    }
}

TEST_CASE("one Byzantine commander alone leaks by lying to all") {
    const auto result =
        cluster{parameters(1, 3, 1), {{commander_id(0), "consistent_lie", {}}}}.decide(ten, 1);
    CHECK(result.leaked == 5);
    CHECK(result.denied == 5);
    CHECK(result.corrupted == 0);
}

TEST_CASE("one Byzantine commander alone leaks by equivocating to enough lieutenants") {
    const behavior_options how{{"public_to", texts{"lieutenant-1", "lieutenant-2"}}};
    const auto result =
        cluster{parameters(1, 3, 1), {{commander_id(0), "equivocating", how}}}.decide(ten, 1);
    CHECK(result.leaked == 5);
}

TEST_CASE("one Byzantine commander alone corrupts by tampering, two withhold") {
    const liar_at liar{commander_id(0), "tampering", {}};
    const auto alone = cluster{parameters(1, 3, 1), {liar}}.decide(ten, 2);
    CHECK(alone.corrupted == 5);
    const auto checked = cluster{parameters(2, 3, 1), {liar}}.decide(ten, 2);
    CHECK(checked.corrupted == 0);
    CHECK(checked.released == 0);
}

TEST_CASE("of two commanders the one that equivocates is convicted and public records get out") {
    const auto result =
        cluster{parameters(2, 3, 1), {{commander_id(1), "equivocating", {}}}}.decide(ten, 1);
    CHECK(result.convicted == std::set{commander_id(1)});
    CHECK(result.released == 5);
    CHECK(result.leaked + result.corrupted + result.denied == 0);
}

TEST_CASE("a commander and a lieutenant together leak under a budget of one fault") {
    const behavior_options plan{{"with", texts{"commander-1", "lieutenant-1"}}};
    const std::vector<liar_at> both{{commander_id(0), "colluding", plan},
                                    {lieutenant_id(0), "colluding", plan}};
    const auto over = cluster{parameters(2, 3, 1), both}.decide(ten, 1);
    CHECK(over.leaked == 5);
    CHECK(over.convicted.contains(commander_id(1))); // framed
    const auto within = cluster{parameters(2, 3, 2), both}.decide(ten, 1);
    CHECK(within.leaked == 0);
    CHECK(within.convicted.empty());
}

TEST_CASE("false accusations by one lieutenant convict nobody") {
    const liar_at liar{lieutenant_id(0), "flipping", {{"accuse", texts{"commander-2"}}}};
    CHECK(cluster{parameters(2, 3, 2), {liar}}.decide(ten, 1).convicted.empty());
}

TEST_CASE("two lieutenants that vote for harm open the gate and hand the payload over") {
    const behavior_options harm{{"vote", std::string{"harm"}}};
    const auto result =
        cluster{parameters(1, 3, 1),
                {{lieutenant_id(0), "scripted", harm}, {lieutenant_id(1), "scripted", harm}}}
            .decide(ten, 1);
    CHECK(result.leaked == 5);
    CHECK(result.corrupted == 0);
    CHECK(result.denied == 5);
}

TEST_CASE("the same seed plays the same cluster") {
    const auto play = [](std::uint64_t seed) {
        const auto r = cluster{parameters(1, 4, 1), {{commander_id(0), "random", {}}}, seed}.decide(
            make_records(200), 5);
        return std::tuple{r.released, r.leaked, r.corrupted, r.denied};
    };
    CHECK(play(1) == play(1));
    CHECK(play(1) != play(2));
}
