/// One session with a PostgreSQL server, set up so that the same rows read as the same bytes
/// whatever the server's or the role's settings are, and read-only. Errors come as
/// `database_error` messages that name server, user and database, never the password.
#pragma once

#include <memory>
#include <string>

#include <pqxx/pqxx>

#include "storage/database.hpp"

namespace byzgate {

/// Every statement of one of these sees the same snapshot.
using postgres_snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

/// A session that writes nothing to stderr: what a server has to say may quote a row.
struct postgres_session {
    explicit postgres_session(const std::string& conninfo) : link(conninfo) {}

    pqxx::connection link;
    pqxx::quiet_errorhandler quiet{link};
};

/// Where a url leads: what libpq needs, and what may be shown.
struct postgres_address {
    std::string conninfo; ///< with the password, if the url has one
    std::string place;    ///< `postgresql://user@host:port/database`
    std::string password; ///< of the url; empty if it has none

    /// The text without the password, should it be in it, and on one line.
    [[nodiscard]] std::string without_password(std::string text) const;
};

/// Throws `mapping_error` for `url` if it is none. Time limits that it leaves out are set, so that
/// a server that is gone is noticed: `connect_timeout` and TCP keepalives.
[[nodiscard]] postgres_address parse_postgres_url(const std::string& url);

/// Connects and sets the session up; locks are waited for so long at most. Throws `database_error`,
/// and `mapping_error` for a database whose encoding isn't UTF-8.
[[nodiscard]] std::unique_ptr<postgres_session> connect_to(const postgres_address& address,
                                                           std::uint32_t lock_timeout_ms);

/// Whether the session ended with this error, so that another one may do better.
[[nodiscard]] bool lost_session(const pqxx::connection& session, const std::exception& failed);

/// What an error in a session means for somebody who has to act on it.
[[nodiscard]] database_error postgres_failure(const postgres_address& address,
                                              const std::exception& failed);

} // namespace byzgate
