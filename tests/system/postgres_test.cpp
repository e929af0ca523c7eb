// A cluster of processes on a PostgreSQL server that only the commanders can open.
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "tests/loopback_http.hpp"
#include "tests/postgres_server.hpp"
#include "tests/system/cluster_stage.hpp"

using namespace byzgate::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr auto password = "r3ader-password";

/// The records that a stage expects, in a new database; TOML that names it.
std::string table_on(postgres_server& server, int records) {
    const auto name = server.make_database();
    server.run(name,
               fmt::format("CREATE TABLE records (id text PRIMARY KEY, class text, text text); "
                           "INSERT INTO records SELECT 'r' || lpad(i::text, 5, '0'), CASE WHEN "
                           "i % 3 = 0 THEN 'Secret' ELSE 'Open' END, 'text of r' || "
                           "lpad(i::text, 5, '0') FROM generate_series(0, {}) AS i; "
                           "INSERT INTO records VALUES ('', 'Open', 'of no record')",
                           records - 1));
    return "url = \"" + server.url(name, "reader")
           + "\"\ntable = \"records\"\nid = \"id\"\nflag = \"class\"\npublic = [\"Open\"]\n"
             "payload = \"text\"";
}

/// Only the commanders' processes know where the password is.
std::map<std::string, process_settings> who_knows(const stage& of) {
    const auto pgpass = of.file("pgpass");
    std::ofstream{pgpass} << "*:*:*:reader:" << password << '\n';
    std::filesystem::permissions(pgpass, std::filesystem::perms{0600});
    std::map<std::string, process_settings> how;
    for (const auto& name : server_names) {
        how[name].environment["HOME"] = of.file("");
        how[name].environment["PGPASSFILE"] =
            name.starts_with("commander") ? pgpass : of.file("no such file");
    }
    return how;
}

/// The sockets that a process holds, as /proc numbers them.
std::set<std::string> sockets_of(pid_t process) {
    std::set<std::string> held;
    for (const auto& fd :
         std::filesystem::directory_iterator{fmt::format("/proc/{}/fd", process)}) {
        std::error_code closed; // It may be by now.
        const auto target = std::filesystem::read_symlink(fd.path(), closed).string();
        if (!closed && target.starts_with("socket:[")) {
            held.insert(target.substr(8, target.size() - 9));
        }
    }
    return held;
}

/// Whether a process is connected to a port of the loopback.
bool talks_to(pid_t process, int port) {
    const auto held = sockets_of(process);
    std::ifstream all{"/proc/net/tcp"};
    std::string line;
    for (std::getline(all, line); std::getline(all, line);) {
        std::istringstream words{line};
        std::vector<std::string> columns{std::istream_iterator<std::string>{words}, {}};
        if (columns.size() > 9 && columns[2].ends_with(fmt::format(":{:04X}", port))
            && held.contains(columns[9])) {
            return true;
        }
    }
    return false;
}

/// Asks until the health of a process is of that kind; what it said last.
std::string comes_to_be(int port, const std::string& status) {
    std::string said;
    for (int i = 0; i < 300; ++i) {
        said = got(port, "/healthz");
        if (said.starts_with("HTTP/1.1 " + status)) {
            break;
        }
        std::this_thread::sleep_for(100ms);
    }
    return said;
}

} // namespace

TEST_CASE("a cluster decides what is in PostgreSQL, which none but its commanders can open",
          "[postgres]") {
    auto* server = postgres_server::shared();
    if (server == nullptr) {
        return;
    }
    stage_settings how{60};
    how.database = table_on(*server, how.records);
    const stage of{how};
    const auto knows = who_knows(of);
    processes all{of, knows};
    CHECK(released_by(*all.ask(of.ids(0, 60), 60)) == 40);
    CHECK(byzgate_with({"release", of.config(), "--all"}).code == 0);
    CHECK_THAT(all.at("commander-1").complaints(), Contains("1 rows are left out"));
    for (const auto& name : server_names) {
        INFO(name);
        const bool commander = name.starts_with("commander");
        CHECK(talks_to(all.at(name).id(), server->port()) == commander);
        const auto given = content_of(fmt::format("/proc/{}/environ", all.at(name).id()));
        CHECK((given.find(of.file("pgpass")) != std::string::npos) == commander);
        CHECK(given.find(password) == std::string::npos);
    }
    all.end();
    of.judge();
    // Whoever takes over a lieutenant's process has its files and its environment, and asks itself.
    const temporary_directory dir;
    const auto asks =
        dir.write("asks.toml", "[cluster]\ncommanders = 1\n[database]\n" + how.database);
    const auto tried = byzgate_with({"run", asks}, knows.at("lieutenant-1"));
    CHECK(tried.code == 1);
    CHECK_THAT(tried.err, Contains("no password supplied"));
    CHECK(byzgate_with({"run", asks}, knows.at("commander-1")).code == 0);
}

TEST_CASE("while PostgreSQL is down its commanders say so, and once it is back all leaves",
          "[postgres]") {
    auto* server = postgres_server::shared();
    if (server == nullptr) {
        return;
    }
    stage_settings how{60};
    how.database = table_on(*server, how.records);
    const stage of{how};
    auto who = who_knows(of);
    who["commander-1"].arguments = {"--metrics", "127.0.0.1:0"};
    processes all{of, who};
    CHECK(released_by(*all.ask(of.ids(0, 12), 60)) == 8);
    const int port = figures_of(all.at("commander-1"));
    REQUIRE(port > 0);
    CHECK_THAT(comes_to_be(port, "200"), StartsWith("HTTP/1.1 200"));
    server->stop();
    const auto asking = all.ask(of.ids(12, 60), 80);
    CHECK_THAT(comes_to_be(port, "503"), StartsWith("HTTP/1.1 503")
                                             && Contains("within the last minute")
                                             && !Contains(password));
    CHECK(of.arrived().size() == 8);
    server->start();
    CHECK(released_by(*asking) == 32);
    all.end();
    of.judge();
}
