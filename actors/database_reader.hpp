/// A commander's way to the database: a detached actor, so that its blocking reads delay nobody.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <caf/typed_event_based_actor.hpp>

#include "actors/messages.hpp"
#include "storage/database.hpp"

namespace byzgate {

struct database_reader_settings {
    /// Opens the database, on the actor's own thread.
    std::function<std::unique_ptr<database>()> open;
    /// Told what failed; the commander gets an answer without records and stays silent.
    std::function<void(const std::string&)> on_failure;
};

struct database_reader_state {
    static inline const char* name = "byzgate.database";
    database_reader_settings settings;
    std::unique_ptr<database> opened;
};

database_actor::behavior_type
database_reader(database_actor::stateful_pointer<database_reader_state> self,
                database_reader_settings settings);

} // namespace byzgate
