#include "actors/run_state.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/parse.hpp"
#include "crypto/key_files.hpp"
#include "crypto/key_sources.hpp"
#include "protocol/certificate.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

constexpr auto rounds_note = "rounds reserved";
constexpr auto database_note = "generated database";
/// One write to the disk for so many rounds.
constexpr std::uint64_t rounds_at_once = 4'096;

fs::path ledger_in(const fs::path& dir) {
    return dir / "ledger.db";
}

ledger_row row_of(round_id round, const released_record& record) {
    ledger_row row;
    row.record = record.id;
    row.version = record.version;
    row.payload_digest = record.payload_digest;
    row.round = round;
    row.level = record.level;
    if (record.certificate) {
        row.certificate = encode(*record.certificate);
    }
    return row;
}

void make_directory(const fs::path& dir) {
    std::error_code failed;
    const auto parent = dir.parent_path();
    if (!parent.empty()) {
        fs::create_directories(parent, failed);
    }
    if (failed || (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST)) {
        throw std::runtime_error(
            fmt::format("[state] dir {}: could not be made: {}", dir.string(),
                        failed ? failed.message() : std::string{std::strerror(errno)}));
    }
}

int lock(const fs::path& dir) {
    const auto file = dir / "lock";
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        throw std::runtime_error(
            fmt::format("{}: could not be opened: {}", file.string(), std::strerror(errno)));
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ::close(fd);
        throw std::runtime_error(fmt::format(
            "[state] dir {}: another run has it open; let that end, or use another directory",
            dir.string()));
    }
    return fd;
}

/// All of the key files or none, whenever the process is killed.
void make_keys(const fs::path& folder, const key_set& keys) {
    std::error_code ignored;
    if (fs::exists(folder) && !fs::is_empty(folder, ignored)) {
        write_key_files(folder, keys); // It says what is in the way.
        return;
    }
    auto fresh = folder;
    fresh += ".new";
    fs::remove_all(fresh); // Of a run that didn't come to its end: nothing is signed with them.
    write_key_files(fresh, keys);
    fs::rename(fresh, folder);
    const int parent = ::open(folder.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool durable = parent >= 0 && ::fsync(parent) == 0;
    ::close(parent);
    if (!durable) {
        throw std::runtime_error(
            fmt::format("{}: could not be written: {}", folder.string(), std::strerror(errno)));
    }
}

/// Releases of which nobody said that the recipient has them, but that stand in its file.
std::vector<ledger_row> arrived_in(const fs::path& file, std::vector<ledger_row> pending) {
    std::set<std::pair<record_id, version_id>> there;
    std::ifstream in{file, std::ios::binary};
    for (std::string line; !pending.empty() && std::getline(in, line);) {
        const auto json = nlohmann::json::parse(line, nullptr, false);
        if (json.is_object() && json.contains("id") && json["id"].is_string()
            && json.contains("version") && json["version"].is_string() && !in.eof()) {
            there.emplace(json["id"].get<std::string>(), json["version"].get<std::string>());
        }
    }
    std::vector<ledger_row> arrived;
    for (auto& row : pending) {
        if (there.contains({row.record, row.version})) {
            arrived.push_back(std::move(row));
        }
    }
    return arrived;
}

} // namespace

// -- ledger_sink ---------------------------------------------------------------------------------

ledger_sink::ledger_sink(const fs::path& ledger, std::shared_ptr<release_sink> to)
    : ledger_(ledger.string()), to_(std::move(to)) {}

void ledger_sink::keep(round_id round, const released_record& record) {
    take({round, 0, std::make_shared<const std::vector<released_record>>(1, record)});
}

void ledger_sink::take(const delivery& all) {
    std::vector<ledger_row> rows;
    rows.reserve(all.records->size());
    for (const auto& record : *all.records) {
        rows.push_back(row_of(all.round, record));
    }
    const auto began = std::chrono::steady_clock::now();
    const auto known = ledger_.append(rows, received_);
    if (on_write) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        on_write(static_cast<std::uint64_t>(
                     std::count(known.begin(), known.end(), ledger_entry::appended)),
                 took.count());
    }
    received_.clear();
    std::set<std::pair<record_id, version_id>> passed_on;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (known[i] == ledger_entry::received) {
            continue;
        }
        const auto first = passed_on.emplace(rows[i].record, rows[i].version).second;
        if (to_ && first) {
            to_->keep(all.round, (*all.records)[i]);
        }
        received_.push_back(std::move(rows[i]));
    }
    if (to_) {
        to_->flush();
    }
}

void ledger_sink::close() {
    if (!received_.empty()) {
        ledger_.append({}, received_);
        received_.clear();
    }
}

// -- run_state -----------------------------------------------------------------------------------

run_state::run_state(const scenario& what, std::uint64_t seed, const digester& digests)
    : dir_(what.state_dir.value()) {
    make_directory(dir_);
    lock_ = lock(dir_);
    try {
        ledger_.emplace(ledger_in(dir_).string());
        last_round_ = ledger_->number(rounds_note).value_or(0);
        expect_same_database(what, seed);
        if (what.cluster.is_signed()) {
            open_keys(what, digests);
        }
    } catch (...) {
        ::close(lock_);
        throw;
    }
}

run_state::~run_state() {
    ::close(lock_);
}

void run_state::expect_same_database(const scenario& what, std::uint64_t seed) {
    // What "memory:" makes up is all version 1, whatever the seed: another seed would make loyal
    // commanders sign two things about one version.
    if (what.database.kind != database_kind::memory) {
        return;
    }
    const auto now =
        fmt::format("seed = {}, public = {}, payload_bytes = {}", seed,
                    what.database.generate.public_share, what.database.generate.payload_bytes);
    const auto before = ledger_->text(database_note);
    if (!before) {
        ledger_->set_text(database_note, now);
    } else if (*before != now) {
        throw config_error(
            what.file,
            {{0, fmt::format("the records of \"memory:\" come from {}, but {} was begun with {}; "
                             "generate the same, or name another [state] dir",
                             now, dir_.string(), *before)}});
    }
}

void run_state::open_keys(const scenario& what, const digester& digests) {
    const auto folder = dir_ / "keys";
    const auto public_file = folder / cluster_key_file_name;
    if (!what.keys_dir && !fs::exists(public_file)) {
        expect_no_key_variables(what.cluster);
        const auto name = is_cluster_name(what.name) ? what.name : std::string{"cluster"};
        make_keys(folder, fresh_keys(name, what.cluster));
    }
    keys_ = find_run_keys(what.keys_dir.value_or(folder), what);
    if (fs::exists(public_file) && load_public_keys(public_file) != keys_.all) {
        throw key_error(fmt::format(
            "[keys] dir {}: holds other keys than {}, with which the runs before this one signed; "
            "name those, or another [state] dir",
            what.keys_dir.value_or(folder).string(), public_file.string()));
    }
    expect_numbers_in(folder, keys_.all, what);
    write_public_cluster(folder, keys_.all, what.cluster);
    const auto checking = keys_.of(supervisor_id);
    convictions_ = read_evidence_folder(dir_ / "evidence", checking, what.cluster, digests);
    evidence_.emplace(dir_ / "evidence", checking.cluster);
}

server_signing_log run_state::signing_log_of(server_id server) const {
    return open_signing_log(dir_ / "signed", keys_.of(server).cluster, server, last_round());
}

void run_state::reserve(std::uint64_t rounds) {
    if (rounds > reserved_) {
        ledger_->set_number(rounds_note, last_round_ + rounds + rounds_at_once);
        reserved_ = rounds + rounds_at_once;
    }
}

void run_state::finish(std::uint64_t rounds) {
    ledger_->set_number(rounds_note, last_round_ + rounds);
    reserved_ = rounds;
}

void run_state::keep(round_id round, const std::vector<accepted_conviction>& accepted) {
    if (evidence_) {
        evidence_->keep(round, accepted);
    }
}

std::shared_ptr<ledger_sink> run_state::sink(const external_party_config& configured,
                                             std::shared_ptr<release_sink> other) {
    auto to = std::move(other);
    if (!to && configured.output == external_party_output::file) {
        ledger_->append({}, arrived_in(configured.file, ledger_->pending()));
        to = open_json_lines(configured.file.string(), release_file::append);
    } else if (!to && configured.output == external_party_output::standard_output) {
        to = open_json_lines("-");
    }
    return std::make_shared<ledger_sink>(ledger_in(dir_), std::move(to));
}

} // namespace byzgate
