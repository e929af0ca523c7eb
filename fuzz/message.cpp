// Messages between servers, as canonical bytes.
#include "fuzz/fuzzer.hpp"
#include "protocol/wire.hpp"

using namespace byzgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text_of(data, size);
    const auto of = decode_message(bytes, limits{});
    if (of) {
        BYZGATE_ASSERT(encode(*of) == bytes);
        BYZGATE_ASSERT(!kind_of(*of).empty());
        // Nobody can make much of little: what is counted is there.
        BYZGATE_ASSERT(exchanged_in(*of) <= size);
    }
    return 0;
}
