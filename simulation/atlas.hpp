/// The atlas: which architecture survives which liars, with exact counts.
///
/// Servers of one role are interchangeable: renaming lieutenants, or commanders, changes no count.
/// So one set of Byzantine servers stands for all with as many commanders and as many lieutenants,
/// and each such class is checked once, with a confidential record and with a public one.
/// Same architectures, same atlas, whatever the number of jobs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/cluster.hpp"
#include "protocol/promises.hpp"
#include "simulation/check.hpp"

namespace byzgate {

struct atlas_architecture {
    std::string name;  ///< letters, digits and hyphens: a part of file names and of links
    std::string title; ///< for people
    cluster_parameters cluster;
    int values = 3; ///< as in check_settings
};

/// What the liars of a row can achieve at worst, mildest first.
enum class atlas_verdict : std::uint8_t {
    survives,      ///< nothing leaks, nothing public is withheld, nobody loyal is convicted
    denies,        ///< a public record is withheld, nothing worse
    frames,        ///< a loyal commander is convicted, nothing leaks
    leaks,         ///< a confidential record is released
    breaks_promise ///< something fails that section 4 of protocol.md promises here
};

/// One class of sets of Byzantine servers.
struct atlas_row {
    present_faults liars;
    std::uint64_t sets = 1; ///< how many sets of servers the class has
    promises promise;
    check_case confidential; ///< of the first set by id: commander-1…, lieutenant-1…
    check_case public_;

    [[nodiscard]] atlas_verdict verdict() const noexcept;
    [[nodiscard]] bool sampled() const noexcept { return confidential.sampled || public_.sampled; }
    /// A small strategy that does this; nullptr if none does. Where one strategy does several
    /// things they may share it.
    [[nodiscard]] const counterexample* example(broken_property what) const noexcept;
};

struct atlas_section {
    atlas_architecture architecture;
    std::vector<atlas_row> rows; ///< fewer liars first, commanders before lieutenants
};

struct atlas {
    std::vector<atlas_section> sections;

    [[nodiscard]] bool promises_held() const noexcept;
    /// Throws std::out_of_range if there is no such row.
    [[nodiscard]] const atlas_row& at(const std::string& architecture, present_faults liars) const;
};

struct atlas_settings {
    std::vector<atlas_architecture> architectures;
    std::uint32_t faults = 2;                      ///< Byzantine servers of a row, at most
    std::uint64_t budget = std::uint64_t{1} << 32; ///< as in check_settings
    std::uint64_t sample_max = std::uint64_t{1} << 24;
    std::uint64_t seed = 1;
    std::uint32_t jobs = 1;
    std::function<void(double)> progress; ///< 0…1, from one thread at a time
};

/// Those of docs/atlas.md: one, two and three commanders over three and four lieutenants, the two
/// with one and with two faults tolerated in all; and one over six lieutenants at depth 2. Beside
/// them the same with signed messages.
[[nodiscard]] std::vector<atlas_architecture> atlas_architectures();

/// Throws std::invalid_argument as check() does.
[[nodiscard]] atlas make_atlas(const atlas_settings& settings);

} // namespace byzgate
