/// Bytes that nobody else may see: every copy is wiped when it goes. Short-lived secrets only; a
/// key that stays is held by `ed25519_signer` in guarded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sodium.h>

namespace byzgate {

template <std::size_t Size>
class secret_bytes {
public:
    /// All zero: to be filled through `data()`.
    secret_bytes() = default;
    explicit secret_bytes(const std::array<std::uint8_t, Size>& bytes) : bytes_(bytes) {}
    secret_bytes(const secret_bytes&) = default;
    secret_bytes& operator=(const secret_bytes&) = default;
    ~secret_bytes() { sodium_memzero(bytes_.data(), Size); }

    [[nodiscard]] std::uint8_t* data() noexcept { return bytes_.data(); }
    [[nodiscard]] const std::uint8_t* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] static constexpr std::size_t size() noexcept { return Size; }

    /// Takes the same time wherever they differ.
    [[nodiscard]] bool operator==(const secret_bytes& other) const noexcept {
        return sodium_memcmp(bytes_.data(), other.bytes_.data(), Size) == 0;
    }

private:
    std::array<std::uint8_t, Size> bytes_{};
};

/// A key of 256 bits, or what keys are derived from.
using secret_256 = secret_bytes<32>;

/// Fresh from the system's source of randomness.
[[nodiscard]] secret_256 fresh_secret();

} // namespace byzgate
