// Sealed payloads on their way: parts, hand-overs, what the gate delivers, openings.
#include "crypto/sealing.hpp"

#include "fuzz/fuzzer.hpp"
#include "fuzz/sample.hpp"

using namespace byzgate;

namespace {

template <class Decode, class Encode>
void expect_canonical(std::string_view bytes, Decode decode, Encode encode) {
    if (const auto found = decode(bytes)) {
        BYZGATE_ASSERT(encode(*found) == bytes);
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = text_of(data, size);
    static const auto cluster = sample::sealed_cluster();
    static const auto sealing = sealing_from_run_seed(cluster, 1);
    static const auto leaving = sample::sealed_out();
    static const auto commitment = sealing.sealer->seal(leaving).commitment;
    const payload_name name{leaving.id, leaving.version, commitment};

    expect_canonical(bytes, decode_part, encode_part);
    expect_canonical(bytes, decode_hand_over, encode_hand_over);
    expect_canonical(
        bytes, [](auto b) { return decode_sealed(b, cluster.lieutenants); }, encode_sealed);

    for (std::uint32_t j = 0; j < cluster.lieutenants; ++j) {
        if (is_part_of(*sealing.scheme, name, j, bytes)) {
            BYZGATE_ASSERT(decode_hand_over(hand_over(*sealing.scheme, bytes)));
        }
    }
    const auto opened = sealing.opener->open(name, bytes);
    BYZGATE_ASSERT(opened.bad_shares.size() <= cluster.lieutenants);
    if (opened.payload) {
        BYZGATE_ASSERT(*opened.payload == leaving.payload);
        BYZGATE_ASSERT(is_opened_payload(cluster, name, opened.opening, *opened.payload));
    }
    if (is_opened_payload(cluster, name, bytes, leaving.payload)) {
        BYZGATE_ASSERT(!is_opened_payload(cluster, name, bytes, leaving.payload + "x"));
    }
    return 0;
}
