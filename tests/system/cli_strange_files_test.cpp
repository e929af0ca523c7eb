/// `byzgate verify` on what comes by pipes, has no end, or was made to look right.
#include <catch2/catch.hpp>

#include <filesystem>

#include <unistd.h>

#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

/// The read end of a pipe that holds `text` and ends there; a child has it open, too.
class filled_pipe {
public:
    explicit filled_pipe(const std::string& text) {
        int ends[2] = {-1, -1};
        REQUIRE(::pipe(ends) == 0);
        reading_ = ends[0];
        const auto wrote = ::write(ends[1], text.data(), text.size());
        ::close(ends[1]);
        REQUIRE(wrote == static_cast<ssize_t>(text.size()));
    }
    ~filled_pipe() { ::close(reading_); }
    filled_pipe(const filled_pipe&) = delete;
    filled_pipe& operator=(const filled_pipe&) = delete;
    [[nodiscard]] std::string path() const { return "/dev/fd/" + std::to_string(reading_); }

private:
    int reading_ = -1;
};

/// The line with another text of the same length in its payload.
std::string forged(const std::string& line) {
    auto changed = nlohmann::ordered_json::parse(line);
    auto payload = changed["payload"].get<std::string>();
    payload.front() = payload.front() == 'x' ? 'y' : 'x';
    changed["payload"] = payload;
    return changed.dump();
}

} // namespace

TEST_CASE_METHOD(state_stage, "a pipe is checked as a file is, from its first line on") {
    static_cast<void>(run());
    const auto all = lines();
    REQUIRE(all.size() > 2);
    const auto good = all[0] + "\n" + all[1] + "\n";
    const filled_pipe whole{good};
    const auto told = verify(whole.path());
    CHECK(told.code == 0);
    CHECK_THAT(told.out, Contains("2 released records"));
    for (const auto& bad :
         {forged(all[0]) + "\n", forged(all[0]), forged(all[0]) + "\n" + all[1] + "\n"}) {
        const filled_pipe pipe{bad};
        const auto checked = verify(pipe.path());
        CHECK(checked.code == 3);
        CHECK_THAT(checked.out, Contains(":1: INVALID") && Contains("payload"));
    }
    // Evidence has several lines, a certificate one.
    const auto proofs = dir.file("proofs");
    config = dir.write("liar.toml", signed_toml + liar);
    static_cast<void>(run({"--evidence", proofs}));
    std::size_t bundles = 0;
    for (const auto& entry : std::filesystem::directory_iterator(proofs)) {
        if (entry.path().extension() == ".json") {
            ++bundles;
            const filled_pipe pipe{content_of(entry.path().string())};
            CHECK(verify(pipe.path()).code == 0);
        }
    }
    CHECK(bundles > 0);
    const auto certificate = nlohmann::json::parse(all[0])["certificate"].get<std::string>();
    const filled_pipe pipe{certificate + "\n"};
    CHECK(verify(pipe.path()).code == 0);
}

TEST_CASE_METHOD(state_stage, "a line without an end is named, and not waited for") {
    static_cast<void>(run());
    const auto endless = verify("/dev/zero");
    CHECK_FALSE(endless.late);
    CHECK(endless.code == 3);
    CHECK_THAT(endless.out, Contains("/dev/zero: INVALID"));
    const auto long_line = dir.write("long.jsonl", "{\"id\":\"");
    std::filesystem::resize_file(long_line, 300U << 20); // zeros that take no room
    const auto refused = verify(long_line);
    CHECK(refused.code == 3);
    CHECK_THAT(refused.out, Contains("long.jsonl:1: INVALID") && Contains("128 MiB"));
}

TEST_CASE_METHOD(state_stage, "voters that the cluster hasn't got make a line invalid") {
    static_cast<void>(run());
    auto line = nlohmann::ordered_json::parse(lines().at(0));
    const std::string stranger = GENERATE(as<std::string>{}, "lieutenant-99", "supervisor");
    line["voters"].push_back(stranger);
    const auto done = verify(dir.write("more.jsonl", line.dump() + "\n"));
    CHECK(done.code == 3);
    CHECK_THAT(done.out, Contains("voters") && Contains(stranger));
}

TEST_CASE_METHOD(state_stage,
                 "where signatures fail, the file with the cluster's numbers is named") {
    static_cast<void>(run());
    const auto numbers = keys + "/cluster.toml";
    auto text = content_of(numbers);
    const std::string of_cluster = "max_recursion = ";
    text.replace(text.find(of_cluster) + of_cluster.size(), 1, "7");
    dir.write("kept/keys/cluster.toml", text);
    const auto done = verify(released);
    CHECK(done.code == 3);
    CHECK_THAT(done.out, Contains("signature") && Contains(numbers) && Contains("--config"));
    CHECK(byzgate_with({"verify", released, "--keys", keys, "--config", config}).code == 0);
}

TEST_CASE_METHOD(state_stage, "why evidence proves nothing is told in words") {
    config = dir.write("liar.toml", signed_toml + liar);
    static_cast<void>(run());
    const auto name = evidence().front();
    auto text = content_of(name);
    const std::string round = "\"round\": ";
    text.replace(text.find(round) + round.size(), 1, "9");
    dir.write("kept/evidence/" + std::filesystem::path{name}.filename().string(), text);
    const auto done = byzgate_with({"run", config});
    CHECK(done.code == 2);
    CHECK_THAT(done.err, Contains("a signature is not that commander's") && !Contains("bad_"));
}

TEST_CASE("a leak that the gate of a signed cluster stops is told as one") {
    const temporary_directory dir;
    const auto config = dir.write("signed.toml", signed_toml);
    const auto folder = dir.file("examples");
    const auto checked = byzgate_with(
        {"check", config, "--byzantine", "lieutenant-1,lieutenant-2", "--out", folder, "--json"});
    CHECK(checked.code == 0);
    const auto cases = nlohmann::json::parse(checked.out)["cases"];
    CHECK(cases[0]["flag"] == "confidential");
    CHECK(cases[0]["leaks"].get<int>() > 0);
    CHECK(cases[0]["leaks_stopped"] == cases[0]["leaks"]);
    CHECK(cases[1]["leaks_stopped"] == 0);
    const auto file = cases[0]["counterexample"].get<std::string>();
    const auto example = nlohmann::json::parse(content_of(file));
    CHECK(example["outcome"]["leaked"] == true);
    CHECK(example["gate"] == "stays shut");
    const auto played = byzgate_with({"replay", file});
    CHECK(played.code == 0);
    CHECK_THAT(played.out, Contains("the gate stays shut: a quorum voted release"));
    // A file that says otherwise contradicts itself.
    auto text = content_of(file);
    text.replace(text.find("stays shut"), 10, "opens");
    const auto refused = byzgate_with({"replay", dir.write("changed.json", text)});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("gate") && Contains("stays shut"));
    // With more lying commanders than the cluster survives nothing stops them.
    const auto open = byzgate_with(
        {"check", config, "--byzantine", "commander-1,commander-2", "--out", folder, "--json"});
    const auto leaking = nlohmann::json::parse(open.out)["cases"][0];
    CHECK(leaking["leaks"].get<int>() > 0);
    CHECK(leaking["leaks_stopped"] == 0);
    const auto replayed = byzgate_with({"replay", leaking["counterexample"].get<std::string>()});
    CHECK_THAT(replayed.out, Contains("the gate opens") && Contains("the same outcome"));
    CHECK_THAT(byzgate_with({"check", config, "--byzantine", "lieutenant-1,lieutenant-2"}).out,
               Contains("all of these leaks are votes only"));
}
