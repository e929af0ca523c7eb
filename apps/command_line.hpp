/// The byzgate command: parses the command line and runs a subcommand. Exit codes as the README
/// lists them: 0 done, 1 the environment failed, 2 bad usage or configuration, 3 a broken promise.
#pragma once

namespace byzgate {

inline constexpr int exit_done = 0;
inline constexpr int exit_environment = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_broken_promise = 3;

/// Never throws: whatever happens becomes a message on stderr and an exit code.
[[nodiscard]] int command_line(int argc, const char* const* argv) noexcept;

} // namespace byzgate
