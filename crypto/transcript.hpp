/// BLAKE2b-256 over a list of fields, with or without a key. No two lists of fields give the same
/// bytes: text is preceded by its length, numbers have eight bytes, and each use has a domain.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/secret_bytes.hpp"
#include "protocol/record.hpp"

namespace byzgate {

class transcript {
public:
    explicit transcript(std::string_view domain);
    /// Keyed: nobody without the key can compute or guess the result.
    transcript(std::string_view domain, const secret_256& key);
    transcript(const transcript&) = delete;
    transcript& operator=(const transcript&) = delete;
    ~transcript() { sodium_memzero(&state_, sizeof state_); }

    /// Eight bytes, least significant first.
    transcript& add(std::uint64_t number);
    /// Length as a number, then the bytes.
    transcript& add(std::string_view bytes);
    template <std::size_t Size>
    transcript& add(const std::array<std::uint8_t, Size>& bytes) {
        return add(std::string_view{reinterpret_cast<const char*>(bytes.data()), Size});
    }
    /// At most once, at the end.
    [[nodiscard]] digest finish();
    /// The same as something to be kept secret.
    [[nodiscard]] secret_256 finish_secret();

private:
    crypto_generichash_state state_;
};

} // namespace byzgate
