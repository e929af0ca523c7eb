#include "apps/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "apps/command_line.hpp"

namespace byzgate {

child_process::child_process(std::string name, std::vector<std::string> arguments)
    : name_(std::move(name)) {
    arguments.insert(arguments.begin(), "byzgate");
    std::vector<char*> argv;
    for (auto& one : arguments) {
        argv.push_back(one.data());
    }
    argv.push_back(nullptr);
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) {
        throw std::runtime_error(fmt::format("no pipe: {}", std::strerror(errno)));
    }
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent) {
            ::_exit(exit_environment);
        }
        ::dup2(pipe[1], STDOUT_FILENO);
        ::execv("/proc/self/exe", argv.data());
        ::_exit(127);
    }
    const int why = errno;
    ::close(pipe[1]);
    if (pid_ < 0) {
        ::close(pipe[0]);
        throw std::runtime_error(fmt::format("no process: {}", std::strerror(why)));
    }
    output_ = pipe[0];
}

child_process::~child_process() {
    kill();
    close_output();
}

std::string child_process::state() const {
    if (running()) {
        return last_.is_object() ? "running" : "starting";
    }
    return WIFEXITED(status_) ? fmt::format("exited {}", WEXITSTATUS(status_))
                              : fmt::format("killed by {}", WTERMSIG(status_));
}

bool child_process::failed() const noexcept {
    return !running() && (!WIFEXITED(status_) || WEXITSTATUS(status_) != exit_done);
}

void child_process::read(const std::function<void()>& on_line) {
    std::array<char, 16'384> bytes{};
    const auto got = ::read(output_, bytes.data(), bytes.size());
    if (got <= 0) {
        close_output();
        return;
    }
    unread_.append(bytes.data(), static_cast<std::size_t>(got));
    for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
        auto line = nlohmann::json::parse(unread_.substr(0, end), nullptr, false);
        unread_.erase(0, end + 1);
        if (line.is_object()) {
            last_ = std::move(line);
            on_line();
        }
    }
}

bool child_process::reap() {
    int status = 0;
    if (!running() || ::waitpid(pid_, &status, WNOHANG) != pid_) {
        return false;
    }
    pid_ = -1;
    status_ = status;
    return true;
}

void child_process::terminate() const {
    if (running()) {
        ::kill(pid_, SIGTERM);
    }
}

void child_process::kill() {
    if (running()) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
        pid_ = -1;
    }
}

void child_process::close_output() {
    if (output_ >= 0) {
        ::close(output_);
        output_ = -1;
    }
}

} // namespace byzgate
