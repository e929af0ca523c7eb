/// A record database in a table of a PostgreSQL server, read and never written. Several commanders
/// read the same rows as the same bytes, whatever their sessions' settings.
///
/// A session that is lost is opened anew by the read that finds it gone, with bounded patience.
#pragma once

#include <functional>
#include <memory>

#include "storage/postgres_mapping.hpp"

namespace byzgate {

class postgres_database final : public database {
public:
    explicit postgres_database(const database_settings& settings);

    [[nodiscard]] std::vector<std::optional<record>>
    read(const std::vector<record_id>& ids) override;
    void for_each_id(const std::function<bool(const record_id&)>& visit) override;
    [[nodiscard]] std::uint64_t count() override;
    [[nodiscard]] std::vector<known_version> versions_of(const record_id& id) override;
    [[nodiscard]] std::vector<std::string> warnings() override;

private:
    void open();
    /// Runs `work` in one snapshot; once more in a new session if the old one is lost.
    void in_snapshot(const std::function<void(postgres_snapshot&)>& work);
    void reopen();
    [[nodiscard]] record record_in(const pqxx::row& row, const record_id& id) const;
    [[nodiscard]] std::string payload_in(const pqxx::row& row) const;
    [[nodiscard]] bool id_indexed(postgres_snapshot& snapshot) const;

    database_settings settings_;
    postgres_address address_;
    std::unique_ptr<postgres_session> session_;
    postgres_mapping mapping_;
};

} // namespace byzgate
