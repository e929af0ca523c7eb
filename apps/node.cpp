#include "actors/log.hpp"
#include "actors/node_process.hpp"

#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/monitoring.hpp"
#include "apps/subcommands.hpp"

namespace byzgate {

namespace {

using namespace std::chrono_literals;

struct node_options {
    scenario_options common;
    std::string id;
    std::optional<std::string> metrics;
    bool no_warnings = false;
};

/// Answers /healthz from threads of its own, before there is a process and after.
class health_check {
public:
    void watch(const node_process* process) {
        const std::lock_guard lock{mutex_};
        process_ = process;
    }
    health operator()() const {
        const std::lock_guard lock{mutex_};
        if (process_ == nullptr) {
            return {{"starting or ending"}, {}};
        }
        health now;
        std::uint64_t up = 0;
        for (const auto& link : process_->status().links) {
            up += link.up ? 1 : 0;
            if (!link.up && !is_operator(link.peer)) {
                now.problems.push_back(fmt::format("no link to {}{}{}", to_string(link.peer),
                                                   link.problem.empty() ? "" : ": ", link.problem));
            }
        }
        for (const auto& failed : process_->failures()) {
            now.problems.push_back("within the last minute: " + failed);
        }
        now.figures.emplace_back("links_up", up);
        return now;
    }

private:
    mutable std::mutex mutex_;
    const node_process* process_ = nullptr;
};

std::string state_line(const placed_process& here, const node_status& now) {
    nlohmann::ordered_json line{{"process", here.name}, {"servers", nlohmann::json::array()}};
    for (const auto server : here.servers) {
        line["servers"].push_back(to_string(server));
    }
    std::uint64_t up = 0;
    std::uint64_t connects = 0;
    auto down = nlohmann::ordered_json::array();
    for (const auto& link : now.links) {
        up += link.up ? 1 : 0;
        connects += link.connects;
        if (!link.up && !is_operator(link.peer)) {
            down.push_back({{"from", to_string(link.local)},
                            {"to", to_string(link.peer)},
                            {"why", link.problem}});
        }
    }
    line["links"] = up + down.size();
    line["up"] = up;
    line["connects"] = connects;
    line["down"] = std::move(down);
    line["rounds"] = now.rounds;
    line["released"] = now.released;
    line["withheld"] = now.withheld;
    line["unresolved"] = now.unresolved;
    line["requests"] = now.requests;
    line["messages"] = now.messages;
    std::uint64_t refused = now.unroutable;
    for (const auto count : now.refusals) {
        refused += count;
    }
    line["refused"] = refused;
    return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

placed_process process_of(const scenario& what, const std::string& id) {
    const auto all = processes_of(what.placement, what.cluster);
    if (const auto* found = find_process(all, id)) {
        return *found;
    }
    std::string known;
    for (const auto& process : all) {
        known += (known.empty() ? "" : ", ") + process.name;
    }
    throw usage_error(
        fmt::format("--id {}: there is no such process or server; there are {}", id, known));
}

int do_node(const node_options& options) {
    node_process_settings settings;
    // Where they are to go is known only when all is read.
    std::vector<std::string> warnings;
    settings.what =
        options.common.load([&warnings](const std::string& one) { warnings.push_back(one); });
    settings.here = process_of(settings.what, options.id);
    const bool has_commander =
        std::any_of(settings.here.servers.begin(), settings.here.servers.end(), is_commander);
    if (has_commander && settings.what.database.kind == database_kind::memory
        && !options.common.seed && !settings.what.seed) {
        throw usage_error("the records of \"memory:\" are made up by the seed, which all "
                          "commanders must have alike; write seed = N in the configuration");
    }
    if (!has_commander) {
        settings.what.database = {}; // Where it is, and who may open it, is none of its business.
    }
    settings.seed = options.common.seed_for(settings.what);
    health_check check;
    monitoring shown{settings.what, options.metrics, [&check] { return check(); }};
    settings.figures = shown.figures();
    std::mutex saying;
    settings.on_log = [&saying, name = settings.here.name, logged = settings.what.log.has_value()](
                          bool warning, const std::string& line) {
        if (logged) {
            log_event(warning ? log_level::warning : log_level::info, "link", {{"what", line}});
            return;
        }
        const std::lock_guard lock{saying};
        // Of a server that has the process's name the line says so itself.
        const bool named = line.rfind(name + ": ", 0) == 0;
        fmt::print(stderr, "{}{}\n", named ? "" : name + ": ", line);
    };
    settings.on_failure = [says = settings.on_log,
                           logged = settings.what.log.has_value()](const std::string& failed) {
        if (logged) {
            log_event(log_level::error, "failure", {{"what", failed}});
        } else {
            says(true, failed);
        }
    };
    if (options.no_warnings) {
        warnings.clear();
    }
    for (const auto& warning : warnings) {
        if (settings.what.log) {
            log_event(log_level::warning, "configuration", {{"what", warning}});
        } else {
            say_warning(warning);
        }
    }
    const auto here = settings.here;
    const interruption stop;
    node_process process{std::move(settings)};
    check.watch(&process);
    auto next = std::chrono::steady_clock::now();
    while (!stop.flag() && process.failure().empty()) {
        if (options.common.json && std::chrono::steady_clock::now() >= next) {
            fmt::print("{}\n", state_line(here, process.status()));
            if (std::fflush(stdout) != 0) {
                break; // Whoever watched is gone.
            }
            next += 500ms;
        }
        std::this_thread::sleep_for(50ms);
    }
    check.watch(nullptr);
    process.stop();
    if (!process.failure().empty()) {
        throw std::runtime_error(process.failure());
    }
    return exit_done;
}

} // namespace

void add_node(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("node", "Run one process of a cluster");
    auto options = std::make_shared<node_options>();
    options->common.add_to(*sub);
    sub->get_option("--json")->description("Print the process's state as a line of JSON, twice a "
                                           "second");
    sub->add_option("--id", options->id, "The process of [placement], or a server that lives in it")
        ->required()
        ->type_name("NAME");
    add_metrics_option(*sub, options->metrics);
    sub->add_flag("--no-warnings", options->no_warnings,
                  "Leave out the warnings about the configuration");
    sub->callback([&todo, options] { todo = [options] { return do_node(*options); }; });
}

} // namespace byzgate
