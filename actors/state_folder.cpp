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
    const auto bytes_of = [this](const std::string& name) {
        std::error_code missing;
        const auto bytes = std::filesystem::file_size(dir_ / name, missing);
        return missing ? 0 : bytes;
    };
    if (std::filesystem::exists(dir_ / began_name)
        && bytes_of(file) + bytes_of(file + "-wal") == 0) {
        throw config_error(
            dir_ / file,
            {{0, fmt::format("is missing or empty, though this server ran before; {}. Restore it "
                             "as docs/operations.md tells (Replacing a server); if nothing was "
                             "ever asked of this cluster, remove {}",
                             without, dir_.string())}});
    }
}

void state_folder::began() const {
    if (!std::filesystem::exists(dir_ / began_name)) {
        write_file_whole(dir_ / began_name, "This server has run with what is beside this file.\n");
    }
}

gate_state::gate_state(const std::filesystem::path& dir, const cluster_parameters& cluster,
                       const signing_keys& keys, const digester& digests,
                       std::unique_ptr<key_rounds> beside_keys)
    : dir_(dir), ledger_((dir / "ledger.db").string()), beside_keys_(std::move(beside_keys)),
      last_round_(std::max(ledger_.number(rounds_note).value_or(0),
                           beside_keys_ ? beside_keys_->last() : 0)) {
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
