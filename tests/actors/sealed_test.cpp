/// Sealed clusters on actors with real threads: what gets out, and what stays unreadable in
/// everything that was said on the way.
#include <bit>
#include <fstream>

#include <catch2/catch.hpp>

#include "actors/replay.hpp"
#include "report/trace.hpp"
#include "tests/actors/played.hpp"
#include "tests/sealed_view.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

scenario sealed_scenario(std::uint32_t commanders, std::uint32_t lieutenants,
                         protocol_kind protocol, std::uint64_t records = 30) {
    auto what = loyal_scenario(commanders, lieutenants, records);
    what.cluster.protocol = protocol;
    what.cluster.sealed = true;
    return what;
}

/// Keeps what the recipient keeps, as the lines of its file.
class line_sink final : public release_sink {
public:
    void keep(round_id round, const released_record& record) override {
        lines.push_back(release_line(round, record));
        payloads.push_back(record.payload);
    }
    std::vector<std::string> lines;
    std::vector<std::string> payloads;
};

trace read_back(const std::string& file) {
    std::ifstream in{file, std::ios::binary};
    return read_trace(in);
}

} // namespace

TEST_CASE("a sealed run on actors releases exactly the public records, clear", "[threads]") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto commanders = GENERATE(1U, 2U, 3U);
    auto settings = settings_for(sealed_scenario(commanders, 3, protocol));
    const auto sink = std::make_shared<line_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    const auto ids = ids_in(settings);
    CHECK(result.totals.released == ids.public_ones.size());
    CHECK(result.totals.denied == 0);
    CHECK(result.totals.unopened == 0);
    CHECK(result.totals.bad_shares.empty());
    CHECK_FALSE(result.promise_broken);
    REQUIRE(sink->lines.size() == ids.public_ones.size());
    for (const auto& line : sink->lines) {
        CHECK(line.find("\"opening\":\"") != std::string::npos);
    }
}

TEST_CASE("no payload of a withheld record can be read out of all that the gate and fl lieutenants "
          "see of a run",
          "[threads]") {
    const auto protocol = GENERATE(protocol_kind::oral, protocol_kind::signed_);
    const auto lieutenants = GENERATE(3U, 5U);
    temporary_directory dir;
    auto settings = settings_for(sealed_scenario(2, lieutenants, protocol, 12));
    settings.sink = std::make_shared<line_sink>();
    settings.trace_file = dir.file("run.trace.jsonl");
    settings.trace_payloads = true;
    const auto result = run(settings);
    REQUIRE(result.totals.withheld > 0);
    REQUIRE(result.totals.released > 0);
    const auto seen = read_back(dir.file("run.trace.jsonl"));
    const auto faulty = settings.what.cluster.tolerate.lieutenants;
    for (std::uint32_t some = 0; some < 1U << lieutenants; ++some) {
        const auto size = static_cast<std::uint32_t>(std::popcount(some));
        if (size > faulty + 1) {
            continue;
        }
        testing::sealed_view view;
        for (const auto& event : seen.events) {
            const auto* sent = std::get_if<sent_event>(&event.what);
            const auto sees = [&](server_id id) {
                return id == supervisor_id || (is_lieutenant(id) && (some >> index_of(id) & 1));
            };
            if (sent != nullptr && (sees(sent->from) || sees(sent->to))) {
                view.add(sent->what);
            }
        }
        for (const auto& r : seen.header.records) {
            REQUIRE(r.payload);
            CHECK(view.reads(*r.payload) == (size > faulty));
        }
    }
}

TEST_CASE("nothing that is smuggled reaches the recipient on actors", "[threads]") {
    const std::string what = GENERATE("payload", "ciphertext", "shares", "digests");
    const std::string message = GENERATE("", "a message of my own");
    const auto commanders = GENERATE(2U, 3U);
    auto lying = sealed_scenario(commanders, 3, protocol_kind::signed_);
    behavior_options how{{"what", what}};
    if (!message.empty()) {
        how["message"] = message;
    }
    lying.byzantine.push_back({commander_id(0), "smuggling", how, {}, 0});
    auto settings = settings_for(lying);
    const auto sink = std::make_shared<line_sink>();
    settings.sink = sink;
    const auto result = run(settings);
    CHECK(result.totals.leaked == 0);
    CHECK(result.totals.corrupted == 0);
    CHECK(result.totals.framed == 0);
    const auto ids = ids_in(settings);
    // A signed claim stands whatever was dealt beside it; a commitment of its own does not.
    const bool disputed = commanders == 2 && what == "payload";
    CHECK(result.totals.released == (disputed ? 0 : ids.public_ones.size()));
    for (const auto& payload : sink->payloads) {
        CHECK((message.empty() || payload.find(message) == std::string::npos));
    }
}

TEST_CASE("whose shares are bad is in the summary and in the trace, which can be played again",
          "[threads]") {
    temporary_directory dir;
    auto lying = sealed_scenario(2, 3, protocol_kind::oral, 10);
    lying.byzantine.push_back(
        {lieutenant_id(2), "tampering", {{"what", std::string{"share"}}}, {}, 0});
    auto settings = settings_for(lying);
    settings.sink = std::make_shared<line_sink>();
    settings.trace_file = dir.file("run.trace.jsonl");
    const auto result = run(settings);
    CHECK(result.totals.bad_shares == std::set{lieutenant_id(2)});
    CHECK(result.totals.unopened == 0);
    CHECK(result.totals.denied == 0);
    const auto seen = read_back(dir.file("run.trace.jsonl"));
    CHECK(seen.header.cluster.sealed);
    std::size_t named = 0;
    for (const auto& event : seen.events) {
        if (const auto* closed = std::get_if<closed_event>(&event.what)) {
            for (const auto& found : closed->round.openings) {
                CHECK(found.opened);
                CHECK(found.bad_shares == std::vector{lieutenant_id(2)});
                ++named;
            }
        }
    }
    CHECK(named == result.totals.released);
    CHECK(replay(seen, {}).differences.empty());
}
