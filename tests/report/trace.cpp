// The trace: what is written is what is read, and what is no trace is refused.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

#include "made_run.hpp"
#include "report/json_text.hpp"
#include "report/trace.hpp"

using namespace byzgate;

namespace {

std::string made_text(traced_payloads payloads = traced_payloads::sizes_only) {
    auto header = make_header("two commanders, one equivocates", 2, 3);
    header.cluster.tolerate.total = 1;
    header.byzantine = {{commander_id(0), "equivocating", "", R"({"public":["lieutenant-1"]})"}};
    header.batch = 2;
    const auto records = make_records(4);
    for (const auto& r : records) {
        header.records.push_back({r.id, r.version, r.confidentiality, r.payload});
    }
    std::ostringstream out;
    made_run{out, header, records, equivocating(commander_id(0), 3), payloads}.decide_all();
    return out.str();
}

trace read_text(const std::string& text) {
    std::istringstream in{text};
    return read_trace(in);
}

std::string written_again(const trace& t, traced_payloads payloads) {
    std::ostringstream out;
    trace_writer writer{out, t.header, payloads};
    for (const auto& event : t.events) {
        if (const auto* sent = std::get_if<sent_event>(&event.what)) {
            writer.sent(event.at, sent->from, sent->to, sent->what, sent->lost);
        } else if (const auto* closed = std::get_if<closed_event>(&event.what)) {
            writer.closed(event.at, closed->round, closed->truths);
        }
    }
    writer.finish(t.summary);
    return out.str();
}

/// The message of the only event of a trace that holds nothing but it.
sent_event there_and_back(const message& m, server_id from, server_id to,
                          const round_request* before = nullptr) {
    std::ostringstream out;
    trace_writer writer{out, make_header("one message", 2, 3), traced_payloads::with_text};
    if (before != nullptr) {
        writer.sent(1, supervisor_id, lieutenant_id(0), *before);
    }
    writer.sent(2, from, to, m);
    writer.finish({});
    const auto read = read_text(out.str());
    return std::get<sent_event>(read.events.back().what);
}

record_id_batch ids(std::vector<record_id> names) {
    return std::make_shared<const std::vector<record_id>>(std::move(names));
}

std::string error_of(const std::string& text) {
    try {
        static_cast<void>(read_text(text));
    } catch (const trace_error& e) {
        return e.what();
    }
    return "";
}

const std::vector<std::string>& awkward_texts() {
    static const std::vector<std::string> texts = {
        "",
        "\"quoted\" and \\ back\\\\slashed",
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "Zürich 東京 🗼",
        std::string{"line\nreturn\rtab\tnull"} + '\0' + "bell\a delete\x7f",
        "\u2028 \u2029 \ufeff",
        "\xff\xfe not UTF-8",
        "\xed\xa0\x80 a surrogate",
        "\xc0\xaf overlong",
        "cut off \xf0\x9f\x97",
    };
    return texts;
}

} // namespace

TEST_CASE("a made run's trace is the golden one") {
    const std::string path = BYZGATE_SOURCE_DIR "/tests/report/golden.trace.jsonl";
    const auto text = made_text();
    if (std::getenv("BYZGATE_REWRITE_GOLDEN") != nullptr) {
        std::ofstream{path, std::ios::binary} << text;
    }
    std::ifstream in{path, std::ios::binary};
    const std::string golden{std::istreambuf_iterator<char>{in}, {}};
    INFO("BYZGATE_REWRITE_GOLDEN=1 writes it anew where the change is meant");
    CHECK(text == golden);
}

TEST_CASE("a trace that was read and is written again has the same bytes") {
    const auto text = made_text(traced_payloads::with_text);
    const auto read = read_text(text);
    CHECK(written_again(read, traced_payloads::with_text) == text);
    CHECK(read.summary.rounds == 2);
    CHECK(read.summary.records == 4);
    CHECK(read.header.records.size() == 4);
    CHECK(read.header.byzantine.front().behavior == "equivocating");
}

TEST_CASE("payloads stay out of a trace unless they are asked for") {
    CHECK(made_text().find("\\\"name\\\"") == std::string::npos);
    CHECK(made_text(traced_payloads::with_text).find("\\\"name\\\"") != std::string::npos);
}

TEST_CASE("every item of a relay is written with the path that it came by") {
    const auto read = read_text(made_text());
    std::size_t items = 0;
    for (const auto& event : read.events) {
        const auto* sent = std::get_if<sent_event>(&event.what);
        const auto* passed_on = sent != nullptr ? std::get_if<relay>(&sent->what) : nullptr;
        if (passed_on != nullptr) {
            REQUIRE(sent->paths.size() == passed_on->items.size());
            for (const auto& path : sent->paths) {
                CHECK(path.lieutenants.empty()); // depth 1: each passes on its own receipt
                ++items;
            }
        }
    }
    CHECK(items > 0);
}

TEST_CASE("relays leave out the commanders that the request calls convicted") {
    const round_request request{round_id{7}, 0, ids({"a"}), {commander_id(0)}};
    const relay passed_on{round_id{7}, 0, 1, {make_claim_batch({absent_claim()})}};
    const auto sent = there_and_back(passed_on, lieutenant_id(1), lieutenant_id(2), &request);
    REQUIRE(sent.paths.size() == 1);
    CHECK(sent.paths[0].commander == commander_id(1));
}

TEST_CASE("a relay with more items than are owed keeps those without a path") {
    const round_request request{round_id{7}, 0, ids({"a"}), {}};
    const relay passed_on{round_id{7}, 0, 1, std::vector<claim_batch>(5)};
    const auto sent = there_and_back(passed_on, lieutenant_id(1), lieutenant_id(2), &request);
    CHECK(sent.paths.size() == 2);
    CHECK(std::get<relay>(sent.what).items.size() == 5);
}

TEST_CASE("any bytes in ids, versions and payloads come back as they were") {
    for (const auto& text : awkward_texts()) {
        CAPTURE(text);
        const auto asked = there_and_back(round_request{round_id{1}, 0, ids({text, text}), {}},
                                          supervisor_id, commander_id(1));
        CHECK(*std::get<round_request>(asked.what).records == *ids({text, text}));

        const auto c = make_claim(flag::public_, text, digest{1, 2, 3});
        const distribution told{round_id{1}, 0, make_claim_batch({c}),
                                std::make_shared<const std::vector<std::string>>(1, text)};
        const auto heard = there_and_back(told, commander_id(0), lieutenant_id(0));
        CHECK(std::get<distribution>(heard.what).claims->front() == c);
        CHECK(std::get<distribution>(heard.what).payloads->front() == text);
        CHECK(heard.payload_bytes == std::vector<std::uint64_t>{text.size()});
    }
}

TEST_CASE("nonsense that a liar says is written down as it was said") {
    claim odd = no_value();
    odd.version = "content where there is none";
    claim kind_nine = odd;
    kind_nine.kind = static_cast<claim_kind>(9);
    kind_nine.says = static_cast<flag>(200);
    const auto heard = there_and_back(
        distribution{round_id{~std::uint64_t{0}}, 77, make_claim_batch({odd, kind_nine}), nullptr},
        commander_id(0), lieutenant_id(0));
    CHECK(*std::get<distribution>(heard.what).claims == std::vector<claim>{odd, kind_nine});
    CHECK(number_of(round_of(heard.what)) == ~std::uint64_t{0});

    vote cast{round_id{1}, 0, nullptr, {}};
    cast.verdicts = std::make_shared<const std::vector<verdict>>(
        std::vector<verdict>{{static_cast<decision>(9), static_cast<reason>(99), "x", digest{9}}});
    cast.accusations.push_back(
        {server_id{0xffffffffU}, 9, true, {odd, {server_id{0x00ab0000U}}}, {}});
    const auto voted = there_and_back(cast, lieutenant_id(0), supervisor_id);
    const auto& back = std::get<vote>(voted.what);
    CHECK(*back.verdicts == *cast.verdicts);
    REQUIRE(back.accusations.size() == 1);
    CHECK(back.accusations[0].commander == server_id{0xffffffffU});
    CHECK(back.accusations[0].first.reporters == cast.accusations[0].first.reporters);
}

TEST_CASE("messages with nothing in them come back with nothing in them") {
    for (const message& m : {message{round_request{round_id{1}, 0, nullptr, {}}},
                             message{distribution{round_id{1}, 0, nullptr, nullptr}},
                             message{vote{round_id{1}, 0, nullptr, {}}},
                             message{payload_reply{round_id{1}, 0, {}, nullptr}},
                             message{delivery{round_id{1}, 0, nullptr}}}) {
        const auto back = there_and_back(m, supervisor_id, lieutenant_id(0)).what;
        CHECK(back.index() == m.index());
        const auto* told = std::get_if<distribution>(&back);
        CHECK((told == nullptr || (told->claims == nullptr && told->payloads == nullptr)));
    }
}

TEST_CASE("a trace cut off anywhere is refused") {
    std::ostringstream out;
    made_run{out, make_header("short", 1, 2), make_records(1)}.decide_all();
    const auto text = out.str();
    for (std::size_t size = 0; size < text.size(); ++size) {
        if (error_of(text.substr(0, size)).empty()) {
            FAIL("cut off after " << size << " bytes of " << text.size() << ", and accepted");
        }
    }
    CHECK(error_of(text).empty());
}

TEST_CASE("a trace with flipped bytes is read or refused, and never crashes") {
    const auto seed = std::random_device{}();
    std::cout << "flipped bytes: seed " << seed << '\n';
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto text = made_text(traced_payloads::with_text);
    std::size_t refused_count = 0;
    for (int i = 0; i < 1500; ++i) {
        auto edited = text;
        const auto flips = 1 + random() % 3;
        for (std::size_t j = 0; j < flips; ++j) {
            edited[random() % edited.size()] = static_cast<char>(random() % 256);
        }
        refused_count += error_of(edited).empty() ? 0 : 1;
    }
    CHECK(refused_count > 500);
}

TEST_CASE("a trace whose lines were moved, doubled or taken out is refused") {
    std::vector<std::string> lines;
    std::istringstream in{made_text()};
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line + "\n");
    }
    const auto joined = [](const std::vector<std::string>& some) {
        std::string all;
        for (const auto& line : some) {
            all += line;
        }
        return all;
    };
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto without = lines;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(error_of(joined(without)).empty());
        auto doubled = lines;
        doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), lines[i]);
        CHECK_FALSE(error_of(joined(doubled)).empty());
        if (i > 0) {
            auto swapped = lines;
            std::swap(swapped[i], swapped[i - 1]);
            CHECK_FALSE(error_of(joined(swapped)).empty());
        }
    }
}

TEST_CASE("an error names the line and what is wrong with it") {
    const auto edited = [](const std::string& what, const std::string& with) {
        auto text = made_text();
        const auto at = text.find(what);
        REQUIRE(at != std::string::npos);
        return error_of(text.replace(at, what.size(), with));
    };
    CHECK(error_of("")
          == "line 1: the trace was cut off here: a complete one ends with its "
             "summary line");
    CHECK(error_of("{}\n")
          == "line 1: this is no byzgate trace: its first line must be the header");
    CHECK(error_of("hello\n") == "line 1: not JSON after 0 bytes");
    CHECK(edited("\"version\":1", "\"version\":2")
          == "line 1: a trace of version 2; this program reads version 1");
    CHECK(edited("\"seed\":42", "\"seed\":-42")
          == "line 1: \"seed\" must be a whole number from 0 to 18446744073709551615");
    CHECK(edited("\"seed\":42", "\"seed\":42,\"sede\":1")
          == "line 1: \"sede\" is no field of this event");
    CHECK(edited("\"seq\":2", "\"seq\":3") == "line 3: event 3 stands where event 2 must be");
    CHECK(edited("\"from\":\"supervisor\"", "\"from\":\"lieutenant-9\"")
          == "line 2: \"from\" or \"to\" is not a server of this cluster");
    CHECK(edited("\"kind\":\"relay\"", "\"kind\":\"gossip\"").find("known kinds of message")
          != std::string::npos);
    CHECK(error_of(made_text() + "\n").find("something follows the summary line")
          != std::string::npos);
    CHECK(error_of(std::string(100'000, '[') + "\n")
          == "line 1: brackets nest deeper than in any trace");
    CHECK(edited("\"lieutenants\":3", "\"lieutenants\":4000000000").find("\"lieutenants\"")
          != std::string::npos);
}

TEST_CASE("a line that never ends is refused before it fills the memory") {
    struct endless : std::streambuf {
        int_type underflow() override {
            setg(block, block, block + sizeof block);
            return 'x';
        }
        char block[4096];
        endless() { std::fill(std::begin(block), std::end(block), 'x'); }
    } source;
    std::istream in{&source};
    CHECK_THROWS_AS(read_trace(in), trace_error);
}

TEST_CASE("a message too large for a line is written by its size") {
    const auto payload = std::string(trace_line_bytes_max, 'x');
    const distribution told{round_id{5}, 1, make_claim_batch({absent_claim()}),
                            std::make_shared<const std::vector<std::string>>(1, payload)};
    const auto heard = there_and_back(told, commander_id(0), lieutenant_id(0));
    CHECK(heard.too_large >= trace_line_bytes_max);
    CHECK(number_of(round_of(heard.what)) == 5);
    CHECK_FALSE(std::get<distribution>(heard.what).claims);
}

TEST_CASE("UTF-8 is told from what only looks like it") {
    CHECK(json_text::is_utf8(""));
    CHECK(json_text::is_utf8("\xf4\x8f\xbf\xbf"));
    CHECK_FALSE(json_text::is_utf8("\xf4\x90\x80\x80"));
    CHECK_FALSE(json_text::is_utf8("\xe0\x9f\xbf"));
    CHECK_FALSE(json_text::is_utf8("\xf0\x8f\xbf\xbf"));
    CHECK_FALSE(json_text::is_utf8("\x80"));
    CHECK(json_text::is_utf8("\xed\x9f\xbf"));
    CHECK_FALSE(json_text::is_utf8("\xed\xa0\x80"));
}
