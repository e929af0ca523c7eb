#include "protocol/evidence.hpp"

#include "protocol/bundles.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

std::string_view to_string(conflict c) noexcept {
    switch (c) {
        case conflict::same_place:
            return "same_place";
        case conflict::same_version:
            return "same_version";
    }
    return "?";
}

std::string_view to_string(unproven u) noexcept {
    switch (u) {
        case unproven::two_commanders:
            return "two_commanders";
        case unproven::no_conflict:
            return "no_conflict";
        case unproven::bad_proof:
            return "bad_proof";
        case unproven::bad_signature:
            return "bad_signature";
    }
    return "?";
}

judged_evidence conflict_in(const evidence& found, const signing_keys& keys,
                            const digester& digests) {
    const auto& [a, b] = found;
    if (a.commander != b.commander || !is_commander(a.commander)) {
        return {std::nullopt, unproven::two_commanders};
    }
    const auto first = statement_of(a, digests);
    const auto second = statement_of(b, digests);
    if (!first || !second) {
        return {std::nullopt, unproven::bad_proof};
    }
    const bool same_place = a.round == b.round && a.level == b.level && *first != *second;
    const bool same_version = a.record == b.record && a.what.is_present() && b.what.is_present()
                              && a.what.version == b.what.version && a.what != b.what;
    if (!same_place && !same_version) {
        return {std::nullopt, unproven::no_conflict};
    }
    if (!verify(*first, a.by, keys) || !verify(*second, b.by, keys)) {
        return {std::nullopt, unproven::bad_signature};
    }
    return {same_place ? conflict::same_place : conflict::same_version, {}};
}

std::string encode(const evidence& found) {
    encoder bytes;
    bytes.raw("byzgate evidence 2");
    put(bytes, found.first);
    put(bytes, found.second);
    return bytes.take();
}

std::optional<evidence> decode_evidence(std::string_view bytes) {
    constexpr std::string_view head = "byzgate evidence 2";
    if (!bytes.starts_with(head)) {
        return std::nullopt;
    }
    decoder from{bytes.substr(head.size())};
    evidence found;
    found.first = read_shown_claim(from);
    found.second = read_shown_claim(from);
    return from.done() ? std::optional{std::move(found)} : std::nullopt;
}

} // namespace byzgate
