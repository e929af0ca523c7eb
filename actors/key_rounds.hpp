/// What a directory of keys was used for, in files beside them, so that whoever uses them later can
/// go on from there, whatever state it has: how far rounds were numbered (`rounds`), and what
/// records "memory:" made (`generated`).
///
/// A loyal commander that signs two batches for one round convicts itself, and so does one that
/// says two things about one version of a record (protocol.md, section 3). Both would happen if two
/// runs with the same keys began with round 1, or generated other records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "actors/file_lock.hpp"
#include "config/scenario.hpp"

namespace byzgate {

inline constexpr std::string_view key_rounds_file_name = "rounds";
/// One write to the disk for so many rounds; what a process that is killed leaves out at most.
inline constexpr std::uint64_t rounds_at_once = 4'096;

/// Whether files can be made in a folder.
[[nodiscard]] bool is_writable(const std::filesystem::path& folder);

/// Held by the one run or gate that numbers rounds with these keys. One thread at a time.
class key_rounds {
public:
    /// For keys that may lie where nothing can be written.
    enum class unwritable : std::uint8_t {
        refused,
        left_alone ///< who numbers these rounds notes them in a state of its own too
    };

    /// Throws std::runtime_error if somebody else holds them, or they can't be written or read;
    /// config_error if the file is no number.
    key_rounds(std::filesystem::path keys, unwritable how);

    /// The last round that may have begun before this was opened.
    [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
    /// Rounds up to this one may begin: on the disk on return. Throws std::runtime_error.
    void reserve(std::uint64_t round);
    /// This one was the last; no other will begin. Throws std::runtime_error.
    void finish(std::uint64_t round);
    /// False where nothing can be written: other runs with these keys won't know of these rounds.
    [[nodiscard]] bool notes() const noexcept { return lock_.has_value(); }

private:
    void write(std::uint64_t last);

    std::filesystem::path file_;
    std::optional<file_lock> lock_; ///< none where nothing can be written
    std::uint64_t last_ = 0;
    std::uint64_t reserved_ = 0;
};

/// `seed = 7, public = 0.5, payload_bytes = 40`: what the records of "memory:" come from.
[[nodiscard]] std::string origin_of_generated(const scenario& what, std::uint64_t seed);

/// Notes in a folder, that of the keys or a commander's own, what "memory:" generates, unless
/// nothing can be written there. Throws config_error if something else was generated before; with
/// any other database that is the operator's to know.
void expect_same_generated(const std::filesystem::path& folder, const scenario& what,
                           std::uint64_t seed);

} // namespace byzgate
