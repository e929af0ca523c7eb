// Mistakes between hosts: each is told apart from the others, by both sides where both see it, and
// says what is to be done and where.
#include <catch2/catch.hpp>

#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "tests/system/cluster_stage.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// Waits until it complains in those words; what it said.
std::string complaint(process& of, const std::string& words) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < until
           && of.complaints().find(words) == std::string::npos) {
        std::this_thread::sleep_for(10ms);
    }
    return of.complaints();
}

/// The same cluster on another host: its configuration and keys in a directory of their own.
class other_host {
public:
    explicit other_host(const stage& of) : directory_(of.file("elsewhere")) {
        fs::create_directory(directory_);
        fs::copy_file(of.config(), config());
        fs::copy_file(of.file("records.db"), directory_ / "records.db");
    }
    [[nodiscard]] std::string config() const { return directory_ / "trial.toml"; }
    [[nodiscard]] fs::path keys() const { return directory_ / "trial-keys"; }
    void take_keys_of(const stage& of) const {
        fs::copy(of.file("trial-keys"), keys(), fs::copy_options::recursive);
    }
    void make_keys() const { REQUIRE(byzgate_with({"keygen", config()}).code == 0); }
    void change(const std::string& from, const std::string& to) const {
        auto text = content_of(config());
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
        std::ofstream{config()} << text;
    }
    [[nodiscard]] process node(const std::string& name) const {
        return process{{"node", config(), "--id", name}};
    }

private:
    fs::path directory_;
};

process node(const stage& of, const std::string& name) {
    return process{{"node", of.config(), "--id", name}};
}

} // namespace

TEST_CASE("hosts with different files of a cluster say so on both sides") {
    const stage of{{3}};
    of.make_keys();
    const other_host there{of};
    there.take_keys_of(of);
    there.change("phase_timeout_ms = 150", "phase_timeout_ms = 151");
    auto gate = node(of, "supervisor");
    auto commander = there.node("commander-1");
    CHECK_THAT(complaint(gate, "another configuration"),
               Contains("commander-1 at 127.0.0.1 ")
                   && Contains("has another configuration than supervisor")
                   && Contains("give both hosts the same file"));
    CHECK_THAT(complaint(commander, "another configuration"),
               Contains("supervisor at 127.0.0.1")
                   && Contains("has another configuration than commander-1"));
    // Whoever asks for records is told so, too.
    const auto asked = byzgate_with({"release", there.config(), "--all", "--deadline", "3"});
    CHECK(asked.code == 1);
    CHECK_THAT(asked.err, Contains("has another configuration than operator"));
}

TEST_CASE("hosts with the keys of two keygens say so on both sides") {
    const stage of{{3}};
    of.make_keys();
    const other_host there{of};
    there.make_keys();
    auto gate = node(of, "supervisor");
    auto commander = there.node("commander-1");
    CHECK_THAT(complaint(gate, "another CA"),
               Contains("127.0.0.1 refuses the certificate of supervisor: another CA signed it; "
                        "give both hosts the files of one byzgate keygen"));
    CHECK_THAT(complaint(commander, "supervisor at"),
               Contains("shows a certificate that ca.crt here didn't sign"));
}

TEST_CASE("a key or certificate that is another server's, or nobody's, ends the process at once") {
    const stage of{{3}};
    of.make_keys();
    const other_host there{of};
    there.take_keys_of(of);
    const auto overwrite = fs::copy_options::overwrite_existing;
    SECTION("the private key of another server") {
        fs::copy_file(there.keys() / "commander-2.key", there.keys() / "commander-1.key",
                      overwrite);
        auto commander = there.node("commander-1");
        const auto ended = commander.wait();
        CHECK(ended.code == 2);
        CHECK_THAT(ended.err, Contains("commander-1") && Contains("key"));
    }
    SECTION("the certificate of another server") {
        for (const std::string end : {".crt", ".tls.key"}) {
            fs::copy_file(there.keys() / ("commander-2" + end),
                          there.keys() / ("commander-1" + end), overwrite);
        }
        auto commander = there.node("commander-1");
        const auto ended = commander.wait();
        CHECK(ended.code == 2);
        CHECK_THAT(ended.err, Contains("this is the certificate of commander-2; give commander-1 "
                                       "its own"));
    }
    SECTION("none") {
        fs::remove(there.keys() / "commander-1.crt");
        auto commander = there.node("commander-1");
        const auto ended = commander.wait();
        CHECK(ended.code == 2);
        CHECK_THAT(ended.err, Contains("commander-1.crt: there is no such file; byzgate keygen "
                                       "makes it"));
    }
}

TEST_CASE("a port that is taken is told, and by which address") {
    const stage of{{3}};
    of.make_keys();
    auto first = node(of, "supervisor");
    CHECK_THAT(complaint(first, "external-party"), Contains("nothing listens there; start the "
                                                            "server on that host, or correct the "
                                                            "port"));
    const std::vector<std::string> elsewhere{"node",  of.config(),
                                             "--id",  "supervisor",
                                             "--set", "state.dir=\"" + of.file("second") + "\""};
    // Two gates with the same keys would number the same rounds twice.
    const auto keys = byzgate_with(elsewhere);
    CHECK(keys.code == 1);
    CHECK_THAT(keys.err, Contains("trial-keys") && Contains("numbers its rounds with these keys"));
    std::filesystem::copy(of.file("trial-keys"), of.file("copied"));
    auto arguments = elsewhere;
    arguments.insert(arguments.end(), {"--set", "keys.dir=\"" + of.file("copied") + "\""});
    const auto second = byzgate_with(arguments);
    CHECK(second.code == 1);
    CHECK_THAT(second.err, Contains("127.0.0.1:") && Contains("another process has this port"));
    // The state is locked, too: the first thing that both would have damaged.
    const auto same = byzgate_with({"node", of.config(), "--id", "supervisor"});
    CHECK(same.code != 0);
    CHECK_THAT(same.err, Contains("another process has it open"));
}

TEST_CASE("a name that doesn't resolve is told by whoever needs it") {
    const auto port = free_ports(2);
    stage_settings how{3};
    how.placement = fmt::format(R"([placement.far]
address = "nohost.invalid:{}"
servers = ["lieutenant-3"]
[placement.here]
address = "127.0.0.1:{}"
servers = ["commander-1", "commander-2", "lieutenant-1", "lieutenant-2", "supervisor",
           "external-party"])",
                                port, port + 1);
    const stage of{how};
    of.make_keys();
    auto here = node(of, "here");
    CHECK_THAT(complaint(here, "nohost"),
               Contains("lieutenant-3 can't be reached: the name nohost.invalid")
                   && Contains("doesn't resolve"));
    const auto far = byzgate_with({"node", of.config(), "--id", "far"});
    CHECK(far.code != 0);
    CHECK_THAT(far.err, Contains("nohost.invalid:") && Contains("doesn't resolve")
                            && Contains("listen on a name or number of this host"));
}

TEST_CASE("what is wrong for long is said a few times, not at every attempt") {
    const stage of{{3}};
    of.make_keys();
    auto gate = node(of, "supervisor");
    const std::string words = "external-party can't be reached";
    const auto said = [&] {
        const auto all = gate.complaints();
        std::size_t count = 0;
        for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1)) {
            ++count;
        }
        return count;
    };
    REQUIRE_THAT(complaint(gate, words), Contains(words));
    std::this_thread::sleep_for(3s);
    CHECK(said() <= 2);
}
