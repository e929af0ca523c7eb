/// What a server's actor does with what its machine signs: first on the disk, then on the way.
#include <catch2/catch.hpp>

#include <set>

#include "actors/server.hpp"
#include "crypto/keys.hpp"
#include "protocol/wire.hpp"
#include "storage/signing_log.hpp"
#include "tests/actors/stepped_cluster.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// Does the same whenever it is woken.
class repeating final : public machine {
public:
    explicit repeating(effects all) : all_(std::move(all)) {}
    void on(const event& what, tick, effects& out) override {
        if (std::holds_alternative<clock_tick>(what)) {
            out = all_;
        }
    }

private:
    effects all_;
};

/// Writes down what happens in which order.
class diary final : public observer, public statement_keeper {
public:
    void sent(tick, server_id, server_id, const message& what) override {
        lines.push_back("sent " + std::to_string(number_of(round_of(what))));
    }
    void refused_by(tick, server_id, const refused&, const message*) override {
        lines.emplace_back("refused");
    }
    void keep(const std::vector<kept_statement>& what) override {
        if (full) {
            throw std::runtime_error("the disk is full");
        }
        lines.push_back("kept " + std::to_string(what.size()));
        for (const auto& one : what) {
            bytes += one.bytes;
        }
    }
    void drop(round_id up_to) override {
        lines.push_back("dropped " + std::to_string(number_of(up_to)));
    }

    std::vector<std::string> lines;
    std::string bytes;
    bool full = false;
};

kept_statement statement_of(std::string bytes) {
    return {statement_kind::votes, round_id{5}, 0, 0, std::move(bytes)};
}

effects signing_effects() {
    return {send{supervisor_id, round_end{round_id{1}}},
            keep{statement_of("a")},
            send{supervisor_id, round_end{round_id{2}}},
            keep{statement_of("b")},
            send{supervisor_id, round_end{round_id{3}}},
            refused{supervisor_id, refusal::late},
            drop_kept{round_id{4}}};
}

/// One server's actor on a bench.
struct lonely_server {
    explicit lonely_server(std::shared_ptr<statement_keeper> keeper, observer* watching,
                           std::size_t events_a_commit_max = 256)
        : config(caf_compat::scheduling::testing, 1), system(config) {
        server_settings settings;
        settings.self = lieutenant_id(0);
        settings.counters = std::make_shared<server_counters>();
        settings.watching = watching;
        settings.started = system.clock().now();
        settings.make_handler = [] { return std::make_unique<repeating>(signing_effects()); };
        settings.keeper = std::move(keeper);
        settings.events_a_commit_max = events_a_commit_max;
        settings.on_failure = [this](const std::string& what) { failures.push_back(what); };
        actor = system.spawn(server, std::move(settings));
        caf_compat::anonymous_send(actor, roster{std::make_shared<const links>()});
    }
    ~lonely_server() {
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
        actor = nullptr;
        run();
    }
    void wake_up() {
        caf_compat::anonymous_send(actor, wake{1});
        run();
    }
    void run() {
        while (dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).try_run_once()) {
        }
    }

    actor_config config;
    caf::actor_system system;
    server_actor actor;
    std::vector<std::string> failures;
};

using story = std::vector<std::string>;

} // namespace

TEST_CASE("what an event makes a server sign is kept at once, before anything is sent") {
    const auto book = std::make_shared<diary>();
    lonely_server at{book, book.get()};
    at.wake_up();
    CHECK(book->lines == story{"dropped 4", "kept 2", "sent 1", "sent 2", "sent 3", "refused"});
    CHECK(book->bytes == "ab");
    CHECK(at.failures.empty());
}

TEST_CASE("what several waiting events make a server sign is kept at once, and sent in order") {
    const auto book = std::make_shared<diary>();
    lonely_server at{book, book.get()};
    for (std::uint64_t i = 1; i <= 3; ++i) {
        caf_compat::anonymous_send(at.actor, wake{i});
    }
    at.run();
    const story once{"sent 1", "sent 2", "sent 3", "refused"};
    story all{"dropped 4", "dropped 4", "dropped 4", "kept 6"};
    for (int i = 0; i < 3; ++i) {
        all.insert(all.end(), once.begin(), once.end());
    }
    CHECK(book->lines == all);
}

TEST_CASE("what waits to be kept is bounded in its number of events") {
    const auto book = std::make_shared<diary>();
    lonely_server at{book, book.get(), 2};
    for (std::uint64_t i = 1; i <= 5; ++i) {
        caf_compat::anonymous_send(at.actor, wake{i});
    }
    at.run();
    story kept;
    for (const auto& line : book->lines) {
        if (line.starts_with("kept")) {
            kept.push_back(line);
        }
    }
    CHECK(kept == story{"kept 4", "kept 4", "kept 2"});
}

TEST_CASE("what could not be kept is not sent") {
    const auto book = std::make_shared<diary>();
    lonely_server at{book, book.get()};
    book->full = true;
    at.wake_up();
    CHECK(book->lines == story{"dropped 4", "sent 1"});
    CHECK(at.failures == story{"the disk is full"});
}

TEST_CASE("a server that could not keep what it signed says nothing more, room or not") {
    const auto book = std::make_shared<diary>();
    lonely_server at{book, book.get()};
    book->full = true;
    at.wake_up();
    book->full = false;
    book->lines.clear();
    at.wake_up();
    CHECK(book->lines.empty());
    CHECK(at.failures == story{"the disk is full"});
}

TEST_CASE("what a server's actor signed is in its log when it is gone") {
    const temporary_directory directory;
    const auto file = directory.file("lieutenant-1.log");
    diary book;
    {
        lonely_server at{std::make_shared<signing_log>(file, digest{}, lieutenant_id(0)), &book};
        at.wake_up();
        CHECK(at.failures.empty());
    }
    signing_log again{file, digest{}, lieutenant_id(0)};
    CHECK(again.take_past().statements
          == std::vector<kept_statement>{statement_of("a"), statement_of("b")});
}

namespace {

/// The disks of a whole cluster, and an eye on what is said.
class strict_disks final : public observer {
public:
    class disk final : public statement_keeper {
    public:
        void keep(const std::vector<kept_statement>& what) override {
            ++commits;
            for (const auto& one : what) {
                durable.insert(one.bytes);
            }
        }
        void drop(round_id) override {}
        std::set<std::string> durable;
        std::uint64_t commits = 0;
    };

    void sent(tick, server_id from, server_id, const message& what) override {
        auto bare = what;
        if (auto* told = std::get_if<distribution>(&bare)) {
            told->payloads = nullptr;
        } else if (!std::holds_alternative<signed_relay>(bare)
                   && !std::holds_alternative<vote>(bare)) {
            return;
        }
        ++said;
        unkept += disks.at(from)->durable.contains(encode(bare)) ? 0 : 1;
    }
    void refused_by(tick, server_id, const refused&, const message*) override {}

    [[nodiscard]] std::uint64_t commits() const {
        std::uint64_t sum = 0;
        for (const auto& one : disks) {
            sum += one.second->commits;
        }
        return sum;
    }

    std::map<server_id, std::shared_ptr<disk>> disks;
    std::uint64_t said = 0;
    std::uint64_t unkept = 0;
};

} // namespace

TEST_CASE("no server says anything signed before it is durable, and many rounds share a commit") {
    auto cluster = small_cluster(2, 3);
    cluster.protocol = protocol_kind::signed_;
    strict_disks watching;
    const auto keys = make_signing_keys(keys_from_run_seed("kept", cluster, 7), cluster);
    stepped_cluster stage{
        cluster, {}, [&](cluster_settings& settings) {
            settings.keys = [&](server_id id) { return keys.at(id); };
            settings.watching = &watching;
            settings.signing_log = [&](server_id id) {
                auto disk = std::make_shared<strict_disks::disk>();
                watching.disks.emplace(id, disk);
                return server_signing_log{disk, std::make_shared<const signed_past>()};
            };
        }};
    std::uint64_t submitted = 0;
    const auto rounds = ids_of(generated(20)).all;
    for (const auto& id : rounds) {
        stage.cluster().submit(
            {++submitted, std::make_shared<const std::vector<record_id>>(1, id)});
    }
    stage.run();
    CHECK(stage.reports.size() == rounds.size());
    CHECK(stage.failures.empty());
    CHECK(watching.unkept == 0);
    // Two commanders tell three; three lieutenants relay to two and vote.
    CHECK(watching.said == rounds.size() * (2 * 3 + 3 * 2 + 3));
    // Event by event it would be one each for claims, relay and vote.
    CHECK(watching.commits() < rounds.size() * (2 + 3 + 3) / 2);
}
