#include "actors/run.hpp"

#include <algorithm>
#include <fstream>
#include <thread>

#include <caf/actor_system.hpp>

#include "actors/cluster.hpp"
#include "actors/failure_log.hpp"
#include "actors/log.hpp"
#include "actors/log_tap.hpp"
#include "actors/metrics.hpp"
#include "actors/record_feed.hpp"
#include "actors/run_past.hpp"
#include "actors/run_sink.hpp"
#include "actors/trace_tap.hpp"
#include "behaviors/schedule.hpp"
#include "config/swaps.hpp"
#include "crypto/blake2b.hpp"
#include "crypto/keys.hpp"
#include "protocol/evidence.hpp"
#include "protocol/promises.hpp"

namespace byzgate {

namespace {

using steady = std::chrono::steady_clock;

/// A scenario as it will have been once all swaps are made.
scenario after_swaps(const run_settings& settings) {
    auto what = settings.what;
    what.byzantine = with_swaps(std::move(what.byzantine), settings.swaps);
    return what;
}

std::set<server_id> byzantine_servers(const run_settings& settings) {
    std::set<server_id> servers;
    for (const auto& entry : after_swaps(settings).byzantine) {
        if (entry.behavior != "loyal") {
            servers.insert(entry.server);
        }
    }
    return servers;
}

/// One run: the cluster, the judge, and the loop between them.
class runner {
public:
    explicit runner(const run_settings& settings);
    ~runner();
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;
    run_result play();

private:
    cluster_settings settings_of_cluster();
    std::unique_ptr<observers> watching();
    bool submit(record_id_batch ids);
    void make_swaps(round_id next);
    bool take_one(std::chrono::milliseconds patience);
    void on_report(const round_report& report);
    [[nodiscard]] bool stop_early() const;
    [[nodiscard]] double elapsed_s() const;
    void feed();
    void drain();
    void sum_up();
    /// What may fail in the environment while rounds run; false if it did.
    template <class Action>
    bool attempt(Action&& action);

    const run_settings& settings_;
    const scenario& what_;
    blake2b_digester digests_;
    failure_log failures_;
    run_past past_;                           ///< opened before any thread runs
    std::optional<evidence_folder> evidence_; ///< besides the state's
    std::shared_ptr<ledger_sink> ledger_;     ///< with state
    std::function<std::unique_ptr<database>()> open_;
    std::unique_ptr<database> truth_;
    judge judge_;
    std::unique_ptr<trace_tap> tap_;
    log_tap log_;
    std::unique_ptr<observers> watching_;
    actor_config config_;
    caf::actor_system system_;
    std::unique_ptr<local_cluster> cluster_;
    run_result result_;
    steady::time_point started_;
    std::vector<byzantine_config> swaps_; ///< in the order of their rounds; those made come never
    std::atomic<std::uint64_t> submitted_{0}; ///< read by whoever asks for figures
    std::atomic<std::uint64_t> closed_{0};
    std::uint64_t expected_ = 0;
};

bool keeps_no_history(const scenario& what) {
    return what.database.kind != database_kind::memory && !what.database.table.empty();
}

std::size_t threads_of(const run_settings& settings) {
    return settings.threads > 0 ? settings.threads
                                : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

runner::runner(const run_settings& settings)
    : settings_(settings), what_(settings.what), failures_(settings.figures),
      past_(settings, digests_),
      open_(settings.open_database
                ? settings.open_database
                : [db = database_settings_of(what_, settings.seed)] { return open_database(db); }),
      truth_(open_()),
      judge_(what_.cluster, byzantine_servers(settings_), *truth_, keeps_no_history(what_)),
      config_(caf_compat::scheduling::stealing, threads_of(settings)), system_(config_) {
    // Only whoever asks for all records passes over the whole table anyway.
    if (settings.on_warning && std::holds_alternative<all_records>(what_.rounds.records)) {
        for (const auto& warning : truth_->warnings()) {
            settings.on_warning(warning);
        }
    }
    if (settings.trace_file) {
        const auto payloads =
            settings.trace_payloads ? traced_payloads::with_text : traced_payloads::sizes_only;
        auto header = header_of(after_swaps(settings), settings.seed, *truth_, payloads);
        header.last_round = past_.last_round();
        header.convictions = past_.convictions();
        tap_ = std::make_unique<trace_tap>(*settings.trace_file, header, payloads);
    }
    cluster_ = std::make_unique<local_cluster>(system_, settings_of_cluster());
    swaps_ = settings.swaps;
    std::stable_sort(swaps_.begin(), swaps_.end(),
                     [](const auto& a, const auto& b) { return a.rounds.first < b.rounds.first; });
    if (settings.figures != nullptr) {
        settings.figures->watch(
            {cluster_->counters(), {}, [this] {
                 const auto closed = closed_.load();
                 return std::vector<queue_length>{{"rounds", submitted_.load() - closed}};
             }});
    }
}

cluster_settings runner::settings_of_cluster() {
    cluster_settings cluster;
    cluster.cluster = what_.cluster;
    cluster.seed = settings_.seed;
    cluster.digests = &digests_;
    cluster.open_database = open_;
    cluster.keys = past_.keys().of;
    cluster.sealing = past_.keys().sealing;
    if (settings_.evidence_dir && what_.cluster.is_signed()) {
        write_public_cluster(*settings_.evidence_dir, past_.keys().all, what_.cluster);
        evidence_.emplace(*settings_.evidence_dir, past_.keys().of(supervisor_id).cluster);
    }
    if (settings_.figures != nullptr) {
        cluster.open_database = [this] { return metered(open_(), *settings_.figures); };
    }
    cluster.make_handler = handlers_of(what_, past_.keys().of);
    if (what_.allow_runtime_changes) {
        cluster.swap = [](machine& at, const swap_behavior& how) {
            if (auto* playing = dynamic_cast<swappable*>(&at)) {
                playing->swap(how.name, how.options);
            }
        };
    }
    if (auto* state = past_.state(); state != nullptr) {
        ledger_ = state->sink(what_.external_party, settings_.sink);
        if (settings_.figures != nullptr) {
            ledger_->on_write = [to = settings_.figures](std::uint64_t rows, double seconds) {
                to->on_ledger_write(rows, seconds);
            };
        }
        cluster.sink = ledger_;
        cluster.signing_log = [state](server_id id) { return state->signing_log_of(id); };
    } else {
        cluster.sink = sink_of(settings_);
    }
    cluster.last_round = past_.last_round();
    cluster.convictions = past_.convictions();
    watching_ = watching();
    cluster.watching = watching_.get();
    cluster.on_failure = [this](const std::string& what) { failures_.add(what); };
    return cluster;
}

runner::~runner() {
    if (settings_.figures != nullptr) {
        settings_.figures->watch({cluster_->counters(), {}, {}});
    }
}

std::unique_ptr<observers> runner::watching() {
    std::vector<observer*> all;
    if (tap_) {
        all.push_back(tap_.get());
    }
    if (log_wants(log_level::warning)) {
        all.push_back(&log_);
    }
    return all.empty() ? nullptr : std::make_unique<observers>(std::move(all));
}

template <class Action>
bool runner::attempt(Action&& action) {
    try {
        action();
        return true;
    } catch (const std::exception& failed) {
        failures_.add(failed.what());
        return false;
    }
}

double runner::elapsed_s() const {
    return std::chrono::duration<double>(steady::now() - started_).count();
}

bool runner::stop_early() const {
    return failures_.any() || (settings_.interrupted != nullptr && *settings_.interrupted)
           || (settings_.duration_s && elapsed_s() >= *settings_.duration_s)
           || (expected_ > 0 && submitted_ >= expected_) || result_.halted;
}

bool runner::submit(record_id_batch ids) {
    // Twice the window, so that the gate always has a batch to go on with.
    const auto in_flight_max = 2 * static_cast<std::uint64_t>(what_.cluster.window);
    while (!stop_early() && submitted_ - closed_ >= in_flight_max) {
        take_one(std::chrono::milliseconds{100});
    }
    make_swaps(round_id{number_of(past_.last_round()) + submitted_ + 1});
    if (stop_early()) {
        return false;
    }
    if (!attempt([this] { past_.reserve(submitted_.load() + 1); })) {
        return false;
    }
    cluster_->submit({++submitted_, std::move(ids)});
    return !stop_early();
}

void runner::make_swaps(round_id next) {
    for (auto& swap : swaps_) {
        if (swap.rounds.first > next) {
            continue;
        }
        while (!stop_early() && closed_ < submitted_) {
            take_one(std::chrono::milliseconds{100});
        }
        cluster_->swap(swap.server, {swap.behavior, swap.options});
        swap.rounds.first = round_range{}.last; // Made.
    }
}

bool runner::take_one(std::chrono::milliseconds patience) {
    auto came = cluster_->next(patience);
    if (!came) {
        return false;
    }
    if (const auto* arrived = std::get_if<delivered>(&*came)) {
        judge_.on_delivery(arrived->what);
    } else {
        on_report(std::get<round_report>(*came));
    }
    return true;
}

void runner::on_report(const round_report& report) {
    ++closed_;
    log_round(report);
    if (settings_.figures != nullptr) {
        settings_.figures->on_round(report);
    }
    if (report.closed.halted) {
        result_.halted = true;
        return;
    }
    const auto& closed = report.closed;
    if (auto* state = past_.state(); state != nullptr) {
        attempt([&] { state->keep(closed.round, closed.convictions); });
    }
    if (evidence_) {
        attempt([&] { evidence_->keep(closed.round, closed.convictions); });
    }
    const auto truths = judge_.on_closed(report);
    result_.latency_us.add(report.closed_at - report.opened_at);
    if (tap_) {
        tap_->closed(report.closed_at, report.closed, truths);
    }
    if (settings_.on_closed) {
        settings_.on_closed(report, truths);
    }
    if (settings_.progress) {
        settings_.progress({closed_, expected_, elapsed_s()});
    }
}

void runner::feed() {
    if (!settings_.batches.empty()) {
        expected_ = settings_.batches.size();
        for (const auto& batch : settings_.batches) {
            if (!submit(batch)) {
                return;
            }
        }
        return;
    }
    const auto batch = what_.rounds.batch;
    const auto per_pass = records_in(what_.rounds.records, *truth_);
    if (per_pass == 0) {
        return;
    }
    const auto& rounds = settings_.rounds ? settings_.rounds : what_.rounds.count;
    const bool repeats = rounds || settings_.duration_s;
    expected_ = rounds ? *rounds : (settings_.duration_s ? 0 : (per_pass + batch - 1) / batch);
    // Its own connection: the feed walks through the database while the judge looks things up.
    const auto source = open_();
    const auto send = [this](record_id_batch ids) { return submit(std::move(ids)); };
    while (feed_records(what_.rounds.records, *source, batch, settings_.seed, send) && repeats
           && !stop_early()) {
    }
}

void runner::drain() {
    // Every round ends by its deadlines; only a recipient that failed keeps one open for ever.
    const auto longest =
        std::chrono::microseconds{(what_.cluster.max_recursion + 1)
                                      * (what_.cluster.depth_at(what_.cluster.max_recursion) + 2)
                                      * what_.cluster.phase_timeout
                                  + 2 * what_.cluster.lieutenants * what_.cluster.phase_timeout};
    auto patience_ends = steady::now() + longest + std::chrono::seconds{30};
    while (closed_ < submitted_) {
        if (take_one(std::chrono::milliseconds{100})) {
            patience_ends = steady::now() + longest + std::chrono::seconds{30};
        } else if (failures_.any() || steady::now() > patience_ends) {
            break;
        }
    }
}

void runner::sum_up() {
    result_.first_round = round_id{number_of(past_.last_round()) + 1};
    result_.last_round = round_id{number_of(past_.last_round()) + submitted_};
    result_.elapsed_s = elapsed_s();
    cluster_->stop();
    system_.await_all_actors_done();
    if (past_.state() != nullptr) {
        attempt([this] { ledger_->close(); });
        result_.recipient = {ledger_->delivered(), ledger_->repeats()};
    }
    attempt([this] { past_.finish(submitted_); });
    result_.seed = settings_.seed;
    result_.totals = judge_.totals();
    for (const auto& before : past_.convictions()) {
        result_.convicted_before.insert(before->commander());
        result_.totals.convicted.insert(before->commander());
        result_.totals.quarantined.insert(before->commander());
    }
    result_.messages = cluster_->messages();
    for (std::size_t i = 0; i < refusal_kinds; ++i) {
        result_.refusals[i] = cluster_->refusals(static_cast<refusal>(i));
    }
    result_.interrupted = settings_.interrupted != nullptr && *settings_.interrupted;
    result_.failures = failures_.all();

    present_faults present;
    for (const auto server : byzantine_servers(settings_)) {
        ++(is_commander(server) ? present.bc : present.bl);
    }
    const auto promise = promised(what_.cluster, present);
    result_.promise_broken = result_.exposed() || result_.totals.framed > 0
                             || (promise.verdict_agreement && result_.totals.disagreements > 0);
    if (tap_) {
        tap_->finish(result_.totals, result_.messages);
    }
}

run_result runner::play() {
    started_ = steady::now();
    feed();
    drain();
    sum_up();
    return std::move(result_);
}

} // namespace

run_result run(const run_settings& settings) {
    runner one{settings};
    return one.play();
}

} // namespace byzgate
