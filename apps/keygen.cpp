#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/keygen_certificates.hpp"
#include "apps/subcommands.hpp"
#include "config/parse.hpp"
#include "crypto/key_files.hpp"

namespace byzgate {

namespace {

struct keygen_options {
    std::string config;
    std::vector<std::string> overrides;
    std::string out;
    std::string renew;
    std::string revoke;
    bool certificates = false;
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

/// The files, and the cluster's digest where keys were made.
int show(const keygen_options& options, const std::string& cluster,
         const std::vector<std::filesystem::path>& files, const std::string& digest) {
    if (options.json) {
        nlohmann::ordered_json json = {{"cluster", cluster},
                                       {"digest", digest},
                                       {"directory", directory_of(options).string()},
                                       {"files", nlohmann::ordered_json::array()}};
        if (digest.empty()) {
            json.erase("digest");
        }
        for (const auto& file : files) {
            json["files"].push_back(file.filename().string());
        }
        fmt::print("{}\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        return exit_done;
    }
    for (const auto& file : files) {
        fmt::print("{}  {}\n", file.string(), use_of_file(file));
    }
    if (!digest.empty()) {
        fmt::print("The cluster's digest: {}\n", digest);
    }
    return exit_done;
}

int do_keygen(const keygen_options& options) {
    const auto what = load_scenario(options.config, options.overrides);
    const auto directory = directory_of(options);
    if (!options.renew.empty()) {
        return show(options, what.name, renew_certificate_of(options.renew, directory, what), {});
    }
    if (!options.revoke.empty()) {
        return show(options, what.name, revoke_certificate_of(options.revoke, directory, what), {});
    }
    std::vector<std::filesystem::path> files;
    if (options.certificates) {
        make_certificates(directory, what, files);
        return show(options, what.name, files, {});
    }
    const auto keys = fresh_keys(what.name, what.cluster);
    files = write_key_files(directory, keys, format_cluster(what.cluster));
    make_certificates(directory, what, files);
    return show(options, what.name, files, to_hex(cluster_digest(keys.all, what.cluster)));
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
    auto* renew = sub->add_option("--renew", options->renew,
                                  "Replace this server's certificate and TLS key (or those of "
                                  "'operator') by fresh ones; needs ca.key");
    renew->type_name("SERVER");
    auto* revoke = sub->add_option("--revoke", options->revoke,
                                   "Write every certificate that this server (or 'operator') had "
                                   "into ca.crl, and make it a new one; needs ca.key");
    revoke->type_name("SERVER")->excludes(renew);
    sub->add_flag("--certificates", options->certificates,
                  "Make only a CA and certificates, beside keys that exist")
        ->excludes(renew)
        ->excludes(revoke);
    sub->add_flag("--json", options->json, "Print one JSON object on stdout and nothing else");
    sub->callback([&todo, options] { todo = [options] { return do_keygen(*options); }; });
}

} // namespace byzgate
