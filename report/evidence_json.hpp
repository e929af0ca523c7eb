/// Evidence as a file of its own (docs/evidence.md): two claims of a commander that no loyal one
/// signs both, for anybody who holds the cluster's public keys to check.
///
/// A file that is read back is a stranger's: what it proves is for `conflict_in` to say, and what
/// its `says` says counts for nothing.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "protocol/evidence.hpp"

namespace byzgate {

/// A text that is no evidence, whatever it was meant to prove. Says what is wrong with it.
class evidence_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct evidence_file {
    digest cluster{}; ///< what the cluster is called in everything that is signed
    evidence found;
    std::string says; ///< for people; whoever wrote the file may have written anything
};

/// What the evidence proves, if it proves something, in a sentence for people.
[[nodiscard]] std::string describe(const evidence& found);
/// Why it proves nothing, in a sentence without its full stop.
[[nodiscard]] std::string_view describe(unproven lack) noexcept;

/// Indented JSON, ended by a newline: the same bytes for the same evidence.
[[nodiscard]] std::string write_evidence(const evidence& found, const digest& cluster);

/// Strict: throws evidence_error on anything that `write_evidence` does not write, but for white
/// space, the order of fields and the words of `says`.
[[nodiscard]] evidence_file read_evidence_file(const std::string& text);

/// Bytes of a file that is read at most.
inline constexpr std::size_t evidence_bytes_max = 16U << 20;

} // namespace byzgate
