// Evidence against commanders, as canonical bytes.
#include "protocol/evidence.hpp"

#include "fuzz/fuzzer.hpp"
#include "fuzz/sample.hpp"

using namespace byzgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text_of(data, size);
    const auto found = decode_evidence(bytes);
    if (!found) {
        return 0;
    }
    BYZGATE_ASSERT(encode(*found) == bytes);
    const auto believed = conflict_in(*found, sample::gullible_keys(), sample::digests());
    if (believed.proves) {
        BYZGATE_ASSERT(found->first != found->second);
        BYZGATE_ASSERT(found->first.commander == found->second.commander);
    } else {
        BYZGATE_ASSERT(believed.lacks != unproven::bad_signature);
    }
    const auto proven = conflict_in(*found, sample::keys(), sample::digests());
    if (proven.proves) {
        BYZGATE_ASSERT(believed.proves == proven.proves);
        BYZGATE_ASSERT(found->commander() == sample::liar);
    }
    return 0;
}
