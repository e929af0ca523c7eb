// The page and the Mermaid text: nothing that was said becomes markup, and the page works.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "made_run.hpp"
#include "report/page.hpp"

using namespace byzgate;

namespace {

trace made(trace_header header, const std::vector<record>& database, lie how,
           std::vector<traced_fault> faults = {}) {
    header.byzantine = std::move(faults);
    for (const auto& r : database) {
        header.records.push_back({r.id, r.version, r.confidentiality, std::nullopt});
    }
    std::ostringstream out;
    made_run{out, header, database, std::move(how)}.decide_all();
    std::istringstream in{out.str()};
    return read_trace(in);
}

trace equivocating_run(std::size_t records = 6, std::uint32_t batch = 1) {
    auto header = make_header("dual-commander-equivocating", 2, 3);
    header.cluster.tolerate.total = 1;
    header.batch = batch;
    return made(header, make_records(records), equivocating(commander_id(0), 3),
                {{commander_id(0), "equivocating", "", "{}"}});
}

/// Commander-1 signs two things, lieutenant-2 passes on what nobody signed.
trace signed_run() {
    auto header = make_signed_header("signed", 2, 4, 2);
    header.batch = 3;
    header.cluster.tolerate.total = 2;
    const auto half = [](server_id to, flag truth) {
        return index_of(to) < 2 ? truth : opposite(truth);
    };
    const auto& cluster = header.cluster;
    return made(
        header, make_records(6),
        both(signed_telling(cluster, commander_id(0), half), forging(cluster, lieutenant_id(1))),
        {{commander_id(0), "equivocating", "", "{}"}, {lieutenant_id(1), "forging", "", "{}"}});
}

/// A run in which every text tries to become something else.
trace hostile_run() {
    const std::vector<std::string> texts = {
        "</script><script>window.hacked = 1</script>",
        "<img src=x onerror=window.hacked=1>",
        "\"'><iframe src=javascript:window.hacked=1>",
        "<!--<script>",
        "]]>{{data}}{{script}}",
        "\\u003cimg\\u003e \\ \" \n \t \x01 \x7f",
        "Zürich 東京 🗼 \u2028\u2029\u202e reversed",
        "\xff\xfe\x80",
        "",
        "__proto__",
        "participant X; end %% #35;",
        std::string(3'000, 'w'),
    };
    std::vector<record> database;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        database.push_back({texts[i], texts[(i + 1) % texts.size()],
                            i % 2 == 0 ? flag::public_ : flag::confidential, texts[i]});
    }
    auto header = make_header(texts[0], 2, 3);
    header.driver = texts[1];
    header.batch = 4;
    header.cluster.tolerate.total = 1;
    return made(
        header, database, equivocating(commander_id(0), 3),
        {{commander_id(0), texts[2], texts[1], nlohmann::json{{texts[1], texts[0]}}.dump()}});
}

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const auto begin = text.find(from);
    REQUIRE(begin != std::string::npos);
    const auto end = text.find(to, begin + from.size());
    REQUIRE(end != std::string::npos);
    return text.substr(begin + from.size(), end - begin - from.size());
}

nlohmann::json data_of(const std::string& page) {
    return nlohmann::json::parse(
        between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

struct temporary_folder {
    std::filesystem::path path;
    temporary_folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "byzgate-page-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~temporary_folder() { std::filesystem::remove_all(path); }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
};

/// Runs the browser's checks on a page: empty if they hold, else what they print.
std::string browse(const std::string& page, const std::string& name) {
    const temporary_folder folder;
    const auto file = folder.path / name;
    std::ofstream{file, std::ios::binary} << page;
    const auto command =
        "python3 '" BYZGATE_SOURCE_DIR "/tests/report/browse.py' '" + file.string() + "' 2>&1";
    auto* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string said;
    std::array<char, 512> block{};
    while (const auto size = std::fread(block.data(), 1, block.size(), pipe)) {
        said.append(block.data(), size);
    }
    const auto status = pclose(pipe);
    const auto code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == 77 || code == 127) {
        std::cout << "the page was not looked at in a browser: " << said << '\n';
        return {};
    }
    return code == 0 ? std::string{} : said + "\nexit code " + std::to_string(code);
}

} // namespace

TEST_CASE("the page is one file that asks for nothing else") {
    const auto page = render_page(equivocating_run());
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.find("{{") == std::string::npos);
    for (const auto* part : {"src=", "href=\"http", "url(", "@import", "fetch(", "XMLHttpRequest",
                             "WebSocket", "sendBeacon", "import("}) {
        CAPTURE(part);
        CHECK(page.find(part) == std::string::npos);
    }
    CHECK(page.find("default-src 'none'") != std::string::npos);
}

TEST_CASE("no text of a trace becomes markup or ends the data") {
    const auto page = render_page(hostile_run());
    CHECK(count_of(page, "<script") == 2);
    CHECK(count_of(page, "</script") == 2);
    CHECK(count_of(page, "<img") == 0);
    CHECK(count_of(page, "<iframe") == 0);
    CHECK(count_of(page, "<!--") == 0);
    const auto data = data_of(page);
    const auto& run = data["runs"][0];
    CHECK(run["scenario"] == "</script><script>window.hacked = 1</script>");
    std::vector<std::string> ids;
    for (const auto& round : run["rounds"]) {
        for (const auto& r : round["records"]) {
            ids.push_back(r["id"]);
        }
    }
    CHECK(ids.size() == 12);
    CHECK(ids[4] == "]]>{{data}}{{script}}");
    CHECK(ids[7] == "bytes ff fe 80");
}

TEST_CASE("a large run is cut to the first rounds and the notable ones, and says so") {
    auto header = make_header("long", 1, 3);
    auto database = make_records(300);
    std::ostringstream out;
    // Only the records from the 200th on are lied about.
    const lie late = [&](server_id from, server_id to, message& what) {
        return number_of(round_of(what)) < 200 || consistent_lie(commander_id(0))(from, to, what);
    };
    const auto run =
        made(header, database, late, {{commander_id(0), "consistent_lie", "200..", "{}"}});
    const page_options few{.rounds_max = 20, .records_a_round_max = 40, .data_bytes_max = 1U << 30};
    const auto data = data_of(render_page(run, few));
    const auto& rounds = data["runs"][0]["rounds"];
    CHECK(data["runs"][0]["rounds_total"] == 300);
    REQUIRE(rounds.size() == 20);
    CHECK(rounds[9]["n"] == 10);
    CHECK(rounds[10]["n"] == 200);
    CHECK(rounds[19]["n"] == 209);
    CHECK(data["runs"][0]["outcomes"]["leaked"] > 50); // all rounds count

    const page_options small{
        .rounds_max = 200, .records_a_round_max = 40, .data_bytes_max = 20'000};
    const auto cut = data_of(render_page(run, small));
    CHECK(cut["runs"][0]["rounds"].size() < 20);
    CHECK(cut["runs"][0]["rounds"].size() >= 1);
}

TEST_CASE("of a large batch the page shows the notable records first") {
    auto header = make_header("batch", 1, 3);
    header.batch = 60;
    const lie one = [](server_id from, server_id, message& what) {
        auto* told = std::get_if<distribution>(&what);
        if (told != nullptr && from == commander_id(0)) {
            auto claims = *told->claims;
            claims[58].says = opposite(claims[58].says);
            told->claims = make_claim_batch(claims);
        }
        return true;
    };
    const auto run = made(header, make_records(60), one, {{commander_id(0), "scripted", "", "{}"}});
    const page_options few{.rounds_max = 5, .records_a_round_max = 10, .data_bytes_max = 1U << 30};
    const auto data = data_of(render_page(run, few));
    const auto& round = data["runs"][0]["rounds"][0];
    CHECK(round["records_total"] == 60);
    REQUIRE(round["records"].size() == 10);
    CHECK(round["records"][9]["id"] == "record-59");
    CHECK(round["records"][9]["judgement"] == "leaked");
    CHECK(round["records"][8]["id"] == "record-9");
}

TEST_CASE("a run without rounds still has a page") {
    trace empty;
    empty.header = make_header("", 1, 3);
    const auto data = data_of(render_page(empty));
    CHECK(data["runs"][0]["rounds"].empty());
    CHECK(render_mermaid(empty, round_id{1}).empty());
}

TEST_CASE("a cluster too large to think through still has a page") {
    trace huge;
    huge.header = make_header("huge", 2, 1'000, 3);
    const auto ids = std::make_shared<const std::vector<record_id>>(1, "a");
    huge.events.push_back({1, 0,
                           sent_event{supervisor_id,
                                      lieutenant_id(0),
                                      round_request{round_id{1}, 0, ids, {}},
                                      {},
                                      {},
                                      false,
                                      0}});
    const auto data = data_of(render_page(huge));
    CHECK(data["runs"][0]["computed"] == false);
    CHECK(data["runs"][0]["rounds"].size() == 1);
    huge.header.cluster.protocol = protocol_kind::signed_;
    huge.header.cluster.max_recursion = ~0U;
    CHECK(data_of(render_page(huge))["runs"][0]["computed"] == false);
}

TEST_CASE("the page's data of a signed run name who signed what, who was caught and how") {
    const auto data = data_of(render_page(signed_run()));
    const auto& run = data["runs"][0];
    CHECK(run["computed"] == true);
    const auto& round = run["rounds"][0];
    const auto commander = 0;
    for (const auto& by_lieutenant : round["levels"][0]["caught"]) {
        CHECK(by_lieutenant == nlohmann::json::array({commander}));
    }
    CHECK(round["records"][0]["convictions"][0]["proof"]
          == "commander-1 signed both public (version 1) and confidential (version 1) about record "
             "record-1 in round 1.");
    std::size_t refused_items = 0;
    std::size_t chains = 0;
    for (const auto& step : round["steps"]) {
        if (step["k"] != "signed_relay" || step.contains("silent")) {
            continue;
        }
        for (const auto& item : step["items"]) {
            CHECK(item["p"].size() == step["p"]);
            chains += item["p"].size() > 1 ? 1 : 0;
            refused_items += item.contains("no") ? 1 : 0;
            // Only lieutenant-2, the third server but one after two commanders, forges.
            CHECK((!item.contains("no") || step["f"] == 3));
        }
    }
    CHECK(chains > 0);
    CHECK(refused_items > 0);
}

TEST_CASE("Mermaid shows who lied and why") {
    const auto text = render_mermaid(equivocating_run(), round_id{1});
    CHECK(text.starts_with("sequenceDiagram\n"));
    CHECK(text.find("participant C1 as commander-1 (Byzantine)") != std::string::npos);
    CHECK(text.find("C1->>L2: LIE: confidential (version 1)") != std::string::npos);
    CHECK(text.find("Note right of C1: the database says public") != std::string::npos);
    CHECK(text.find("C1->>L1: public (version 1)") != std::string::npos);
    CHECK(text.find("L1->>S: release, accuses commander-1") != std::string::npos);
    CHECK(text.find("S->>X: delivery") != std::string::npos);
    CHECK(count_of(text, "    rect ") == count_of(text, "\n    end\n"));
}

TEST_CASE("Mermaid speaks about the record that was asked for") {
    const auto run = equivocating_run(6, 3);
    const auto text = render_mermaid(run, round_id{1}, "record-2");
    CHECK(text.find("record record-2") != std::string::npos);
    CHECK(text.find("C1->>L1: LIE: public (version 1)") != std::string::npos);
    CHECK(text.find("S->>X") == std::string::npos); // record-2 is confidential
    CHECK(render_mermaid(run, round_id{1}, "record-99").empty());
    CHECK(render_mermaid(run, round_id{99}).empty());
}

TEST_CASE("no text of a trace becomes Mermaid") {
    const auto run = hostile_run();
    const auto text = render_mermaid(run, round_id{3}, "participant X; end %% #35;");
    CHECK(text.find("participant X#59; end #37;#37; #35;35#59;") != std::string::npos);
    for (const auto& line : {std::string{"%%"}, std::string{"<script"}, std::string{"{{"}}) {
        CHECK(text.find(line) == std::string::npos);
    }
}

TEST_CASE("the page works in a browser", "[browser]") {
    const auto batched = equivocating_run(9, 3);
    auto header = make_header("seven-generals", 1, 6, 2);
    const auto l1 = lieutenant_id(1);
    const auto l4 = lieutenant_id(4);
    const auto deep = made(header, make_records(3), both(flipping(l1), silent(l4)),
                           {{l1, "flipping", "", "{}"}, {l4, "silent", "", "{}"}});
    const auto loyal = made(make_header("normal", 3, 4), make_records(4), {});
    CHECK(browse(render_page({&batched, &deep, &loyal}), "runs.html") == "");
}

TEST_CASE("the page of a signed run works in a browser", "[browser]") {
    const auto proved = signed_run();
    const auto header = make_signed_header("silent", 2, 3);
    const auto quiet = made(header, make_records(2), silent(lieutenant_id(0)),
                            {{lieutenant_id(0), "silent", "", "{}"}});
    CHECK(browse(render_page({&proved, &quiet}), "signed.html") == "");
}

TEST_CASE("a hostile trace does nothing in a browser", "[browser]") {
    CHECK(browse(render_page(hostile_run()), "hostile.html") == "");
}
