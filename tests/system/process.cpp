#include "tests/system/process.hpp"

#include <csignal>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/loopback_http.hpp"

namespace byzgate::test {

namespace {

constexpr std::chrono::milliseconds look_again{2};

/// Between fork and exec: opens `path` as descriptor `as`.
void become(const std::string& path, int flags, int as) {
    const int opened = ::open(path.c_str(), flags, 0600);
    if (opened < 0 || ::dup2(opened, as) < 0) {
        ::_exit(126);
    }
    ::close(opened);
}

/// Between fork and exec: moves into a network namespace that `ip netns` made.
void move_into(const std::string& network) {
    const int there = ::open(("/run/netns/" + network).c_str(), O_RDONLY | O_CLOEXEC);
    if (there < 0 || ::setns(there, CLONE_NEWNET) != 0) {
        ::_exit(126);
    }
    ::close(there);
}

} // namespace

process::process(std::vector<std::string> arguments, const process_settings& how) {
    std::string program = BYZGATE_BINARY;
    arguments.insert(arguments.end(), how.arguments.begin(), how.arguments.end());
    std::vector<char*> argv{program.data()};
    for (auto& one : arguments) {
        argv.push_back(one.data());
    }
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) {
        throw std::runtime_error("no process could be started");
    }
    if (pid_ > 0) {
        return;
    }
    become("/dev/null", O_RDONLY, STDIN_FILENO);
    become(err_, O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
    if (how.standard_output >= 0) {
        ::dup2(how.standard_output, STDOUT_FILENO);
    } else {
        become(out_, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
    }
    ::unsetenv("NO_COLOR"); // Whoever runs the tests may have it; a test says so itself.
    for (const auto& [name, value] : how.environment) {
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    if (!how.network.empty()) {
        move_into(how.network);
    }
    if (!how.directory.empty() && ::chdir(how.directory.c_str()) != 0) {
        ::_exit(126);
    }
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
}

process::~process() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void process::send_signal(int number) const {
    if (pid_ > 0) {
        ::kill(pid_, number);
    }
}

bool process::ended() {
    int status = 0;
    rusage used{};
    if (pid_ < 0 || ::wait4(pid_, &status, WNOHANG, &used) != pid_) {
        return pid_ < 0;
    }
    pid_ = -1;
    result_.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    result_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result_.peak_kib = used.ru_maxrss;
    return true;
}

finished process::wait(std::chrono::seconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (!ended()) {
        if (!result_.late && std::chrono::steady_clock::now() > until) {
            result_.late = true;
            send_signal(SIGKILL);
        }
        std::this_thread::sleep_for(look_again);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
    result_.took_s = took.count();
    result_.out = content_of(out_);
    result_.err = content_of(err_);
    return result_;
}

finished byzgate_with(std::vector<std::string> arguments, const process_settings& how) {
    return process{std::move(arguments), how}.wait();
}

int figures_of(const process& running) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (std::chrono::steady_clock::now() < until) {
        const auto said = running.complaints();
        const auto at = said.find("figures at http://127.0.0.1:");
        if (at != std::string::npos && said.find("/metrics", at) != std::string::npos) {
            return port_in(said.substr(0, said.find("/metrics", at)));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return 0;
}

bool comes_to_hold_something(const std::string& path) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (std::chrono::steady_clock::now() < until) {
        std::error_code missing;
        const auto size = std::filesystem::file_size(path, missing);
        if (!missing && size > 0) {
            return true;
        }
        std::this_thread::sleep_for(look_again);
    }
    return false;
}

} // namespace byzgate::test
