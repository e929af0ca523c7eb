// Configurations. A line `#set KEY=VALUE` is a comment in the file and an override besides.
#include "config/scenario.hpp"

#include <algorithm>

#include "config/parse.hpp"
#include "crypto/blake2b.hpp"
#include "fuzz/fuzzer.hpp"

using namespace byzgate;

namespace {

constexpr std::string_view override_mark = "#set ";

std::vector<std::string> overrides_in(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (line.starts_with(override_mark)) {
            all.emplace_back(line.substr(override_mark.size()));
        }
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return all;
}

void check_scenario(const scenario& s) {
    static const blake2b_digester digests;
    const auto& [commanders, lieutenants, total] = s.cluster.tolerate;
    BYZGATE_ASSERT(s.cluster.depth < s.cluster.lieutenants);
    BYZGATE_ASSERT(commanders <= s.cluster.commanders && lieutenants <= s.cluster.lieutenants);
    BYZGATE_ASSERT(total >= std::max(commanders, lieutenants) && total <= commanders + lieutenants);
    for (const auto& entry : s.byzantine) {
        BYZGATE_ASSERT(s.cluster.contains(entry.server));
        seat at;
        at.self = entry.server;
        at.cluster = s.cluster;
        at.digests = &digests;
        validate_behavior(at, entry.behavior, entry.options);
    }
    static_cast<void>(warnings(s));
}

void check_problems(const config_error& wrong, std::string_view text) {
    const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
    BYZGATE_ASSERT(!wrong.problems().empty());
    for (const auto& problem : wrong.problems()) {
        BYZGATE_ASSERT(!problem.message.empty());
        BYZGATE_ASSERT(static_cast<std::ptrdiff_t>(problem.line) <= lines);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    try {
        check_scenario(parse_scenario(text, "/fuzz/scenario.toml", overrides_in(text)));
    } catch (const config_error& wrong) {
        check_problems(wrong, text);
    }
    return 0;
}
