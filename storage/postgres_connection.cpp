#include "storage/postgres_connection.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace byzgate {

namespace {

using options = std::map<std::string, std::string>;

/// libpq's own reading of a url.
options parsed(const std::string& url) {
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all{
        PQconninfoParse(url.c_str(), &complaint), PQconninfoFree};
    const std::unique_ptr<char, decltype(&PQfreemem)> owned{complaint, PQfreemem};
    if (!all) {
        std::string why = complaint != nullptr ? complaint : "";
        why.erase(std::remove(why.begin(), why.end(), '\n'), why.end());
        // Other complaints quote parts of the url, the password perhaps.
        const bool harmless = why.rfind("invalid URI query parameter", 0) == 0;
        throw mapping_error(
            "url", fmt::format("this is no PostgreSQL url{}; write "
                               "\"postgresql://USER@HOST:PORT/DATABASE\", with %-codes for what "
                               "isn't a letter, digit, '-', '.' or '_' in a name",
                               harmless ? " (" + why + ")" : ""));
    }
    options result;
    for (const auto* one = all.get(); one->keyword != nullptr; ++one) {
        if (one->val != nullptr) {
            result[one->keyword] = one->val;
        }
    }
    return result;
}

/// The value that will be used: the url's, else the environment's or libpq's own.
std::string effective(const options& given, const std::string& key) {
    if (const auto found = given.find(key); found != given.end()) {
        return found->second;
    }
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> all{PQconndefaults(),
                                                                           PQconninfoFree};
    for (const auto* one = all.get(); one != nullptr && one->keyword != nullptr; ++one) {
        if (key == one->keyword && one->val != nullptr) {
            return one->val;
        }
    }
    return "";
}

std::string quoted_value(const std::string& value) {
    std::string result = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') {
            result += '\\';
        }
        result += c;
    }
    return result + "'";
}

bool says(const std::string& message, const char* what) {
    return message.find(what) != std::string::npos;
}

/// Whether the message itself may hold a value out of the table.
bool quotes_rows(const std::exception& failed) {
    const auto* refused = dynamic_cast<const pqxx::sql_error*>(&failed);
    return dynamic_cast<const pqxx::data_exception*>(&failed) != nullptr
           || dynamic_cast<const pqxx::plpgsql_error*>(&failed) != nullptr
           || (refused != nullptr
               && (refused->sqlstate().rfind("22", 0) == 0
                   || refused->sqlstate().rfind("P0", 0) == 0));
}

/// libpq gives no codes for what happens before a session is there; only texts.
std::string cure_of_refusal(const std::string& message) {
    if (says(message, "password")) {
        return "give this process the role's password in a file that PGPASSFILE or ?passfile= "
               "names (a line HOST:PORT:DATABASE:USER:PASSWORD, mode 0600)";
    }
    if (says(message, "pg_hba.conf")) {
        return "let this host and role in there (pg_hba.conf), then reload the server";
    }
    if (says(message, "does not exist")) {
        return "create it, or correct database.url";
    }
    if (says(message, "too many")) {
        return "raise max_connections there, or end sessions";
    }
    return "check that the server runs and takes connections there, and that database.url is right";
}

} // namespace

std::string postgres_address::without_password(std::string text) const {
    if (!password.empty()) {
        for (auto at = text.find(password); at != std::string::npos; at = text.find(password)) {
            text.replace(at, password.size(), "…");
        }
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    std::replace(text.begin(), text.end(), '\t', ' ');
    return text;
}

postgres_address parse_postgres_url(const std::string& url) {
    auto given = parsed(url);
    postgres_address result;
    if (const auto found = given.find("password"); found != given.end()) {
        result.password = found->second;
    }
    const auto user = effective(given, "user");
    const auto host = effective(given, "host");
    const auto port = effective(given, "port");
    const auto name = effective(given, "dbname");
    result.place = fmt::format("postgresql://{}{}{}{}/{}", user, user.empty() ? "" : "@", host,
                               port.empty() ? "" : ":" + port, name.empty() ? user : name);
    given.try_emplace("connect_timeout", "5");
    given.try_emplace("keepalives_idle", "10");
    given.try_emplace("keepalives_interval", "5");
    given.try_emplace("keepalives_count", "3");
    given.try_emplace("tcp_user_timeout", "20000");
    given.try_emplace("application_name", "byzgate");
    given["client_encoding"] = "UTF8";
    for (const auto& [key, value] : given) {
        result.conninfo += fmt::format("{}={} ", key, quoted_value(value));
    }
    return result;
}

std::unique_ptr<postgres_session> connect_to(const postgres_address& address,
                                             std::uint32_t lock_timeout_ms) {
    std::unique_ptr<postgres_session> session;
    try {
        session = std::make_unique<postgres_session>(address.conninfo);
        pqxx::nontransaction setting{session->link};
        // What decides how values are written as text, and what keeps a mistake from writing.
        setting.exec(fmt::format(
            "SET default_transaction_read_only = on; SET datestyle = 'ISO, YMD'; "
            "SET timezone = 'UTC'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 1; "
            "SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET xmlbinary = 'base64'; "
            "SET client_min_messages = error; SET lock_timeout = {}",
            std::max<std::uint32_t>(1, lock_timeout_ms)));
    } catch (const std::exception& failed) {
        const auto what = address.without_password(failed.what());
        throw database_error(fmt::format("{}: no session with the database: {}; {}", address.place,
                                         what, cure_of_refusal(what)));
    }
    if (const std::string encoding = session->link.get_variable("server_encoding");
        encoding != "UTF8") {
        throw mapping_error("url", fmt::format("{}: the database's encoding is {}; byzgate reads "
                                               "UTF8 databases only: copy the table into one",
                                               address.place, encoding));
    }
    return session;
}

bool lost_session(const pqxx::connection& session, const std::exception& failed) {
    if (dynamic_cast<const pqxx::broken_connection*>(&failed) != nullptr || !session.is_open()) {
        return true;
    }
    const auto* refused = dynamic_cast<const pqxx::sql_error*>(&failed);
    // Connection exceptions, and those of a server that shuts down or starts.
    return refused != nullptr
           && (refused->sqlstate().rfind("08", 0) == 0 || refused->sqlstate().rfind("57P", 0) == 0);
}

database_error postgres_failure(const postgres_address& address, const std::exception& failed) {
    std::string cure = "look at the server's log";
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&failed) != nullptr) {
        cure = "let the role read the table: GRANT SELECT ON … TO …";
    } else if (const auto* refused = dynamic_cast<const pqxx::sql_error*>(&failed)) {
        const std::string& state = refused->sqlstate();
        const bool shape = dynamic_cast<const pqxx::syntax_error*>(&failed) != nullptr
                           || dynamic_cast<const pqxx::feature_not_supported*>(&failed) != nullptr;
        if (state == "55P03") {
            cure = "another session holds a lock on the table; end it or wait";
        } else if (shape || state.rfind("42", 0) == 0 || state == "0A000") {
            cure = "the table has changed since it was opened; restart this process, with "
                   "[database] adapted if need be";
        }
    } else if (dynamic_cast<const pqxx::broken_connection*>(&failed) != nullptr) {
        cure = "the server went away; the next read connects again";
    }
    // The first line only: details and context may quote a row.
    const std::string what = failed.what();
    return database_error(
        fmt::format("{}: {}; {}", address.place,
                    quotes_rows(failed) ? "an expression of the table or view fails on some row"
                                        : address.without_password(what.substr(0, what.find('\n'))),
                    cure));
}

} // namespace byzgate
