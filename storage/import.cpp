#include "storage/import.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include <fmt/format.h>
#include <unistd.h>

#include "protocol/assert.hpp"
#include "protocol/cluster.hpp"
#include "storage/csv.hpp"
#include "storage/row_json.hpp"
#include "storage/sqlite_connection.hpp"
#include "storage/sqlite_schema.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

/// Which columns of the CSV make a record.
struct csv_mapping {
    std::size_t id = 0;
    std::size_t flag = 0;
    std::optional<std::size_t> payload;
};

std::size_t find_column(const csv_reader& csv, const std::string& path, const char* option,
                        const std::string& name) {
    const std::vector<std::string>& header = csv.header();
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
        throw import_error(fmt::format("{}:1: no column \"{}\" for {}{}", path, name, option,
                                       suggestion(name, header)));
    }
    return static_cast<std::size_t>(found - header.begin());
}

csv_mapping find_columns(const csv_reader& csv, const import_settings& settings) {
    csv_mapping columns;
    columns.id = find_column(csv, settings.csv_path, "--id", settings.id_column);
    columns.flag = find_column(csv, settings.csv_path, "--flag", settings.flag_column);
    if (settings.payload_column) {
        columns.payload =
            find_column(csv, settings.csv_path, "--payload", *settings.payload_column);
    }
    return columns;
}

void check_settings(const import_settings& settings) {
    if (settings.db_path.empty()) {
        throw import_error("no database file is named; say where the records go with --db FILE");
    }
    const std::vector<std::string>& values = settings.public_values;
    if (values.empty() || std::find(values.begin(), values.end(), "") != values.end()) {
        throw import_error(
            "what means public is missing or empty; name the values with --public VALUE[,VALUE…]: "
            "every other value, an empty one too, is confidential");
    }
}

std::ifstream open_csv(const std::string& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) {
        throw import_error(fmt::format("{}: is a directory; name a CSV file", path));
    }
    std::ifstream input(path, std::ios::binary);
    if (!input) {
        throw import_error(fmt::format("{}: can't be read ({}); check path and permissions", path,
                                       std::strerror(errno)));
    }
    return input;
}

/// The CSV's records on their way into `records`; within a transaction of the caller's.
class importer {
public:
    importer(const sqlite_connection& db, csv_reader& csv, const import_settings& settings)
        : db_(db), csv_(csv), settings_(settings), columns_(find_columns(csv, settings)) {
        // Ids come in any order; without room for the trees' inner pages most of the time would go
        // into reading them again.
        db_.execute("PRAGMA cache_size = -65536; PRAGMA temp.cache_size = -65536");
        // In a temporary table instead of a container, so that memory stays flat.
        db_.execute("CREATE TEMP TABLE csv_lines (id TEXT PRIMARY KEY, line INTEGER) "
                    "WITHOUT ROWID");
        note_line_ = db_.prepare("INSERT INTO csv_lines (id, line) VALUES (?1, ?2)");
        find_ = db_.prepare("SELECT flag, payload FROM records WHERE id = ?1");
        insert_ = db_.prepare("INSERT INTO records (id, flag, payload) VALUES (?1, ?2, ?3)");
        update_ = db_.prepare("UPDATE records SET flag = ?2, payload = ?3 WHERE id = ?1");
    }

    import_result run() {
        csv_row row;
        while (csv_.next(row)) {
            import_row(row);
        }
        const auto all = db_.integer("SELECT count(*) FROM records").value_or(0);
        result_.not_in_csv = static_cast<std::uint64_t>(all) - result_.records;
        forget_old_payloads(db_);
        return result_;
    }

private:
    [[nodiscard]] import_error error_at(const csv_row& row, const std::string& message) const {
        return import_error(fmt::format("{}:{}: {}", settings_.csv_path, row.line, message));
    }

    void import_row(const csv_row& row) {
        const std::string& id = row.fields[columns_.id];
        check_id(row, id);
        const std::vector<std::string>& values = settings_.public_values;
        const bool is_public =
            std::find(values.begin(), values.end(), row.fields[columns_.flag]) != values.end();
        const std::string_view flag_text =
            to_string(is_public ? flag::public_ : flag::confidential);
        const std::string payload = columns_.payload ? row.fields[*columns_.payload] : json(row);
        if (payload.size() > limits{}.payload_bytes_max) {
            throw error_at(row, fmt::format("the payload has {} bytes, at most {} are allowed; "
                                            "import fewer columns, or one with --payload",
                                            payload.size(), limits{}.payload_bytes_max));
        }
        ++result_.records;
        result_.public_records += is_public ? 1 : 0;
        store(id, flag_text, payload);
    }

    void check_id(const csv_row& row, const std::string& id) {
        if (id.empty()) {
            throw error_at(row, fmt::format("column \"{}\" is empty; every record needs an id",
                                            settings_.id_column));
        }
        if (!is_usable_id(id)) {
            throw error_at(row, fmt::format("the id has {} bytes, at most {} are allowed; use "
                                            "another column for --id",
                                            id.size(), limits{}.record_id_bytes_max));
        }
        note_line_.bind_text(1, id);
        note_line_.bind_integer(2, static_cast<std::int64_t>(row.line));
        if (!note_line_.insert()) {
            sqlite_statement first = db_.prepare("SELECT line FROM csv_lines WHERE id = ?1");
            first.bind_text(1, id);
            BYZGATE_ASSERT(first.step());
            throw error_at(row, fmt::format("the id \"{}\" is in line {} already; remove one of "
                                            "the two, or use another column for --id",
                                            id, first.integer(0)));
        }
    }

    [[nodiscard]] std::string json(const csv_row& row) {
        for (std::size_t i = 0; i < row.fields.size(); ++i) {
            json_.add_text(csv_.header()[i], row.fields[i]);
        }
        return json_.take();
    }

    void store(const std::string& id, std::string_view flag_text, const std::string& payload) {
        const sqlite_reset reset(find_);
        find_.bind_text(1, id);
        const bool known = find_.step();
        if (known && find_.bytes(0) == flag_text && find_.bytes(1) == payload) {
            ++result_.unchanged;
            return;
        }
        find_.reset();
        sqlite_statement& write = known ? update_ : insert_;
        write.bind_text(1, id);
        write.bind_text(2, flag_text);
        write.bind_text(3, payload);
        write.step();
        write.reset();
        ++(known ? result_.updated : result_.inserted);
    }

    const sqlite_connection& db_;
    csv_reader& csv_;
    const import_settings& settings_;
    csv_mapping columns_;
    import_result result_;
    row_json json_;
    sqlite_statement note_line_;
    sqlite_statement find_;
    sqlite_statement insert_;
    sqlite_statement update_;
};

import_result import_into(const std::string& file, csv_reader& csv,
                          const import_settings& settings) {
    const sqlite_connection db(file, sqlite_access::read_write, settings.busy_timeout_ms);
    import_result result;
    {
        sqlite_transaction all_or_nothing(db, sqlite_transaction::kind::write);
        const schema_state found = inspect_schema(db);
        if (found == schema_state::foreign) {
            throw import_error(fmt::format("{}: is a database of something else; name another file "
                                           "with --db",
                                           file));
        }
        if (found == schema_state::empty) {
            create_schema(db);
        }
        result = importer(db, csv, settings).run();
        all_or_nothing.commit();
    }
    // Readers go on while a later import writes. Only possible while nobody else has it open;
    // otherwise it stays as it is, which is merely slower.
    sqlite3_exec(db.handle(), "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    return result;
}

/// A new database is built beside its place and moved there when it is whole.
class new_file {
public:
    explicit new_file(const std::string& path)
        : path_(path), building_(fmt::format("{}.import-{}", path, ::getpid())) {}
    ~new_file() {
        std::error_code ignored;
        for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
            fs::remove(building_ + suffix, ignored);
        }
    }
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;

    [[nodiscard]] const std::string& building() const noexcept { return building_; }

    void put_in_place() const {
        // Unlike a rename, a link fails if somebody else's file has come into being meanwhile.
        std::error_code error;
        fs::create_hard_link(building_, path_, error);
        if (error == std::errc::file_exists) {
            throw database_error(
                fmt::format("{}: was made by another process meanwhile; import again", path_));
        }
        if (error) {
            fs::rename(building_, path_, error);
        }
        if (error) {
            throw database_error(fmt::format("{}: can't be made ({}); check the permissions of its "
                                             "directory",
                                             path_, error.message()));
        }
    }

private:
    std::string path_;
    std::string building_;
};

import_result import_records(csv_reader& csv, const import_settings& settings) {
    std::error_code error;
    if (fs::exists(settings.db_path, error)) {
        return import_into(settings.db_path, csv, settings);
    }
    const fs::path directory = fs::path(settings.db_path).parent_path();
    if (!directory.empty() && !fs::is_directory(directory, error)) {
        throw database_error(fmt::format("{}: there is no directory {}; make it first",
                                         settings.db_path, directory.string()));
    }
    const new_file file(settings.db_path);
    import_result result = import_into(file.building(), csv, settings);
    file.put_in_place();
    result.created = true;
    return result;
}

} // namespace

import_result import_csv(const import_settings& settings) {
    check_settings(settings);
    std::ifstream input = open_csv(settings.csv_path);
    try {
        csv_reader csv(input, settings.csv_path);
        return import_records(csv, settings);
    } catch (const malformed_csv& error) {
        throw import_error(error.what());
    }
}

} // namespace byzgate
