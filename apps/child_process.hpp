/// A process that this one started and watches: this very program with other arguments, which says
/// what it does in lines of JSON on its stdout. For `byzgate cluster`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

namespace byzgate {

class child_process {
public:
    /// `arguments` without the program's name. Its stderr is ours. It gets a SIGTERM if we end
    /// first, and Ctrl-C is for us to pass on. Throws std::runtime_error if it can't be started.
    child_process(std::string name, std::vector<std::string> arguments);
    /// Kills it if it still runs.
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] bool running() const noexcept { return pid_ > 0; }
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// `starting`, `running`, `exited 0`, `killed by 9`.
    [[nodiscard]] std::string state() const;
    [[nodiscard]] bool failed() const noexcept;
    /// The last object that it said; null at first.
    [[nodiscard]] const nlohmann::json& last() const noexcept { return last_; }

    /// A descriptor to wait at for what it says; -1 once that is closed.
    [[nodiscard]] int output() const noexcept { return output_; }
    /// Reads what is there; `on_line` after each object.
    void read(const std::function<void()>& on_line);
    /// Whether it ended since it was asked last.
    [[nodiscard]] bool reap();
    void terminate() const;
    /// kill -9, and waits for that.
    void kill();

private:
    void close_output();

    std::string name_;
    pid_t pid_ = -1; ///< -1 once it was waited for
    int output_ = -1;
    std::string unread_;
    nlohmann::json last_;
    int status_ = 0;
};

} // namespace byzgate
