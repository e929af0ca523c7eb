#include "tests/protocol/sealed_view.hpp"

#include "protocol/wire.hpp"

namespace byzgate::testing {

namespace {

/// As one does who cares for no tag: nonce, hidden salt and payload, tag.
std::string decrypted_anyhow(const std::string& ciphertext, const secret_256& key) {
    if (ciphertext.size() < 72) {
        return {};
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(ciphertext.data());
    std::string clear(ciphertext.size() - 24 - 16, '\0');
    crypto_stream_xchacha20_xor_ic(reinterpret_cast<unsigned char*>(clear.data()), bytes + 24,
                                   clear.size(), bytes, 1, key.data());
    return clear;
}

} // namespace

void sealed_view::add(const message& what) {
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

bool sealed_view::reads(std::string_view payload) const {
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

std::size_t sealed_view::shares_max() const {
    std::size_t most = 0;
    for (const auto& [digests, record] : by_digests_) {
        most = std::max(most, record.shares.size());
    }
    return most;
}

} // namespace byzgate::testing
