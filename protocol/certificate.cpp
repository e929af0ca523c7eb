#include "protocol/certificate.hpp"

#include <algorithm>

#include "protocol/bundles.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

std::string_view to_string(uncertified u) noexcept {
    switch (u) {
        case uncertified::wrong_recipient:
            return "wrong_recipient";
        case uncertified::too_few_votes:
            return "too_few_votes";
        case uncertified::too_few_claims:
            return "too_few_claims";
        case uncertified::over_budget:
            return "over_budget";
        case uncertified::bad_vote:
            return "bad_vote";
        case uncertified::bad_claim:
            return "bad_claim";
        case uncertified::bad_conviction:
            return "bad_conviction";
        case uncertified::bad_vote_signature:
            return "bad_vote_signature";
        case uncertified::bad_claim_signature:
            return "bad_claim_signature";
    }
    return "?";
}

std::size_t checked_signatures::hash_of::operator()(const signature& s) const noexcept {
    // Signatures look random, and whoever makes them collide only slows its own down.
    std::size_t h = 0;
    for (std::size_t i = 0; i < sizeof h; ++i) {
        h = h << 8 | s[i];
    }
    return h;
}

bool checked_signatures::verify(const statement& s, const signature& by, const signing_keys& keys) {
    const auto known = good_.find(by);
    if (known != good_.end() && known->second == s) {
        return true;
    }
    if (!byzgate::verify(s, by, keys)) {
        return false;
    }
    if (good_.size() >= kept_max_) {
        good_.clear();
    }
    good_.insert_or_assign(by, s);
    return true;
}

namespace {

/// The half that isn't votes.
std::optional<uncertified> fault_in_rest(const release_certificate& of,
                                         const cluster_parameters& cluster,
                                         const signing_keys& keys, const digester& digests,
                                         checked_signatures& checked) {
    std::vector<server_id> convicted;
    for (const auto& found : of.convictions) {
        if (!cluster.contains(found.commander())
            || (!convicted.empty() && !(convicted.back() < found.commander()))
            || !conflict_in(found, keys, digests).proves) {
            return uncertified::bad_conviction;
        }
        convicted.push_back(found.commander());
    }
    if (convicted.size() > cluster.tolerate.commanders) {
        return uncertified::over_budget;
    }
    const shown_claim* before = nullptr;
    for (const auto& shown : of.claims) {
        if (!is_commander(shown.commander) || !cluster.contains(shown.commander)
            || (before != nullptr && !(before->commander < shown.commander))
            || shown.record != of.record || shown.round != of.round || shown.level != of.level
            || !shown.what.says_public() || shown.what.version != of.version
            || shown.what.payload_digest != of.payload_digest) {
            return uncertified::bad_claim;
        }
        if (std::binary_search(convicted.begin(), convicted.end(), shown.commander)) {
            return uncertified::bad_conviction;
        }
        const auto said = statement_of(shown, digests);
        if (!said || !checked.verify(*said, shown.by, keys)) {
            return uncertified::bad_claim_signature;
        }
        before = &shown;
    }
    if (of.claims.size() + convicted.size() < cluster.tolerate.commanders + std::size_t{1}) {
        return uncertified::too_few_claims;
    }
    return std::nullopt;
}

} // namespace

std::optional<uncertified> fault_in(const release_certificate& of,
                                    const cluster_parameters& cluster, const signing_keys& keys,
                                    const digester& digests, checked_signatures& checked) {
    if (of.recipient != external_party_id) {
        return uncertified::wrong_recipient;
    }
    const verdict released{decision::release, reason::enough_public, of.version, of.payload_digest};
    const shown_verdict* before = nullptr;
    for (const auto& shown : of.votes) {
        if (!is_lieutenant(shown.lieutenant) || !cluster.contains(shown.lieutenant)
            || (before != nullptr && !(before->lieutenant < shown.lieutenant))
            || shown.record != of.record || shown.round != of.round || shown.level != of.level
            || !shown.what.same_release(released)) {
            return uncertified::bad_vote;
        }
        const auto said = statement_of(shown, digests);
        if (!said || !checked.verify(*said, shown.by, keys)) {
            return uncertified::bad_vote_signature;
        }
        before = &shown;
    }
    if (of.votes.size() < cluster.quorum()) {
        return uncertified::too_few_votes;
    }
    return fault_in_rest(of, cluster, keys, digests, checked);
}

namespace {

constexpr std::string_view certificate_head = "byzgate certificate 2";

/// No shown claim or verdict is shorter than its fixed parts.
constexpr std::size_t shown_bytes_min = 112;

template <class T>
void put_list(encoder& to, const std::vector<T>& list) {
    to.u32(static_cast<std::uint32_t>(list.size()));
    for (const auto& one : list) {
        put(to, one);
    }
}

} // namespace

std::string encode(const release_certificate& of) {
    encoder bytes;
    bytes.raw(certificate_head).text(of.record).text(of.version).fixed(of.payload_digest);
    bytes.server(of.recipient).u64(number_of(of.round)).u32(of.level);
    put_list(bytes, of.votes);
    put_list(bytes, of.claims);
    bytes.u32(static_cast<std::uint32_t>(of.convictions.size()));
    for (const auto& found : of.convictions) {
        put(bytes, found.first);
        put(bytes, found.second);
    }
    return bytes.take();
}

std::optional<release_certificate> decode_certificate(std::string_view bytes) {
    if (!bytes.starts_with(certificate_head)) {
        return std::nullopt;
    }
    decoder from{bytes.substr(certificate_head.size())};
    release_certificate of;
    of.record = from.text(id_bytes_max);
    of.version = from.text(id_bytes_max);
    of.payload_digest = from.fixed_digest();
    of.recipient = from.server();
    of.round = round_id{from.u64()};
    of.level = from.u32();
    for (auto left = from.count(list_max, shown_bytes_min); left > 0; --left) {
        of.votes.push_back(read_shown_verdict(from));
    }
    for (auto left = from.count(list_max, shown_bytes_min); left > 0; --left) {
        of.claims.push_back(read_shown_claim(from));
    }
    for (auto left = from.count(list_max, 2 * shown_bytes_min); left > 0; --left) {
        evidence found;
        found.first = read_shown_claim(from);
        found.second = read_shown_claim(from);
        of.convictions.push_back(std::move(found));
    }
    return from.done() ? std::optional{std::move(of)} : std::nullopt;
}

} // namespace byzgate
