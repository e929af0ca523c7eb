/// What somebody who reads messages can make of sealed payloads: everything that it saw, and every
/// key that the shares among it combine to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/sealing.hpp"
#include "protocol/messages.hpp"

namespace byzgate::testing {

class sealed_view {
public:
    /// It saw that message.
    void add(const message& what);

    /// Whether the text stands in a message, or in what any of the keys makes of any ciphertext:
    /// every combination of shares of one record, whatever anybody's digests say.
    [[nodiscard]] bool reads(std::string_view payload) const;
    /// The shares of the record that it has most of.
    [[nodiscard]] std::size_t shares_max() const;

private:
    struct seen {
        std::set<std::string> ciphertexts;
        std::map<std::uint8_t, key_share> shares;
    };

    std::string text_; ///< all that it saw, one message behind the other
    std::map<std::string, seen> by_digests_;
};

} // namespace byzgate::testing
