// What a scenario puts in its places: the database, and the handler of each seat.
#include <map>

#include "actors/run.hpp"
#include "behaviors/schedule.hpp"

namespace byzgate {

database_settings database_settings_of(const scenario& what, std::uint64_t seed) {
    const auto& from = what.database;
    database_settings to;
    to.url = from.url;
    to.table = from.table;
    to.id = from.id;
    to.flag = from.flag;
    to.public_values = from.public_values;
    to.version = from.version;
    to.payload = from.payload;
    to.generate = {from.generate.records, from.generate.public_share, from.generate.payload_bytes};
    to.seed = seed;
    return to;
}

std::function<handler(const seat&)>
handlers_of(const scenario& what, const std::function<signing_keys(server_id)>& keys) {
    std::vector<std::pair<server_id, std::string>> playing;
    std::map<server_id, std::vector<scheduled_behavior>> by_server;
    for (const auto& entry : what.byzantine) {
        by_server[entry.server].push_back({entry.rounds, entry.behavior, entry.options});
        playing.emplace_back(entry.server, entry.behavior);
    }
    return [by_server, playing, keys, swaps = what.allow_runtime_changes](seat at) -> handler {
        if (keys) {
            at.accomplices = accomplices_of(at.self, playing, keys);
        }
        const auto listed = by_server.find(at.self);
        if (swaps) {
            return make_swappable(at, listed == by_server.end() ? std::vector<scheduled_behavior>{}
                                                                : listed->second);
        }
        return listed == by_server.end() ? make_loyal(at) : make_scheduled(at, listed->second);
    };
}

} // namespace byzgate
