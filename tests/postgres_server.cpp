#include "tests/postgres_server.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace byzgate::test {

namespace {

constexpr auto owner_password = "0wner-password";
constexpr auto owner = "owner:0wner-password";

/// Where Debian keeps the server's programs, the newest version; empty if there is none.
std::filesystem::path server_programs() {
    std::filesystem::path newest;
    int version = 0;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", missing)) {
        const int number = std::atoi(entry.path().filename().c_str());
        if (number > version && std::filesystem::exists(entry.path() / "bin/postgres")) {
            version = number;
            newest = entry.path() / "bin";
        }
    }
    return newest;
}

/// Who the server runs as: it refuses root.
const passwd* server_user() {
    return ::geteuid() == 0 ? ::getpwnam("postgres") : ::getpwuid(::geteuid());
}

int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool bound = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0
                       && ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    ::close(fd);
    return bound ? ntohs(at.sin_port) : 0;
}

} // namespace

postgres_server* postgres_server::shared() {
    static const std::unique_ptr<postgres_server> one = []() -> std::unique_ptr<postgres_server> {
        if (server_programs().empty() || server_user() == nullptr) {
            std::fputs("skipped: no PostgreSQL server here (Debian's package postgresql), or no "
                       "user to run it as\n",
                       stderr);
            return nullptr;
        }
        return std::make_unique<postgres_server>();
    }();
    return one.get();
}

postgres_server::postgres_server() {
    const auto* user = server_user();
    const std::filesystem::path home = std::filesystem::path{data_}.parent_path();
    if (::geteuid() == 0 && ::chown(home.c_str(), user->pw_uid, user->pw_gid) != 0) {
        throw std::runtime_error("the server's directory can't be given to its user");
    }
    const auto word = dir_.write("password", owner_password);
    if (::chmod(word.c_str(), 0644) != 0
        || run_tool({"initdb", "-D", data_, "-U", "owner", "-A", "scram-sha-256", "--pwfile", word,
                     "-E", "UTF8", "--locale=C", "-N"})
               != 0) {
        throw std::runtime_error("initdb failed, see above");
    }
    start();
    run("postgres", "CREATE ROLE reader LOGIN PASSWORD 'r3ader-password'; "
                    "CREATE ROLE stranger LOGIN PASSWORD 'stranger-password'");
}

postgres_server::~postgres_server() {
    stop();
}

int postgres_server::run_tool(const std::vector<std::string>& command) const {
    int status = 0;
    return ::waitpid(start_tool(command), &status, 0) > 0 && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                               : -1;
}

pid_t postgres_server::start_tool(const std::vector<std::string>& command) const {
    const auto program = (server_programs() / command.front()).string();
    const auto log = dir_.file("log");
    const auto* user = server_user();
    const pid_t pid = ::fork();
    if (pid != 0) {
        return pid;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT); // Never outlives the test, however that ends.
    const bool dropped =
        ::geteuid() != 0
        || (::setgroups(0, nullptr) == 0 && ::setgid(user->pw_gid) == 0
            && ::setuid(user->pw_uid) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGQUIT) == 0);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    std::vector<char*> arguments;
    for (const auto& one : command) {
        arguments.push_back(const_cast<char*>(one.c_str()));
    }
    arguments.push_back(nullptr);
    if (dropped && ::chdir("/") == 0) {
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        ::execv(program.c_str(), arguments.data());
    }
    ::_exit(127);
}

void postgres_server::start() {
    if (port_ == 0) {
        port_ = free_port();
    }
    const auto sockets = std::filesystem::path{data_}.parent_path().string();
    pid_ =
        start_tool({"postgres", "-D", data_, "-h", "127.0.0.1", "-p", std::to_string(port_), "-k",
                    sockets, "-F", "-c", "max_connections=20", "-c", "shared_buffers=16MB"});
    for (int i = 0; i < 300; ++i) {
        try {
            run("postgres", "SELECT 1");
            return;
        } catch (const pqxx::broken_connection&) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    }
    throw std::runtime_error("the server doesn't come up: " + content_of(dir_.file("log")));
}

void postgres_server::stop() {
    if (pid_ > 0) {
        ::kill(pid_, SIGQUIT);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
}

std::string postgres_server::make_database(const std::string& options) {
    const auto name = "test" + std::to_string(++databases_);
    pqxx::connection as_owner{url("postgres", owner)};
    pqxx::nontransaction{as_owner}.exec("CREATE DATABASE " + name + " " + options);
    run(name, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader");
    return name;
}

void postgres_server::run(const std::string& database, const std::string& sql) {
    pqxx::connection as_owner{url(database, owner)};
    pqxx::nontransaction{as_owner}.exec(sql);
}

std::string postgres_server::url(const std::string& database, const std::string& who) const {
    return "postgresql://" + who + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

} // namespace byzgate::test
