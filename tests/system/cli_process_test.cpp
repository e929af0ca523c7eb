/// The command as a process among others: signals, closed pipes, full disks, terminals, memory.
#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct stage {
    temporary_directory dir;
    std::string config = dir.write("loyal.toml", loyal_toml);

    [[nodiscard]] std::vector<std::string> many_records(std::uint64_t records,
                                                        std::uint32_t batch) const {
        return {"run",   config,
                "--set", "database.generate.records=" + std::to_string(records),
                "--set", "rounds.batch=" + std::to_string(batch)};
    }
};

/// A descriptor that closes itself.
class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() { close(); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    [[nodiscard]] int number() const { return number_; }
    void close() {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }

private:
    int number_;
};

/// What `byzgate` writes when its stdout is a terminal.
std::string on_terminal(const std::vector<std::string>& arguments,
                        std::map<std::string, std::string> environment) {
    const descriptor terminal{::posix_openpt(O_RDWR | O_NOCTTY)};
    REQUIRE(terminal.number() >= 0);
    REQUIRE(::grantpt(terminal.number()) == 0);
    REQUIRE(::unlockpt(terminal.number()) == 0);
    descriptor inside{::open(::ptsname(terminal.number()), O_RDWR | O_NOCTTY)};
    REQUIRE(inside.number() >= 0);
    process one{arguments, {"", std::move(environment), inside.number()}};
    CHECK(one.wait().code == 0); // Little enough that the terminal holds it until it is read.
    ::fcntl(terminal.number(), F_SETFL, O_NONBLOCK);
    std::string text(65'536, '\0');
    const auto size = ::read(terminal.number(), text.data(), text.size());
    REQUIRE(size > 0);
    text.resize(static_cast<std::size_t>(size));
    return text;
}

} // namespace

TEST_CASE_METHOD(stage, "the first signal ends a run in order, with the summary") {
    const auto signal = GENERATE(SIGINT, SIGTERM);
    const auto released = dir.file("released.jsonl");
    auto arguments = many_records(50'000'000, 10);
    arguments.insert(arguments.end(), {"--json", "--set", "external_party.output=" + released});
    process one{arguments};
    REQUIRE(comes_to_hold_something(released));
    const auto asked = std::chrono::steady_clock::now();
    one.send_signal(signal);
    const auto done = one.wait();
    CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds{20});
    INFO(done.err);
    CHECK(done.code == 0);
    const auto summary = nlohmann::json::parse(done.out);
    CHECK(summary["interrupted"] == true);
    const auto records = summary["records"].get<std::uint64_t>();
    CHECK(records > 0);
    CHECK(records < 50'000'000);
    CHECK(summary["released"].get<std::uint64_t>() + summary["withheld"].get<std::uint64_t>()
          == records);
    // What was open was finished: every release is in the file, whole.
    std::istringstream lines{content_of(released)};
    std::uint64_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        REQUIRE_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded());
    }
    CHECK(count == summary["released"].get<std::uint64_t>());
}

TEST_CASE_METHOD(stage, "a stress run ends at its duration, or at a signal") {
    const auto timed = byzgate_with({"stress", config, "--duration", "1", "--json"});
    CHECK(timed.code == 0);
    const auto summary = nlohmann::json::parse(timed.out);
    CHECK(summary["elapsed_s"].get<double>() >= 1);
    CHECK(summary["elapsed_s"].get<double>() < 30);
    CHECK(summary["rounds"].get<int>() > 4); // The records come round again.
    CHECK(summary["memory_kib"]["peak"].get<int>() > 0);
}

TEST_CASE_METHOD(stage, "a full disk at the external party ends the run with exit code 1") {
    for (const std::string name : {"run"}) {
        const auto done = byzgate_with({name, config, "--set", "external_party.output=/dev/full",
                                        "--set", "database.generate.records=100000"});
        INFO(done.err);
        CHECK(done.code == 1);
        CHECK_FALSE(done.late);
        CHECK(done.took_s < 30);
        CHECK_THAT(done.err, Contains("/dev/full") && Contains("No space left"));
        CHECK_THAT(done.out, Contains("released"));
    }
}

TEST_CASE_METHOD(stage, "a result that can't be written is exit code 1") {
    const descriptor full{::open("/dev/full", O_WRONLY)};
    REQUIRE(full.number() >= 0);
    for (const auto& arguments : {std::vector<std::string>{"run", config},
                                  {"run", config, "--json"},
                                  {"simulate", config},
                                  {"check", config},
                                  {"stress", config},
                                  {"--help"}}) {
        const auto done = byzgate_with(arguments, {"", {}, full.number()});
        INFO(arguments.front());
        CHECK(done.code == 1);
        CHECK_THAT(done.err, Contains("stdout"));
    }
}

TEST_CASE_METHOD(stage, "a reader that goes away crashes nothing") {
    int ends[2] = {-1, -1};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    descriptor reading{ends[0]};
    const descriptor writing{ends[1]};
    reading.close();
    for (const auto& arguments : {std::vector<std::string>{"run", config},
                                  {"run", config, "--set", "external_party.output=stdout"},
                                  {"scenarios", dir.file(".")},
                                  {"--help"}}) {
        const auto done = byzgate_with(arguments, {"", {}, writing.number()});
        INFO(arguments.front());
        CHECK_FALSE(done.late);
        // By SIGPIPE like any other tool, or with the failure as its exit code.
        CHECK((done.signal == SIGPIPE || done.code == 1));
    }
}

TEST_CASE_METHOD(stage, "colour is for terminals only, and NO_COLOR switches it off") {
    std::filesystem::create_directory(dir.file("some"));
    dir.write("some/loyal.toml", loyal_toml);
    const std::vector<std::string> arguments{"scenarios", dir.file("some")};
    const std::string escape = "\033[";
    CHECK_THAT(on_terminal(arguments, {}), Contains(escape));
    CHECK_THAT(on_terminal(arguments, {{"NO_COLOR", "1"}}), !Contains(escape));
    // An empty one switches nothing off (no-color.org).
    CHECK_THAT(on_terminal(arguments, {{"NO_COLOR", ""}}), Contains(escape));
    const auto piped = byzgate_with(arguments);
    CHECK_THAT(piped.out, Contains("loyal") && !Contains(escape));
    CHECK_THAT(piped.err, !Contains(escape));
}

TEST_CASE_METHOD(stage, "memory stays flat from a hundred thousand records to a million",
                 "[slow]") {
    const auto peak_of = [&](std::uint64_t records) {
        const auto ran = [&] {
            auto arguments = many_records(records, 1'000);
            arguments.push_back("--json");
            process one{arguments};
            return one.wait(std::chrono::seconds{400});
        }();
        INFO(ran.err);
        CHECK(ran.code == 0);
        const auto summary = nlohmann::json::parse(ran.out);
        CHECK(summary["records"] == records);
        CHECK(summary["denied"] == 0);
        CHECK(summary["leaked"] == 0);
        return ran.peak_kib;
    };
    const auto hundred_thousand = peak_of(100'000);
    const auto million = peak_of(1'000'000);
    INFO(hundred_thousand << " KiB, then " << million << " KiB");
    CHECK(static_cast<double>(million) <= 1.5 * static_cast<double>(hundred_thousand));
}
