/// `check --atlas`: the atlas (simulation/atlas.hpp) as a Markdown file, as one HTML page that
/// needs no network, and as a table on the terminal. Same atlas, same bytes.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/atlas.hpp"

namespace byzgate {

struct atlas_options {
    std::string out; ///< folder for atlas.md, atlas.html and atlas/*.json; empty: print only
    std::uint32_t jobs = 1;
    bool json = false;
};

/// Exit code 3 if a row breaks a promise. Throws std::runtime_error if a file can't be written.
[[nodiscard]] int do_atlas(const atlas_options& options);

/// Both link to the counterexamples as `atlas/FILE`. `seed` is that of samples.
[[nodiscard]] std::string render_atlas_markdown(const atlas& all, std::uint64_t seed);
[[nodiscard]] std::string render_atlas_page(const atlas& all, std::uint64_t seed);

} // namespace byzgate
