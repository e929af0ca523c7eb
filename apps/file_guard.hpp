/// Keeps a command from writing over what it reads, or over what it writes elsewhere: its
/// configuration, database, keys, state, traces.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/scenario.hpp"

namespace byzgate {

class file_guard {
public:
    /// `path` is read; `what` names it, such as "the configuration".
    void reads(const std::filesystem::path& path, std::string what);
    /// Nothing may be written anywhere in this directory.
    void keeps(const std::filesystem::path& directory, std::string what);
    /// What servers keep in a state directory, and in those of single servers in it.
    void keeps_state(const std::filesystem::path& directory);
    /// `path` will be written, as `option` says. Devices and pipes may be named twice. Throws
    /// usage_error if it is one of the above, or written already.
    void writes(const std::filesystem::path& path, const std::string& option);

private:
    struct known {
        std::filesystem::path path; ///< canonical as far as it exists
        std::string what;
    };
    std::vector<known> files_;
    std::vector<known> directories_;
    std::vector<std::filesystem::path> states_;
};

/// What a scenario reads, and its own outputs. Throws usage_error where these are the same.
[[nodiscard]] file_guard guard_of(const scenario& what);

} // namespace byzgate
