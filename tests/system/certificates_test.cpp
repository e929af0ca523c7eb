// Hosts that don't fit together, as real processes: each says what is wrong and who should do what.
// A host is a directory with a configuration and keys of its own.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "crypto/key_files.hpp"
#include "crypto/key_sources.hpp"
#include "net/certificate_files.hpp"
#include "net/certificates.hpp"
#include "tests/system/free_ports.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

bool holds(const std::function<bool()>& condition, std::chrono::seconds patience = 20s) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(20ms);
    }
    return true;
}

std::size_t times_in(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

/// Three hosts: commanders on the left, lieutenants on the right, and the gate. And a fourth, where
/// the keys were made and the operator sits.
class hosts {
public:
    hosts() {
        for (const auto* name : {"home", "left", "right", "gate"}) {
            fs::create_directory(dir_.file(name));
            dir_.write(std::string{name} + "/trial.toml", configuration());
        }
        REQUIRE(byzgate_with({"keygen", config("home")}).code == 0);
        for (const auto* name : {"left", "right", "gate"}) {
            fs::copy(keys("home"), keys(name), fs::copy_options::recursive);
            fs::remove(keys(name) / authority_key_file_name);
        }
    }
    [[nodiscard]] std::string config(const std::string& host) const {
        return dir_.file(host + "/trial.toml");
    }
    [[nodiscard]] fs::path keys(const std::string& host) const {
        return dir_.file(host + "/trial-keys");
    }
    /// A set of keys that has nothing to do with the others.
    [[nodiscard]] fs::path other_keys() const {
        const auto place = dir_.file("other-keys");
        if (!fs::exists(place)) {
            REQUIRE(byzgate_with({"keygen", config("home"), "--out", place}).code == 0);
        }
        return place;
    }
    [[nodiscard]] int port(int of) const { return port_ + of; }

    [[nodiscard]] std::unique_ptr<test::process>
    start(const std::string& host, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"node", config(host), "--id", host, "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return std::make_unique<test::process>(arguments);
    }
    /// From `home`'s CA, for a time of the test's choice.
    void certify(const std::string& host, const std::string& name, certificate_times valid) const {
        const certificate_authority authority{keys("home") / authority_file_name,
                                              keys("home") / authority_key_file_name};
        const auto made = authority.issue(name, valid);
        replace(keys(host) / certificate_file_name(name), made.certificate);
        replace(keys(host) / tls_key_file_name(name), made.key);
    }
    void copy(const std::string& from, const std::string& to, const std::string& file) const {
        fs::copy_file(keys(from) / file, keys(to) / file, fs::copy_options::overwrite_existing);
    }
    [[nodiscard]] finished release(const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{"release", config("home"), "--all"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return byzgate_with(arguments);
    }

private:
    static void replace(const fs::path& file, const std::string& text) {
        std::ofstream{file, std::ios::binary | std::ios::trunc} << text;
    }
    [[nodiscard]] std::string configuration() const {
        return fmt::format(R"(seed = 7
[cluster]
commanders = 2
lieutenants = 3
protocol = "signed"
phase_timeout_ms = 300
[database]
url = "memory:"
generate = {{ records = 12, public = 0.5 }}
[placement.left]
address = "127.0.0.1:{}"
servers = ["commander-1", "commander-2"]
[placement.right]
address = "127.0.0.1:{}"
servers = ["lieutenant-1", "lieutenant-2", "lieutenant-3"]
[placement.gate]
address = "127.0.0.1:{}"
servers = ["supervisor", "external-party"]
[state]
dir = "state"
[external_party]
output = "released.jsonl"
)",
                           port(0), port(1), port(2));
    }

    temporary_directory dir_;
    int port_ = free_ports(3);
};

bool says(const test::process& one, const std::string& part) {
    const bool said = holds([&] { return one.complaints().find(part) != std::string::npos; });
    INFO(one.complaints());
    CHECK(said);
    return said;
}

/// The last line of state that a process printed.
nlohmann::json state_of(const test::process& one) {
    const auto written = one.written();
    const auto end = written.rfind('\n');
    if (end == std::string::npos) {
        return {};
    }
    const auto begin = written.rfind('\n', end - 1);
    const auto first = begin == std::string::npos || end == 0 ? 0 : begin + 1;
    return nlohmann::json::parse(written.substr(first, end - first), nullptr, false);
}

std::string why_down(const test::process& one, const std::string& from, const std::string& to) {
    const auto state = state_of(one);
    if (!state.is_object()) {
        return {};
    }
    for (const auto& link : state["down"]) {
        if (link["from"] == from && link["to"] == to) {
            return link["why"];
        }
    }
    return {};
}

bool all_up(const test::process& one, std::size_t links) {
    const auto state = state_of(one);
    return state.is_object() && state.value("up", 0U) == links;
}

std::uint64_t clock_s() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

} // namespace

TEST_CASE("hosts with different files are told which differ, and whose is the odd one") {
    const hosts all;
    const auto left = all.start("left");
    const auto gate = all.start("gate");
    REQUIRE(holds([&] { return all_up(*left, 2); }));
    SECTION("the configuration") {
        const auto right = all.start("right", {"--set", "transport.frame_bytes_max=4000000"});
        for (const auto* one : {left.get(), right.get()}) {
            CHECK(says(*one, "has another configuration than"));
            CHECK(says(*one, "give both hosts the same file"));
        }
        CHECK(says(*left, "2 other links of this process are up, so look there first"));
        // Each host says at its start what it has, for two people to compare.
        CHECK(says(*right, "all hosts must have these alike"));
        const auto told = all.release({"--set", "transport.frame_bytes_max=4000000"});
        CHECK(told.code == 1);
        CHECK_THAT(told.err, Contains("no link to the supervisor: supervisor at 127.0.0.1")
                                 && Contains("has another configuration than operator"));
        CHECK(told.took_s < 10);
    }
    SECTION("the keys") {
        for (const auto& each : fs::directory_iterator{all.other_keys()}) {
            const auto name = each.path().filename().string();
            if (name.find(".tls.") == std::string::npos && each.path().extension() != ".crt") {
                fs::copy_file(each.path(), all.keys("right") / name,
                              fs::copy_options::overwrite_existing);
            }
        }
        const auto right = all.start("right");
        CHECK(says(*left, "has another cluster"));
        CHECK(says(*right, "its cluster.keys or its [cluster] table differs"));
    }
    SECTION("the CA") {
        for (const auto& each : fs::directory_iterator{all.other_keys()}) {
            const auto name = each.path().filename().string();
            if (name.find(".tls.") != std::string::npos || each.path().extension() == ".crt") {
                fs::copy_file(each.path(), all.keys("right") / name,
                              fs::copy_options::overwrite_existing);
            }
        }
        const auto right = all.start("right");
        CHECK(says(*left, "shows a certificate that ca.crt here didn't sign"));
        CHECK(says(*right, "another CA signed it; give both hosts the files of one"));
        // The right doesn't call the left, so it can only guess who knocks; the gate needn't.
        CHECK(holds([&] {
            return why_down(*left, "commander-1", "lieutenant-1").find("ca.crt here didn't")
                   != std::string::npos;
        }));
    }
}

TEST_CASE("a private key that isn't the certificate's, or another server's, starts nothing") {
    const hosts all;
    SECTION("of the links") {
        fs::copy_file(all.keys("home") / "lieutenant-2.tls.key",
                      all.keys("right") / "lieutenant-1.tls.key",
                      fs::copy_options::overwrite_existing);
        const auto ended = all.start("right")->wait(20s);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.err, Contains("lieutenant-1.tls.key: this is not the private key of"));
    }
    SECTION("of the signatures") {
        fs::copy_file(all.other_keys() / "lieutenant-1.key", all.keys("right") / "lieutenant-1.key",
                      fs::copy_options::overwrite_existing);
        const auto ended = all.start("right")->wait(20s);
        INFO(ended.err);
        CHECK(ended.code == 2);
        CHECK_THAT(ended.err, Contains("lieutenant-1"));
    }
}

TEST_CASE("certificates out of their time are told with their times and the clocks") {
    const hosts all;
    const bool late = GENERATE(true, false);
    const auto now = clock_s();
    const certificate_times wrong = late ? certificate_times{now - 90'000, now - 600}
                                         : certificate_times{now + 4'000, now + 90'000};
    all.certify("right", "lieutenant-1", wrong);
    all.certify("home", "operator", wrong);
    const auto left = all.start("left");
    const auto right = all.start("right");
    const auto gate = all.start("gate");
    const auto what = std::string{"lieutenant-1 at 127.0.0.1:"} + std::to_string(all.port(1))
                      + ", which is " + text_of(wrong) + ", "
                      + (late ? "has expired" : "is not valid yet");
    CHECK(says(*left, what + ": this host's clock says "));
    CHECK(says(*right, "the certificate of lieutenant-1 is " + text_of(wrong)
                           + ", and this host's clock says "));
    CHECK(says(*right, "refuses the certificate of lieutenant-1, which is " + text_of(wrong)));
    CHECK(says(*gate, "the certificate of lieutenant-1"));
    CHECK(holds([&] {
        return why_down(*left, "commander-2", "lieutenant-1").find(what) != std::string::npos;
    }));
    const auto told = all.release();
    CHECK(told.code == 1);
    CHECK_THAT(told.err,
               Contains("no link to the supervisor: supervisor at 127.0.0.1")
                   && Contains("refuses the certificate of operator, which is " + text_of(wrong))
                   && Contains("keygen CONFIG --renew operator"));
    CHECK(told.took_s < 10);
    // Once at the start and no more, however often it is tried again.
    std::this_thread::sleep_for(3s);
    CHECK(times_in(left->complaints(), "commander-1: the certificate of lieutenant-1") == 1);
    CHECK(times_in(left->complaints(), "commander-1: ") < 10);
}

TEST_CASE("a port that is taken and a name that doesn't resolve are told on both sides") {
    const hosts all;
    SECTION("taken") {
        const auto right = all.start("right");
        REQUIRE(holds([&] { return state_of(*right).is_object(); }));
        const auto second = all.start(
            "right", {"--set", fmt::format("state.dir=\"{}.second\"", all.config("right"))});
        const auto ended = second->wait(20s);
        CHECK(ended.code == 1);
        CHECK_THAT(ended.err, Contains(fmt::format("127.0.0.1:{}: another process has this port",
                                                   all.port(1))));
    }
    SECTION("taken, of a trial") {
        const held_port held{all.port(2)};
        test::process trial{{"cluster", all.config("home")}};
        CHECK(says(trial, "another process has this port"));
        CHECK(holds([&] {
            return trial.written().find("commander-1 has no link to supervisor: ")
                   != std::string::npos;
        }));
        trial.send_signal(SIGTERM);
        CHECK(trial.wait(20s).code == 1);
    }
    SECTION("no such name") {
        const std::vector<std::string> nowhere{
            "--set",
            fmt::format("placement.right.address=\"no-such-host.invalid:{}\"", all.port(1))};
        const auto right = all.start("right", nowhere)->wait(20s);
        CHECK(right.code == 1);
        CHECK_THAT(right.err, Contains("no-such-host.invalid") && Contains("doesn't resolve"));
        const auto left = all.start("left", nowhere);
        CHECK(says(*left, "the name no-such-host.invalid doesn't resolve"));
        const auto told = all.release(
            {"--deadline", "2", "--set",
             fmt::format("placement.gate.address=\"no-such-host.invalid:{}\"", all.port(2))});
        CHECK(told.code == 1);
        CHECK_THAT(told.err, Contains("no-such-host.invalid doesn't resolve"));
    }
    SECTION("nobody there") {
        const auto left = all.start("left");
        CHECK(says(*left, "nothing listens there; start the server on that host"));
        const auto told = all.release({"--deadline", "2"});
        CHECK(told.code == 1);
        CHECK_THAT(told.err,
                   Contains("supervisor can't be reached") && Contains("nothing listens"));
    }
}

TEST_CASE("every server's key may come in the environment, the gate's too") {
    const hosts all;
    std::map<std::string, std::string> given;
    for (const auto server : {supervisor_id, external_party_id}) {
        const auto file = all.keys("gate") / private_key_file_name(server);
        given[key_variable_of(server)] = content_of(file.string());
        fs::remove(file);
    }
    CHECK(all.start("gate")->wait(20s).code == 2);
    test::process gate{{"node", all.config("gate"), "--id", "gate", "--json"}, {{}, given}};
    CHECK(holds([&] { return state_of(gate).is_object(); }));
    const auto left =
        content_of("/proc/" + std::to_string(gate.id()) + "/environ").find("byzgate-private-key");
    CHECK(left == std::string::npos);
    gate.send_signal(SIGTERM);
    CHECK(gate.wait(20s).code == 0);
}

TEST_CASE("renewed certificates and revoked ones take effect in running processes") {
    const hosts all;
    const auto left = all.start("left");
    const auto right = all.start("right", {"--metrics", "127.0.0.1:0"});
    const auto gate = all.start("gate");
    REQUIRE(holds([&] { return all_up(*left, 8) && all_up(*right, 9) && all_up(*gate, 5); }));

    REQUIRE(byzgate_with({"keygen", all.config("home"), "--renew", "lieutenant-1"}).code == 0);
    all.copy("home", "right", "lieutenant-1.crt");
    all.copy("home", "right", "lieutenant-1.tls.key");
    CHECK(says(*right, "the certificates were read again"));
    CHECK(all_up(*right, 9));

    // Both that it had are revoked; what the right has now is one of them.
    REQUIRE(byzgate_with({"keygen", all.config("home"), "--revoke", "lieutenant-1"}).code == 0);
    all.copy("home", "left", "ca.crl");
    CHECK(says(*left, "lieutenant-1 at 127.0.0.1:" + std::to_string(all.port(1))
                          + " shows a certificate that ca.crl here has revoked"));
    CHECK(says(*right, "says that the certificate of lieutenant-1 is revoked"));
    CHECK(holds([&] { return all_up(*left, 6); }));

    all.copy("home", "right", "lieutenant-1.crt");
    all.copy("home", "right", "lieutenant-1.tls.key");
    CHECK(holds([&] { return all_up(*left, 8) && all_up(*right, 9); }));
    // Half of a pair isn't used, and costs nothing.
    all.copy("home", "right", "ca.crl");
    all.copy("left", "right", "lieutenant-2.crt");
    fs::copy_file(all.keys("home") / "lieutenant-3.tls.key",
                  all.keys("right") / "lieutenant-2.tls.key", fs::copy_options::overwrite_existing);
    CHECK(says(*right, "until then the certificates stay in use"));
    CHECK(all_up(*right, 9));
    const auto told = all.release({"--deadline", "30"});
    INFO(told.err);
    CHECK(told.code == 0);
    for (const auto* one : {left.get(), right.get(), gate.get()}) {
        one->send_signal(SIGTERM);
    }
}
