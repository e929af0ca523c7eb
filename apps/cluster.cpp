// All processes of a configuration on this machine, for trials: made ready, started, watched, and
// ended together.
#include <cerrno>
#include <cstring>
#include <ctime>
#include <deque>
#include <filesystem>
#include <limits>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "actors/key_rounds.hpp"
#include "actors/node_process.hpp"
#include "apps/child_process.hpp"
#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/link_problems.hpp"
#include "apps/subcommands.hpp"
#include "config/parse.hpp"
#include "crypto/key_files.hpp"
#include "net/certificate_files.hpp"

namespace byzgate {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using json = nlohmann::json;
using ordered_json = nlohmann::ordered_json;
using steady = std::chrono::steady_clock;

/// How long a process has to end by itself.
constexpr auto patience = 3s;

struct cluster_command_options {
    scenario_options common;
};

/// A directory that goes with the object.
class temporary_folder {
public:
    temporary_folder() {
        auto name = (fs::temp_directory_path() / "byzgate-cluster-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error(name + ": could not be made: " + std::strerror(errno));
        }
        path_ = name;
    }
    ~temporary_folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    [[nodiscard]] const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

class trial {
public:
    explicit trial(const cluster_command_options& options) : options_(options) {
        what_ = options.common.load();
        arguments_ = options.common.overrides;
        prepare();
    }
    ~trial() { end_all(); }
    trial(const trial&) = delete;
    trial& operator=(const trial&) = delete;

    int run();

private:
    void prepare();
    void set(const std::string& key, const fs::path& value);
    void make_keys(const fs::path& dir);
    /// Where the process of that number shows its figures: all can't have one port.
    [[nodiscard]] std::optional<std::string> own_figures(std::size_t number) const;
    void start(const placed_process& process);
    void reap();
    void end_all();
    void show();
    void show_json(const child_process& of) const;
    [[nodiscard]] std::string table() const;
    [[nodiscard]] std::string problems();

    const cluster_command_options& options_;
    scenario what_;
    std::vector<std::string> arguments_; ///< overrides for all processes
    std::optional<temporary_folder> temporary_;
    std::deque<child_process> children_;
    link_problems problems_;
    std::string shown_;
    bool on_terminal_ = isatty(STDOUT_FILENO) != 0;
};

void trial::set(const std::string& key, const fs::path& value) {
    arguments_.push_back(fmt::format("{}={}", key, json(fs::absolute(value).string()).dump()));
}

void trial::make_keys(const fs::path& dir) {
    if (!fs::exists(dir / cluster_key_file_name)) {
        write_key_files(
            dir, fresh_keys(is_cluster_name(what_.name) ? what_.name : "cluster", what_.cluster),
            format_cluster(what_.cluster));
        fmt::print(stderr, "made keys in {}\n", dir.string());
    }
    if (!fs::exists(dir / authority_file_name)) {
        write_certificates(dir, what_.name, what_.cluster,
                           static_cast<std::uint64_t>(std::time(nullptr)));
    }
}

/// What a trial needs and the configuration doesn't name goes into a directory that is gone after.
void trial::prepare() {
    if (!what_.state_dir) {
        temporary_.emplace();
        what_.state_dir = temporary_->path() / "state";
        set("state.dir", *what_.state_dir);
    }
    fs::create_directories(*what_.state_dir);
    if (what_.external_party.output == external_party_output::none) {
        set("external_party.output", *what_.state_dir / "released.jsonl");
    }
    if (!what_.keys_dir) {
        const auto dir = keys_dir_of(what_);
        what_.keys_dir = fs::exists(dir / cluster_key_file_name) ? dir : *what_.state_dir / "keys";
        set("keys.dir", *what_.keys_dir);
    }
    make_keys(*what_.keys_dir);
    if (temporary_ && what_.cluster.is_signed() && !is_writable(*what_.keys_dir)) {
        throw std::runtime_error(fmt::format(
            "[keys] dir {}: can't be written to, and there is no [state] dir: the next trial with "
            "these keys would number its rounds anew, and loyal servers would contradict what they "
            "signed; name a [state] dir",
            what_.keys_dir->string()));
    }
    if (!options_.common.seed && !what_.seed) {
        arguments_.push_back(fmt::format("seed={}", fresh_seed()));
    }
}

std::optional<std::string> trial::own_figures(std::size_t number) const {
    const auto at = what_.metrics_listen ? parse_address(*what_.metrics_listen) : std::nullopt;
    if (!at) {
        return std::nullopt; // nowhere, or at a port that the system chooses
    }
    const auto port = at->port + number;
    if (port > std::numeric_limits<std::uint16_t>::max()) {
        throw usage_error(
            fmt::format("metrics.listen = \"{}\": the processes get this port and the "
                        "next ones, and there are too few above it",
                        *what_.metrics_listen));
    }
    const bool v6 = at->host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", v6 ? "[" : "", at->host, v6 ? "]" : "", port);
}

void trial::start(const placed_process& process) {
    // Warnings were said once, for all.
    std::vector<std::string> arguments{"node",   options_.common.config, "--id", process.name,
                                       "--json", "--no-warnings"};
    if (options_.common.seed) {
        arguments.push_back("--seed");
        arguments.push_back(std::to_string(*options_.common.seed));
    }
    for (const auto& one : arguments_) {
        arguments.push_back("--set");
        arguments.push_back(one);
    }
    if (const auto figures = own_figures(children_.size())) {
        arguments.push_back("--metrics");
        arguments.push_back(*figures);
    }
    children_.emplace_back(process.name, std::move(arguments));
}

void trial::reap() {
    for (auto& one : children_) {
        if (one.reap()) {
            show_json(one);
        }
    }
}

void trial::end_all() {
    for (const auto& one : children_) {
        one.terminate();
    }
    const auto until = steady::now() + patience;
    const auto any_running = [this] {
        return std::any_of(children_.begin(), children_.end(),
                           [](const child_process& one) { return one.running(); });
    };
    while (any_running() && steady::now() < until) {
        reap();
        ::usleep(10'000);
    }
    for (auto& one : children_) {
        if (one.running()) {
            fmt::print(stderr, "{} did not end in time and is killed\n", one.name());
            one.kill();
        }
    }
}

void trial::show_json(const child_process& of) const {
    if (!options_.common.json) {
        return;
    }
    ordered_json line{{"process", of.name()}, {"state", of.state()}};
    if (of.running()) {
        line["pid"] = of.pid();
    }
    for (const auto& [key, value] : of.last().items()) {
        if (key != "process") {
            line[key] = value;
        }
    }
    fmt::print("{}\n", line.dump());
    std::fflush(stdout);
}

std::string trial::table() const {
    const auto number = [](const child_process& of, const char* name) {
        return of.last().is_object() ? of.last().value(name, std::uint64_t{0}) : 0;
    };
    auto text = fmt::format("{:<18} {:>8} {:<12} {:>7} {:>9} {:>9} {:>9} {:>9}\n", "process", "pid",
                            "state", "links", "connects", "rounds", "released", "refused");
    for (const auto& one : children_) {
        text += fmt::format("{:<18} {:>8} {:<12} {:>7} {:>9} {:>9} {:>9} {:>9}\n", one.name(),
                            one.running() ? std::to_string(one.pid()) : "-", one.state(),
                            fmt::format("{}/{}", number(one, "up"), number(one, "links")),
                            number(one, "connects"), number(one, "rounds"), number(one, "released"),
                            number(one, "refused"));
    }
    return text;
}

std::string trial::problems() {
    problems_.begin();
    const auto now = steady::now();
    for (const auto& one : children_) {
        if (one.running() && one.last().is_object() && one.last().contains("down")) {
            for (const auto& link : one.last()["down"]) {
                problems_.add(link, now);
            }
        }
    }
    return problems_.take(now);
}

void trial::show() {
    if (options_.common.json) {
        return;
    }
    const auto wrong = problems();
    // Not on a terminal: only when a state changes, so that a log stays short.
    auto now = table();
    std::string key = now;
    if (!on_terminal_) {
        key.clear();
        for (const auto& one : children_) {
            const bool linked = one.last().is_object() && one.last().value("up", 0) > 0
                                && one.last()["down"].empty();
            key += fmt::format("{} {}\n", one.state(), linked);
        }
    }
    if (key == shown_ && wrong.empty()) {
        return;
    }
    if (on_terminal_ && !shown_.empty()) {
        fmt::print("\033[{}A\033[J", children_.size() + 1);
    }
    shown_ = std::move(key);
    fmt::print("{}{}", wrong, now);
    std::fflush(stdout);
}

int trial::run() {
    const interruption stop;
    if (temporary_) {
        fmt::print(stderr,
                   "state, keys and released records are in {} until this ends; ask with\n"
                   "byzgate release {} --all --set keys.dir={}\n",
                   what_.state_dir->string(), options_.common.config, what_.keys_dir->string());
    }
    for (const auto& process : processes_of(what_.placement, what_.cluster)) {
        start(process);
    }
    bool failed = false;
    while (!stop.flag()) {
        std::vector<pollfd> watched;
        for (const auto& one : children_) {
            if (one.output() >= 0) {
                watched.push_back({one.output(), POLLIN, 0});
            }
        }
        ::poll(watched.data(), watched.size(), 100);
        for (const auto& ready : watched) {
            const auto of =
                std::find_if(children_.begin(), children_.end(),
                             [&](const child_process& one) { return one.output() == ready.fd; });
            if (ready.revents != 0 && of != children_.end()) {
                of->read([&] { show_json(*of); });
            }
        }
        reap();
        show();
        failed = std::none_of(children_.begin(), children_.end(),
                              [](const child_process& one) { return one.running(); });
        if (failed) {
            break;
        }
    }
    end_all();
    show();
    for (const auto& one : children_) {
        failed = failed || one.failed();
    }
    return failed ? exit_environment : exit_done;
}

int do_cluster(const cluster_command_options& options) {
    trial all{options};
    return all.run();
}

} // namespace

void add_cluster(CLI::App& app, subcommand_action& todo) {
    auto* sub =
        app.add_subcommand("cluster", "Run all processes of a configuration on this machine");
    auto options = std::make_shared<cluster_command_options>();
    options->common.add_to(*sub);
    sub->get_option("--json")->description("Print what each process says of itself as JSON lines");
    sub->callback([&todo, options] { todo = [options] { return do_cluster(*options); }; });
}

} // namespace byzgate
