#include "apps/command_line.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "apps/common.hpp"
#include "apps/subcommands.hpp"
#include "behaviors/registry.hpp"
#include "config/parse.hpp"
#include "crypto/keys.hpp"
#include "protocol/words.hpp"
#include "storage/import.hpp"
#include "storage/signing_log.hpp"

namespace byzgate {

namespace {

int say(int code, const std::exception& what) {
    fmt::print(stderr, "byzgate: {}\n", what.what());
    return code;
}

/// The exit code, once all of stdout is where it belongs: a result that got lost is none.
int written(int code) {
    const bool flushed = std::fflush(stdout) == 0;
    const int why = errno;
    if (flushed && std::ferror(stdout) == 0) {
        return code;
    }
    // What failed before this was told by whoever wrote, and errno has been others' since.
    fmt::print(stderr, "byzgate: stdout: {}\n",
               flushed ? "not all of it could be written"
                       : fmt::format("could not be written: {}", std::strerror(why)));
    return code == exit_done ? exit_environment : code;
}

std::string behaviors_list() {
    std::string text = "Behaviours for [[byzantine]]:\n";
    for (const auto& known : known_behaviors()) {
        text += fmt::format("  {:<20} {}\n", known.name, known.summary);
    }
    return text + "\n";
}

/// `broken`: what exit code 3 says; empty for what never ends with it.
std::string exit_codes(std::string_view broken) {
    return "Exit codes: 0 done, 1 the environment failed, 2 bad usage or configuration"
           + (broken.empty() ? std::string{"."} : fmt::format(",\n3 {}.", broken));
}

/// What ends a page of help: the lies to choose from where a configuration is played, exit codes.
void end_help(CLI::App& app) {
    struct ending {
        std::string_view name;
        bool plays;
        std::string_view broken;
    };
    static constexpr std::string_view unsafe =
        "something leaked, was corrupted or framed, or a promised property failed";
    static constexpr std::array endings{
        ending{"run", true, unsafe},
        ending{"simulate", true, unsafe},
        ending{"stress", true, unsafe},
        ending{"check", false, "a promised property failed"},
        ending{"scenarios", false, "an [expect] differs"},
        ending{"replay", false, "another outcome than the recorded one"},
        ending{"verify", false, "something does not verify"},
        ending{"ledger", false, "something does not verify"},
        ending{"node", true, ""},
        ending{"cluster", true, ""},
    };
    app.footer(behaviors_list() + exit_codes("a broken promise: each command's --help says which"));
    for (auto* sub : app.get_subcommands([](CLI::App*) { return true; })) {
        sub->footer(exit_codes(""));
    }
    for (const auto& end : endings) {
        app.get_subcommand(std::string{end.name})
            ->footer((end.plays ? behaviors_list() : std::string{}) + exit_codes(end.broken));
    }
}

/// CLI11 says of an unknown subcommand only that one is required.
void expect_known_subcommand(const CLI::App& app, const std::string& name) {
    std::vector<std::string> known;
    for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        known.push_back(sub->get_name());
    }
    if (name.starts_with('-') || std::find(known.begin(), known.end(), name) != known.end()) {
        return;
    }
    const auto meant = nearest(name, known);
    throw usage_error(fmt::format(
        "unknown subcommand {}; {}; byzgate --help says what they do", name,
        meant ? fmt::format("did you mean {}?", *meant) : "there are " + enumerated(known)));
}

/// A path that a script left empty is a mistake, never a way to leave the option out.
void refuse_empty_paths(CLI::App& app) {
    const CLI::Validator not_empty{
        [](const std::string& text) {
            return text.empty() ? std::string{"is empty; write a path or name, or leave it out"}
                                : std::string{};
        },
        ""};
    for (auto* sub : app.get_subcommands([](CLI::App*) { return true; })) {
        for (auto* option : sub->get_options()) {
            const auto type = option->get_type_name();
            if (option->get_positional() || type == "FILE" || type == "DIR" || type == "PUBLIC"
                || type == "CONFIG" || type == "SERVER") {
                option->check(not_empty);
            }
        }
    }
}

int parse_and_do(int argc, const char* const* argv) {
    CLI::App app;
    subcommand_action todo;
    describe_command(app, todo);
    if (argc > 1) {
        expect_known_subcommand(app, argv[1]);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        // Help and version come as "errors" with code 0.
        return app.exit(wrong) == 0 ? exit_done : exit_usage;
    }
    return todo();
}

} // namespace

void describe_command(CLI::App& app, subcommand_action& todo) {
    app.name("byzgate");
    app.description("A Byzantine-fault-tolerant gate for confidential data");
    app.set_version_flag("--version", "byzgate " BYZGATE_VERSION);
    app.require_subcommand(1);
    add_run(app, todo);
    add_scenarios(app, todo);
    add_stress(app, todo);
    add_import(app, todo);
    add_simulate(app, todo);
    add_check(app, todo);
    add_replay(app, todo);
    add_report(app, todo);
    add_keygen(app, todo);
    add_verify(app, todo);
    add_ledger(app, todo);
    add_node(app, todo);
    add_cluster(app, todo);
    add_release(app, todo);
    refuse_empty_paths(app);
    end_help(app);
}

int command_line(int argc, const char* const* argv) noexcept {
    try {
        return written(parse_and_do(argc, argv));
    } catch (const usage_error& wrong) {
        return say(exit_usage, wrong);
    } catch (const config_error& wrong) {
        return say(exit_usage, wrong);
    } catch (const behavior_error& wrong) {
        return say(exit_usage, wrong);
    } catch (const key_error& wrong) {
        return say(exit_usage, wrong);
    } catch (const import_error& wrong) {
        return say(exit_usage, wrong);
    } catch (const wrong_log_error& wrong) {
        return say(exit_usage, wrong);
    } catch (const mapping_error& wrong) {
        fmt::print(stderr, "byzgate: [database] {}: {}\n", wrong.key(), wrong.what());
        return exit_usage;
    } catch (const std::exception& failed) {
        return say(exit_environment, failed);
    }
}

} // namespace byzgate
