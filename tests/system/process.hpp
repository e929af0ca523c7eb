/// A real process, watched: what it wrote, how it ended, how much memory it took. Nothing waits
/// longer than its deadline; a process that does is killed, and the test sees that.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tests/storage/workbench.hpp"

namespace byzgate::test {

struct finished {
    int code = -1;     ///< exit code; -1 if a signal ended it
    int signal = 0;    ///< that ended it
    bool late = false; ///< it missed the deadline and was killed
    std::string out;
    std::string err;
    long peak_kib = 0; ///< of resident memory
    double took_s = 0;
};

struct process_settings {
    std::string directory;                          ///< working directory; empty: the test's own
    std::map<std::string, std::string> environment; ///< added to the test's own
    int standard_output = -1;                       ///< instead of `finished::out`
    std::string network{};                          ///< namespace that it lives in; empty: ours
    std::vector<std::string> arguments{};           ///< after the others
};

/// A running `byzgate`.
class process {
public:
    explicit process(std::vector<std::string> arguments, const process_settings& how = {});
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    /// Waits until it ends, at most so long.
    [[nodiscard]] finished wait(std::chrono::seconds deadline = std::chrono::seconds{60});
    void send_signal(int number) const;
    /// It has not ended yet.
    [[nodiscard]] bool is_running() { return !ended(); }
    [[nodiscard]] pid_t id() const noexcept { return pid_; }
    /// What it wrote to stdout up to now.
    [[nodiscard]] std::string written() const { return content_of(out_); }
    [[nodiscard]] std::string complaints() const { return content_of(err_); }

private:
    [[nodiscard]] bool ended();

    temporary_directory dir_;
    std::string out_ = dir_.file("stdout");
    std::string err_ = dir_.file("stderr");
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    pid_t pid_ = -1; ///< -1 once it was waited for
    finished result_;
};

/// Runs `byzgate` to its end.
[[nodiscard]] finished byzgate_with(std::vector<std::string> arguments,
                                    const process_settings& how = {});

/// The port of a process's figures, once it says it on stderr; 0 if it doesn't in time.
[[nodiscard]] int figures_of(const process& running);

/// Waits until `path` has something in it; false if it hasn't in time.
[[nodiscard]] bool comes_to_hold_something(const std::string& path);

} // namespace byzgate::test
