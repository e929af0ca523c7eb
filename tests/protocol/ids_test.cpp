/// Names of servers, flags and digests as text.
#include <catch2/catch.hpp>

#include <algorithm>

#include "protocol/cluster.hpp"
#include "protocol/machine.hpp"
#include "tests/protocol/dice.hpp"

namespace byzgate::testing {

TEST_CASE("a server's name parses back to the server") {
    CHECK(to_string(commander_id(0)) == "commander-1");
    CHECK(to_string(lieutenant_id(2)) == "lieutenant-3");
    CHECK(to_string(supervisor_id) == "supervisor");
    CHECK(to_string(external_party_id) == "external-party");
    CHECK(parse_server_id("supervisor") == supervisor_id);
    CHECK(parse_server_id("external-party") == external_party_id);
    for (const auto index : {0U, 1U, 8U, 9U, 98U, 99U, 4'095U, 65'534U, 65'535U}) {
        CHECK(parse_server_id(to_string(commander_id(index))) == commander_id(index));
        CHECK(parse_server_id(to_string(lieutenant_id(index))) == lieutenant_id(index));
    }
}

TEST_CASE("an id with any other upper half is no server of a cluster") {
    cluster_parameters cluster;
    for (const auto id : {commander_id(0), lieutenant_id(0), supervisor_id, external_party_id}) {
        REQUIRE(cluster.contains(id));
        for (std::uint32_t bit = 18; bit < 32; ++bit) {
            const server_id other{static_cast<std::uint32_t>(id) | std::uint32_t{1} << bit};
            CHECK(!cluster.contains(other));
            CHECK(!is_commander(other));
            CHECK(!is_lieutenant(other));
            CHECK(to_string(other) == "unknown-server");
        }
    }
}

TEST_CASE("no other text is a server's name") {
    for (const auto* name : {"",
                             "commander",
                             "commander-",
                             "commander-0",
                             "commander-01",
                             "commander-+1",
                             "commander--1",
                             "commander- 1",
                             "commander-1 ",
                             " commander-1",
                             "commander-1x",
                             "Commander-1",
                             "COMMANDER-1",
                             "commander_1",
                             "commander1",
                             "lieutenant-0",
                             "lieutenant-1.0",
                             "lieutenant-1e3",
                             "lieutenant-0x1",
                             "lieutenant-65537",
                             "lieutenant-4294967297",
                             "lieutenant-99999999999999999999",
                             "lieutenant-\xd9\xa1",
                             "supervisor-1",
                             "supervisor ",
                             "external party",
                             "external-party-1",
                             "master-1"}) {
        INFO("\"" << name << "\"");
        CHECK_FALSE(parse_server_id(name).has_value());
    }
    CHECK_FALSE(parse_server_id(std::string_view("commander-1\0", 12)).has_value());
}

TEST_CASE("an id of no role or a second supervisor belongs to no cluster") {
    const auto odd =
        GENERATE(server_id{0x0004'0000}, server_id{0x0007'0000}, server_id{0xffff'ffff},
                 server_id{0x0002'0001}, server_id{0x0003'0001});
    CHECK_FALSE(cluster_parameters{}.contains(odd));
}

TEST_CASE("commanders order before lieutenants, those before supervisor and external party") {
    CHECK(commander_id(0) < commander_id(1));
    CHECK(commander_id(65'535) < lieutenant_id(0));
    CHECK(lieutenant_id(65'535) < supervisor_id);
    CHECK(supervisor_id < external_party_id);
}

TEST_CASE("a cluster holds its commanders, lieutenants, supervisor and external party") {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = 3;
    CHECK(cluster.servers()
          == std::vector{commander_id(0), commander_id(1), lieutenant_id(0), lieutenant_id(1),
                         lieutenant_id(2)});
    for (const auto id : cluster.servers()) {
        CHECK(cluster.contains(id));
    }
    CHECK(cluster.contains(supervisor_id));
    CHECK(cluster.contains(external_party_id));
    CHECK_FALSE(cluster.contains(commander_id(2)));
    CHECK_FALSE(cluster.contains(lieutenant_id(3)));
}

TEST_CASE("the default budget is what protocol.md's section 1 says") {
    CHECK(default_budget(1, 3) == fault_budget{0, 1, 1});
    CHECK(default_budget(2, 3) == fault_budget{1, 1, 2});
    CHECK(default_budget(3, 3) == fault_budget{1, 1, 2});
    CHECK(default_budget(4, 5) == fault_budget{1, 2, 3});
    CHECK(default_budget(5, 7) == fault_budget{2, 3, 5});
    CHECK(default_budget(1, 1) == fault_budget{0, 0, 0});
    CHECK(default_budget(2, 2) == fault_budget{1, 0, 1});
}

TEST_CASE("the quorum is a majority and more than the lieutenants that may lie") {
    const auto quorum = [](std::uint32_t lieutenants, std::uint32_t fl) {
        cluster_parameters cluster;
        cluster.lieutenants = lieutenants;
        cluster.tolerate = {0, fl, fl};
        return cluster.quorum();
    };
    CHECK(quorum(1, 0) == 1);
    CHECK(quorum(2, 0) == 2);
    CHECK(quorum(3, 1) == 2);
    CHECK(quorum(4, 1) == 3);
    CHECK(quorum(3, 2) == 3);
    CHECK(quorum(3, 3) == 4);
    CHECK(quorum(7, 3) == 4);
}

TEST_CASE("a digest's text parses back to the digest") {
    dice roll{base_seed()};
    for (int i = 0; i < 200; ++i) {
        digest d{};
        for (auto& byte : d) {
            byte = static_cast<std::uint8_t>(roll.next());
        }
        const auto hex = to_hex(d);
        CHECK(hex.size() == 64);
        CHECK(parse_digest(hex) == d);
    }
    CHECK(to_hex(digest{0x00, 0x0f, 0xf0, 0xff}).substr(0, 10) == "000ff0ff00");
}

TEST_CASE("no other text is a digest") {
    const std::string good(64, 'a');
    CHECK(parse_digest(good));
    CHECK_FALSE(parse_digest(""));
    CHECK_FALSE(parse_digest(good.substr(1)));
    CHECK_FALSE(parse_digest(good + "a"));
    for (const char c : {'A', 'g', '`', '/', ':', ' ', '\0', '\xff'}) {
        auto bad = good;
        bad[63] = c;
        CHECK_FALSE(parse_digest(bad));
        bad = good;
        bad[0] = c;
        CHECK_FALSE(parse_digest(bad));
    }
}

TEST_CASE("a flag's text parses back to the flag, and nothing else is one") {
    CHECK(parse_flag("public") == flag::public_);
    CHECK(parse_flag("confidential") == flag::confidential);
    for (const auto* text : {"", "Public", "PUBLIC", "public ", " public", "open", "1", "true"}) {
        CHECK_FALSE(parse_flag(text));
    }
    CHECK(opposite(flag::public_) == flag::confidential);
    CHECK(opposite(flag::confidential) == flag::public_);
    CHECK(flag{} == flag::confidential);
}

TEST_CASE("every kind of message, refusal, outcome and reason has a name of its own") {
    const std::vector<message> kinds{round_request{}, distribution{},     relay{},
                                     vote{},          payload_request{},  payload_reply{},
                                     delivery{},      delivery_receipt{}, round_end{}};
    std::vector<std::string> names;
    for (const auto& kind : kinds) {
        names.emplace_back(kind_of(kind));
    }
    for (int i = 0; i < static_cast<int>(refusal_kinds); ++i) {
        names.emplace_back(to_string(static_cast<refusal>(i)));
    }
    for (int i = 0; i < 4; ++i) {
        names.emplace_back(to_string(static_cast<record_outcome>(i)));
    }
    for (int i = 0; i < 5; ++i) {
        names.emplace_back(to_string(static_cast<reason>(i)));
    }
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
    CHECK(std::find(names.begin(), names.end(), "?") == names.end());
}

} // namespace byzgate::testing
