#include "storage/postgres_database.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <unordered_map>

#include <fmt/format.h>

#include "crypto/blake2b.hpp"
#include "protocol/cluster.hpp"
#include "storage/content_version.hpp"
#include "storage/id_spool.hpp"
#include "storage/row_json.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace {

// Columns of `postgres_mapping::find_sql`.
constexpr int id_column = 0;
constexpr int flag_column = 1;
constexpr int version_column = 2;
constexpr int payload_column = 3;

std::string_view bytes_of(const pqxx::field& field) {
    return {field.c_str(), field.size()};
}

/// `\x6162` as the bytes that it stands for.
std::string decoded(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string result;
    result.reserve(hex.size() / 2);
    for (std::size_t i = 2; i + 1 < hex.size(); i += 2) {
        result += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    }
    return result;
}

void add_real(row_json& row, std::string_view name, std::string_view text) {
    double value = 0;
    const auto* end = text.data() + text.size();
    if (text == "NaN" || std::from_chars(text.data(), end, value).ptr != end) {
        row.add_text(name, text);
    } else {
        row.add_real(name, value);
    }
}

void add_value(row_json& row, const postgres_column& column, const pqxx::field& value) {
    if (value.is_null()) {
        row.add_null(column.name);
        return;
    }
    const auto text = bytes_of(value);
    switch (column.kind) {
        case column_kind::integer:
            row.add_integer(column.name, value.as<std::int64_t>());
            break;
        case column_kind::real:
            add_real(row, column.name, text);
            break;
        case column_kind::bytes:
            row.add_bytes(column.name, decoded(text));
            break;
        case column_kind::truth:
            row.add_truth(column.name, text == "t");
            break;
        case column_kind::text:
        case column_kind::other:
            row.add_text(column.name, text);
            break;
    }
}

/// The ids that are records', each once, as a table `known` with the column `id`.
std::string known_ids(const postgres_mapping& mapping) {
    return fmt::format("(SELECT {} AS id FROM {}) AS known WHERE id <> '' AND octet_length(id) <= "
                       "{}",
                       mapping.id_text(), mapping.from, limits{}.record_id_bytes_max);
}

std::uint64_t number(postgres_snapshot& snapshot, const std::string& sql) {
    return snapshot.exec1(sql)[0].as<std::uint64_t>();
}

} // namespace

postgres_database::postgres_database(const database_settings& settings)
    : settings_(settings), address_(parse_postgres_url(settings.url)) {
    open();
}

void postgres_database::open() {
    session_ = connect_to(address_, settings_.busy_timeout_ms);
    try {
        postgres_snapshot snapshot{session_->link};
        mapping_ = resolve_postgres_mapping(snapshot, address_.place, settings_);
        snapshot.commit();
        session_->link.prepare("find", mapping_.find_sql());
        session_->link.prepare_now("find");
    } catch (const pqxx::failure& failed) {
        throw postgres_failure(address_, failed);
    }
}

void postgres_database::reopen() {
    using steady = std::chrono::steady_clock;
    const auto patience_ends = steady::now() + std::chrono::milliseconds{1'500};
    std::chrono::milliseconds pause{100};
    for (;;) {
        try {
            session_.reset();
            open();
            return;
        } catch (const mapping_error& changed) {
            session_.reset();
            throw database_error(changed.what());
        } catch (const database_error&) {
            session_.reset();
            if (steady::now() + pause > patience_ends) {
                throw;
            }
        }
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

void postgres_database::in_snapshot(const std::function<void(postgres_snapshot&)>& work) {
    for (bool again = session_ == nullptr;; again = true) {
        if (again) {
            reopen();
        }
        try {
            postgres_snapshot snapshot{session_->link};
            work(snapshot);
            snapshot.commit();
            return;
        } catch (const pqxx::pqxx_exception& thrown) {
            const auto& failed = thrown.base();
            const bool lost = lost_session(session_->link, failed);
            const auto failure = postgres_failure(address_, failed);
            if (lost) {
                session_.reset();
            }
            if (!lost || again) {
                throw failure;
            }
        }
    }
}

std::string postgres_database::payload_in(const pqxx::row& row) const {
    if (mapping_.payload) {
        const auto value = row[payload_column];
        if (value.is_null()) {
            return "";
        }
        return mapping_.payload->kind == column_kind::bytes ? decoded(bytes_of(value))
                                                            : std::string(bytes_of(value));
    }
    row_json all;
    for (std::size_t i = 0; i < mapping_.columns.size(); ++i) {
        add_value(all, mapping_.columns[i],
                  row[payload_column + static_cast<pqxx::row::size_type>(i)]);
    }
    return all.take();
}

record postgres_database::record_in(const pqxx::row& row, const record_id& id) const {
    record result;
    result.id = id;
    const auto value = row[flag_column];
    const bool can_be_public =
        mapping_.flag.kind == column_kind::text || mapping_.flag.kind == column_kind::truth;
    const auto& names = mapping_.public_values;
    const bool is_public = can_be_public && !value.is_null()
                           && std::find(names.begin(), names.end(), bytes_of(value)) != names.end();
    result.confidentiality = is_public ? flag::public_ : flag::confidential;
    result.payload = payload_in(row);
    // A row without a version still needs one that identifies its content.
    const auto version =
        row[version_column].is_null() ? std::string_view() : bytes_of(row[version_column]);
    result.version = is_usable_id(version)
                         ? version_id(version)
                         : content_version(result.confidentiality, result.payload);
    return result;
}

std::vector<std::optional<record>> postgres_database::read(const std::vector<record_id>& ids) {
    std::unordered_map<std::string_view, std::optional<record>> found;
    for (const auto& id : ids) {
        found.emplace(id, std::nullopt);
    }
    const auto wanted = mapping_.array_of(ids);
    if (wanted != "{}") {
        in_snapshot([&](postgres_snapshot& snapshot) {
            for (auto& [id, known] : found) {
                known.reset(); // of an attempt that broke off
            }
            for (const auto& row : snapshot.exec_prepared("find", wanted)) {
                const auto asked = found.find(bytes_of(row[id_column]));
                if (asked != found.end()) {
                    const record_id id(asked->first);
                    asked->second = asked->second ? ambiguous_record(id) : record_in(row, id);
                }
            }
        });
    }
    std::vector<std::optional<record>> records;
    records.reserve(ids.size());
    for (const auto& id : ids) {
        records.push_back(found.at(id));
    }
    return records;
}

void postgres_database::for_each_id(const std::function<bool(const record_id&)>& visit) {
    std::unique_ptr<id_spool> spool;
    in_snapshot([&](postgres_snapshot& snapshot) {
        spool = std::make_unique<id_spool>();
        snapshot.exec(fmt::format("DECLARE ids NO SCROLL CURSOR FOR SELECT id FROM {} "
                                  "GROUP BY id ORDER BY id",
                                  known_ids(mapping_)));
        for (;;) {
            const auto rows = snapshot.exec("FETCH 10000 FROM ids");
            for (const auto& row : rows) {
                spool->add(bytes_of(row[0]));
            }
            if (rows.empty()) {
                return;
            }
        }
    });
    spool->visit(visit);
}

std::uint64_t postgres_database::count() {
    std::uint64_t result = 0;
    in_snapshot([&](postgres_snapshot& snapshot) {
        result = number(snapshot, "SELECT count(DISTINCT id) FROM " + known_ids(mapping_));
    });
    return result;
}

std::vector<known_version> postgres_database::versions_of(const record_id& id) {
    std::vector<known_version> versions;
    if (const auto current = read({id}).at(0)) {
        versions.push_back({current->version, current->confidentiality,
                            blake2b_digester().digest_of(current->payload)});
    }
    return versions;
}

bool postgres_database::id_indexed(postgres_snapshot& snapshot) const {
    // With sequential scans discouraged, one is left in the plan only where nothing else serves.
    snapshot.exec("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_custom_plan");
    const auto plan = snapshot.exec("EXPLAIN EXECUTE find ('{}')");
    return std::none_of(plan.begin(), plan.end(), [](const auto& line) {
        return bytes_of(line[0]).find("Seq Scan") != std::string_view::npos;
    });
}

std::vector<std::string> postgres_database::warnings() {
    std::vector<std::string> result;
    const std::string where = fmt::format("{}, table \"{}\"", address_.place, mapping_.table);
    in_snapshot([&](postgres_snapshot& snapshot) {
        result.clear();
        const auto all = number(snapshot, fmt::format("SELECT count(*) FROM {}", mapping_.from));
        const auto usable = number(snapshot, "SELECT count(*) FROM " + known_ids(mapping_));
        if (usable < all) {
            result.push_back(fmt::format("{}: {} rows are left out, since their id is missing, "
                                         "empty or too long",
                                         where, all - usable));
        }
        const auto ambiguous = number(
            snapshot, fmt::format("SELECT count(*) FROM (SELECT id FROM {} GROUP BY id HAVING "
                                  "count(*) > 1) AS several",
                                  known_ids(mapping_)));
        if (ambiguous > 0) {
            result.push_back(fmt::format("{}: {} ids stand in several rows and are confidential "
                                         "for that reason; make column \"{}\" unique",
                                         where, ambiguous, mapping_.id.name));
        }
        if (!id_indexed(snapshot)) {
            result.push_back(fmt::format("{}: no index serves column \"{}\", so every read passes "
                                         "over the whole table; create one",
                                         where, mapping_.id.name));
        }
    });
    return result;
}

} // namespace byzgate
