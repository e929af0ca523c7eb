#include "storage/database.hpp"

#include <fmt/format.h>

#include "storage/memory_database.hpp"
#include "storage/postgres_database.hpp"
#include "storage/sqlite_database.hpp"

namespace byzgate {

void database::for_each(const std::function<bool(const record&)>& visit) {
    constexpr std::size_t batch = 1'000;
    std::vector<record_id> ids;
    bool wanted = true;
    const auto visit_batch = [&] {
        for (const std::optional<record>& found : read(ids)) {
            if (wanted && found) {
                wanted = visit(*found);
            }
        }
        ids.clear();
    };
    for_each_id([&](const record_id& id) {
        ids.push_back(id);
        if (ids.size() == batch) {
            visit_batch();
        }
        return wanted;
    });
    if (wanted) {
        visit_batch();
    }
}

std::unique_ptr<database> open_database(const database_settings& settings) {
    constexpr std::string_view sqlite_scheme = "sqlite:";
    if (settings.url == "memory:") {
        return std::make_unique<memory_database>(settings.generate, settings.seed);
    }
    if (settings.url.starts_with(sqlite_scheme) && settings.url.size() > sqlite_scheme.size()) {
        return std::make_unique<sqlite_database>(settings.url.substr(sqlite_scheme.size()),
                                                 settings);
    }
    if (settings.url.starts_with("postgresql://") || settings.url.starts_with("postgres://")) {
        return std::make_unique<postgres_database>(settings);
    }
    // A url with a typo may hold a password.
    const bool shown = settings.url.find('@') == std::string::npos;
    throw mapping_error("url", fmt::format("{} is no database url; write \"sqlite:PATH\", "
                                           "\"postgresql://USER@HOST/DATABASE\" or \"memory:\"",
                                           shown ? '"' + settings.url + '"' : "this"));
}

} // namespace byzgate
