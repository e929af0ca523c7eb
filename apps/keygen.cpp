#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/subcommands.hpp"
#include "config/parse.hpp"
#include "crypto/key_files.hpp"

namespace byzgate {

namespace {

struct keygen_options {
    std::string config;
    std::vector<std::string> overrides;
    std::string out;
    bool json = false;
};

/// Beside the configuration, as everything that it names: `dual.toml` has its keys in `dual-keys`.
std::filesystem::path directory_of(const keygen_options& options) {
    if (!options.out.empty()) {
        return options.out;
    }
    const std::filesystem::path config{options.config};
    return config.parent_path() / (config.stem().string() + "-keys");
}

int do_keygen(const keygen_options& options) {
    const auto what = load_scenario(options.config, options.overrides);
    const auto directory = directory_of(options);
    const auto keys = fresh_keys(what.name, what.cluster);
    const auto files = write_key_files(directory, keys, format_cluster(what.cluster));
    const auto cluster = to_hex(cluster_digest(keys.all, what.cluster));
    if (options.json) {
        nlohmann::ordered_json json = {{"cluster", keys.all.name},
                                       {"digest", cluster},
                                       {"directory", directory.string()},
                                       {"files", nlohmann::ordered_json::array()}};
        for (const auto& file : files) {
            json["files"].push_back(file.filename().string());
        }
        fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return exit_done;
    }
    for (const auto& file : files) {
        const bool for_all = file.extension() != ".key";
        fmt::print("{}  {}\n", file.string(),
                   for_all ? "public: give it to every server" : "secret: for this server alone");
    }
    fmt::print("The cluster's digest: {}\n", cluster);
    return exit_done;
}

} // namespace

void add_keygen(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("keygen", "Make keys for every server of a configuration");
    auto options = std::make_shared<keygen_options>();
    sub->add_option("CONFIG", options->config, "Configuration file (TOML)")->required();
    sub->add_option("--set", options->overrides,
                    "Override a configuration key, e.g. cluster.lieutenants=4")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    sub->add_option("--out", options->out,
                    "Directory, made if it does not exist; left out: CONFIG's name and -keys")
        ->type_name("DIR");
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_keygen(*options); }; });
}

} // namespace byzgate
