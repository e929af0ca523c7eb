/// What a commander says about a record. Any commander may lie; any lieutenant that passes a claim
/// on may lie about it. Nothing here is trusted until the release rule has weighed it.
#pragma once

#include <memory>
#include <vector>

#include "protocol/record.hpp"

namespace byzgate {

enum class claim_kind : std::uint8_t {
    none,   ///< nothing was heard, or what was heard is no value (late, malformed, bad digest)
    absent, ///< the commander says that the database has no such record
    present ///< the commander makes a claim: flag, version, digest
};

/// A claim about one record: (flag, version, digest of the payload), or `absent`, or its lack.
/// Two claims are the same iff all of that is equal; `none` and `absent` carry no further content,
/// so the default comparison is the right one.
struct claim {
    claim_kind kind = claim_kind::none;
    flag says = flag::confidential;
    version_id version;
    digest payload_digest{};

    bool operator==(const claim&) const = default;

    [[nodiscard]] bool is_present() const noexcept { return kind == claim_kind::present; }
    /// Something that the commander did say: what counts as a report (protocol.md, section 3).
    [[nodiscard]] bool is_report() const noexcept { return kind != claim_kind::none; }
    [[nodiscard]] bool says_public() const noexcept {
        return is_present() && says == flag::public_;
    }
};

[[nodiscard]] inline claim no_value() {
    return {};
}
[[nodiscard]] inline claim absent_claim() {
    return {.kind = claim_kind::absent, .says = {}, .version = {}, .payload_digest = {}};
}
[[nodiscard]] inline claim make_claim(flag says, version_id version, const digest& payload_digest) {
    return {claim_kind::present, says, std::move(version), payload_digest};
}

/// One claim per record of a round's batch, in the order of the request. Immutable and shared:
/// a loyal relay passes on the very batch that it received, so that "all agree" is mostly a
/// comparison of pointers. A null batch is silence about the whole batch.
using claim_batch = std::shared_ptr<const std::vector<claim>>;

/// Payloads beside a batch of claims, same order, same size.
using payload_batch = std::shared_ptr<const std::vector<std::string>>;

[[nodiscard]] inline claim_batch make_claim_batch(std::vector<claim> claims) {
    return std::make_shared<const std::vector<claim>>(std::move(claims));
}
[[nodiscard]] inline bool same_batch(const claim_batch& a, const claim_batch& b) {
    return a == b || (a && b && *a == *b);
}

} // namespace byzgate
