// How links are carried: [transport], and what of it is refused.
#include <catch2/catch.hpp>

#include "tests/config/written.hpp"

namespace byzgate {

TEST_CASE("links are framed and by TLS unless something else is said") {
    const auto plain = parsed(with_data("")).transport;
    CHECK(plain.kind == transport_kind::framed);
    CHECK_FALSE(plain.is_plain());
    CHECK(parsed(with_data("[transport]\nkind = \"framed\"")).transport.kind
          == transport_kind::framed);
    CHECK(parsed(with_data("[transport]\ninsecure_loopback = true")).transport.is_plain());
}

TEST_CASE("BASP is chosen in [transport], or in a line for short, where hosts are trusted") {
    for (const auto* text : {"transport = \"basp\"\ntrusted_hosts = true",
                             "[transport]\nkind = \"basp\"\ntrusted_hosts = true"}) {
        const auto chosen = parsed(with_data(text)).transport;
        CHECK(chosen.kind == transport_kind::basp);
        CHECK(chosen.tls);
        CHECK_FALSE(chosen.is_plain());
    }
    const auto plain =
        parsed(with_data("[transport]\nkind = \"basp\"\ntrusted_hosts = true\ntls = false"));
    CHECK(plain.transport.is_plain());
}

TEST_CASE("BASP is refused where nobody said that hosts are trusted, with the reason and a cure") {
    using Catch::Contains;
    for (const auto* text :
         {"transport = \"basp\"", "transport = \"basp\"\ntrusted_hosts = false"}) {
        const auto told = complaints_of(with_data(text));
        CHECK_THAT(told, Contains("1: transport: whoever reaches a port that speaks BASP"));
        CHECK_THAT(told, Contains("write \"framed\", or trusted_hosts = true"));
    }
    const auto told = complaints_of(with_data("[transport]\nkind = \"basp\"\ntls = false"));
    CHECK_THAT(told, Contains("2: transport.kind: whoever reaches a port that speaks BASP"));
}

TEST_CASE("an unknown transport, and framed links without TLS, are refused") {
    using Catch::Contains;
    CHECK_THAT(complaints_of(with_data("transport = \"tcp\"")),
               Contains("1: transport: found the text \"tcp\"; write \"framed\" or \"basp\""));
    CHECK_THAT(complaints_of(with_data("[transport]\nkind = 1")), Contains("2: transport.kind: "));
    CHECK_THAT(complaints_of(with_data("[transport]\ntls = false")),
               Contains("2: transport.tls: framed links have no other way"));
    CHECK_THAT(complaints_of(with_data("[transport]\ntrusted_host = true")),
               Contains("did you mean transport.trusted_hosts?"));
}

TEST_CASE("processes with other kinds of links have other configurations") {
    const auto settings = [](const std::string& transport) {
        return shared_settings(parsed(with_data(transport)));
    };
    const auto framed = settings("");
    const auto basp = settings("transport = \"basp\"\ntrusted_hosts = true");
    CHECK(framed != basp);
    CHECK(framed == settings("transport = \"framed\""));
    CHECK(basp == settings("[transport]\nkind = \"basp\"\ntrusted_hosts = true"));
    CHECK(basp != settings("[transport]\nkind = \"basp\"\ntrusted_hosts = true\ntls = false"));
}

TEST_CASE("where a process listens may be somewhere else than where it is reached, on its own") {
    const auto with = [](const std::string& line) {
        return with_data("[placement.all]\naddress = \"10.0.0.1:7101\"\n" + line
                         + "servers = [\"commander-1\", \"lieutenant-1\", \"lieutenant-2\", "
                           "\"lieutenant-3\", \"supervisor\", \"external-party\"]\n");
    };
    const auto same = parsed(with(""));
    const auto other = parsed(with("listen = \"0.0.0.0:7102\"\n"));
    CHECK(same.placement.processes.at(0).listen.empty());
    CHECK(other.placement.processes.at(0).listen == "0.0.0.0:7102");
    CHECK(shared_settings(same) == shared_settings(other));
    CHECK_THAT(complaints_of(with("listen = \"here\"\n")),
               Catch::Contains("placement.all.listen: \"here\" is no address"));
}

} // namespace byzgate
