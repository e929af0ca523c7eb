#include "actors/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

namespace byzgate {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

/// From a tenth of a millisecond to ten seconds.
const prometheus::Histogram::BucketBoundaries spans_s{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                      0.01,   0.025,   0.05,   0.1,   0.25,   0.5,
                                                      1,      2.5,     5,      10};

class family {
public:
    family(std::string name, std::string help, MetricType type)
        : made_{std::move(name), std::move(help), type, {}} {}

    void add(labels with, double value) {
        ClientMetric one;
        one.label = std::move(with);
        one.counter.value = value;
        one.gauge.value = value;
        made_.metric.push_back(std::move(one));
    }
    /// As Prometheus has it, families without values are left out.
    void into(std::vector<MetricFamily>& all) && {
        if (!made_.metric.empty()) {
            all.push_back(std::move(made_));
        }
    }

private:
    MetricFamily made_;
};

std::string label_of(server_id id) {
    return is_operator(id) ? "operator" : to_string(id);
}

void add_servers(const metrics_sources& from, std::vector<MetricFamily>& all) {
    family messages{"byzgate_messages_total", "Claims and relays sent, one a path and recipient",
                    MetricType::Counter};
    family refusals{"byzgate_refusals_total", "What a server refused at its boundary, by reason",
                    MetricType::Counter};
    for (const auto& [server, counters] : from.servers) {
        const auto name = to_string(server);
        messages.add({{"server", name}},
                     static_cast<double>(counters->messages.load(std::memory_order_relaxed)));
        for (std::size_t i = 0; i < refusal_kinds; ++i) {
            refusals.add(
                {{"server", name}, {"reason", std::string{to_string(static_cast<refusal>(i))}}},
                static_cast<double>(counters->refusals[i].load(std::memory_order_relaxed)));
        }
    }
    std::move(messages).into(all);
    std::move(refusals).into(all);
}

/// The links of operators come and go: all of them count as one.
std::map<std::pair<std::string, std::string>, link_status>
links_by_label(const std::vector<link_status>& links) {
    std::map<std::pair<std::string, std::string>, link_status> result;
    for (const auto& one : links) {
        auto& sum = result[{label_of(one.local), label_of(one.peer)}];
        sum.up = sum.up || one.up;
        sum.connects += one.connects;
        sum.frames_in += one.frames_in;
        sum.frames_out += one.frames_out;
        sum.bytes_in += one.bytes_in;
        sum.bytes_out += one.bytes_out;
        sum.refused += one.refused;
        sum.dropped += one.dropped;
        sum.queued_bytes += one.queued_bytes;
    }
    return result;
}

void add_links(const std::vector<link_status>& links, std::vector<MetricFamily>& all) {
    family up{"byzgate_link_up", "Whether a link is up", MetricType::Gauge};
    family connects{"byzgate_link_connects_total", "Times that a link came up",
                    MetricType::Counter};
    family frames{"byzgate_link_frames_total", "Frames by direction", MetricType::Counter};
    family bytes{"byzgate_link_bytes_total", "Bytes by direction", MetricType::Counter};
    family refused{"byzgate_link_refused_total", "Frames or connections of the peer refused",
                   MetricType::Counter};
    family dropped{"byzgate_link_dropped_total", "Frames to the peer without link or credit",
                   MetricType::Counter};
    family queued{"byzgate_link_queued_bytes", "Bytes that wait to be written", MetricType::Gauge};
    for (const auto& [ends, link] : links_by_label(links)) {
        const labels of{{"local", ends.first}, {"peer", ends.second}};
        const auto going = [&](const char* direction) {
            auto with = of;
            with.push_back({"direction", direction});
            return with;
        };
        up.add(of, link.up ? 1 : 0);
        connects.add(of, static_cast<double>(link.connects));
        frames.add(going("in"), static_cast<double>(link.frames_in));
        frames.add(going("out"), static_cast<double>(link.frames_out));
        bytes.add(going("in"), static_cast<double>(link.bytes_in));
        bytes.add(going("out"), static_cast<double>(link.bytes_out));
        refused.add(of, static_cast<double>(link.refused));
        dropped.add(of, static_cast<double>(link.dropped));
        queued.add(of, static_cast<double>(link.queued_bytes));
    }
    for (auto* one : {&up, &connects, &frames, &bytes, &refused, &dropped, &queued}) {
        std::move(*one).into(all);
    }
}

/// What the kernel says of this process; nothing where there is no /proc.
void add_process(double started_at, std::vector<MetricFamily>& all) {
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (std::ifstream{"/proc/self/statm"} >> size >> resident) {
        family memory{"process_resident_memory_bytes", "Resident memory", MetricType::Gauge};
        memory.add({},
                   static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
        std::move(memory).into(all);
    }
    std::error_code failed;
    const std::filesystem::directory_iterator files{"/proc/self/fd", failed};
    if (!failed) {
        family open{"process_open_fds", "Open file descriptors", MetricType::Gauge};
        open.add({}, static_cast<double>(std::distance(begin(files), end(files))));
        std::move(open).into(all);
    }
    family started{"process_start_time_seconds", "When the process started, since 1970",
                   MetricType::Gauge};
    started.add({}, started_at);
    std::move(started).into(all);
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& in, const char* name,
                                                  const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(in);
}

prometheus::Histogram& histogram(prometheus::Registry& in, const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(in).Add({}, spans_s);
}

class metered_database final : public database {
public:
    metered_database(std::unique_ptr<database> inner, metrics& into)
        : inner_(std::move(inner)), into_(into) {}

    std::vector<std::optional<record>> read(const std::vector<record_id>& ids) override {
        const auto began = std::chrono::steady_clock::now();
        const auto took = [&] {
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        };
        try {
            auto records = inner_->read(ids);
            into_.on_database_read(took(), false);
            return records;
        } catch (...) {
            into_.on_database_read(took(), true);
            throw;
        }
    }
    void for_each_id(const std::function<bool(const record_id&)>& visit) override {
        inner_->for_each_id(visit);
    }
    std::uint64_t count() override { return inner_->count(); }
    std::vector<known_version> versions_of(const record_id& id) override {
        return inner_->versions_of(id);
    }
    std::vector<std::string> warnings() override { return inner_->warnings(); }

private:
    std::unique_ptr<database> inner_;
    metrics& into_;
};

} // namespace

struct metrics::impl {
    explicit impl(const cluster_parameters& cluster);

    prometheus::Registry registry;
    prometheus::Counter& rounds;
    prometheus::Counter& halted;
    prometheus::Counter& failures;
    prometheus::Counter& deeper;
    prometheus::Counter& read_failures;
    prometheus::Counter& ledger_rows;
    prometheus::Histogram& round_s;
    prometheus::Histogram& read_s;
    prometheus::Histogram& ledger_s;
    std::array<prometheus::Counter*, 4> records{};                ///< by record_outcome
    std::vector<std::array<prometheus::Counter*, 3>> verdicts;    ///< by lieutenant, decision
    std::vector<std::array<prometheus::Counter*, 2>> convictions; ///< by commander, for good
    std::vector<prometheus::Gauge*> quarantined;                  ///< by commander
    prometheus::Family<prometheus::Gauge>& certificates;
    double started_at =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    mutable std::mutex mutex; ///< of sources
    metrics_sources sources;
};

metrics::impl::impl(const cluster_parameters& cluster)
    : rounds(counters(registry, "byzgate_rounds_total", "Rounds that are over").Add({})),
      halted(counters(registry, "byzgate_rounds_halted_total",
                      "Rounds that the conviction policy kept from running")
                 .Add({})),
      failures(counters(registry, "byzgate_failures_total",
                        "Failures of the environment: disk, database, recipient")
                   .Add({})),
      deeper(counters(registry, "byzgate_records_recursed_total",
                      "Records that took a sub-round or more")
                 .Add({})),
      read_failures(
          counters(registry, "byzgate_database_read_failures_total", "Batch reads that failed")
              .Add({})),
      ledger_rows(
          counters(registry, "byzgate_ledger_rows_total", "Rows added to the release ledger")
              .Add({})),
      round_s(histogram(registry, "byzgate_round_seconds", "From a round's request to its close")),
      read_s(histogram(registry, "byzgate_database_read_seconds", "A commander's read of a batch")),
      ledger_s(histogram(registry, "byzgate_ledger_write_seconds",
                         "A durable write of the release ledger")),
      certificates(prometheus::BuildGauge()
                       .Name("byzgate_certificate_expires_seconds")
                       .Help("When a certificate runs out, since 1970")
                       .Register(registry)) {
    auto& outcomes = counters(registry, "byzgate_records_total", "Records decided, by outcome");
    for (const auto outcome :
         {record_outcome::released, record_outcome::withheld, record_outcome::unresolved}) {
        records[static_cast<std::size_t>(outcome)] =
            &outcomes.Add({{"outcome", std::string{to_string(outcome)}}});
    }
    auto& cast = counters(registry, "byzgate_verdicts_total", "Verdicts voted, by lieutenant");
    for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
        auto& of = verdicts.emplace_back();
        for (const auto what : {decision::withhold, decision::release, decision::unresolved}) {
            of[static_cast<std::size_t>(what)] =
                &cast.Add({{"lieutenant", to_string(lieutenant_id(i))},
                           {"verdict", std::string{to_string(what)}}});
        }
    }
    auto& convicted =
        counters(registry, "byzgate_convictions_total", "Convictions that the gate accepted");
    auto& out = prometheus::BuildGauge()
                    .Name("byzgate_commander_quarantined")
                    .Help("Whether a commander is convicted for good")
                    .Register(registry);
    for (std::uint32_t i = 0; i < cluster.commanders; ++i) {
        const auto name = to_string(commander_id(i));
        convictions.push_back({&convicted.Add({{"commander", name}, {"scope", "record"}}),
                               &convicted.Add({{"commander", name}, {"scope", "for_good"}})});
        quarantined.push_back(&out.Add({{"commander", name}}));
    }
    prometheus::BuildGauge()
        .Name("byzgate_build_info")
        .Help("Always 1; the label names the version")
        .Register(registry)
        .Add({{"version", BYZGATE_VERSION}})
        .Set(1);
}

metrics::metrics(const cluster_parameters& cluster) : impl_(std::make_unique<impl>(cluster)) {}
metrics::~metrics() = default;

void metrics::watch(metrics_sources from) {
    const std::lock_guard lock{impl_->mutex};
    impl_->sources = std::move(from);
}

void metrics::on_round(const round_report& report) {
    auto& all = *impl_;
    const auto& closed = report.closed;
    if (closed.halted) {
        all.halted.Increment();
        return;
    }
    all.rounds.Increment();
    all.round_s.Observe(static_cast<double>(report.closed_at - report.opened_at) / 1e6);
    for (const auto& one : closed.decided) {
        if (auto* counter = all.records.at(static_cast<std::size_t>(one.outcome))) {
            counter->Increment();
        }
        if (one.level > 0) {
            all.deeper.Increment();
        }
    }
    for (const auto& one : closed.convictions) {
        const auto index = index_of(one.commander);
        if (is_commander(one.commander) && index < all.convictions.size()) {
            all.convictions[index][one.for_good ? 1 : 0]->Increment();
            if (one.for_good) {
                all.quarantined[index]->Set(1);
            }
        }
    }
    if (!report.votes) {
        return;
    }
    for (const auto& [lieutenant, vote] : *report.votes) {
        const auto index = index_of(lieutenant);
        if (!is_lieutenant(lieutenant) || index >= all.verdicts.size() || !vote.verdicts) {
            continue;
        }
        // A liar's batch may be of any size: what was counted is counted once a kind.
        std::array<double, 3> cast{};
        for (const auto& one : *vote.verdicts) {
            cast.at(static_cast<std::size_t>(one.what)) += 1;
        }
        for (std::size_t i = 0; i < cast.size(); ++i) {
            all.verdicts[index][i]->Increment(cast[i]);
        }
    }
}

void metrics::on_ledger_write(std::uint64_t rows, double seconds) {
    impl_->ledger_rows.Increment(static_cast<double>(rows));
    impl_->ledger_s.Observe(seconds);
}

void metrics::on_database_read(double seconds, bool failed) {
    impl_->read_s.Observe(seconds);
    if (failed) {
        impl_->read_failures.Increment();
    }
}

void metrics::on_failure() {
    impl_->failures.Increment();
}

void metrics::on_certificate(server_id server, std::int64_t expires_at) {
    impl_->certificates.Add({{"server", label_of(server)}}).Set(static_cast<double>(expires_at));
}

std::string metrics::text() const {
    auto all = impl_->registry.Collect();
    {
        const std::lock_guard lock{impl_->mutex};
        const auto& from = impl_->sources;
        add_servers(from, all);
        if (from.links) {
            add_links(from.links(), all);
        }
        if (from.queues) {
            family waiting{"byzgate_queue_length", "What waits, by queue", MetricType::Gauge};
            for (const auto& one : from.queues()) {
                waiting.add({{"queue", one.name}}, static_cast<double>(one.waiting));
            }
            std::move(waiting).into(all);
        }
        if (from.refusals) {
            family refused{"byzgate_connections_refused_total",
                           "Connections that links refused or ended, strangers' too, by reason",
                           MetricType::Counter};
            for (const auto& one : from.refusals()) {
                refused.add({{"reason", one.reason}}, static_cast<double>(one.times));
            }
            std::move(refused).into(all);
        }
    }
    add_process(impl_->started_at, all);
    return prometheus::TextSerializer{}.Serialize(all);
}

std::unique_ptr<database> metered(std::unique_ptr<database> inner, metrics& into) {
    return std::make_unique<metered_database>(std::move(inner), into);
}

} // namespace byzgate
