#include "storage/ledger.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/offline_check.hpp"
#include "apps/subcommands.hpp"

namespace byzgate {

namespace {

constexpr std::size_t faults_shown_max = 100;

struct ledger_options {
    std::string file;
    cluster_options cluster;
    bool json = false;
};

struct checked_ledger {
    std::uint64_t rows = 0;          ///< in order, from the first
    std::uint64_t certified = 0;     ///< of these, with a certificate that verifies
    std::uint64_t uncertified = 0;   ///< with none that does
    std::uint64_t unsigned_rows = 0; ///< of an oral cluster, which signs nothing
    std::uint64_t pending = 0;       ///< nobody said that the recipient has them
    ledger_head head;
    std::optional<ledger_fault> broken; ///< the chain
    std::vector<ledger_fault> faults;   ///< certificates; not all if there are many

    [[nodiscard]] bool valid() const noexcept { return !broken && uncertified == 0; }
};

nlohmann::ordered_json json_of(const ledger_row& row) {
    return {{"sequence", row.sequence},
            {"id", row.record},
            {"version", row.version},
            {"digest", to_hex(row.payload_digest)},
            {"recipient", to_string(row.recipient)},
            {"round", number_of(row.round)},
            {"level", row.level},
            {"certificate_bytes", row.certificate.size()},
            {"hash", to_hex(row.hash)}};
}

std::string dumped(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Rows are printed as they are read: a ledger may hold more of them than memory does.
class row_printer {
public:
    explicit row_printer(bool json) : json_(json) {}

    void row(const ledger_row& row) {
        if (json_) {
            fmt::print("{}{}", first_ ? "" : ",", dumped(json_of(row)));
        } else {
            if (first_) {
                fmt::print("{:>8}  {:<24} {:<10} {:>8} {:>5}  {:<16}  {}\n", "row", "record",
                           "version", "round", "level", "digest", "hash");
            }
            fmt::print("{:>8}  {:<24} {:<10} {:>8} {:>5}  {:<16}  {}\n", row.sequence,
                       printable(row.record), printable(row.version), number_of(row.round),
                       row.level, to_hex(row.payload_digest).substr(0, 16),
                       to_hex(row.hash).substr(0, 16));
        }
        first_ = false;
    }

private:
    bool json_;
    bool first_ = true;
};

void check_certificate(const ledger_row& row, offline_check& with, checked_ledger& into) {
    auto wrong = with.fault_of(row);
    if (!wrong && row.certificate.empty()) {
        ++into.unsigned_rows;
        return;
    }
    if (!wrong) {
        ++into.certified;
        return;
    }
    ++into.uncertified;
    if (into.faults.size() < faults_shown_max) {
        into.faults.push_back({row.sequence, std::move(*wrong)});
    }
}

nlohmann::ordered_json faults_json(const checked_ledger& checked) {
    auto faults = nlohmann::ordered_json::array();
    if (checked.broken) {
        faults.push_back({{"row", checked.broken->sequence}, {"reason", checked.broken->what}});
    }
    for (const auto& fault : checked.faults) {
        faults.push_back({{"row", fault.sequence}, {"reason", fault.what}});
    }
    return faults;
}

/// What follows the rows: the rest of one JSON object.
void print_json(const ledger_options& options, const checked_ledger& checked,
                const std::string& keys) {
    nlohmann::ordered_json json = {
        {"file", options.file},           {"valid", checked.valid()},
        {"rows", checked.rows},           {"head", to_hex(checked.head.hash)},
        {"pending", checked.pending},     {"keys", keys},
        {"certified", checked.certified}, {"uncertified", checked.uncertified},
        {"faults", faults_json(checked)}};
    fmt::print("],{}\n", dumped(json).substr(1));
}

void print_summary(const ledger_options& options, const checked_ledger& checked,
                   const std::string& keys) {
    for (const auto& fault : checked.faults) {
        fmt::print("row {}: INVALID: {}\n", fault.sequence, fault.what);
    }
    if (checked.uncertified > checked.faults.size()) {
        fmt::print("and {} more\n", checked.uncertified - checked.faults.size());
    }
    if (checked.broken) {
        const auto& at = *checked.broken;
        fmt::print("{}: INVALID: {}\n",
                   at.sequence > 0 ? fmt::format("row {}", at.sequence) : options.file, at.what);
    }
    fmt::print("{}: {} releases{}, {} of them perhaps not received\n", options.file, checked.rows,
               checked.broken ? " before the first bad row" : "", checked.pending);
    fmt::print("head: row {}, {}\n", checked.head.rows, to_hex(checked.head.hash));
    if (keys.empty()) {
        fmt::print("certificates: not checked, for there are no public keys beside it; name them "
                   "with --keys\n");
    } else if (checked.unsigned_rows > 0) {
        fmt::print("certificates: none, for {} says that the cluster is oral and signs nothing\n",
                   keys);
    } else {
        fmt::print("certificates: {} verify with {}, {} do not\n", checked.certified, keys,
                   checked.uncertified);
    }
    fmt::print("{}\n", checked.valid() ? "valid" : "INVALID");
}

/// When it was written to last, and how large it is. A ledger at rest is read without locks, so
/// that a run that begins meanwhile may change it under our eyes.
std::pair<std::filesystem::file_time_type, std::uintmax_t> state_of(const std::string& file) {
    std::error_code ignored;
    return {std::filesystem::last_write_time(file, ignored),
            std::filesystem::file_size(file, ignored)};
}

int do_ledger(const ledger_options& options) {
    const auto before = state_of(options.file);
    const release_ledger ledger{options.file, sqlite_access::read_only};
    std::optional<offline_check> certificates;
    std::string keys;
    if (auto cluster = find_cluster(options.cluster, options.file)) {
        keys = cluster->keys_file.string();
        for (const auto& other : cluster->others) {
            keys += ", " + other.keys_file.string();
        }
        certificates.emplace(std::move(*cluster));
    }
    checked_ledger checked;
    row_printer printer{options.json};
    if (options.json) {
        fmt::print("{{\"releases\":[");
    }
    checked.broken = ledger.check([&](const ledger_row& row) {
        ++checked.rows;
        checked.head = {row.sequence, row.hash};
        printer.row(row);
        if (certificates) {
            check_certificate(row, *certificates, checked);
        }
        return true;
    });
    if (!checked.broken || checked.broken->sequence > 0) {
        checked.pending = ledger.pending().size();
    }
    if (options.json) {
        print_json(options, checked, keys);
    } else {
        print_summary(options, checked, keys);
    }
    if (!checked.valid() && state_of(options.file) != before) {
        fmt::print(stderr, "byzgate: {}: a run wrote to it while it was read; look again\n",
                   options.file);
        return exit_environment;
    }
    return checked.valid() ? exit_done : exit_broken_promise;
}

} // namespace

void add_ledger(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("ledger", "Show and check a release ledger");
    auto options = std::make_shared<ledger_options>();
    sub->add_option("FILE", options->file, "The ledger.db of a [state] directory")->required();
    sub->add_option("--keys", options->cluster.keys,
                    "The cluster's public keys; left out: keys/cluster.keys beside the file; "
                    "again: those of a cluster before it")
        ->type_name("PUBLIC")
        ->allow_extra_args(false);
    sub->add_option("--config", options->cluster.config,
                    "A configuration of the cluster; left out: cluster.toml beside the keys")
        ->type_name("CONFIG");
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_ledger(*options); }; });
}

} // namespace byzgate
