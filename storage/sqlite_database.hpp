/// A record database in an SQLite file: one that `byzgate import` made, or a table of the user's
/// own. Opened for reading only.
#pragma once

#include <array>

#include "storage/sqlite_connection.hpp"
#include "storage/sqlite_mapping.hpp"

namespace byzgate {

class sqlite_database final : public database {
public:
    sqlite_database(const std::string& file, const database_settings& settings);

    [[nodiscard]] std::vector<std::optional<record>>
    read(const std::vector<record_id>& ids) override;
    void for_each_id(const std::function<bool(const record_id&)>& visit) override;
    [[nodiscard]] std::uint64_t count() override;
    [[nodiscard]] std::vector<known_version> versions_of(const record_id& id) override;
    [[nodiscard]] std::vector<std::string> warnings() override;

private:
    [[nodiscard]] std::optional<record> find(const record_id& id);
    void bind_id(const record_id& id);
    [[nodiscard]] std::vector<std::optional<record>> scan(const std::vector<record_id>& ids);
    /// The record in the row that `statement` stands on.
    [[nodiscard]] record record_in(const sqlite_statement& statement, const record_id& id) const;
    [[nodiscard]] std::string payload_in(const sqlite_statement& statement) const;

    sqlite_connection db_;
    table_mapping mapping_;
    bool id_indexed_ = true;
    sqlite_statement find_;
    sqlite_statement history_; ///< of files of our own only
};

} // namespace byzgate
