// Counterexample files of the exhaustive check.
#include "simulation/check_counterexample.hpp"

#include "fuzz/fuzzer.hpp"

using namespace byzgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto found = parse_counterexample(text_of(data, size));
        const auto text = format_counterexample(found);
        BYZGATE_ASSERT(format_counterexample(parse_counterexample(text)) == text);
        for (const auto& [self, plays] : scripts_of(found)) {
            for (const auto& line : plays.lines) {
                BYZGATE_ASSERT(parse_script_line(found.cluster, self, to_string(line)) == line);
            }
        }
    } catch (const counterexample_error&) {
    }
    return 0;
}
