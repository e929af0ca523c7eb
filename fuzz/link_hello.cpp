// A peer's hello and refusal.
#include "net/explain.hpp"

#include "fuzz/fuzzer.hpp"

using namespace byzgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text_of(data, size);
    const auto said = decode_hello(bytes);
    if (const auto* read = std::get_if<hello>(&said)) {
        BYZGATE_ASSERT(encode(*read) == bytes);
    }
    if (const auto told = decode_refusal(bytes)) {
        BYZGATE_ASSERT(encode(*told) == bytes);
        BYZGATE_ASSERT(told->reason <= refusal_reason_last_on_wire);
        BYZGATE_ASSERT(!explain_their_refusal(*told, {"a", "b", "c"}, 1).empty());
    }
    return 0;
}
