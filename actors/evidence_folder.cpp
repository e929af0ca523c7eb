#include "actors/evidence_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "config/parse.hpp"
#include "crypto/key_files.hpp"
#include "report/evidence_json.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

/// Between the name of a file and the process that writes it.
constexpr std::string_view unfinished = ".new-";

[[noreturn]] void failed(const fs::path& file, const char* doing) {
    throw std::runtime_error(
        fmt::format("{}: could not be {}: {}", file.string(), doing, std::strerror(errno)));
}

void sync_to_disk(const fs::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
    if (fd < 0) {
        failed(path, "written");
    }
    const bool synced = ::fsync(fd) == 0;
    ::close(fd);
    if (!synced) {
        failed(path, "written");
    }
}

std::string content_of(const fs::path& file, std::size_t bytes_max) {
    std::error_code ignored;
    if (fs::file_size(file, ignored) > bytes_max && !ignored) {
        throw evidence_error("larger than any evidence");
    }
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in.good() && !in.eof()) {
        failed(file, "read");
    }
    return text;
}

void write_unless_there(const fs::path& file, const std::string& text) {
    if (!fs::exists(file)) {
        write_file_whole(file, text);
    } else if (content_of(file, text.size() + 1) != text) {
        throw key_error(file.string() + ": is of another cluster; name another folder");
    }
}

evidence_ptr read_one(const fs::path& file, const signing_keys& keys,
                      const cluster_parameters& cluster, const digester& digests) {
    const auto refuse = [&](std::string why) -> evidence_ptr {
        why += "; a conviction that nobody can check would not stand: restore the file, or move it "
               "away to go on without it";
        throw config_error(file, {{0, std::move(why)}});
    };
    try {
        auto read = read_evidence_file(content_of(file, evidence_bytes_max));
        if (read.cluster != keys.cluster) {
            return refuse("is evidence in another cluster, or under other keys");
        }
        const auto judged = conflict_in(read.found, keys, digests);
        if (!judged.proves) {
            return refuse(fmt::format("proves nothing: {}", describe(judged.lacks)));
        }
        if (!cluster.contains(read.found.commander())) {
            return refuse(fmt::format("proves nothing: the cluster has no {}",
                                      to_string(read.found.commander())));
        }
        return std::make_shared<const evidence>(std::move(read.found));
    } catch (const evidence_error& wrong) {
        return refuse(fmt::format("is not evidence: {}", wrong.what()));
    }
}

} // namespace

void write_file_whole(const fs::path& file, const std::string& text) {
    auto hidden = file;
    hidden += fmt::format("{}{}", unfinished, ::getpid());
    // Gone by then if all went well.
    const struct remover {
        const fs::path& path;
        ~remover() { ::unlink(path.c_str()); }
    } removed{hidden};
    errno = 0;
    {
        std::ofstream out{hidden, std::ios::binary};
        out << text;
        out.close();
        if (!out) {
            failed(file, "written");
        }
    }
    sync_to_disk(hidden, O_RDONLY);
    if (std::rename(hidden.c_str(), file.c_str()) != 0) {
        failed(file, "written");
    }
    const auto folder = file.parent_path();
    sync_to_disk(folder.empty() ? fs::path{"."} : folder, O_RDONLY | O_DIRECTORY);
}

void remove_leftovers(const fs::path& folder) {
    std::error_code ignored;
    for (fs::directory_iterator at{folder, ignored}, end; !ignored && at != end;
         at.increment(ignored)) {
        const auto name = at->path().filename().string();
        const auto mark = name.rfind(unfinished);
        if (mark == std::string::npos) {
            continue;
        }
        const auto* digits = name.data() + mark + unfinished.size();
        pid_t writer = 0;
        const auto number = std::from_chars(digits, name.data() + name.size(), writer);
        const bool whole = number.ec == std::errc{} && number.ptr == name.data() + name.size();
        if (whole && writer > 0 && ::kill(writer, 0) != 0 && errno == ESRCH) {
            ::unlink(at->path().c_str());
        }
    }
}

void write_public_cluster(const fs::path& folder, const cluster_keys& keys,
                          const cluster_parameters& cluster) {
    std::error_code why;
    fs::create_directories(folder, why);
    if (why) {
        throw std::runtime_error(folder.string() + ": could not be made: " + why.message());
    }
    write_unless_there(folder / cluster_numbers_file_name, format_cluster(cluster));
    write_unless_there(folder / cluster_key_file_name, format_public_keys(keys));
}

evidence_folder::evidence_folder(fs::path folder, const digest& cluster)
    : folder_(std::move(folder)), cluster_(cluster) {
    remove_leftovers(folder_);
}

void evidence_folder::keep(round_id round, const std::vector<accepted_conviction>& accepted) {
    for (const auto& one : accepted) {
        if (!one.proof) {
            continue;
        }
        const auto file =
            folder_ / fmt::format("{}-round-{}.json", to_string(one.commander), number_of(round));
        if (!written_.contains(file)) {
            unwritten_.try_emplace(file, write_evidence(*one.proof, cluster_));
        }
    }
    while (!unwritten_.empty()) {
        const auto next = unwritten_.begin();
        fs::create_directories(folder_);
        write_file_whole(next->first, next->second);
        written_.insert(next->first);
        unwritten_.erase(next);
    }
}

std::vector<evidence_ptr> read_evidence_folder(const fs::path& folder, const signing_keys& keys,
                                               const cluster_parameters& cluster,
                                               const digester& digests) {
    std::vector<fs::path> files;
    if (fs::exists(folder)) {
        for (const auto& entry : fs::directory_iterator{folder}) {
            if (entry.path().extension() == ".json") {
                files.push_back(entry.path());
            }
        }
    }
    std::sort(files.begin(), files.end());
    std::vector<evidence_ptr> all;
    for (const auto& file : files) {
        all.push_back(read_one(file, keys, cluster, digests));
    }
    return all;
}

} // namespace byzgate
