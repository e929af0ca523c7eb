// [cluster], [limits] and [convictions].
#include "config/readers.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace byzgate {

namespace {

/// An index within a role has 16 bits.
constexpr std::uint32_t servers_max = 65'535;
constexpr std::uint32_t recursion_max = 1'000;
/// A share's index is a number of one byte that isn't 0.
constexpr std::uint32_t sealed_lieutenants_max = 255;
constexpr std::uint32_t timeout_ms_max = 3'600'000;
/// Relays of one commander in one round beyond which a round is hopeless, not large.
constexpr std::uint64_t oral_messages_max = 5'000'000;

void read_protocol(table_reader& table, cluster_parameters& cluster) {
    const auto name = table.one_of("protocol", {"oral", "signed"});
    if (!name) {
        return;
    }
    cluster.protocol = *name == "oral" ? protocol_kind::oral : protocol_kind::signed_;
}

std::string count_of(std::uint32_t number, const char* what) {
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

void read_depth(table_reader& table, cluster_parameters& cluster) {
    const auto lieutenants = cluster.lieutenants;
    // One lieutenant has nobody to exchange anything with.
    cluster.depth = std::min<std::uint32_t>(1, lieutenants - 1);
    if (!table.whole_into(cluster.depth, "depth", 0, servers_max)) {
        return;
    }
    if (cluster.depth > lieutenants - 1) {
        table.reject("depth", fmt::format("{} is more than {} can carry: every relay is by "
                                          "another one; write at most {}",
                                          cluster.depth, count_of(lieutenants, "lieutenant"),
                                          lieutenants - 1));
        return;
    }
    if (cluster.protocol != protocol_kind::oral) {
        return;
    }
    const auto messages = oral_message_count(cluster.generals(), cluster.depth);
    if (messages > oral_messages_max) {
        auto possible = cluster.depth;
        while (possible > 0
               && oral_message_count(cluster.generals(), possible) > oral_messages_max) {
            --possible;
        }
        const std::string cure =
            oral_message_count(cluster.generals(), possible) > oral_messages_max
                ? "write fewer lieutenants"
                : fmt::format("write depth = {} or fewer lieutenants", possible);
        table.reject("depth",
                     fmt::format("OM({}) among {} takes {} messages a commander and round, the "
                                 "most is {}; {}",
                                 cluster.depth, count_of(lieutenants, "lieutenant"), messages,
                                 oral_messages_max, cure));
    }
}

void read_budget(table_reader& cluster_table, cluster_parameters& cluster) {
    cluster.tolerate = default_budget(cluster.commanders, cluster.lieutenants);
    auto table = cluster_table.below("tolerate");
    const auto before = table.log().size();
    auto& budget = cluster.tolerate;
    table.whole_into(budget.commanders, "commanders", 0, cluster.commanders);
    table.whole_into(budget.lieutenants, "lieutenants", 0, cluster.lieutenants);
    budget.total = budget.commanders + budget.lieutenants;
    table.whole_into(budget.total, "total", 0, 2 * servers_max);
    table.finish();
    const auto least = std::max(budget.commanders, budget.lieutenants);
    const auto most = budget.commanders + budget.lieutenants;
    if (table.log().size() == before && (budget.total < least || budget.total > most)) {
        table.reject("total", fmt::format("{} does not go with {} and {} tolerated; write {}",
                                          budget.total, count_of(budget.commanders, "commander"),
                                          count_of(budget.lieutenants, "lieutenant"),
                                          least == most ? std::to_string(least)
                                                        : fmt::format("{} to {}", least, most)));
    }
}

void read_sealed(table_reader& table, cluster_parameters& cluster, bool sized) {
    cluster.sealed = table.yes_or_no("sealed").value_or(false);
    if (!cluster.sealed || !sized) {
        return;
    }
    if (cluster.lieutenants > sealed_lieutenants_max) {
        table.reject("sealed", fmt::format("a key can be split among at most {} lieutenants, and "
                                           "these are {}; write sealed = false or fewer",
                                           sealed_lieutenants_max, cluster.lieutenants));
    } else if (cluster.tolerate.lieutenants >= cluster.lieutenants) {
        table.reject("sealed", fmt::format("it takes one lieutenant more to open a payload than "
                                           "are tolerated as liars, and these are all {}; write "
                                           "tolerate.lieutenants = {}",
                                           cluster.lieutenants, cluster.lieutenants - 1));
    }
}

void read_limits(table_reader& root, limits& into) {
    constexpr std::uint32_t bytes_max = 1U << 30;
    constexpr std::uint32_t count_max = 1U << 24;
    auto table = root.below("limits");
    table.whole_into(into.batch_max, "batch_max", 1, count_max);
    table.whole_into(into.payload_bytes_max, "payload_bytes_max", 1, bytes_max);
    table.whole_into(into.record_id_bytes_max, "record_id_bytes_max", 1, 1U << 16);
    table.whole_into(into.rounds_open_max, "rounds_open_max", 1, count_max);
    table.whole_into(into.early_messages_max, "early_messages_max", 1, count_max);
    table.whole_into(into.submissions_max, "submissions_max", 1, count_max);
    table.finish();
}

void read_convictions(table_reader& root, cluster_parameters& into) {
    auto table = root.below("convictions");
    if (const auto policy = table.one_of("policy", {"continue", "halt"})) {
        into.on_conviction =
            *policy == "halt" ? conviction_policy::halt : conviction_policy::continue_;
    }
    table.finish();
}

} // namespace

bool read_cluster(table_reader& root, scenario& into) {
    auto& cluster = into.cluster;
    read_limits(root, cluster.limit);
    read_convictions(root, cluster);

    auto table = root.below("cluster");
    const auto before = table.log().size();
    table.whole_into(cluster.commanders, "commanders", 1, servers_max);
    table.whole_into(cluster.lieutenants, "lieutenants", 1, servers_max);
    const auto sized = table.log().size() == before;
    read_protocol(table, cluster);
    table.whole_into(cluster.max_recursion, "max_recursion", 0, recursion_max);
    if (sized) {
        read_depth(table, cluster);
        read_budget(table, cluster);
    } else { // nothing to measure them against
        static_cast<void>(table.find("depth"));
        static_cast<void>(table.find("tolerate"));
    }
    read_sealed(table, cluster, sized);
    table.whole_into(into.phase_timeout_ms, "phase_timeout_ms", 1, timeout_ms_max);
    cluster.phase_timeout = tick{into.phase_timeout_ms} * 1'000;
    table.finish();
    return sized && table.log().size() == before;
}

} // namespace byzgate
