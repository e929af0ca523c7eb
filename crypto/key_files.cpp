#include "crypto/key_files.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace byzgate {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t private_bytes_max = 4'096;
constexpr std::size_t public_bytes_max = 16U << 20;

[[noreturn]] void system_failed(const fs::path& file, const char* doing) {
    throw std::system_error(errno, std::generic_category(),
                            file.string() + ": could not be " + doing);
}

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int number() const noexcept { return fd_; }
    /// False if closing told of an error that writing didn't.
    [[nodiscard]] bool close() noexcept { return ::close(std::exchange(fd_, -1)) == 0; }

private:
    int fd_;
};

/// A text that is wiped when it goes; it must not grow beyond what it reserved.
struct wiped_text {
    std::string text;

    wiped_text() = default;
    explicit wiped_text(std::string&& secret) : text(std::move(secret)) {}
    wiped_text(const wiped_text&) = delete;
    wiped_text& operator=(const wiped_text&) = delete;
    ~wiped_text() { sodium_memzero(text.data(), text.size()); }
};

std::string octal(mode_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777));
    return text.data();
}

/// Reads a regular file of at most `bytes_max`; looks at its rights if it is `secret`.
void read_file(const fs::path& file, std::size_t bytes_max, bool secret, std::string& to) {
    // A pipe must not keep us waiting for a writer.
    const descriptor in{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (in.number() < 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            throw key_error(file.string()
                            + (secret
                                   ? ": there is no such file; restore it from a copy, for byzgate "
                                     "keygen makes whole sets of keys, of another cluster"
                                   : ": there is no such file; byzgate keygen makes one with "
                                     "the keys of a new cluster"));
        }
        system_failed(file, "opened");
    }
    struct stat about {};
    if (::fstat(in.number(), &about) != 0) {
        system_failed(file, "read");
    }
    if (!S_ISREG(about.st_mode)) {
        throw key_error(file.string() + ": this is no file; name the one that keygen wrote");
    }
    if (secret && (about.st_mode & 077) != 0) {
        throw key_error(file.string() + ": others than its owner have rights to this private key "
                        + "(mode " + octal(about.st_mode) + "); run: chmod 600 " + file.string());
    }
    to.resize(bytes_max + 1);
    std::size_t have = 0;
    while (have < to.size()) {
        const auto got = ::read(in.number(), to.data() + have, to.size() - have);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            system_failed(file, "read");
        }
        if (got == 0) {
            break;
        }
        have += static_cast<std::size_t>(got);
    }
    if (have > bytes_max) {
        throw key_error(file.string() + ": too large for a key file; name one that keygen wrote");
    }
    to.resize(have);
}

/// Under a name of its own, whole and on the disk, before anybody sees it under the right one;
/// linking, unlike renaming, refuses to replace.
void write_new_file(const fs::path& file, std::string_view text, mode_t mode) {
    auto hidden = file;
    hidden += ".new-" + std::to_string(::getpid());
    descriptor out{
        ::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (out.number() < 0) {
        system_failed(hidden, "made");
    }
    const struct remover {
        const fs::path& path;
        ~remover() { ::unlink(path.c_str()); }
    } removed{hidden};
    while (!text.empty()) {
        const auto wrote = ::write(out.number(), text.data(), text.size());
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            system_failed(file, "written");
        }
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
    if (::fchmod(out.number(), mode) != 0 || ::fsync(out.number()) != 0 || !out.close()) {
        system_failed(file, "written");
    }
    if (::link(hidden.c_str(), file.c_str()) != 0) {
        if (errno == EEXIST) {
            throw key_error(file.string() + ": exists already, and keys are never overwritten; "
                            + "move it away, or choose another directory with --out");
        }
        system_failed(file, "written");
    }
}

void sync_directory(const fs::path& directory) {
    const descriptor opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (opened.number() < 0 || ::fsync(opened.number()) != 0) {
        system_failed(directory, "written");
    }
}

} // namespace

std::vector<fs::path> make_key_directory(const fs::path& directory) {
    if (directory.empty()) {
        throw key_error("keys need a directory; name one with --out");
    }
    std::vector<fs::path> made;
    fs::path so_far;
    for (const auto& part : directory) {
        so_far /= part;
        if (::mkdir(so_far.c_str(), 0700) == 0) {
            made.push_back(so_far);
            continue;
        }
        const auto why = errno;
        std::error_code ignored;
        if (fs::is_directory(so_far, ignored)) {
            continue;
        }
        for (auto at = made.rbegin(); at != made.rend(); ++at) {
            ::rmdir(at->c_str());
        }
        if (why == EEXIST || why == ENOTDIR) {
            throw key_error(so_far.string() + ": is no directory; name another with --out");
        }
        errno = why;
        system_failed(so_far, "made");
    }
    return made;
}

namespace {

/// What was written so far goes again unless all of it was.
class written_files {
public:
    explicit written_files(const fs::path& directory)
        : directory_(directory), made_(make_key_directory(directory)) {}
    written_files(const written_files&) = delete;
    written_files& operator=(const written_files&) = delete;
    ~written_files() {
        for (const auto& file : files_) {
            ::unlink(file.c_str());
        }
        for (auto at = made_.rbegin(); at != made_.rend(); ++at) {
            ::rmdir(at->c_str());
        }
    }
    void write(const std::string& name, std::string_view text, mode_t mode) {
        files_.reserve(files_.size() + 1);
        write_new_file(directory_ / name, text, mode);
        files_.push_back(directory_ / name);
    }
    [[nodiscard]] std::vector<fs::path> keep() {
        made_.clear();
        return std::exchange(files_, {});
    }

private:
    fs::path directory_;
    std::vector<fs::path> made_;
    std::vector<fs::path> files_;
};

} // namespace

void write_new_key_file(const fs::path& file, std::string_view text, bool secret) {
    write_new_file(file, text, secret ? 0600 : 0644);
}

void sync_key_directory(const fs::path& directory) {
    sync_directory(directory);
}

private_keys load_private_keys(const fs::path& file, server_id expected) {
    wiped_text read;
    read_file(file, private_bytes_max, true, read.text);
    auto keys = parse_private_key_file(read.text, file.string());
    if (keys.server != expected) {
        throw key_error(file.string() + ":2: this is the key of " + to_string(keys.server)
                        + "; give " + to_string(expected) + " its own");
    }
    return keys;
}

secret_256 load_database_secret(const fs::path& file) {
    wiped_text read;
    read_file(file, private_bytes_max, true, read.text);
    return parse_database_secret(read.text, file.string());
}

cluster_keys load_public_keys(const fs::path& file) {
    std::string text;
    read_file(file, public_bytes_max, false, text);
    return parse_public_keys(text, file.string());
}

std::vector<fs::path> write_key_files(const fs::path& directory, const key_set& keys,
                                      std::string_view numbers) {
    written_files written{directory};
    for (const auto& [server, own] : keys.own) {
        const wiped_text text{format_private_key_file(own)};
        written.write(private_key_file_name(server), text.text, 0600);
    }
    if (keys.database) {
        const wiped_text text{format_database_secret(*keys.database)};
        written.write(std::string{database_secret_file_name}, text.text, 0600);
    }
    if (!numbers.empty()) {
        written.write(std::string{cluster_numbers_file_name}, numbers, 0644);
    }
    sync_directory(directory);
    written.write(std::string{cluster_key_file_name}, format_public_keys(keys.all), 0644);
    sync_directory(directory);
    return written.keep();
}

} // namespace byzgate
