#include "actors/metrics.hpp"

#include <regex>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/metrics_server.hpp"
#include "actors/run.hpp"
#include "tests/loopback_http.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

cluster_parameters two_and_three() {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = 3;
    return cluster;
}

/// The value of a series by its text up to the value; -1 if there is none.
double value_of(const std::string& text, const std::string& series) {
    const auto at = ("\n" + text).find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size()));
}

round_report one_round() {
    round_report report;
    report.opened_at = 1'000;
    report.closed_at = 3'000;
    auto& closed = report.closed;
    closed.round = round_id{1};
    closed.decided.resize(5);
    closed.decided[0].outcome = record_outcome::released;
    closed.decided[1].outcome = record_outcome::released;
    closed.decided[2].outcome = record_outcome::withheld;
    closed.decided[3].outcome = record_outcome::withheld;
    closed.decided[4].outcome = record_outcome::unresolved;
    closed.decided[4].level = 2;
    accepted_conviction found;
    found.commander = commander_id(1);
    found.for_good = true;
    closed.convictions.push_back(found);
    found.for_good = false;
    closed.convictions.push_back(found);
    vote cast;
    std::vector<verdict> verdicts(3);
    verdicts[0].what = decision::release;
    cast.verdicts = std::make_shared<const std::vector<verdict>>(verdicts);
    report.votes = std::make_shared<const std::vector<std::pair<server_id, vote>>>(
        1, std::pair{lieutenant_id(2), cast});
    return report;
}

} // namespace

TEST_CASE("a round shows in the figures") {
    metrics figures(two_and_three());
    figures.on_round(one_round());
    figures.on_round(one_round());
    const auto text = figures.text();
    INFO(text);
    CHECK(value_of(text, "byzgate_rounds_total") == 2);
    CHECK(value_of(text, "byzgate_records_total{outcome=\"released\"}") == 4);
    CHECK(value_of(text, "byzgate_records_total{outcome=\"withheld\"}") == 4);
    CHECK(value_of(text, "byzgate_records_total{outcome=\"unresolved\"}") == 2);
    CHECK(value_of(text, "byzgate_records_recursed_total") == 2);
    CHECK(value_of(text, "byzgate_convictions_total{commander=\"commander-2\",scope=\"for_good\"}")
          == 2);
    CHECK(value_of(text, "byzgate_convictions_total{commander=\"commander-2\",scope=\"record\"}")
          == 2);
    CHECK(value_of(text, "byzgate_commander_quarantined{commander=\"commander-1\"}") == 0);
    CHECK(value_of(text, "byzgate_commander_quarantined{commander=\"commander-2\"}") == 1);
    CHECK(value_of(text, "byzgate_verdicts_total{lieutenant=\"lieutenant-3\",verdict=\"release\"}")
          == 2);
    CHECK(value_of(text, "byzgate_verdicts_total{lieutenant=\"lieutenant-3\",verdict=\"withhold\"}")
          == 4);
    CHECK(value_of(text, "byzgate_round_seconds_count") == 2);
    CHECK(value_of(text, "byzgate_round_seconds_sum") == Approx(0.004));
    CHECK(value_of(text, "byzgate_round_seconds_bucket{le=\"0.001\"}") == 0);
    CHECK(value_of(text, "byzgate_round_seconds_bucket{le=\"0.0025\"}") == 2);
}

TEST_CASE("servers, links and queues are read when somebody asks") {
    metrics figures(two_and_three());
    const auto counters = std::make_shared<server_counters>();
    link_status link;
    link.local = supervisor_id;
    link.peer = lieutenant_id(0);
    link.up = true;
    link.connects = 3;
    link.frames_in = 10;
    link.bytes_out = 99;
    link.refused = 4;
    link.dropped = 5;
    link.queued_bytes = 6;
    figures.watch({{{supervisor_id, counters}},
                   [&] { return std::vector<link_status>{link}; },
                   [] {
                       return std::vector<queue_length>{{"client", 7}};
                   },
                   [] {
                       return std::vector<refusal_count>{{"certificate_revoked", 2}};
                   }});
    counters->refusals[static_cast<std::size_t>(refusal::bad_signature)] = 2;
    counters->messages = 8;
    const auto text = figures.text();
    INFO(text);
    CHECK(value_of(text, "byzgate_refusals_total{server=\"supervisor\",reason=\""
                             + std::string{to_string(refusal::bad_signature)} + "\"}")
          == 2);
    CHECK(value_of(text, "byzgate_messages_total{server=\"supervisor\"}") == 8);
    const std::string ends = "{local=\"supervisor\",peer=\"lieutenant-1\"";
    CHECK(value_of(text, "byzgate_link_up" + ends + "}") == 1);
    CHECK(value_of(text, "byzgate_link_connects_total" + ends + "}") == 3);
    CHECK(value_of(text, "byzgate_link_frames_total" + ends + ",direction=\"in\"}") == 10);
    CHECK(value_of(text, "byzgate_link_bytes_total" + ends + ",direction=\"out\"}") == 99);
    CHECK(value_of(text, "byzgate_link_refused_total" + ends + "}") == 4);
    CHECK(value_of(text, "byzgate_connections_refused_total{reason=\"certificate_revoked\"}") == 2);
    CHECK(value_of(text, "byzgate_link_dropped_total" + ends + "}") == 5);
    CHECK(value_of(text, "byzgate_link_queued_bytes" + ends + "}") == 6);
    CHECK(value_of(text, "byzgate_queue_length{queue=\"client\"}") == 7);
    link.up = false;
    CHECK(value_of(figures.text(), "byzgate_link_up" + ends + "}") == 0);
    figures.watch({});
    CHECK_THAT(figures.text(), !Contains("byzgate_link_up"));
}

TEST_CASE("ten thousand operators are one peer among the figures") {
    metrics figures(two_and_three());
    std::vector<link_status> links;
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        link_status one;
        one.local = supervisor_id;
        one.peer = make_server_id(operator_role, i);
        one.frames_in = 1;
        links.push_back(one);
    }
    figures.watch({{}, [&] { return links; }, {}});
    const auto text = figures.text();
    CHECK(text.size() < 20'000);
    CHECK(value_of(text, "byzgate_link_frames_total{local=\"supervisor\",peer=\"operator\","
                         "direction=\"in\"}")
          == 10'000);
}

TEST_CASE("a liar's votes and names make no new series") {
    metrics figures(two_and_three());
    figures.on_round(one_round());
    const auto lines = [&] {
        const auto text = figures.text();
        return std::count(text.begin(), text.end(), '\n');
    };
    const auto before = lines();
    auto report = one_round();
    report.closed.convictions[0].commander = commander_id(60'000);
    report.closed.convictions[1].commander = lieutenant_id(1);
    vote none;
    report.votes = std::make_shared<const std::vector<std::pair<server_id, vote>>>(
        std::vector<std::pair<server_id, vote>>{
            {lieutenant_id(9), {}}, {lieutenant_id(0), none}, {supervisor_id, none}});
    figures.on_round(report);
    CHECK(lines() == before);
}

TEST_CASE("the two pages are served on loopback, and nothing else is", "[threads]") {
    metrics figures(two_and_three());
    std::vector<std::string> problems;
    const metrics_server server("127.0.0.1:0", figures, [&] {
        return health{problems, {{"links_up", 4}}};
    });
    const int port = port_in(server.address());
    REQUIRE(port > 0);
    const auto page = got(port, "/metrics");
    CHECK_THAT(page, StartsWith("HTTP/1.1 200 OK") && Contains("version=0.0.4")
                         && Contains("byzgate_build_info{version=\""));
    const auto well = got(port, "/healthz");
    CHECK_THAT(well, StartsWith("HTTP/1.1 200 OK") && Contains("application/json"));
    const auto json = nlohmann::json::parse(well.substr(well.find("\r\n\r\n")));
    CHECK(json["status"] == "ok");
    CHECK(json["links_up"] == 4);
    problems = {"no link to \"lieutenant-2\"", "bytes \xff"};
    const auto ill = got(port, "/healthz");
    CHECK_THAT(ill, StartsWith("HTTP/1.1 503"));
    CHECK(nlohmann::json::parse(ill.substr(ill.find("\r\n\r\n")))["problems"][0]
          == "no link to \"lieutenant-2\"");
    CHECK_THAT(got(port, "/"), StartsWith("HTTP/1.1 404"));
    CHECK_THAT(got(port, "/metrics/../../etc/passwd"), StartsWith("HTTP/1.1 404"));
    CHECK_THAT(got(port, "/etc/passwd"), StartsWith("HTTP/1.1 404"));
    CHECK_THAT(got(port, "/metrics", "POST"), StartsWith("HTTP/1.1 405"));
    CHECK_THAT(got(port, "/metrics", "DELETE"), StartsWith("HTTP/1.1 405"));
    const auto head = got(port, "/metrics", "HEAD");
    CHECK_THAT(head, StartsWith("HTTP/1.1 200") && !Contains("byzgate_"));
}

TEST_CASE("garbage is answered or cut off, and the pages are still there after it", "[threads]") {
    metrics figures(two_and_three());
    const metrics_server server("127.0.0.1:0", figures, {});
    const int port = port_in(server.address());
    for (const auto& request :
         {std::string(100'000, 'x'), std::string("\0\xff\x16\x03\x01\r\n\r\n", 9),
          std::string("GET / HTTP/9.9\r\n\r\n"), std::string("GET\r\n\r\n"),
          "GET /" + std::string(50'000, 'a') + " HTTP/1.1\r\n\r\n"}) {
        CHECK_THAT(exchanged(port, request), !Contains("HTTP/1.1 200"));
    }
    CHECK_THAT(got(port, "/healthz"), StartsWith("HTTP/1.1 200"));
}

TEST_CASE("an address that can't be had is told, and can be had later", "[threads]") {
    metrics figures(two_and_three());
    const auto told = [&](const std::string& listen) -> std::string {
        try {
            const metrics_server server(listen, figures, {});
        } catch (const std::runtime_error& failed) {
            return failed.what();
        }
        return "";
    };
    std::string taken;
    {
        const metrics_server first("127.0.0.1:0", figures, {});
        taken = first.address();
        CHECK_THAT(told(taken), Contains(taken) && Contains("name a free port"));
    }
    CHECK(told(taken).empty());
    CHECK_THAT(told("192.0.2.1:0"), Contains("192.0.2.1:0"));
}

TEST_CASE("a run feeds the figures", "[threads]") {
    const temporary_directory dir;
    run_settings settings;
    auto& what = settings.what;
    what.name = "measured";
    what.cluster = two_and_three();
    what.cluster.tolerate = {1, 1, 2};
    what.cluster.phase_timeout = 20'000'000;
    what.database.generate = {40, 0.5, 20};
    what.rounds.batch = 4;
    what.state_dir = dir.file("kept");
    metrics figures(what.cluster);
    settings.figures = &figures;
    const auto result = run(settings);
    const auto text = figures.text();
    INFO(text);
    CHECK(value_of(text, "byzgate_rounds_total") == 10);
    CHECK(value_of(text, "byzgate_records_total{outcome=\"released\"}")
          == static_cast<double>(result.totals.released));
    CHECK(value_of(text, "byzgate_ledger_rows_total")
          == static_cast<double>(result.totals.released));
    CHECK(value_of(text, "byzgate_ledger_write_seconds_count") > 0);
    CHECK(value_of(text, "byzgate_database_read_seconds_count") == 20);
    CHECK(value_of(text, "byzgate_database_read_failures_total") == 0);
    double messages = 0;
    for (const auto* name : {"commander-1", "commander-2", "lieutenant-1", "lieutenant-2",
                             "lieutenant-3", "supervisor"}) {
        messages += value_of(text, std::string{"byzgate_messages_total{server=\""} + name + "\"}");
    }
    CHECK(messages == static_cast<double>(result.messages));
}
