#include "apps/common.hpp"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <unistd.h>

#include <fmt/format.h>

#include "apps/file_guard.hpp"
#include "config/parse.hpp"
#include "crypto/key_sources.hpp"
#include "report/json_text.hpp"

namespace byzgate {

void scenario_options::add_to(CLI::App& app) {
    app.add_option("CONFIG", config, "Configuration file (TOML)")->required();
    app.add_option("--set", overrides, "Override a configuration key, e.g. cluster.depth=2")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    app.add_option("--seed", seed, "Fix every random choice")
        ->type_name("N")
        ->check(whole_number());
    app.add_flag("--json", json, "Print one JSON object on stdout and nothing else");
}

void say_warning(const std::string& warning) {
    fmt::print(stderr, "warning: {}\n", warning);
}

scenario scenario_options::load() const {
    return load(say_warning);
}

scenario scenario_options::load(const std::function<void(const std::string&)>& warn) const {
    auto what = load_scenario(config, overrides);
    static_cast<void>(guard_of(what));
    if (!what.cluster.is_signed() && !what.cluster.sealed) {
        forget_key_variables(what.cluster); // Nobody needs them, so nobody should see them.
    }
    for (const auto& warning : warnings(what)) {
        warn(warning);
    }
    return what;
}

std::uint64_t scenario_options::seed_for(const scenario& what) const {
    if (seed) {
        return *seed;
    }
    return what.seed ? *what.seed : fresh_seed();
}

std::string text_of_named(const std::string& file) {
    const auto refuse = [&file](const std::string& why) {
        throw usage_error(fmt::format("{}: can't be read: {}", file, why));
    };
    if (std::filesystem::is_directory(file)) {
        refuse("it is a directory");
    }
    errno = 0;
    std::ifstream in{file, std::ios::binary};
    std::string text;
    if (in) {
        text.assign(std::istreambuf_iterator<char>{in}, {});
    }
    if (!in.is_open() || in.bad() || errno == EIO) {
        refuse(errno != 0 ? std::strerror(errno) : "the disk fails");
    }
    return text;
}

CLI::Validator whole_number() {
    const auto mistake = [](const std::string& text) -> std::string {
        std::uint64_t n = 0;
        const auto end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, n);
        return parsed.ec == std::errc{} && parsed.ptr == end
                   ? std::string{}
                   : text + ": write a whole number from 0 to 18446744073709551615";
    };
    return CLI::Validator{mistake, ""};
}

CLI::Validator positive_number() {
    const auto mistake = [](const std::string& text) -> std::string {
        double n = 0;
        const auto end = text.data() + text.size();
        const auto parsed = std::from_chars(text.data(), end, n);
        const bool good =
            parsed.ec == std::errc{} && parsed.ptr == end && n > 0 && std::isfinite(n);
        return good ? std::string{} : text + ": write a number above 0";
    };
    return CLI::Validator{mistake, ""};
}

std::uint64_t fresh_seed() {
    std::random_device source;
    return source() & 0x7fffffffU;
}

namespace {

std::atomic<bool> interrupted{false};

extern "C" void on_signal(int number) {
    if (interrupted.exchange(true)) {
        std::signal(number, SIG_DFL);
        std::raise(number);
    }
}

} // namespace

interruption::interruption() {
    interrupted = false;
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
}

interruption::~interruption() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

const std::atomic<bool>& interruption::flag() const noexcept {
    return interrupted;
}

share_bar::share_bar(std::string what)
    : what_(std::move(what)), terminal_(isatty(STDERR_FILENO) != 0),
      next_(std::chrono::steady_clock::now() + std::chrono::seconds{1}) {}

share_bar::~share_bar() {
    if (shown_) {
        fmt::print(stderr, "\r\033[K");
    }
}

bool share_bar::due() {
    if (!terminal_ || std::chrono::steady_clock::now() < next_) {
        return false;
    }
    next_ = std::chrono::steady_clock::now() + std::chrono::milliseconds{100};
    shown_ = true;
    return true;
}

void share_bar::show(double share, const std::string& detail) {
    if (!due()) {
        return;
    }
    constexpr std::size_t width = 30;
    const auto full = std::min(width, static_cast<std::size_t>(share * width));
    fmt::print(stderr, "\r\033[K{}: [{}{}] {:.0f} % {}", what_, std::string(full, '#'),
               std::string(width - full, '.'), 100 * share, detail);
}

void share_bar::show_count(const std::string& detail) {
    if (due()) {
        fmt::print(stderr, "\r\033[K{}: {}", what_, detail);
    }
}

void progress_bar::show(const run_progress& now) {
    if (now.rounds_expected == 0) {
        bar_.show_count(fmt::format("{} rounds, {:.0f} s", now.rounds, now.elapsed_s));
        return;
    }
    bar_.show(static_cast<double>(now.rounds) / static_cast<double>(now.rounds_expected),
              fmt::format("of {} rounds", now.rounds_expected));
}

std::filesystem::path ready_made(const std::string& folder) {
    namespace fs = std::filesystem;
    std::error_code failed;
    const auto program = fs::read_symlink("/proc/self/exe", failed);
    const auto home = program.parent_path().parent_path();
    const auto in_tree = home / "config" / folder;
    const auto installed = home / "share" / "byzgate" / folder;
    for (const auto& place : {in_tree, installed}) {
        if (fs::is_directory(place, failed)) {
            return place;
        }
    }
    throw usage_error(fmt::format("no ready-made {0} found; looked in {1} and {2}; name the folder",
                                  folder, in_tree.string(), installed.string()));
}

std::string printable(std::string_view text) {
    const bool utf8 = json_text::is_utf8(text);
    std::string shown{text};
    for (std::size_t i = 0; i < shown.size(); ++i) {
        const auto byte = static_cast<unsigned char>(shown[i]);
        const auto next = i + 1 < shown.size() ? static_cast<unsigned char>(shown[i + 1]) : 0;
        if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
            shown[i] = '?';
        } else if (byte == 0xc2 && next < 0xa0) { // U+0080 to U+009F
            shown[i] = '?';
            shown.erase(i + 1, 1);
        }
    }
    return shown;
}

std::string list_of(const std::vector<server_id>& servers) {
    std::string text;
    for (const auto server : servers) {
        text += (text.empty() ? "" : ", ") + to_string(server);
    }
    return text.empty() ? "-" : text;
}

} // namespace byzgate
