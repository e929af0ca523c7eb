#include "storage/signing_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/encoding.hpp"

namespace byzgate {

namespace {

constexpr std::string_view log_name = "byzgate signing log 1\n";
constexpr std::string_view frame_mark = "sign";
/// Mark, length of the content.
constexpr std::size_t frame_head_bytes = frame_mark.size() + 4;
/// Name, cluster, server, floor, digest over all of it.
constexpr std::size_t head_bytes = log_name.size() + sizeof(digest) + 4 + 8 + sizeof(digest);
/// Kind, round, level, phase, length of the message.
constexpr std::size_t statement_bytes_min = 1 + 8 + 4 + 4 + 4;
constexpr std::size_t any_length = ~std::uint32_t{0};

bool write_all(int handle, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(handle, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::optional<std::string> read_all_of(int handle) {
    std::string content;
    char some[65'536];
    for (::off_t at = 0;; at = static_cast<::off_t>(content.size())) {
        const auto got = ::pread(handle, some, sizeof some, at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return std::nullopt;
        }
        if (got == 0) {
            return content;
        }
        content.append(some, static_cast<std::size_t>(got));
    }
}

/// A new name in a directory is durable once the directory is.
bool sync_directory_of(const std::string& file) {
    auto directory = std::filesystem::path(file).parent_path();
    if (directory.empty()) {
        directory = ".";
    }
    const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) {
        return false;
    }
    const bool good = ::fsync(handle) == 0;
    ::close(handle);
    return good;
}

kept_statement read_statement(decoder& from) {
    kept_statement kept;
    kept.kind = from.enumerator(statement_kind::votes);
    if (kept.kind < statement_kind::claims) {
        from.fail();
    }
    kept.round = round_id{from.u64()};
    kept.level = from.u32();
    kept.phase = from.u32();
    kept.bytes = from.text(any_length);
    return kept;
}

std::uint64_t size_of(const kept_statement& kept) {
    return statement_bytes_min + kept.bytes.size();
}

} // namespace

signing_log::signing_log(std::string file, const digest& cluster, server_id self,
                         std::uint64_t dead_bytes_max)
    : file_(std::move(file)), cluster_(cluster), self_(self), dead_bytes_max_(dead_bytes_max) {
    try {
        open();
    } catch (...) {
        if (handle_ >= 0) {
            ::close(handle_);
        }
        throw;
    }
}

signing_log::~signing_log() {
    ::close(handle_);
}

void signing_log::fail(const std::string& what) {
    failed_ = true;
    throw database_error(fmt::format("{}: {}", file_, what));
}

void signing_log::open() {
    handle_ = ::open(file_.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
    if (handle_ < 0 && errno == ENOENT) {
        write_anew({});
        return;
    }
    if (handle_ < 0) {
        fail(fmt::format("can't be opened ({}); check the permissions of the signing log and of "
                         "its directory",
                         std::strerror(errno)));
    }
    if (::flock(handle_, LOCK_EX | LOCK_NB) != 0) {
        fail(fmt::format("the signing log is in use by another process; {} must run only once",
                         to_string(self_)));
    }
    const auto content = read_all_of(handle_);
    if (!content) {
        fail(fmt::format("can't be read ({})", std::strerror(errno)));
    }
    read_all(*content);
}

std::string signing_log::head() const {
    encoder bytes;
    bytes.raw(log_name).fixed(cluster_).server(self_).u64(number_of(floor_));
    return bytes.bytes() + encoder{}.fixed(digests_.digest_of(bytes.bytes())).take();
}

void signing_log::read_all(std::string_view content) {
    if (!content.starts_with(log_name)) {
        throw wrong_log_error(fmt::format("{}: is no signing log; correct the path", file_));
    }
    const auto damaged = [this] {
        fail("the signing log is damaged; restore it, or give the server a new key: without it "
             "the server could contradict what it has signed");
    };
    if (content.size() < head_bytes) {
        damaged();
    }
    decoder from{content.substr(log_name.size())};
    const auto cluster = from.fixed_digest();
    const auto server = from.server();
    floor_ = round_id{from.u64()};
    if (digests_.digest_of(content.substr(0, head_bytes - sizeof(digest))) != from.fixed_digest()) {
        damaged();
    }
    if (cluster != cluster_) {
        throw wrong_log_error(fmt::format(
            "{}: is the signing log of a server in another cluster; correct the path", file_));
    }
    if (server != self_) {
        throw wrong_log_error(
            fmt::format("{}: is the signing log of {}, not of {}; correct the path", file_,
                        to_string(server), to_string(self_)));
    }
    past_.floor = floor_;
    bytes_ = head_bytes;
    while (bytes_ < content.size()) {
        auto next = read_frame(content.substr(bytes_));
        if (!next) {
            // Whatever comes last may have been cut off. What another frame follows was durable.
            if (frame_follows(content.substr(bytes_ + 1))) {
                damaged();
            }
            if (::ftruncate(handle_, static_cast<::off_t>(bytes_)) != 0
                || ::fdatasync(handle_) != 0) {
                fail(fmt::format("can't be written to ({})", std::strerror(errno)));
            }
            break;
        }
        bytes_ += next->size;
        for (auto& kept : next->statements) {
            if (kept.round <= floor_) {
                dead_bytes_ += size_of(kept);
            } else {
                live_bytes_[kept.round] += size_of(kept);
                past_.statements.push_back(std::move(kept));
            }
        }
    }
}

std::optional<signing_log::frame> signing_log::read_frame(std::string_view bytes) const {
    if (!bytes.starts_with(frame_mark)) {
        return std::nullopt;
    }
    decoder head{bytes.substr(frame_mark.size())};
    const std::size_t length = head.u32();
    const auto size = frame_head_bytes + length + sizeof(digest);
    if (head.failed() || bytes.size() < size) {
        return std::nullopt;
    }
    const auto signed_part = bytes.substr(0, frame_head_bytes + length);
    decoder tail{bytes.substr(signed_part.size(), sizeof(digest))};
    if (digests_.digest_of(signed_part) != tail.fixed_digest()) {
        return std::nullopt;
    }
    decoder from{signed_part.substr(frame_head_bytes)};
    frame found{{}, size};
    for (auto left = from.count(any_length, statement_bytes_min); left > 0; --left) {
        found.statements.push_back(read_statement(from));
    }
    return from.done() ? std::optional{std::move(found)} : std::nullopt;
}

bool signing_log::frame_follows(std::string_view rest) const {
    for (auto at = rest.find(frame_mark); at != std::string_view::npos;
         at = rest.find(frame_mark, at + 1)) {
        if (read_frame(rest.substr(at))) {
            return true;
        }
    }
    return false;
}

std::string signing_log::frame_of(const std::vector<kept_statement>& what) const {
    encoder content;
    content.u32(static_cast<std::uint32_t>(what.size()));
    for (const auto& kept : what) {
        content.u8(static_cast<std::uint8_t>(kept.kind)).u64(number_of(kept.round));
        content.u32(kept.level).u32(kept.phase).text(kept.bytes);
    }
    encoder frame;
    frame.raw(frame_mark).text(content.bytes());
    return frame.bytes() + encoder{}.fixed(digests_.digest_of(frame.bytes())).take();
}

void signing_log::keep(const std::vector<kept_statement>& what) {
    if (failed_) {
        fail("the signing log failed before; start the server again");
    }
    if (what.empty()) {
        return;
    }
    const auto frame = frame_of(what);
    if (!write_all(handle_, frame) || ::fdatasync(handle_) != 0) {
        fail(fmt::format("can't be written to ({}); make room on the disk or correct the "
                         "permissions, then start the server again",
                         std::strerror(errno)));
    }
    ++syncs_;
    bytes_ += frame.size();
    for (const auto& kept : what) {
        if (kept.round <= floor_) {
            dead_bytes_ += size_of(kept);
        } else {
            live_bytes_[kept.round] += size_of(kept);
        }
    }
}

void signing_log::drop(round_id up_to) {
    if (failed_ || up_to <= floor_) {
        return;
    }
    // On disk the floor rises when the file is written anew; until then what it covers is there.
    floor_ = up_to;
    while (!live_bytes_.empty() && live_bytes_.begin()->first <= up_to) {
        dead_bytes_ += live_bytes_.begin()->second;
        live_bytes_.erase(live_bytes_.begin());
    }
    if (dead_bytes_ > dead_bytes_max_ && dead_bytes_ > bytes_ / 2) {
        compact();
    }
}

void signing_log::compact() {
    const auto content = read_all_of(handle_);
    if (!content) {
        fail(fmt::format("can't be read ({})", std::strerror(errno)));
    }
    std::vector<kept_statement> live;
    for (std::size_t at = head_bytes; at < content->size();) {
        auto next = read_frame(std::string_view{*content}.substr(at));
        if (!next) {
            fail("the signing log was changed by another process");
        }
        at += next->size;
        for (auto& kept : next->statements) {
            if (kept.round > floor_) {
                live.push_back(std::move(kept));
            }
        }
    }
    write_anew(live);
}

void signing_log::write_anew(const std::vector<kept_statement>& what) {
    // Under its own name the file is always whole, before and after.
    const auto fresh = file_ + ".new";
    ::unlink(fresh.c_str());
    const int handle =
        ::open(fresh.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const auto content = head() + (what.empty() ? std::string{} : frame_of(what));
    const bool good = handle >= 0 && ::flock(handle, LOCK_EX | LOCK_NB) == 0
                      && write_all(handle, content) && ::fsync(handle) == 0
                      && ::rename(fresh.c_str(), file_.c_str()) == 0;
    const auto why = errno;
    if (handle_ >= 0 && handle >= 0) {
        ::close(handle_);
    }
    handle_ = handle >= 0 ? handle : handle_;
    if (!good || !sync_directory_of(file_)) {
        fail(fmt::format("can't be written ({}); check that its directory exists and may be "
                         "written to, and that there is room",
                         std::strerror(good ? errno : why)));
    }
    ++syncs_;
    bytes_ = content.size();
    dead_bytes_ = 0;
}

server_signing_log open_signing_log(const std::filesystem::path& directory, const digest& cluster,
                                    server_id self, round_id over) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        throw database_error(fmt::format(
            "{}: could not be made ({}); check that its parent exists and may be written to",
            directory.string(), std::strerror(errno)));
    }
    const auto file = directory / (to_string(self) + ".log");
    if (!sync_directory_of(directory.string())) {
        throw database_error(
            fmt::format("{}: can't be written ({})", file.string(), std::strerror(errno)));
    }
    auto log = std::make_shared<signing_log>(file.string(), cluster, self);
    auto past = std::make_shared<signed_past>(log->take_past());
    if (over > past->floor) {
        past->floor = over;
        std::erase_if(past->statements,
                      [&](const kept_statement& kept) { return kept.round <= over; });
        log->drop(over);
    }
    return {std::move(log), std::move(past)};
}

} // namespace byzgate
