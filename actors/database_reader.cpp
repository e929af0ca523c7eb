#include "actors/database_reader.hpp"

#include <caf/stateful_actor.hpp>

namespace byzgate {

namespace {

records_read answer(database_reader_state& state, const read_records& wanted) {
    records_read read{wanted.round, wanted.level, wanted.ids, {}};
    try {
        if (!state.opened) {
            state.opened = state.settings.open();
        }
        read.records = state.opened->read(*wanted.ids);
    } catch (const std::exception& failed) {
        read.records.clear();
        if (state.settings.on_failure) {
            state.settings.on_failure(failed.what());
        }
    }
    return read;
}

} // namespace

database_actor::behavior_type
database_reader(database_actor::stateful_pointer<database_reader_state> self,
                database_reader_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.settings = std::move(settings);
    return {
        [&state](const read_records& wanted) { return answer(state, wanted); },
    };
}

} // namespace byzgate
