/// A PostgreSQL server of a test's own, from the packages of this machine, in a directory that goes
/// away with it. It listens on a loopback port and on a socket in that directory, and asks
/// everybody for a password.
#pragma once

#include <memory>
#include <string>

#include <pqxx/pqxx>
#include <sys/types.h>

#include "storage/database.hpp"
#include "tests/temporary_directory.hpp"

namespace byzgate::test {

class postgres_server {
public:
    /// The one of this test program, started when it is first asked for and ended with the program;
    /// null, with a word on stderr, where there is none to start.
    static postgres_server* shared();

    /// Throws std::runtime_error if it doesn't come up.
    postgres_server();
    ~postgres_server();
    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;

    void start();
    /// Ends it and all its sessions at once.
    void stop();

    /// A new, empty database; its name.
    [[nodiscard]] std::string make_database(const std::string& options = "");
    /// Runs statements there as the owner of everything.
    void run(const std::string& database, const std::string& sql);
    /// As whom the tests read: a role that may select only. `who` as `name:password` or `name`.
    [[nodiscard]] std::string url(const std::string& database,
                                  const std::string& who = "reader:r3ader-password") const;
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

private:
    /// Runs a program of the server's as the unprivileged user; its exit code, or the pid.
    [[nodiscard]] int run_tool(const std::vector<std::string>& command) const;
    [[nodiscard]] pid_t start_tool(const std::vector<std::string>& command) const;

    temporary_directory dir_;
    std::string data_ = dir_.file("data");
    int port_ = 0;
    pid_t pid_ = -1;
    int databases_ = 0;
};

} // namespace byzgate::test
