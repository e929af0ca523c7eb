// Traces of signed runs, and evidence as a file: what is written is what is read.

#include <iostream>
#include <random>
#include <sstream>

#include <catch2/catch.hpp>

#include "made_run.hpp"
#include "protocol/certificate.hpp"
#include "report/evidence_json.hpp"
#include "report/run_analysis.hpp"

using namespace byzgate;

namespace {

/// Two commanders, three lieutenants, commander-1 signs two things.
std::string made_text(std::uint32_t depth = 1) {
    auto header = make_signed_header("signed, one equivocates", 2, 3, depth);
    header.byzantine = {{commander_id(0), "equivocating", "", "{}"}};
    header.batch = 2;
    const auto records = make_records(4);
    for (const auto& r : records) {
        header.records.push_back({r.id, r.version, r.confidentiality, r.payload});
    }
    std::ostringstream out;
    const auto half = [](server_id to, flag) {
        return index_of(to) == 0 ? flag::public_ : flag::confidential;
    };
    made_run{out, header, records, signed_telling(header.cluster, commander_id(0), half),
             traced_payloads::with_text}
        .decide_all();
    return out.str();
}

trace read_text(const std::string& text) {
    std::istringstream in{text};
    return read_trace(in);
}

std::string error_of(const std::string& text) {
    try {
        static_cast<void>(read_text(text));
    } catch (const trace_error& e) {
        return e.what();
    }
    return "";
}

std::string error_of_evidence(const std::string& text) {
    try {
        static_cast<void>(read_evidence_file(text));
    } catch (const evidence_error& e) {
        return e.what();
    }
    return "";
}

/// `text` with the first `what` replaced.
std::string edited(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

std::string edited_at(std::string text, const std::string& after, const std::string& with,
                      std::size_t size) {
    const auto at = text.find(after);
    REQUIRE(at != std::string::npos);
    return text.replace(at + after.size(), size, with);
}

std::string written_again(const trace& t) {
    std::ostringstream out;
    trace_writer writer{out, t.header, traced_payloads::with_text};
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

template <class Message>
std::vector<Message> all_of(const trace& run) {
    std::vector<Message> found;
    for (const auto& event : run.events) {
        const auto* sent = std::get_if<sent_event>(&event.what);
        if (sent != nullptr && std::holds_alternative<Message>(sent->what)) {
            found.push_back(std::get<Message>(sent->what));
        }
    }
    return found;
}

sent_event there_and_back(const message& m, server_id from, server_id to) {
    std::ostringstream out;
    trace_writer writer{out, make_signed_header("one message", 2, 3), traced_payloads::with_text};
    writer.sent(2, from, to, m);
    writer.finish({});
    const auto read = read_text(out.str());
    return std::get<sent_event>(read.events.back().what);
}

signature some_signature(std::uint8_t first) {
    signature s{};
    s[0] = first;
    s[63] = 0xff;
    return s;
}

evidence made_up() {
    shown_claim a{commander_id(0),
                  round_id{7},
                  2,
                  5,
                  3,
                  "\xff record",
                  make_claim(flag::public_, "v", digest{1}),
                  leaf_salt{2},
                  {digest{3}, digest{4}},
                  some_signature(9)};
    auto b = a;
    b.what = absent_claim();
    b.proof.clear();
    b.by = some_signature(10);
    return {a, b};
}

} // namespace

TEST_CASE("a signed run's trace that was read and is written again has the same bytes") {
    const auto depth = GENERATE(1U, 2U);
    const auto text = made_text(depth);
    const auto read = read_text(text);
    CHECK(written_again(read) == text);
    CHECK(read.header.cluster.is_signed());
    CHECK(!all_of<signed_relay>(read).empty());
}

TEST_CASE("what was signed comes back out of the trace and still holds") {
    const auto read = read_text(made_text());
    const auto keys = made_keys(read.header.cluster, supervisor_id);
    std::size_t convictions = 0;
    std::size_t accusations = 0;
    std::size_t certificates = 0;
    std::size_t grounds = 0;
    checked_signatures checked;
    for (const auto& cast : all_of<vote>(read)) {
        CHECK(cast.seal);
        for (const auto& a : cast.accusations) {
            REQUIRE(a.proof);
            CHECK(conflict_in(*a.proof, keys, made_digests()).proves == conflict::same_place);
            ++accusations;
        }
    }
    for (const auto& told : all_of<distribution>(read)) {
        CHECK(told.seal);
    }
    for (const auto& asked : all_of<round_request>(read)) {
        CHECK(asked.proofs.size() == asked.convicted.size());
    }
    for (const auto& reply : all_of<payload_reply>(read)) {
        REQUIRE(reply.grounds);
        grounds += reply.grounds->batches.size();
    }
    for (const auto& handed : all_of<delivery>(read)) {
        for (const auto& r : *handed.records) {
            REQUIRE(r.certificate);
            CHECK(!fault_in(*r.certificate, read.header.cluster, keys, made_digests(), checked));
            ++certificates;
        }
    }
    for (const auto& event : read.events) {
        if (const auto* closed = std::get_if<closed_event>(&event.what)) {
            for (const auto& c : closed->round.convictions) {
                REQUIRE(c.proof);
                CHECK(c.proof->commander() == commander_id(0));
                ++convictions;
            }
        }
    }
    CHECK(convictions > 0);
    CHECK(accusations > 0);
    CHECK(certificates > 0);
    CHECK(grounds > 0);
}

TEST_CASE("nonsense in signed messages is written down as it was said") {
    signed_relay odd{round_id{1}, 0, 9, {}, nullptr};
    odd.items.push_back({server_id{0xffffffffU}, nullptr, nullptr, {nullptr}});
    odd.items.push_back(
        {commander_id(0),
         make_claim_batch({absent_claim(), no_value()}),
         std::make_shared<const batch_seal>(batch_seal{digest{5}, some_signature(6)}),
         {std::make_shared<const relay_link>(
             relay_link{lieutenant_id(2), 77, {{supervisor_id, digest{8}}}, some_signature(1)})}});
    const auto back = there_and_back(odd, lieutenant_id(0), lieutenant_id(1));
    const auto& read = std::get<signed_relay>(back.what);
    CHECK(read.phase == 9);
    CHECK(!read.own);
    REQUIRE(read.items.size() == 2);
    CHECK(read.items[0].commander == server_id{0xffffffffU});
    CHECK((!read.items[0].claims && !read.items[0].seal));
    REQUIRE(read.items[0].links.size() == 1);
    CHECK(!read.items[0].links[0]);
    CHECK(*read.items[1].claims == *odd.items[1].claims);
    CHECK(*read.items[1].seal == *odd.items[1].seal);
    CHECK(*read.items[1].links[0] == *odd.items[1].links[0]);

    const auto proof = std::make_shared<const evidence>(made_up());
    const round_request request{round_id{1}, 0, nullptr, {}, {nullptr, proof}};
    const auto asked = there_and_back(request, supervisor_id, lieutenant_id(1));
    const auto& proofs = std::get<round_request>(asked.what).proofs;
    REQUIRE(proofs.size() == 2);
    CHECK(!proofs[0]);
    CHECK(*proofs[1] == *proof);

    payload_reply reply{round_id{1}, 0, {}, nullptr, nullptr};
    reply.grounds = std::make_shared<const release_grounds>(
        release_grounds{{{commander_id(0), odd.items[1].claims, odd.items[1].seal},
                         {server_id{0xffffffffU}, nullptr, nullptr}},
                        {nullptr, proof}});
    const auto replied = there_and_back(reply, lieutenant_id(1), supervisor_id);
    const auto& grounds = *std::get<payload_reply>(replied.what).grounds;
    REQUIRE(grounds.batches.size() == 2);
    CHECK(grounds.batches[0].commander == commander_id(0));
    CHECK(*grounds.batches[0].claims == *odd.items[1].claims);
    CHECK(*grounds.batches[0].seal == *odd.items[1].seal);
    CHECK(grounds.batches[1].commander == server_id{0xffffffffU});
    CHECK((!grounds.batches[1].claims && !grounds.batches[1].seal));
    REQUIRE(grounds.convictions.size() == 2);
    CHECK(!grounds.convictions[0]);
    CHECK(*grounds.convictions[1] == *proof);
}

TEST_CASE("a signed run's trace with nonsense in it is refused with what is wrong") {
    const auto text = made_text();
    const auto has = [](const std::string& error, std::string_view part) {
        CAPTURE(error);
        CHECK(error.find(part) != std::string::npos);
    };
    has(error_of(edited_at(text, "\"seal\":{\"salt\":\"", "", 2)), "\"salt\" must be 64");
    has(error_of(edited_at(text, "\"signature\":\"", "", 2)), "\"signature\" must be 128");
    has(error_of(edited_at(text, "\"signature\":\"", "zz", 2)), "\"signature\" must be 128");
    has(error_of(edited_at(text, "\"signature\":\"", "AB", 2)), "\"signature\" must be 128");
    has(error_of(edited_at(text, "\"root\":\"", "00", 0)), "\"root\" must be 64");
    has(error_of(edited_at(text, "\"certificate\":\"", "", 1)), "\"certificate\" must be");
    has(error_of(edited_at(text, "\"certificate\":\"", "", 2)), "\"certificate\" must be");
    has(error_of(edited_at(text, "\"certificate\":\"", "00", 0)), "\"certificate\" must be");
    has(error_of(edited(text, "\"items\":[{\"commander\":\"commander-1\"",
                        "\"items\":[{\"commander\":\"commander-0\"")),
        "no server has the name");
    has(error_of(edited(text, "\"first\":{\"commander\":\"commander-1\"",
                        "\"first\":{\"commander\":\"colonel-1\"")),
        "no server has the name");
    has(error_of(edited(text, "\"own\":{", "\"own\":[{")), "not JSON");
    has(error_of(edited(text, "\"links\":[]", "\"links\":[7]")), "an object");
    has(error_of(edited(text, "\"seal\":{", "\"seal\":{\"pepper\":1,")), "is no field");
    has(error_of(edited(text, "\"proof\":[", "\"proof\":[\"00\",")), "\"proof\" must hold");
}

TEST_CASE("a signed run's trace with flipped bytes is read or refused, and never crashes") {
    const auto seed = std::random_device{}();
    std::cout << "flipped bytes in a signed trace: seed " << seed << '\n';
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto text = made_text();
    std::size_t refused_count = 0;
    for (int i = 0; i < 300; ++i) {
        auto other = text;
        for (std::size_t j = 0; j < 1 + random() % 3; ++j) {
            other[random() % other.size()] = static_cast<char>(random() % 256);
        }
        refused_count += error_of(other).empty() ? 0 : 1;
    }
    CHECK(refused_count > 100);
}

TEST_CASE("evidence is written as a file and comes back as it was") {
    const auto found = made_up();
    const auto text = write_evidence(found, digest{0xcc});
    const auto back = read_evidence_file(text);
    CHECK(back.found == found);
    CHECK(back.cluster == digest{0xcc});
    CHECK(back.says
          == "commander-1 signed both public (version v) and no such record about record "
             "0xff207265636f7264 in round 7, sub-round 2.");
    CHECK(write_evidence(back.found, back.cluster) == text);
    CHECK(text.rfind("{\n  \"format\": \"byzgate evidence 2\",\n  \"says\": \"commander-1 ", 0)
          == 0);
    CHECK(text.find("\"proof\": [],\n") != std::string::npos);
}

TEST_CASE("what a run began with is in its trace, and nothing where it began with nothing") {
    auto header = make_signed_header("signed", 2, 3, 1);
    const auto header_of = [](const trace_header& of) {
        std::ostringstream out;
        trace_writer{out, of, traced_payloads::sizes_only}.finish({});
        return out.str();
    };
    CHECK(header_of(header).find("last_round") == std::string::npos);
    CHECK(header_of(header).find("proofs") == std::string::npos);
    header.last_round = round_id{17};
    header.convictions = {std::make_shared<const evidence>(made_up())};
    const auto text = header_of(header);
    const auto back = read_text(text).header;
    CHECK(back.last_round == round_id{17});
    REQUIRE(back.convictions.size() == 1);
    CHECK(*back.convictions.front() == made_up());
    CHECK_THAT(error_of(edited(text, "\"proofs\":[", "\"proofs\":[null,")),
               Catch::Matchers::Contains("proofs"));
    CHECK_THAT(error_of(edited(text, "\"protocol\":\"signed\"", "\"protocol\":\"oral\"")),
               Catch::Matchers::Contains("proofs"));
}

TEST_CASE("the sentence about evidence says where the claims were made") {
    auto found = made_up();
    found.first.record = found.second.record = "b";
    found.second.level = 0;
    CHECK(
        describe(found)
        == "commander-1 signed public (version v) about record b in round 7, level 2, and no such "
           "record about record b in round 7, level 0.");
    found.second = found.first;
    found.second.by[7] = 1;
    CHECK(describe(found) == "commander-1 signed two different batches in round 7, sub-round 2.");
}

TEST_CASE("a file that is no evidence is refused with what is wrong") {
    const auto text = write_evidence(made_up(), digest{0xcc});
    CHECK(error_of_evidence(text).empty());
    CHECK(error_of_evidence("") == "not JSON after 0 bytes");
    CHECK(error_of_evidence("[]") == "an object { … } was expected");
    CHECK(error_of_evidence("{}") == "\"format\" is missing");
    CHECK(error_of_evidence(std::string(1'000, '[')).find("nest deeper") != std::string::npos);
    CHECK(error_of_evidence(edited(text, "evidence 2", "evidence 1"))
          == "\"format\" must be \"byzgate evidence 2\"");
    CHECK(error_of_evidence(edited(text, "\"says\": ", "\"said\": ")) == "\"says\" is missing");
    CHECK(error_of_evidence(edited(text, "\"first\"", "\"zeroth\": 0, \"first\""))
          == "\"zeroth\" is no field that belongs there");
    CHECK(error_of_evidence(edited(text, "\"first\"", "\"says\": \"me\", \"first\""))
          == "a field stands there twice");
    CHECK(error_of_evidence(edited(text, "commander-1\"", "commander-0\""))
          == "no server has the name \"commander-0\"");
    CHECK(error_of_evidence(edited_at(text, "\"signature\": \"", "", 1))
          == "\"signature\" must be 128 hexadecimal digits");
    CHECK(error_of_evidence(edited_at(text, "\"cluster\": \"", "", 2))
          == "\"cluster\" must be 64 hexadecimal digits");
    CHECK(error_of_evidence(std::string(evidence_bytes_max + 1, ' '))
          == "larger than any evidence");
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        if (error_of_evidence(text.substr(0, size)).empty()) {
            FAIL("cut off after " << size << " bytes, and accepted");
        }
    }
}

TEST_CASE("evidence with flipped bytes is read or refused, and never crashes") {
    const auto seed = std::random_device{}();
    std::cout << "flipped bytes in evidence: seed " << seed << '\n';
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto text = write_evidence(made_up(), digest{0xcc});
    std::size_t refused_count = 0;
    for (int i = 0; i < 3'000; ++i) {
        auto other = text;
        other[random() % other.size()] = static_cast<char>(random() % 256);
        refused_count += error_of_evidence(other).empty() ? 0 : 1;
    }
    CHECK(refused_count > 1'000);
}
