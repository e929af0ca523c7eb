// Lines of behaviour scripts. A line break stands between the seat that plays the script and the
// line: `commanders lieutenants depth recursion protocol self`, each a digit or letter.
#include "behaviors/scripted.hpp"
#include "fuzz/fuzzer.hpp"

using namespace byzgate;

namespace {

constexpr std::size_t seat_bytes = 7;

/// From 0 to `most`, whatever the byte.
std::uint32_t number_in(char digit, std::uint32_t most) {
    return static_cast<std::uint8_t>(digit - '0') % (most + 1);
}

cluster_parameters cluster_in(std::string_view head) {
    cluster_parameters cluster;
    cluster.commanders = 1 + number_in(head[0], 3);
    cluster.lieutenants = 1 + number_in(head[1], 7);
    cluster.depth = number_in(head[2], cluster.lieutenants - 1);
    cluster.max_recursion = number_in(head[3], 4);
    cluster.protocol = head[4] == 's' ? protocol_kind::signed_ : protocol_kind::oral;
    cluster.tolerate = default_budget(cluster.commanders, cluster.lieutenants);
    return cluster;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    if (text.size() < seat_bytes) {
        return 0;
    }
    const auto cluster = cluster_in(text);
    const auto servers = cluster.servers();
    const auto self = servers[static_cast<std::uint8_t>(text[5] - '0') % servers.size()];
    try {
        const auto line = parse_script_line(cluster, self, text.substr(seat_bytes));
        BYZGATE_ASSERT(cluster.contains(line.to) && is_lieutenant(line.to) && line.to != self);
        BYZGATE_ASSERT(!line.path.empty() && is_commander(line.path.front()));
        BYZGATE_ASSERT(parse_script_line(cluster, self, to_string(line)) == line);
    } catch (const behavior_error&) {
    }
    return 0;
}
