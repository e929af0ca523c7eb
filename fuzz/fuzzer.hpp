/// What every fuzzer has: libFuzzer's entry, whose input is a stranger's file or message. A fuzzer
/// ends with BYZGATE_ASSERT where a decoder breaks its promise; what a decoder refuses is fine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace byzgate {

[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace byzgate
