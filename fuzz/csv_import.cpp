// CSV files, and their import into a database. The first column is the id, the second the flag, the
// third the payload; without a third the whole row is.
#include "storage/csv.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/fuzzer.hpp"
#include "storage/import.hpp"

using namespace byzgate;

namespace {

namespace fs = std::filesystem;

/// Of this process, gone when it ends as it should.
class working_directory {
public:
    working_directory() {
        // In memory where there is such a place: every input makes a database.
        const fs::path memory = "/dev/shm";
        std::error_code none;
        const auto parent = fs::is_directory(memory, none) ? memory : fs::temp_directory_path();
        auto pattern = (parent / "byzgate-fuzz-XXXXXX").string();
        BYZGATE_ASSERT(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~working_directory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    working_directory(const working_directory&) = delete;
    working_directory& operator=(const working_directory&) = delete;

    [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

private:
    fs::path path_;
};

struct table {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;

    bool operator==(const table&) const = default;
};

table parsed(const std::string& text) {
    std::istringstream in{text};
    csv_reader reader{in, "fuzz.csv"};
    table all{reader.header(), {}};
    csv_row row;
    while (reader.next(row)) {
        BYZGATE_ASSERT(row.fields.size() == all.header.size());
        all.rows.push_back(row.fields);
    }
    return all;
}

void put_row(std::string& text, const std::vector<std::string>& fields) {
    for (const auto& field : fields) {
        text += &field == &fields.front() ? "\"" : ",\"";
        for (const char c : field) {
            text += c;
            text += c == '"' ? "\"" : "";
        }
        text += '"';
    }
    text += "\r\n";
}

std::string quoted(const table& all) {
    std::string text;
    put_row(text, all.header);
    for (const auto& row : all.rows) {
        put_row(text, row);
    }
    return text;
}

void check_database(const std::string& file, std::uint64_t records) {
    database_settings settings;
    settings.url = "sqlite:" + file;
    const auto db = open_database(settings);
    BYZGATE_ASSERT(db->count() == records);
    std::uint64_t visited = 0;
    db->for_each([&](const record& r) {
        ++visited;
        BYZGATE_ASSERT(!r.id.empty() && !r.version.empty());
        BYZGATE_ASSERT(!db->versions_of(r.id).empty());
        return true;
    });
    BYZGATE_ASSERT(visited == records);
}

void import_twice(const working_directory& in, std::string_view text, const table& all) {
    import_settings settings;
    settings.csv_path = in.file("fuzz.csv");
    settings.db_path = in.file("fuzz.db");
    settings.id_column = all.header[0];
    settings.flag_column = all.header[1];
    settings.public_values = {"Open"};
    if (all.header.size() > 2) {
        settings.payload_column = all.header[2];
    }
    std::ofstream{settings.csv_path, std::ios::binary} << text;
    try {
        const auto first = import_csv(settings);
        BYZGATE_ASSERT(first.created && first.records == all.rows.size());
        BYZGATE_ASSERT(first.inserted == first.records);
        const auto again = import_csv(settings);
        BYZGATE_ASSERT(!again.created && again.unchanged == first.records);
        check_database(settings.db_path, first.records);
    } catch (const import_error&) {
        BYZGATE_ASSERT(!fs::exists(settings.db_path));
    }
    for (const auto* name : {"fuzz.csv", "fuzz.db", "fuzz.db-wal", "fuzz.db-shm"}) {
        fs::remove(in.file(name));
    }
    BYZGATE_ASSERT(fs::is_empty(fs::path{settings.db_path}.parent_path()));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const working_directory here;
    const auto text = text_of(data, size);
    try {
        const auto all = parsed(std::string{text});
        BYZGATE_ASSERT(parsed(quoted(all)) == all);
        if (all.header.size() > 1) {
            import_twice(here, text, all);
        }
    } catch (const malformed_csv& wrong) {
        BYZGATE_ASSERT(!std::string_view{wrong.what()}.empty());
    }
    return 0;
}
