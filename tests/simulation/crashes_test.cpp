/// A loyal server never contradicts itself, wherever it crashes: what it is about to sign is on its
/// disk before it is sent.
#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <tuple>

#include "protocol/evidence.hpp"
#include "protocol/statement.hpp"
#include "simulation/simulate.hpp"
#include "tests/protocol/dice.hpp"

using namespace byzgate;

namespace {

/// What the servers of a run signed, as anybody who hears everything knows it.
class listener {
public:
    void hear(server_id from, server_id to, const message& what) {
        if (const auto* told = std::get_if<distribution>(&what)) {
            file(statement_kind::claims, from, *told, 0, told->seal->by);
            heard_twice_ =
                heard_twice_ || !told_.insert({from, to, told->round, told->level}).second;
        } else if (const auto* relayed = std::get_if<signed_relay>(&what)) {
            file(statement_kind::relay, from, *relayed, relayed->phase, relayed->own->by);
        } else if (const auto* cast = std::get_if<vote>(&what)) {
            file(statement_kind::votes, from, *cast, 0, cast->seal->by);
            for (const auto& a : cast->accusations) {
                accused_.insert(a.commander);
            }
        } else if (const auto* request = std::get_if<round_request>(&what)) {
            accused_.insert(request->convicted.begin(), request->convicted.end());
        }
    }

    /// Places of the protocol for which a server signed two things.
    [[nodiscard]] std::size_t contradictions(server_id of) const {
        std::size_t found = 0;
        for (const auto& [where, signatures] : signed_) {
            found += std::get<server_id>(where) == of && signatures.size() > 1 ? 1U : 0U;
        }
        return found;
    }
    /// A commander told some lieutenant its claims for one place more than once.
    [[nodiscard]] bool has_heard_twice() const { return heard_twice_; }
    [[nodiscard]] const std::set<server_id>& accused() const { return accused_; }

private:
    using place = std::tuple<server_id, statement_kind, round_id, level_number, std::uint32_t>;

    template <class Message>
    void file(statement_kind kind, server_id from, const Message& m, std::uint32_t phase,
              const signature& by) {
        // The ideal signatures of a simulation are the same for the same statement only.
        signed_[{from, kind, m.round, m.level, phase}].insert(by);
    }

    std::map<place, std::set<signature>> signed_;
    std::set<server_id> accused_;
    std::set<std::tuple<server_id, server_id, round_id, level_number>> told_;
    bool heard_twice_ = false;
};

/// Two commanders and three lieutenants over records that are other ones whenever they are read.
simulation_settings small_signed_run(std::uint32_t depth, std::uint64_t seed) {
    simulation_settings s;
    s.cluster.commanders = 2;
    s.cluster.lieutenants = 3;
    s.cluster.protocol = protocol_kind::signed_;
    s.cluster.depth = depth;
    s.cluster.tolerate = default_budget(2, 3);
    s.cluster.phase_timeout = 8;
    s.cluster.window = 2;
    s.database.records = 4;
    s.database.payload_bytes = 8;
    s.database.update_probability = seed % 2 == 0 ? 1.0 : 0.4;
    s.database.deletion_probability = 0.1;
    s.batch = 2;
    s.rounds = 3;
    s.seed = seed;
    s.network.delay_max = seed % 3;
    // A server that is down is no fault to the judges, so only what holds whoever is down.
    promises left;
    left.no_leak = left.no_framing_when_timely = left.no_framing_always = true;
    s.promised = left;
    s.stop_when_broken = false;
    return s;
}

simulation_result listen_to(simulation_settings s, listener& to) {
    s.hooks.sent = [&](tick, server_id from, server_id recipient, const message& what, bool) {
        to.hear(from, recipient, what);
    };
    return simulate(s);
}

struct tally {
    std::size_t runs = 0;
    std::size_t contradicting = 0; ///< runs in which the server that crashed contradicted itself
    std::size_t repeating = 0;     ///< runs in which a commander said the same again
    std::size_t framed = 0;        ///< runs in which a loyal commander was accused
};

/// Every server, every write that it makes when nobody crashes and some more, all ways to crash.
tally crash_everywhere(std::uint32_t depth, bool forgets) {
    tally all;
    for (std::uint64_t n = 0; n < 4; ++n) {
        const auto seed = testing::mixed(testing::base_seed(), n);
        const auto settings = small_signed_run(depth, seed);
        for (const auto id : settings.cluster.servers()) {
            for (std::uint64_t write = 1;; ++write) {
                bool reached = false;
                for (std::uint32_t way = 0; way < 5; ++way) {
                    auto s = settings;
                    // Before the write, after it, after one message, after two, after all.
                    s.crashes = {{id, write, way > 0, way == 0 ? 0 : way - 1,
                                  1 + (write + way) % 12, forgets}};
                    // A second time soon after, while it is still catching up.
                    s.crashes.push_back({id, write + 1 + way % 2, true, 1, 1, forgets});
                    listener to;
                    const auto result = listen_to(s, to);
                    CAPTURE(depth, seed, to_string(id), write, way);
                    REQUIRE(result.rounds == 3);
                    for (const auto other : settings.cluster.servers()) {
                        if (other != id) {
                            REQUIRE(to.contradictions(other) == 0);
                        }
                    }
                    ++all.runs;
                    all.contradicting += to.contradictions(id) > 0 ? 1 : 0;
                    all.repeating += to.has_heard_twice() ? 1 : 0;
                    all.framed += !to.accused().empty() || result.framed > 0 ? 1 : 0;
                    if (!forgets) {
                        REQUIRE(to.contradictions(id) == 0);
                        REQUIRE(to.accused().empty());
                        REQUIRE(result.framed == 0);
                        REQUIRE(result.broken.empty());
                    }
                    reached = reached || result.crashes > 0;
                }
                if (!reached) {
                    break;
                }
            }
        }
    }
    return all;
}

} // namespace

TEST_CASE("no crash anywhere makes a loyal server contradict itself") {
    const auto depth = GENERATE(as<std::uint32_t>{}, 1, 2);
    const auto all = crash_everywhere(depth, false);
    CHECK(all.runs > 500);
    CHECK(all.contradicting == 0);
    CHECK(all.repeating > all.runs / 20);
    CHECK(all.framed == 0);
}

TEST_CASE("without their disks the same crashes make loyal servers contradict themselves") {
    const auto depth = GENERATE(as<std::uint32_t>{}, 1, 2);
    const auto all = crash_everywhere(depth, true);
    CHECK(all.contradicting > all.runs / 10);
    CHECK(all.framed > all.runs / 50);
}
