// What section 4 of docs/protocol.md does not promise for a configuration, in plain words.
#include <algorithm>

#include <fmt/format.h>

#include "config/scenario.hpp"
#include "protocol/promises.hpp"
#include "protocol/words.hpp"

namespace byzgate {

namespace {

using sentences = std::vector<std::string>;

std::string count_of(std::uint64_t number, std::string_view what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

/// Who is Byzantine in some round; one that only ever plays `loyal` isn't.
std::vector<server_id> byzantine_servers(const scenario& s) {
    std::vector<server_id> all;
    for (const auto& entry : s.byzantine) {
        if (entry.behavior != "loyal") {
            all.push_back(entry.server);
        }
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

void warn_of_budget(const scenario& s, sentences& out) {
    const auto servers = byzantine_servers(s);
    present_faults present;
    std::string names;
    for (const auto server : servers) {
        ++(is_commander(server) ? present.bc : present.bl);
        names += names.empty() ? "" : ", ";
        names += to_string(server);
    }
    const auto& budget = s.cluster.tolerate;
    if (!promised(s.cluster, present).within_budget) {
        out.push_back(fmt::format("more servers are Byzantine ({}) than this cluster is meant to "
                                  "tolerate ({}, {}, {} in all): confidential records may leak",
                                  names, count_of(budget.commanders, "commander"),
                                  count_of(budget.lieutenants, "lieutenant"), budget.total));
    }
}

void warn_of_lieutenants(const cluster_parameters& cluster, sentences& out) {
    const std::uint64_t fl = cluster.tolerate.lieutenants;
    const std::uint64_t m = cluster.depth;
    if (cluster.lieutenants < 2 * fl + 1) {
        out.push_back(fmt::format("{} can't outvote {} Byzantine among them (that takes {}): "
                                  "confidential records may leak",
                                  count_of(cluster.lieutenants, "lieutenant"), fl, 2 * fl + 1));
    }
    if (cluster.protocol != protocol_kind::oral) {
        return;
    }
    const std::uint64_t generals = cluster.generals();
    const auto bound = fmt::format("oral messages at depth {} among {}, {} of them Byzantine", m,
                                   count_of(cluster.lieutenants, "lieutenant"), fl);
    if (generals < 2 * fl + m) {
        out.push_back(fmt::format("{}: confidential records may leak; that takes {} lieutenants, "
                                  "and one more not to deny public ones",
                                  bound, 2 * fl + m - 1));
    } else if (generals == 2 * fl + m) {
        out.push_back(fmt::format("{}: some public records may be denied and a loyal commander "
                                  "convicted; one lieutenant more prevents it",
                                  bound));
    }
    if (m < fl) {
        out.push_back(fmt::format("depth {} is less than {} tolerated: with more than {} "
                                  "Byzantine, the lieutenants may not find out what a loyal "
                                  "commander said (validity takes depth {})",
                                  m, count_of(fl, "lieutenant"), m, fl));
    }
    if (generals <= 3 * m) {
        out.push_back(fmt::format("OM({}) reaches agreement among more than {} servers only, here "
                                  "are {} (a commander and {}): loyal lieutenants may disagree",
                                  m, 3 * m, generals, count_of(cluster.lieutenants, "lieutenant")));
    }
}

void warn_of_commanders(const cluster_parameters& cluster, sentences& out) {
    const std::uint64_t fc = cluster.tolerate.commanders;
    const std::uint64_t k = cluster.commanders;
    if (k <= fc) {
        out.push_back(fmt::format("nothing can be released while no commander is convicted: that "
                                  "takes {} which say public, here are {}",
                                  count_of(fc + 1, "commander"), k));
    } else if (k < 2 * fc + 1) {
        out.push_back(fmt::format("a Byzantine commander can keep public records from being "
                                  "released until it is convicted (availability takes {} "
                                  "commanders, here are {})",
                                  2 * fc + 1, k));
    }
    const auto reporters = cluster.reporters_when_comparable();
    if (cluster.protocol == protocol_kind::oral && k > 1
        && reporters <= cluster.tolerate.lieutenants) {
        out.push_back(fmt::format("convictions for one record take {} a claim and assume that "
                                  "messages come in time (phase_timeout_ms)",
                                  count_of(reporters, "reporter")));
    }
}

} // namespace

std::vector<std::string> warnings(const scenario& s) {
    sentences all;
    warn_of_budget(s, all);
    warn_of_lieutenants(s.cluster, all);
    warn_of_commanders(s.cluster, all);
    if (holds_password(s.database.url)) {
        all.push_back("database.url holds a password, which every server that has this file has "
                      "too; leave it out, and give commanders a file that PGPASSFILE names");
    }
    return all;
}

} // namespace byzgate
