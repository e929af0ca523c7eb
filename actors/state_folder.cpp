#include "actors/state_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

#include "config/parse.hpp"

namespace byzgate {

namespace {

constexpr auto began_name = "began";
constexpr auto rounds_note = "rounds reserved";
constexpr auto without_ledger =
    "without it everything that left would leave again, and rounds could be numbered anew";

bool has_begun(const std::filesystem::path& dir) {
    return std::filesystem::exists(dir / began_name);
}

[[noreturn]] void refuse_lost(const std::filesystem::path& file, const std::string& without) {
    throw config_error(file,
                       {{0, fmt::format("is missing or lost what was in it, though this server ran "
                                        "before; {}. Restore it as docs/operations.md tells "
                                        "(Replacing a server); if nothing was "
                                        "ever asked of this cluster, remove {}",
                                        without, file.parent_path().string())}});
}

void expect_kept_in(const std::filesystem::path& dir, const std::string& file,
                    const std::string& without) {
    // A ledger's journal counts for nothing: without the file beside it SQLite throws it away.
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(dir / file, missing);
    if (has_begun(dir) && (missing || bytes == 0)) {
        refuse_lost(dir / file, without);
    }
}

std::string kept_ledger_in(const std::filesystem::path& dir) {
    expect_kept_in(dir, "ledger.db", without_ledger);
    return (dir / "ledger.db").string();
}

} // namespace

state_folder::state_folder(std::filesystem::path dir) : dir_(std::move(dir)) {
    std::error_code failed;
    if (dir_.has_parent_path()) {
        std::filesystem::create_directories(dir_.parent_path(), failed);
    }
    if (failed || (::mkdir(dir_.c_str(), 0700) != 0 && errno != EEXIST)) {
        throw std::runtime_error(
            fmt::format("[state] dir {}: could not be made: {}", dir_.string(),
                        failed ? failed.message() : std::string{std::strerror(errno)}));
    }
    lock_.emplace(dir_ / "lock",
                  fmt::format("{}: another process has it open; is this server running already?",
                              dir_.string()));
}

void state_folder::expect_kept(const std::string& file, const std::string& without) const {
    expect_kept_in(dir_, file, without);
}

void state_folder::began() const {
    if (!has_begun(dir_)) {
        write_file_whole(dir_ / began_name, "This server has run with what is beside this file.\n");
    }
}

gate_state::gate_state(const std::filesystem::path& dir, const cluster_parameters& cluster,
                       const signing_keys& keys, const digester& digests,
                       std::unique_ptr<key_rounds> beside_keys)
    : dir_(dir), ledger_(kept_ledger_in(dir)), beside_keys_(std::move(beside_keys)) {
    const auto noted = ledger_.number(rounds_note);
    if (!noted && has_begun(dir)) { // One that was made since came in its place.
        refuse_lost(ledger_file(), without_ledger);
    }
    last_round_ = std::max(noted.value_or(0), beside_keys_ ? beside_keys_->last() : 0);
    if (!noted) {
        ledger_.set_number(rounds_note, last_round_);
    }
    if (cluster.is_signed()) {
        const auto evidence = dir / "evidence";
        convictions_ = read_evidence_folder(evidence, keys, cluster, digests);
        evidence_.emplace(evidence, keys.cluster);
    }
}

void gate_state::reserve(std::uint64_t rounds) {
    if (rounds > reserved_) {
        ledger_.set_number(rounds_note, last_round_ + rounds + rounds_at_once);
        reserved_ = rounds + rounds_at_once;
    }
    if (beside_keys_) {
        beside_keys_->reserve(last_round_ + rounds);
    }
}

void gate_state::keep(round_id round, const std::vector<accepted_conviction>& accepted) {
    if (evidence_) {
        evidence_->keep(round, accepted);
    }
}

} // namespace byzgate
