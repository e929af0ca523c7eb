/// What somebody who reads messages can make of sealed payloads: everything that it saw, and every
/// key that the shares among it combine to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "crypto/sealing.hpp"
#include "protocol/wire.hpp"

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

/// As one does who cares for no tag: nonce, hidden salt and payload, tag.
inline std::string decrypted_anyhow(const std::string& ciphertext, const secret_256& key) {
    if (ciphertext.size() < 72) {
        return {};
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(ciphertext.data());
    std::string clear(ciphertext.size() - 24 - 16, '\0');
    crypto_stream_xchacha20_xor_ic(reinterpret_cast<unsigned char*>(clear.data()), bytes + 24,
                                   clear.size(), bytes, 1, key.data());
    return clear;
}

inline void sealed_view::add(const message& what) {
    text_ += encode(what);
    const auto* told = std::get_if<distribution>(&what);
    const auto* handed = std::get_if<payload_reply>(&what);
    const auto& batch = told != nullptr     ? told->payloads
                        : handed != nullptr ? handed->payloads
                                            : nullptr;
    if (!batch) {
        return;
    }
    for (const auto& bytes : *batch) {
        const auto part = told != nullptr ? decode_part(bytes) : decode_hand_over(bytes);
        if (!part) {
            continue;
        }
        auto& record = by_digests_[part->digests];
        record.ciphertexts.insert(part->ciphertext);
        if (auto share = share_from_bytes(part->share)) {
            record.shares.emplace(share->index, std::move(*share));
        }
    }
}

inline bool sealed_view::reads(std::string_view payload) const {
    if (text_.find(payload) != std::string::npos) {
        return true;
    }
    for (const auto& [digests, record] : by_digests_) {
        std::vector<key_share> shares;
        for (const auto& [index, share] : record.shares) {
            shares.push_back(share);
        }
        for (std::uint32_t some = 1; some < 1U << shares.size(); ++some) {
            std::vector<key_share> chosen;
            for (std::size_t i = 0; i < shares.size(); ++i) {
                if (some >> i & 1) {
                    chosen.push_back(shares[i]);
                }
            }
            const auto key = combine_shares(chosen);
            for (const auto& ciphertext : record.ciphertexts) {
                if (decrypted_anyhow(ciphertext, key).find(payload) != std::string::npos) {
                    return true;
                }
            }
        }
    }
    return false;
}

inline std::size_t sealed_view::shares_max() const {
    std::size_t most = 0;
    for (const auto& [digests, record] : by_digests_) {
        most = std::max(most, record.shares.size());
    }
    return most;
}

} // namespace byzgate::testing
