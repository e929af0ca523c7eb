// Release certificates: what an external party is handed.
#include "protocol/certificate.hpp"

#include "fuzz/fuzzer.hpp"
#include "fuzz/sample.hpp"

using namespace byzgate;

namespace {

std::optional<uncertified> fault(const release_certificate& of, const signing_keys& keys) {
    checked_signatures none;
    return fault_in(of, sample::cluster(), keys, sample::digests(), none);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text_of(data, size);
    const auto of = decode_certificate(bytes);
    if (!of) {
        return 0;
    }
    BYZGATE_ASSERT(encode(*of) == bytes);
    const auto believed = fault(*of, sample::gullible_keys());
    if (!believed) {
        const auto& cluster = sample::cluster();
        BYZGATE_ASSERT(of->votes.size() >= cluster.quorum());
        BYZGATE_ASSERT(of->votes.size() <= cluster.lieutenants);
        BYZGATE_ASSERT(of->claims.size() + of->convictions.size() > cluster.tolerate.commanders);
        BYZGATE_ASSERT(of->claims.size() + of->convictions.size() <= cluster.commanders);
    }
    if (!fault(*of, sample::keys())) {
        BYZGATE_ASSERT(!believed);
        BYZGATE_ASSERT(of->record == sample::released_record);
        BYZGATE_ASSERT(of->version == sample::released_version);
        BYZGATE_ASSERT(of->payload_digest == sample::released_digest());
    }
    return 0;
}
