/// Every subcommand, one file each. `add_…` describes it to CLI11 and, when it was chosen, leaves
/// in `todo` what is to be done; that returns the exit code.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace byzgate {

using subcommand_action = std::function<int()>;

/// The whole command line: every subcommand with its options.
void describe_command(CLI::App& app, subcommand_action& todo);

void add_run(CLI::App& app, subcommand_action& todo);
void add_scenarios(CLI::App& app, subcommand_action& todo);
void add_stress(CLI::App& app, subcommand_action& todo);
void add_simulate(CLI::App& app, subcommand_action& todo);
void add_check(CLI::App& app, subcommand_action& todo);
void add_replay(CLI::App& app, subcommand_action& todo);
void add_report(CLI::App& app, subcommand_action& todo);
void add_import(CLI::App& app, subcommand_action& todo);
void add_keygen(CLI::App& app, subcommand_action& todo);
void add_verify(CLI::App& app, subcommand_action& todo);
void add_ledger(CLI::App& app, subcommand_action& todo);
void add_node(CLI::App& app, subcommand_action& todo);
void add_cluster(CLI::App& app, subcommand_action& todo);
void add_release(CLI::App& app, subcommand_action& todo);

} // namespace byzgate
