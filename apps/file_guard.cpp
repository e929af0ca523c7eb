#include "apps/file_guard.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/node_process.hpp"
#include "apps/common.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

fs::path canonical_of(const fs::path& path) {
    std::error_code failed;
    auto found = fs::weakly_canonical(path, failed);
    return failed ? fs::absolute(path).lexically_normal() : found;
}

bool is_same(const fs::path& a, const fs::path& b) {
    std::error_code missing;
    return a == b || fs::equivalent(a, b, missing); // a hard link is the same file, too
}

/// `path` below `directory`; empty if it isn't.
fs::path inside(const fs::path& path, const fs::path& directory) {
    auto rest = path.lexically_relative(directory);
    return rest.empty() || rest == "." || *rest.begin() == ".." ? fs::path{} : rest;
}

bool is_state_file(const fs::path& path, const fs::path& state) {
    auto rest = inside(path, state);
    if (rest.empty()) {
        return false;
    }
    if (parse_server_id(rest.begin()->string()) && std::next(rest.begin()) != rest.end()) {
        rest = rest.lexically_relative(*rest.begin());
    }
    const auto first = rest.begin()->string();
    return first.starts_with("ledger.db") || first == "keys" || first == "signed"
           || first == "evidence" || first == "lock" || first == "began"
           || (first.ends_with(".log") && parse_server_id(fs::path{first}.stem().string()));
}

} // namespace

void file_guard::reads(const fs::path& path, std::string what) {
    files_.push_back({canonical_of(path), std::move(what)});
}

void file_guard::keeps(const fs::path& directory, std::string what) {
    directories_.push_back({canonical_of(directory), std::move(what)});
}

void file_guard::keeps_state(const fs::path& directory) {
    states_.push_back(canonical_of(directory));
}

void file_guard::writes(const fs::path& path, const std::string& option) {
    const auto file = canonical_of(path);
    std::error_code missing;
    if (fs::exists(file, missing) && !fs::is_regular_file(file, missing)) {
        return;
    }
    const auto refuse = [&](const std::string& what) {
        throw usage_error(fmt::format("{}: {} is {}, which would be lost; name another file",
                                      option, path.string(), what));
    };
    for (const auto& one : files_) {
        if (is_same(file, one.path)) {
            refuse(one.what);
        }
    }
    for (const auto& one : directories_) {
        if (!inside(file, one.path).empty()) {
            refuse("in " + one.what);
        }
    }
    for (const auto& state : states_) {
        if (is_state_file(file, state)) {
            refuse("part of the state");
        }
    }
    files_.push_back({file, "written to by " + option});
}

file_guard guard_of(const scenario& what) {
    file_guard guard;
    guard.reads(what.file, "the configuration");
    const std::string sqlite = "sqlite:";
    if (what.database.kind == database_kind::sqlite && what.database.url.starts_with(sqlite)) {
        const auto file = what.database.url.substr(sqlite.size());
        for (const auto* end : {"", "-wal", "-shm", "-journal"}) {
            guard.reads(file + end, "the database");
        }
    }
    guard.keeps(keys_dir_of(what), "the directory of the keys");
    if (what.state_dir) {
        guard.keeps_state(*what.state_dir);
    }
    if (what.external_party.output == external_party_output::file) {
        guard.writes(what.external_party.file, "external_party.output");
    }
    if (what.log && what.log->file) {
        guard.writes(*what.log->file, "log.file");
    }
    return guard;
}

} // namespace byzgate
