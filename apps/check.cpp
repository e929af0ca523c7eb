#include "simulation/check.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/atlas.hpp"
#include "apps/check_behaviors.hpp"
#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/exact_json.hpp"
#include "apps/subcommands.hpp"

namespace byzgate {

namespace {

using json = nlohmann::ordered_json;

struct check_options {
    scenario_options common;
    std::optional<std::uint32_t> faults;
    std::vector<std::string> byzantine;
    int values = 3;
    std::uint32_t recursion = 0;
    std::string budget = "2^32";
    std::string out;
    std::uint32_t jobs = 0;
    bool atlas = false;
    std::optional<std::uint64_t> behaviors; ///< rounds of each combination
};

/// `1000000` or `2^32`.
std::uint64_t strategies_in(const std::string& text) {
    const auto number = [&](std::string_view digits) {
        std::uint64_t n = 0;
        const auto end = digits.data() + digits.size();
        const auto parsed = std::from_chars(digits.data(), end, n);
        if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != end) {
            throw usage_error(
                fmt::format("--budget {}: write a number such as 1000000 or 2^32", text));
        }
        return n;
    };
    const auto hat = text.find('^');
    if (hat == std::string::npos) {
        return number(text);
    }
    const auto base = number(std::string_view{text}.substr(0, hat));
    const auto exponent = number(std::string_view{text}.substr(hat + 1));
    std::uint64_t n = 1;
    for (std::uint64_t i = 0; i < exponent; ++i) {
        if (base != 0 && n > ~std::uint64_t{0} / base) {
            throw usage_error(fmt::format("--budget {}: at most 2^64-1", text));
        }
        n *= base;
        if (n <= 1) {
            break;
        }
    }
    return n;
}

std::vector<server_id> servers_named(const std::vector<std::string>& names,
                                     const cluster_parameters& cluster) {
    std::vector<server_id> servers;
    for (const auto& name : names) {
        const auto id = parse_server_id(name);
        if (!id || !cluster.contains(*id) || !(is_commander(*id) || is_lieutenant(*id))) {
            throw usage_error(fmt::format("--byzantine {}: this cluster has commander-1…{} and "
                                          "lieutenant-1…{}",
                                          name, cluster.commanders, cluster.lieutenants));
        }
        servers.push_back(*id);
    }
    std::sort(servers.begin(), servers.end());
    servers.erase(std::unique(servers.begin(), servers.end()), servers.end());
    return servers;
}

std::string name_of_file(const check_case& one) {
    std::string name;
    for (const auto server : one.byzantine) {
        name += to_string(server) + "+";
    }
    return name + std::string{to_string(one.truth)} + ".json";
}

std::string write_example(const check_case& one, const std::filesystem::path& folder) {
    const auto path = folder / name_of_file(one);
    std::ofstream file{path, std::ios::binary | std::ios::trunc};
    file << format_counterexample(*one.example);
    file.flush();
    if (!file) {
        throw std::runtime_error(path.string() + ": cannot be written");
    }
    return path.string();
}

/// The files by case; none without a folder.
std::vector<std::string> write_examples(const check_result& result, const std::string& folder) {
    std::vector<std::string> files(result.cases.size());
    if (folder.empty()) {
        return files;
    }
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        throw std::runtime_error(folder + ": " + failed.message());
    }
    for (std::size_t i = 0; i < result.cases.size(); ++i) {
        if (result.cases[i].example) {
            files[i] = write_example(result.cases[i], folder);
        }
    }
    return files;
}

json json_of(const check_case& one, const std::string& file) {
    json names = json::array();
    for (const auto server : one.byzantine) {
        names.push_back(to_string(server));
    }
    json broken = json::array();
    for (const auto property : one.broken_promises) {
        broken.push_back(to_string(property));
    }
    const auto in_full = [&](std::uint64_t count) { return exact_json(one.in_full(count)); };
    json out;
    out["byzantine"] = std::move(names);
    out["flag"] = to_string(one.truth);
    out["within_budget"] = one.within_budget;
    out["strategies"] = exact_json(one.strategies.decimal());
    out["explored"] = in_full(one.explored);
    out["sampled"] = one.sampled;
    out["leaks"] = in_full(one.counts.leaks);
    out["leaks_stopped"] = in_full(one.leaks_stopped);
    out["denials"] = in_full(one.counts.denials);
    out["disagreements"] = in_full(one.counts.disagreements);
    out["framings"] = in_full(one.counts.framings);
    out["agreement_violations"] = in_full(one.counts.agreement_violations);
    out["validity_violations"] = in_full(one.counts.validity_violations);
    out["broken_promises"] = std::move(broken);
    out["counterexample"] = file.empty() ? json(nullptr) : json(file);
    return out;
}

void print_table(const check_result& result, const std::vector<std::string>& files) {
    fmt::print("{:<40} {:<13}{:<8}{:>20} {:>12} {:>12} {:>13} {:>10} {:>10} {:>10}\n", "Byzantine",
               "flag", "budget", "strategies", "leaks", "denials", "disagreements", "framings",
               "agreement", "validity");
    for (std::size_t i = 0; i < result.cases.size(); ++i) {
        const auto& one = result.cases[i];
        fmt::print("{:<40} {:<13}{:<8}{:>20} {:>12} {:>12} {:>13} {:>10} {:>10} {:>10}\n",
                   one.byzantine.empty() ? "nobody" : list_of(one.byzantine), to_string(one.truth),
                   one.within_budget ? "within" : "beyond", one.strategies.decimal(),
                   one.in_full(one.counts.leaks), one.in_full(one.counts.denials),
                   one.in_full(one.counts.disagreements), one.in_full(one.counts.framings),
                   one.in_full(one.counts.agreement_violations),
                   one.in_full(one.counts.validity_violations));
        if (one.sampled) {
            fmt::print("  sampled: {} of {} strategies, by the seed; the counts are of these\n",
                       one.explored, one.strategies.decimal());
        }
        if (one.leaks_stopped > 0) {
            fmt::print("  {} of these leaks are votes only: the gate stays shut, for the signed "
                       "public claims that it asks for as well are not there\n",
                       one.leaks_stopped == one.counts.leaks ? "all"
                                                             : one.in_full(one.leaks_stopped));
        }
        for (const auto property : one.broken_promises) {
            fmt::print("  BROKEN PROMISE: {}\n", to_string(property));
        }
        if (!files[i].empty()) {
            fmt::print("  smallest counterexample ({}): {}\n", to_string(one.example->breaks),
                       files[i]);
        }
    }
    fmt::print("\nagreement, validity: strategies by which loyal lieutenants differ about a "
               "commander (IC1),\nor about what a loyal one said (IC2)\n");
    fmt::print("\n{}\n", result.promises_held ? "every promise of section 4 held"
                                              : "A PROMISE OF SECTION 4 WAS BROKEN");
}

std::uint32_t jobs_of(const check_options& options) {
    return options.jobs > 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
}

check_settings settings_of(const check_options& options, const scenario& what) {
    check_settings settings;
    settings.cluster = what.cluster;
    if (!options.byzantine.empty()) {
        settings.byzantine = servers_named(options.byzantine, what.cluster);
    } else {
        settings.faults = options.faults.value_or(1);
    }
    settings.values = options.values;
    settings.recursion = options.recursion;
    settings.budget = strategies_in(options.budget);
    settings.seed = options.common.seed.value_or(what.seed.value_or(1));
    settings.jobs = jobs_of(options);
    return settings;
}

/// What the registered behaviours do in the same seats; nothing if not asked for.
std::vector<behavior_sample> samples_of(const check_options& options,
                                        const check_settings& settings) {
    if (!options.behaviors) {
        return {};
    }
    sample_settings sample;
    sample.cluster = settings.cluster;
    if (settings.byzantine) {
        sample.sets.push_back(*settings.byzantine);
    } else {
        sample.sets = sets_up_to(settings.cluster, settings.faults);
    }
    sample.rounds = *options.behaviors;
    sample.seed = settings.seed;
    sample.jobs = settings.jobs;
    share_bar bar{"sampling behaviours"};
    sample.progress = [&bar](double share) { bar.show(share); };
    try {
        return sample_behaviors(sample);
    } catch (const std::invalid_argument& wrong) {
        throw usage_error(std::string{"--behaviors: "} + wrong.what());
    }
}

int do_check(const check_options& options) {
    if (options.atlas) {
        return do_atlas({options.out, jobs_of(options), options.common.json});
    }
    if (options.common.config.empty()) {
        throw usage_error("check: name a configuration, or --atlas for the table of architectures");
    }
    const auto what = options.common.load();
    auto settings = settings_of(options, what);
    check_result result;
    {
        share_bar bar{"checking " + what.name};
        settings.progress = [&bar](double share) { bar.show(share); };
        try {
            result = check(settings);
        } catch (const std::invalid_argument& wrong) {
            throw usage_error(wrong.what());
        }
    }
    const auto samples = samples_of(options, settings);
    result.promises_held = result.promises_held && promises_held(samples);
    const auto files = write_examples(result, options.out);
    if (options.common.json) {
        json out;
        out["scenario"] = what.name;
        out["protocol"] = to_string(what.cluster.protocol);
        out["depth"] = what.cluster.depth;
        out["commanders"] = what.cluster.commanders;
        out["lieutenants"] = what.cluster.lieutenants;
        out["values"] = options.values;
        out["recursion"] = options.recursion;
        out["seed"] = settings.seed;
        out["promises_held"] = result.promises_held;
        out["cases"] = json::array();
        for (std::size_t i = 0; i < result.cases.size(); ++i) {
            out["cases"].push_back(json_of(result.cases[i], files[i]));
        }
        if (options.behaviors) {
            out["behaviors"] = json_of(samples);
        }
        fmt::print("{}\n", out.dump());
    } else {
        print_table(result, files);
        if (options.behaviors) {
            print_samples(samples);
        }
        fmt::print("seed {}\n", settings.seed);
    }
    return result.promises_held ? exit_done : exit_broken_promise;
}

} // namespace

void add_check(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("check", "Play every strategy of the adversary and count");
    auto options = std::make_shared<check_options>();
    options->common.add_to(*sub);
    auto* faults = sub->add_option("--faults", options->faults,
                                   "All sets of up to so many Byzantine servers (1)");
    sub->add_option("--byzantine", options->byzantine, "This set of Byzantine servers only")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME[,NAME…]")
        ->excludes(faults);
    sub->add_option("--values", options->values, "2: public or confidential; 3: or silence")
        ->check(CLI::IsMember({2, 3}))
        ->capture_default_str();
    sub->add_option("--recursion", options->recursion, "Sub-rounds whose choices count too")
        ->capture_default_str();
    sub->add_option("--budget", options->budget,
                    "Strategies of a case beyond which a seeded sample is taken")
        ->capture_default_str();
    sub->add_option("--out", options->out, "Folder for the smallest counterexamples")
        ->type_name("DIR");
    sub->add_option("--behaviors", options->behaviors,
                    "Play all registered behaviours too, so many rounds each, in the simulator")
        ->check(positive_number())
        ->type_name("ROUNDS");
    sub->add_option("--jobs", options->jobs, "Threads; 0: one per core")->capture_default_str();
    auto* atlas = sub->add_flag("--atlas", options->atlas,
                                "Which architecture survives which liars: no CONFIG; "
                                "with --out DIR as atlas.md, atlas.html and counterexamples");
    sub->get_option("CONFIG")->required(false);
    for (const auto* of_one : {"CONFIG", "--set", "--seed", "--faults", "--byzantine", "--values",
                               "--recursion", "--budget", "--behaviors"}) {
        atlas->excludes(sub->get_option(of_one));
    }
    sub->callback([&todo, options] { todo = [options] { return do_check(*options); }; });
}

} // namespace byzgate
