#include "storage/import.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/subcommands.hpp"

namespace byzgate {

namespace {

struct import_options {
    import_settings settings;
    std::string payload;
    bool json = false;
};

int do_import(import_options& options) {
    if (!options.payload.empty()) {
        options.settings.payload_column = options.payload;
    }
    const auto& file = options.settings.db_path;
    if (file.starts_with("postgresql:") || file.starts_with("postgres:")) {
        throw usage_error("--db: an import fills SQLite files only; load records into PostgreSQL "
                          "with COPY, and name the table in [database]");
    }
    const auto done = import_csv(options.settings);
    const auto confidential = done.records - done.public_records;
    if (options.json) {
        const nlohmann::ordered_json json = {{"database", options.settings.db_path},
                                             {"records", done.records},
                                             {"public", done.public_records},
                                             {"confidential", confidential},
                                             {"inserted", done.inserted},
                                             {"updated", done.updated},
                                             {"unchanged", done.unchanged},
                                             {"not_in_csv", done.not_in_csv}};
        fmt::print("{}\n", json.dump());
        return exit_done;
    }
    fmt::print("{}: {} records, {} public, {} confidential\n", options.settings.db_path,
               done.records, done.public_records, confidential);
    fmt::print("{} new, {} changed (with a new version), {} as they were\n", done.inserted,
               done.updated, done.unchanged);
    if (done.not_in_csv > 0) {
        fmt::print("{} records of the database are not in this CSV; they stay as they are\n",
                   done.not_in_csv);
    }
    return exit_done;
}

} // namespace

void add_import(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("import", "Load records from a CSV file into a database");
    auto options = std::make_shared<import_options>();
    auto& settings = options->settings;
    sub->add_option("CSV", settings.csv_path, "The file, as RFC 4180 has it, with a header line")
        ->required();
    sub->add_option("--db", settings.db_path, "The SQLite database, made if it does not exist")
        ->required()
        ->type_name("FILE");
    sub->add_option("--id", settings.id_column, "Column with the id")->required()->type_name("COL");
    sub->add_option("--flag", settings.flag_column, "Column that says what is public")
        ->required()
        ->type_name("COL");
    sub->add_option("--public", settings.public_values,
                    "What it says there; anything else is confidential")
        ->required()
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("VALUE[,VALUE…]");
    sub->add_option("--payload", options->payload, "Column to release; left out: the row as JSON")
        ->type_name("COL");
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_import(*options); }; });
}

} // namespace byzgate
