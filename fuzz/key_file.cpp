// Key files, a server's own and the cluster's: every meaning has one text.
#include "crypto/key_files.hpp"

#include "fuzz/fuzzer.hpp"

using namespace byzgate;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = text_of(data, size);
    try {
        BYZGATE_ASSERT(format_private_key_file(parse_private_key_file(text)) == text);
    } catch (const key_error&) {
    }
    try {
        BYZGATE_ASSERT(format_public_keys(parse_public_keys(text)) == text);
    } catch (const key_error&) {
    }
    try {
        BYZGATE_ASSERT(format_database_secret(parse_database_secret(text)) == text);
    } catch (const key_error&) {
    }
    return 0;
}
