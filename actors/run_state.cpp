#include "actors/run_state.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <string_view>
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
constexpr auto cluster_note = "cluster";
constexpr auto database_note = "generated database";

fs::path ledger_in(const fs::path& dir) {
    return dir / "ledger.db";
}

/// The last round a second time, beside the keys: whoever loses the ledger alone must not have
/// loyal servers sign for the same rounds again.
fs::path rounds_in(const fs::path& dir) {
    return dir / "keys" / key_rounds_file_name;
}

/// Whether anything was signed in a state directory, as far as its files tell.
bool was_signed_in(const fs::path& dir) {
    const auto holds_files = [](const fs::path& folder) {
        std::error_code none;
        const fs::directory_iterator first{folder, none};
        return !none && first != fs::directory_iterator{};
    };
    return fs::exists(rounds_in(dir)) || holds_files(dir / "signed")
           || holds_files(dir / "evidence");
}

[[noreturn]] void refuse_lost_ledger(const fs::path& dir, std::string_view how) {
    throw config_error(ledger_in(dir),
                       {{0, fmt::format("is {}, though runs before this one signed with the keys "
                                        "beside it: what left and which rounds were is not "
                                        "known. Restore it (docs/state.md), or begin another "
                                        "[state] dir",
                                        how)}});
}

void expect_ledger_of_earlier_runs(const fs::path& dir) {
    // Its journal counts for nothing: without the file beside it SQLite throws it away.
    std::error_code missing;
    const auto bytes = fs::file_size(ledger_in(dir), missing);
    if ((missing || bytes == 0) && was_signed_in(dir)) {
        refuse_lost_ledger(dir, missing ? "missing" : "empty");
    }
}

/// `commanders = 2, lieutenants = 3, …`
std::string in_one_line(const cluster_parameters& cluster) {
    auto text = format_cluster(cluster);
    text.erase(0, text.find('\n') + 1);
    text.erase(text.find_last_not_of('\n') + 1);
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
        text.replace(at, 1, ", ");
    }
    return text;
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

bool holds_private_keys(const fs::path& folder) {
    std::error_code none;
    for (fs::directory_iterator at{folder, none}, end; !none && at != end; at.increment(none)) {
        if (at->path().extension() == ".key") {
            return true;
        }
    }
    return false;
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
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
        return {}; // A pipe or a device remembers nothing.
    }
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
    std::vector<ledger_row> kept;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (known[i] == ledger_entry::received) {
            ++repeats_;
            continue;
        }
        const auto first = passed_on.emplace(rows[i].record, rows[i].version).second;
        if (to_ && first) {
            to_->keep(all.round, (*all.records)[i]);
        }
        kept.push_back(std::move(rows[i]));
    }
    if (to_) {
        to_->flush();
    }
    // Not before: what isn't on the recipient's disk is delivered again.
    received_ = std::move(kept);
    delivered_ += passed_on.size();
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
    lock_.emplace(dir_ / "lock", fmt::format("[state] dir {}: another run has it open; let that "
                                             "end, or use another directory",
                                             dir_.string()));
    expect_ledger_of_earlier_runs(dir_);
    ledger_.emplace(ledger_in(dir_).string());
    // A ledger has this note before there are keys, and so before anybody else uses them.
    if (!ledger_->number(rounds_note)) {
        if (fs::exists(rounds_in(dir_))) {
            refuse_lost_ledger(dir_, "empty");
        }
        ledger_->set_number(rounds_note, 0);
    }
    expect_same_cluster(what);
    expect_same_database(what, seed);
    last_round_ = ledger_->number(rounds_note).value_or(0);
    if (what.cluster.is_signed() || what.cluster.sealed) {
        open_keys(what, digests);
    }
    if (what.cluster.is_signed()) {
        open_rounds(what, seed);
    }
    if (!ledger_->text(cluster_note)) {
        ledger_->set_text(cluster_note, in_one_line(what.cluster));
    }
}

void run_state::open_rounds(const scenario& what, std::uint64_t seed) {
    const auto own = dir_ / "keys";
    const auto used = what.keys_dir.value_or(own);
    std::error_code unknown;
    rounds_.push_back(std::make_unique<key_rounds>(own, key_rounds::unwritable::refused));
    if (!fs::equivalent(own, used, unknown)) {
        rounds_.push_back(std::make_unique<key_rounds>(used, key_rounds::unwritable::refused));
    }
    expect_same_generated(used, what, seed);
    for (const auto& beside_keys : rounds_) {
        last_round_ = std::max(last_round_, beside_keys->last());
    }
}

void run_state::expect_same_cluster(const scenario& what) {
    const auto now = in_one_line(what.cluster);
    const auto before = ledger_->text(cluster_note);
    const auto is_signed = [](const std::string& cluster) {
        return cluster.find("protocol = \"signed\"") != std::string::npos;
    };
    // Of two signed clusters the numbers beside the keys tell.
    if (before && *before != now && !(is_signed(*before) && is_signed(now))) {
        throw config_error(what.file,
                           {{0, fmt::format("{} was begun with {}; change [cluster] back, or name "
                                            "another [state] dir",
                                            dir_.string(), *before)}});
    }
}

void run_state::expect_same_database(const scenario& what, std::uint64_t seed) {
    // What "memory:" makes up is all version 1, whatever the seed: another seed would make loyal
    // commanders sign two things about one version.
    if (what.database.kind != database_kind::memory) {
        return;
    }
    const auto now = origin_of_generated(what, seed);
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
        if (was_signed_in(dir_) || holds_private_keys(folder)) {
            throw key_error(
                public_file.string()
                + ": is missing, though servers have signed with the keys beside it, or "
                  "may have; restore it, for nothing can be checked without it, or "
                  "begin another [state] dir");
        }
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
    if (!what.cluster.is_signed()) {
        return;
    }
    const auto checking = keys_.of(supervisor_id);
    remove_leftovers(folder);
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
    for (const auto& beside_keys : rounds_) {
        beside_keys->reserve(last_round_ + rounds);
    }
}

void run_state::finish(std::uint64_t rounds) {
    ledger_->set_number(rounds_note, last_round_ + rounds);
    reserved_ = rounds;
    for (const auto& beside_keys : rounds_) {
        beside_keys->finish(last_round_ + rounds);
    }
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
        // Opened first: then half a line is gone from it, and the whole ones are on the disk.
        to = open_json_lines(configured.file.string(), release_file::append);
        ledger_->append({}, arrived_in(configured.file, ledger_->pending()));
    } else if (!to && configured.output == external_party_output::standard_output) {
        to = open_json_lines("-");
    }
    return std::make_shared<ledger_sink>(ledger_in(dir_), std::move(to));
}

} // namespace byzgate
