/// Canonical bytes: integers big-endian in fixed width, texts with their length before them, lists
/// with their count. Every value has one encoding, and the decoder takes no other: what is signed
/// by one server means the same to all.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/record.hpp"
#include "protocol/signatures.hpp"

namespace byzgate {

class encoder {
public:
    encoder& u8(std::uint8_t v);
    encoder& u32(std::uint32_t v);
    encoder& u64(std::uint64_t v);
    encoder& boolean(bool v) { return u8(v ? 1 : 0); }
    encoder& server(server_id id) { return u32(static_cast<std::uint32_t>(id)); }
    /// Length (32 bits) and bytes; at most 2^32-1 bytes.
    encoder& text(std::string_view bytes);
    template <std::size_t Bytes>
    encoder& fixed(const std::array<std::uint8_t, Bytes>& bytes) {
        return raw({reinterpret_cast<const char*>(bytes.data()), Bytes});
    }
    /// The bytes as they are, without a length.
    encoder& raw(std::string_view bytes);

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string take() noexcept { return std::move(bytes_); }
    void clear() noexcept { bytes_.clear(); }

private:
    std::string bytes_;
};

/// Reads what an encoder wrote. Total on any bytes: after the first thing that is not there it is
/// failed, and everything read from then on is zero or empty.
class decoder {
public:
    explicit decoder(std::string_view bytes) noexcept : rest_(bytes) {}

    [[nodiscard]] std::uint8_t u8();
    [[nodiscard]] std::uint32_t u32();
    [[nodiscard]] std::uint64_t u64();
    [[nodiscard]] bool boolean(); ///< 0 or 1, nothing else
    [[nodiscard]] server_id server() { return server_id{u32()}; }
    /// A text of at most `bytes_max` bytes.
    [[nodiscard]] std::string text(std::size_t bytes_max);
    template <std::size_t Bytes>
    [[nodiscard]] std::array<std::uint8_t, Bytes> fixed() {
        std::array<std::uint8_t, Bytes> bytes{};
        const auto taken = take(Bytes);
        std::copy(taken.begin(), taken.end(), bytes.begin());
        return bytes;
    }
    [[nodiscard]] digest fixed_digest() { return fixed<sizeof(digest)>(); }
    [[nodiscard]] signature fixed_signature() { return fixed<sizeof(signature)>(); }
    /// A count of at most `max` things of at least `bytes_each` bytes: one that the rest of the
    /// input could not hold fails before anybody reserves memory for it.
    [[nodiscard]] std::uint32_t count(std::size_t max, std::size_t bytes_each);
    /// A value of an enumeration from 0 to `last`.
    template <class Enum>
    [[nodiscard]] Enum enumerator(Enum last) {
        const auto v = u8();
        if (v > static_cast<std::uint8_t>(last)) {
            fail();
            return Enum{};
        }
        return static_cast<Enum>(v);
    }

    void fail() noexcept { failed_ = true; }
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// All was there and nothing follows.
    [[nodiscard]] bool done() const noexcept { return !failed_ && rest_.empty(); }

private:
    [[nodiscard]] std::string_view take(std::size_t bytes);

    std::string_view rest_;
    bool failed_ = false;
};

} // namespace byzgate
