/// A signed cluster that is killed again and again, as `kill -9` does it, and started again over
/// the same state; and what somebody outside finds on its disk afterwards.
#include <catch2/catch.hpp>

#include <csignal>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <tuple>

#include "config/parse.hpp"
#include "crypto/base64.hpp"
#include "crypto/key_files.hpp"
#include "protocol/certificate.hpp"
#include "protocol/wire.hpp"
#include "storage/signing_log.hpp"
#include "tests/system/state_stage.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

constexpr int kills = 20;
constexpr std::uint64_t records = 300;
const std::vector<std::string> many{"--set", "database.generate.records=300", "--set",
                                    "rounds.batch=2"};

using steady = std::chrono::steady_clock;

/// Where in the protocol a signature stands.
using place = std::tuple<server_id, round_id, level_number, statement_kind, std::uint32_t>;

/// What servers signed where; it must be one thing.
struct signatures {
    std::map<place, std::string> by_place;
    std::uint64_t contradictions = 0;

    void add(const place& where, const std::string& said) {
        const auto known = by_place.emplace(where, said).first;
        contradictions += known->second == said ? 0 : 1;
    }
};

std::string text_of(const signature& by) {
    return {by.begin(), by.end()};
}

/// The signature under what a log kept; empty if it is none.
std::string signature_in(const kept_statement& kept) {
    const auto said = decode_message(kept.bytes, limits{});
    if (!said) {
        return {};
    }
    if (const auto* told = std::get_if<distribution>(&*said)) {
        return told->seal ? text_of(told->seal->by) : std::string{};
    }
    if (const auto* passed_on = std::get_if<signed_relay>(&*said)) {
        return passed_on->own ? text_of(passed_on->own->by) : std::string{};
    }
    const auto* cast = std::get_if<vote>(&*said);
    return cast != nullptr && cast->seal ? text_of(cast->seal->by) : std::string{};
}

std::uint64_t size_of(const std::string& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    return missing ? 0 : size;
}

struct killed_stage : state_stage {
    std::string one_log = dir.file("kept/signed/lieutenant-1.log");

    /// Kills a run once a server has signed `more` bytes in it, and `after` that. False if the run
    /// ended before.
    [[nodiscard]] bool kill_a_run(std::uint64_t more, std::chrono::microseconds after) const {
        const auto wanted = size_of(one_log) + more;
        std::vector<std::string> arguments{"run", config};
        arguments.insert(arguments.end(), many.begin(), many.end());
        process running{arguments};
        const auto until = steady::now() + std::chrono::seconds{20};
        // Without a log yet it is killed while it makes its state.
        while (more > 0 && size_of(one_log) < wanted && steady::now() < until
               && running.is_running()) {
            std::this_thread::sleep_for(std::chrono::microseconds{200});
        }
        std::this_thread::sleep_for(after);
        running.send_signal(SIGKILL);
        const auto ended = running.wait();
        INFO(ended.err);
        CHECK((ended.signal == SIGKILL || ended.code == 0));
        return ended.signal == SIGKILL;
    }

    /// What all servers kept, read from copies, so that the logs stay as they were left.
    void look_at_logs(signatures& seen) const {
        const auto scenario = load_scenario(config, {});
        const auto keys = load_public_keys(keys_file());
        const auto cluster = cluster_digest(keys, scenario.cluster);
        for (const auto server : scenario.cluster.servers()) {
            const auto name = to_string(server) + ".log";
            const auto left = dir.file("kept/signed/" + name);
            if (size_of(left) == 0) {
                continue;
            }
            const auto copy = dir.file("copy-" + name);
            std::filesystem::copy_file(left, copy,
                                       std::filesystem::copy_options::overwrite_existing);
            signing_log log{copy, cluster, server};
            for (const auto& kept : log.take_past().statements) {
                const auto by = signature_in(kept);
                CHECK_FALSE(by.empty());
                seen.add({server, kept.round, kept.level, kept.kind, kept.phase}, by);
            }
        }
    }

    [[nodiscard]] std::string keys_file() const {
        return dir.file(std::string{"kept/keys/"}.append(cluster_key_file_name));
    }

    /// What left, beside what is true: each public record once, with its own payload.
    void look_at_releases(signatures& seen) const {
        database_settings settings;
        settings.url = "memory:";
        settings.generate = {records, 0.5, 40};
        settings.seed = 7;
        std::map<record_id, std::string> still_to_come;
        open_database(settings)->for_each([&](const record& r) {
            if (r.confidentiality == flag::public_) {
                still_to_come.emplace(r.id, r.payload);
            }
            return true;
        });
        REQUIRE(still_to_come.size() > 100);
        for (const auto& line : lines()) {
            const auto json = nlohmann::json::parse(line);
            const auto payload = still_to_come.extract(json["id"].get<std::string>());
            CHECK((!payload.empty() && payload.mapped() == json["payload"].get<std::string>()));
            const auto bytes = from_base64(json["certificate"].get<std::string>());
            const auto proof = decode_certificate(bytes.value());
            REQUIRE(proof);
            for (const auto& cast : proof->votes) {
                seen.add({cast.lieutenant, cast.round, cast.level, statement_kind::votes, 0},
                         text_of(cast.by));
            }
            for (const auto& shown : proof->claims) {
                seen.add({shown.commander, shown.round, shown.level, statement_kind::claims, 0},
                         text_of(shown.by));
            }
        }
        CHECK(still_to_come.empty());
    }
};

} // namespace

TEST_CASE_METHOD(killed_stage,
                 "servers that are killed at any moment never contradict themselves") {
    const std::uint64_t seed = GENERATE(1, 2);
    INFO("seed " << seed);
    std::mt19937_64 chance{seed};
    const auto begin = steady::now();
    signatures seen;
    int killed = 0;
    int turn = 0;
    for (; turn < kills && steady::now() - begin < std::chrono::seconds{10}; ++turn) {
        const auto more = turn % 4 == 0 ? 0 : chance() % 60'000;
        const std::chrono::microseconds after{chance() % (more == 0 ? 40'000 : 2'000)};
        killed += kill_a_run(more, after) ? 1 : 0;
        if (size_of(keys_file()) > 0) {
            look_at_logs(seen);
        }
    }
    CHECK(killed > turn / 2);
    const auto last = run(many);
    CHECK(last["framed"] == 0);
    CHECK(last["leaked"] == 0);
    CHECK(last["denied"] == 0);

    look_at_logs(seen);
    const auto in_logs = seen.by_place.size();
    CHECK(in_logs > records);
    look_at_releases(seen);
    CHECK(seen.contradictions == 0);
    // Whatever anybody got hold of had been kept before.
    CHECK(seen.by_place.size() == in_logs);
    CHECK_FALSE(std::filesystem::exists(dir.file("kept/evidence")));
    CHECK(verify(released).code == 0);
    CHECK(byzgate_with({"ledger", ledger}).code == 0);
}
