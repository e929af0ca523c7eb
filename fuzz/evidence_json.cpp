// Evidence files.
#include "report/evidence_json.hpp"

#include "fuzz/fuzzer.hpp"
#include "fuzz/sample.hpp"

using namespace byzgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto file = read_evidence_file(std::string{text_of(data, size)});
        const auto text = write_evidence(file.found, file.cluster);
        const auto again = read_evidence_file(text);
        BYZGATE_ASSERT(again.found == file.found && again.cluster == file.cluster);
        BYZGATE_ASSERT(write_evidence(again.found, again.cluster) == text);
        if (conflict_in(file.found, sample::keys(), sample::digests()).proves) {
            BYZGATE_ASSERT(file.found.commander() == sample::liar);
        }
    } catch (const evidence_error&) {
    }
    return 0;
}
