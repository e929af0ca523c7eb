#include "actors/key_rounds.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "actors/evidence_folder.hpp"
#include "config/parse.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

constexpr auto generated_file_name = "generated";
/// Nobody gets there by counting, and what is added to it doesn't begin anew.
constexpr std::uint64_t rounds_max = std::uint64_t{1} << 62U;

/// Nothing if there is no such file. One that is there and can't be read must not pass for none.
std::optional<std::string> text_in(const fs::path& file) {
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    if (!in && errno == ENOENT) {
        return std::nullopt;
    }
    if (!in) {
        throw std::runtime_error(
            fmt::format("{}: can't be read: {}", file.string(), std::strerror(errno)));
    }
    return std::string{std::istreambuf_iterator<char>{in}, {}};
}

std::uint64_t read_rounds(const fs::path& file) {
    auto text = text_in(file);
    if (!text) {
        return 0;
    }
    // Digits and white space after them, nothing else: a stream would take "-5" for a huge number.
    text->resize(text->find_last_not_of(" \t\r\n") + 1); // none found: npos + 1, which is 0
    std::uint64_t last = 0;
    const auto end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, last);
    if (parsed.ec != std::errc{} || parsed.ptr != end || last > rounds_max) {
        throw config_error(file,
                           {{0, fmt::format("is no number up to {}; write that of a round beyond "
                                            "all that may have begun with these keys",
                                            rounds_max)}});
    }
    return last;
}

} // namespace

bool is_writable(const fs::path& folder) {
    return ::access(folder.c_str(), W_OK) == 0;
}

key_rounds::key_rounds(fs::path keys, unwritable how) : file_(keys / key_rounds_file_name) {
    if (how == unwritable::refused || is_writable(keys)) {
        try {
            lock_.emplace(keys / "rounds.lock",
                          fmt::format("{}: another run, or a cluster's gate, numbers its rounds "
                                      "with these keys now; let that end, or use other keys",
                                      keys.string()));
        } catch (const std::system_error& failed) {
            throw std::runtime_error(fmt::format(
                "{}; how far rounds are numbered is noted beside the keys, lest a server sign "
                "twice for one",
                failed.what()));
        }
    }
    last_ = read_rounds(file_);
    reserved_ = last_;
}

void key_rounds::reserve(std::uint64_t round) {
    if (round > reserved_) {
        write(round + rounds_at_once);
    }
}

void key_rounds::finish(std::uint64_t round) {
    write(round);
}

void key_rounds::write(std::uint64_t last) {
    if (lock_) {
        write_file_whole(file_, fmt::format("{}\n", last));
    }
    reserved_ = last;
}

std::string origin_of_generated(const scenario& what, std::uint64_t seed) {
    return fmt::format("seed = {}, public = {}, payload_bytes = {}", seed,
                       what.database.generate.public_share, what.database.generate.payload_bytes);
}

void expect_same_generated(const fs::path& folder, const scenario& what, std::uint64_t seed) {
    // What "memory:" makes up is all version 1, whatever the seed.
    if (what.database.kind != database_kind::memory) {
        return;
    }
    const auto now = origin_of_generated(what, seed);
    const auto file = folder / generated_file_name;
    const auto before = text_in(file);
    if (!before && is_writable(folder)) {
        write_file_whole(file, now + "\n");
    }
    if (before && *before != now + "\n") {
        throw config_error(
            what.file,
            {{0, fmt::format("the records of \"memory:\" come from {}, but loyal commanders "
                             "signed what came from {}, as {} says; generate the same, or use "
                             "other keys and another [state] dir",
                             now, before->substr(0, before->find('\n')), file.string())}});
    }
}

} // namespace byzgate
