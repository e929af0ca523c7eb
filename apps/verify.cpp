#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/offline_check.hpp"
#include "apps/subcommands.hpp"
#include "crypto/base64.hpp"
#include "report/evidence_json.hpp"

namespace byzgate {

namespace {

constexpr std::size_t faults_shown_max = 100;
/// A line is in memory as a whole, several times over while it is parsed. Payloads of the largest
/// size that a configuration has by itself fit in, every byte escaped.
constexpr std::size_t line_bytes_max = 128U << 20;

class unreadable_file : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct verify_options {
    std::vector<std::string> files;
    cluster_options cluster;
    bool json = false;
};

/// What became of one file.
struct verified_file {
    std::string file;
    std::string keys;         ///< the public key file that it was checked with
    std::string kind;         ///< evidence, certificate, released, unknown
    std::string says;         ///< what a valid one proves
    std::uint64_t things = 0; ///< bundles, certificates, lines
    std::uint64_t invalid = 0;
    std::vector<std::pair<std::uint64_t, std::string>> faults; ///< by line; 0: the file itself

    void fault(std::uint64_t line, std::string what) {
        ++invalid;
        if (faults.size() < faults_shown_max) {
            faults.emplace_back(line, std::move(what));
        }
    }
};

/// A file read once, from its beginning to its end: it may be a pipe.
class line_reader {
public:
    explicit line_reader(std::istream& in) : in_(in) {}

    /// A line without its line feed; false at the end. One that is too long is cut off there, and
    /// the last one.
    bool next(std::string& line) {
        line.clear();
        closed_ = false;
        auto* buffer = in_.rdbuf();
        while (!too_long_) {
            const int c = buffer->sbumpc();
            if (c == EOF) {
                return !line.empty();
            }
            if (c == '\n') {
                closed_ = true;
                return true;
            }
            line.push_back(static_cast<char>(c));
            too_long_ = line.size() > line_bytes_max;
        }
        return !line.empty();
    }
    [[nodiscard]] bool too_long() const noexcept { return too_long_; }

    /// The last line and all that follows, at most `bytes_max` of it and one more.
    std::string rest(std::string line, std::size_t bytes_max) {
        if (closed_) {
            line += '\n';
        }
        const auto have = std::min(line.size(), bytes_max + 1);
        line.resize(bytes_max + 1);
        const auto wanted = static_cast<std::streamsize>(line.size() - have);
        const auto got = in_.rdbuf()->sgetn(line.data() + have, wanted);
        line.resize(have + static_cast<std::size_t>(got));
        return line;
    }

private:
    std::istream& in_;
    bool closed_ = false; ///< the last line ended in a line feed
    bool too_long_ = false;
};

/// Whether a file that begins with this line is one of released records, perhaps damaged ones;
/// else it is evidence.
bool is_released(const std::string& line) {
    if (line.starts_with("{\"id\"") || line.size() > line_bytes_max) {
        return true;
    }
    const auto first = nlohmann::json::parse(line, nullptr, false);
    return first.is_object() && !first.contains("format");
}

/// The files of one command; keys that several of them share are read once.
class verification {
public:
    explicit verification(const verify_options& options) : options_(options) {}
    [[nodiscard]] verified_file check(const std::string& file);

private:
    offline_check& checker_for(verified_file& one);
    void check_content(line_reader in, verified_file& one);
    void check_lines(line_reader in, std::string line, verified_file& one);
    void check_evidence(const evidence& found, const std::optional<digest>& named,
                        verified_file& one);
    void check_json_evidence(const std::string& text, verified_file& one);
    void check_bytes(const std::string& bytes, verified_file& one);

    const verify_options& options_;
    std::map<std::string, offline_check> checkers_; ///< by key file
};

offline_check& verification::checker_for(verified_file& one) {
    auto found = find_cluster(options_.cluster, one.file);
    if (!found) {
        throw usage_error(fmt::format("{}: no cluster.keys beside it or in the folder above; name "
                                      "the public keys with --keys",
                                      one.file));
    }
    one.keys = found->keys_file.string();
    for (const auto& other : found->others) {
        one.keys += ", " + other.keys_file.string();
    }
    return checkers_.try_emplace(one.keys, std::move(*found)).first->second;
}

void verification::check_evidence(const evidence& found, const std::optional<digest>& named,
                                  verified_file& one) {
    one.kind = "evidence";
    one.things = 1;
    one.says = describe(found);
    auto& checker = checker_for(one);
    if (!named && !checker.cluster().numbers) {
        throw usage_error(fmt::format("{}: this bundle doesn't name its cluster; put the "
                                      "cluster.toml that was written with the keys beside them, or "
                                      "name a configuration with --config",
                                      one.file));
    }
    if (auto wrong = checker.fault_of(found, named)) {
        one.fault(0, std::move(*wrong));
    }
}

void verification::check_json_evidence(const std::string& text, verified_file& one) {
    one.kind = "evidence";
    try {
        const auto read = read_evidence_file(text);
        check_evidence(read.found, read.cluster, one);
    } catch (const evidence_error& wrong) {
        one.things = 1;
        one.fault(0, fmt::format("it is not evidence as byzgate writes it: {}", wrong.what()));
    }
}

void verification::check_bytes(const std::string& bytes, verified_file& one) {
    one.things = 1;
    if (const auto found = decode_evidence(bytes)) {
        check_evidence(*found, std::nullopt, one);
        return;
    }
    const auto certificate = decode_certificate(bytes);
    if (!certificate) {
        one.kind = "unknown";
        one.fault(0, "it is neither evidence nor a certificate nor released records");
        return;
    }
    one.kind = "certificate";
    one.says = fmt::format("Record {}, version {}, may leave: decided in round {} by {} "
                           "lieutenants. Its payload has the digest {}.",
                           certificate->record, certificate->version, number_of(certificate->round),
                           certificate->votes.size(), to_hex(certificate->payload_digest));
    if (auto wrong = checker_for(one).fault_of(*certificate)) {
        one.fault(0, std::move(*wrong));
    }
}

void verification::check_lines(line_reader in, std::string line, verified_file& one) {
    one.kind = "released";
    auto& checker = checker_for(one);
    share_bar bar{one.file};
    for (bool any = !line.empty() || in.next(line); any; any = in.next(line)) {
        ++one.things;
        if (in.too_long()) {
            one.fault(one.things, fmt::format("it is longer than {} MiB, and so than any released "
                                              "record; the file was read up to here",
                                              line_bytes_max >> 20U));
            return;
        }
        if (auto wrong = checker.fault_of_released(line)) {
            one.fault(one.things, std::move(*wrong));
        }
        bar.show_count(fmt::format("{} records", one.things));
    }
    one.says = one.things == 0   ? "no released records: there is nothing in it to check."
               : one.things == 1 ? "1 released record, certified."
                                 : fmt::format("{} released records, each certified.", one.things);
}

void verification::check_content(line_reader in, verified_file& one) {
    std::string line;
    const bool empty = !in.next(line);
    // The recipient's file is empty until something leaves; nothing else ever is.
    if (empty && !one.file.ends_with(".jsonl")) {
        one.kind = "unknown";
        one.things = 1;
        one.fault(0, "it is empty: cut off, or never written");
        return;
    }
    const bool object = line.starts_with('{');
    if (empty || (object && is_released(line))) {
        check_lines(in, std::move(line), one);
        return;
    }
    const bool json = object || line.empty();
    auto text = in.rest(std::move(line), evidence_bytes_max);
    if (json) {
        check_json_evidence(text, one);
        return;
    }
    if (!text.starts_with("byzgate ")) {
        text.erase(text.find_last_not_of(" \t\r\n") + 1);
        text = from_base64(text).value_or("");
    }
    check_bytes(text, one);
}

verified_file verification::check(const std::string& file) {
    verified_file one;
    one.file = file;
    if (std::filesystem::is_directory(file)) {
        throw unreadable_file(file + ": cannot be read: it is a directory");
    }
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        throw unreadable_file(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
    }
    try {
        check_content(line_reader{in}, one);
    } catch (const std::ios_base::failure& failed) {
        throw unreadable_file(fmt::format("{}: cannot be read: {}", file, failed.what()));
    } catch (const std::bad_alloc&) {
        throw unreadable_file(file + ": cannot be checked: there is not enough memory for it");
    }
    return one;
}

nlohmann::ordered_json json_of(const verified_file& one) {
    auto faults = nlohmann::ordered_json::array();
    for (const auto& [line, what] : one.faults) {
        faults.push_back({{"line", line}, {"reason", what}});
    }
    return {{"file", one.file},
            {"kind", one.kind},
            {"valid", one.invalid == 0},
            {"checked", one.things},
            {"invalid", one.invalid},
            {"keys", one.keys},
            {"says", one.invalid == 0 ? one.says : ""},
            {"faults", faults}};
}

void print(const verified_file& one) {
    if (one.invalid == 0) {
        fmt::print("{}: valid. {}\n", one.file, printable(one.says));
        return;
    }
    for (const auto& [line, what] : one.faults) {
        fmt::print("{}{}: INVALID: {}\n", one.file, line > 0 ? fmt::format(":{}", line) : "",
                   printable(what));
    }
    if (one.invalid > one.faults.size()) {
        fmt::print("{}: and {} more\n", one.file, one.invalid - one.faults.size());
    }
    if (one.kind == "released") {
        fmt::print("{}: {} of {} released records do not verify\n", one.file, one.invalid,
                   one.things);
    }
}

int do_verify(const verify_options& options) {
    verification checking{options};
    auto files = nlohmann::ordered_json::array();
    std::uint64_t invalid = 0;
    std::uint64_t unreadable = 0;
    for (const auto& file : options.files) {
        try {
            const auto one = checking.check(file);
            invalid += one.invalid > 0 ? 1 : 0;
            files.push_back(json_of(one));
            if (!options.json) {
                print(one);
            }
        } catch (const unreadable_file& failed) {
            ++unreadable;
            fmt::print(stderr, "byzgate: {}\n", failed.what());
        }
    }
    if (options.json) {
        const nlohmann::ordered_json json = {{"files", files},
                                             {"total", options.files.size()},
                                             {"invalid", invalid},
                                             {"unreadable", unreadable}};
        fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    if (invalid > 0) {
        return exit_broken_promise;
    }
    return unreadable > 0 ? exit_environment : exit_done;
}

} // namespace

void add_verify(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand(
        "verify", "Check evidence, certificates and released records, with public keys only");
    auto options = std::make_shared<verify_options>();
    sub->add_option("FILE", options->files,
                    "Evidence (JSON), released records (JSON Lines) or a certificate")
        ->required();
    sub->add_option("--keys", options->cluster.keys,
                    "The cluster's public keys; left out: cluster.keys beside the file or above; "
                    "again: those of a cluster before it")
        ->type_name("PUBLIC")
        ->allow_extra_args(false);
    sub->add_option("--config", options->cluster.config,
                    "A configuration of the cluster; left out: cluster.toml beside the keys")
        ->type_name("CONFIG");
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_verify(*options); }; });
}

} // namespace byzgate
