#include "storage/memory_database.hpp"

#include <charconv>

#include <fmt/format.h>

#include "crypto/blake2b.hpp"

namespace byzgate {

namespace {

/// The output function of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on
/// every bit of the number.
std::uint64_t mix(std::uint64_t number) noexcept {
    number += 0x9e3779b97f4a7c15U;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31);
}

/// Numbers from 1, so that as text they sort as they count (up to eight digits).
record_id id_of(std::uint64_t number) {
    return fmt::format("r{:08}", number);
}

/// Letters and digits, twelve from each 64-bit number.
std::string payload_of(std::uint64_t state, std::uint32_t bytes) {
    constexpr char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
    static_assert(sizeof letters == 32 + 1);
    std::string text(bytes, '\0');
    std::uint64_t number = 0;
    for (std::uint32_t i = 0; i < bytes; ++i) {
        if (i % 12 == 0) {
            number = mix(state + i / 12);
        }
        text[i] = letters[number & 31];
        number >>= 5;
    }
    return text;
}

} // namespace

memory_database::memory_database(const generated_records& generate, std::uint64_t seed)
    : generate_(generate), seed_(seed) {
    if (!(generate.public_share >= 0.0 && generate.public_share <= 1.0)) {
        throw mapping_error("generate",
                            fmt::format("the share of public records is {}; write a number from 0 "
                                        "to 1",
                                        generate.public_share));
    }
}

std::optional<record> memory_database::find(const record_id& id) const {
    std::uint64_t number = 0;
    if (!id.starts_with('r')) {
        return std::nullopt;
    }
    const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size() || number == 0
        || number > generate_.records || id != id_of(number)) {
        return std::nullopt;
    }
    const std::uint64_t state = mix(mix(seed_) ^ number);
    // 53 bits make an exact double, so the comparison is the same everywhere.
    const double share = static_cast<double>(mix(state) >> 11) * 0x1.0p-53;
    record result;
    result.id = id;
    result.version = version_id("1"); // the content never changes
    result.confidentiality = share < generate_.public_share ? flag::public_ : flag::confidential;
    result.payload = payload_of(state ^ 0x7061796c6f616421U, generate_.payload_bytes);
    return result;
}

std::vector<std::optional<record>> memory_database::read(const std::vector<record_id>& ids) {
    std::vector<std::optional<record>> records;
    records.reserve(ids.size());
    for (const record_id& id : ids) {
        records.push_back(find(id));
    }
    return records;
}

void memory_database::for_each_id(const std::function<bool(const record_id&)>& visit) {
    for (std::uint64_t number = 1; number <= generate_.records; ++number) {
        if (!visit(id_of(number))) {
            return;
        }
    }
}

std::vector<known_version> memory_database::versions_of(const record_id& id) {
    const std::optional<record> found = find(id);
    if (!found) {
        return {};
    }
    return {{found->version, found->confidentiality, blake2b_digester().digest_of(found->payload)}};
}

} // namespace byzgate
