#include "actors/key_rounds.hpp"

#include <cerrno>
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
/// One write to the disk for so many rounds.
constexpr std::uint64_t rounds_at_once = 4'096;

std::uint64_t read_rounds(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        return 0;
    }
    std::uint64_t last = 0;
    std::string rest;
    if (!(in >> last) || (in >> rest)) {
        throw config_error(file, {{0, "is no number; write that of a round beyond all that may "
                                      "have begun with these keys"}});
    }
    return last;
}

bool is_writable(const fs::path& keys) {
    return ::access(keys.c_str(), W_OK) == 0;
}

} // namespace

key_rounds::key_rounds(fs::path keys, unwritable how) : file_(keys / key_rounds_file_name) {
    if (how == unwritable::refused || is_writable(keys)) {
        try {
            lock_.emplace(keys / "lock",
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

void expect_same_generated(const fs::path& keys, const scenario& what, std::uint64_t seed) {
    // What "memory:" makes up is all version 1, whatever the seed.
    if (what.database.kind != database_kind::memory) {
        return;
    }
    const auto now = origin_of_generated(what, seed);
    const auto file = keys / generated_file_name;
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        if (is_writable(keys)) {
            write_file_whole(file, now + "\n");
        }
        return;
    }
    const std::string before{std::istreambuf_iterator<char>{in}, {}};
    if (before != now + "\n") {
        throw config_error(
            what.file,
            {{0, fmt::format("the records of \"memory:\" come from {}, but with the keys in {} "
                             "loyal commanders signed what came from {}; generate the same, or "
                             "use other keys",
                             now, keys.string(), before.substr(0, before.find('\n')))}});
    }
}

} // namespace byzgate
