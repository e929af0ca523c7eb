#include "simulation/world_database.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace byzgate {

namespace {

constexpr std::string_view id_prefix = "record-";
/// Made records that are kept: so many, and about so many bytes.
constexpr std::uint64_t kept_max = 256;
constexpr std::uint64_t kept_bytes_max = 4U << 20;

std::uint64_t places_for(const record_source& source, std::uint64_t records) {
    const auto fit = kept_bytes_max / (std::uint64_t{source.payload_bytes} + 64);
    return std::min({records, kept_max, fit + 1});
}

/// The number that follows `prefix`, if the text is what such a number is written as.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view prefix) {
    if (text.size() <= prefix.size() || text.substr(0, prefix.size()) != prefix
        || text[prefix.size()] == '0') {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + prefix.size(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return std::nullopt;
    }
    return number;
}

std::string with_number(std::string_view prefix, std::uint64_t number) {
    char text[48];
    prefix.copy(text, prefix.size());
    const auto written = std::to_chars(text + prefix.size(), text + sizeof text, number);
    return {text, written.ptr};
}

} // namespace

world_database::world_database(const record_source& source, std::uint64_t seed)
    : source_(source), seed_(seeded(seed, {0x64617461})),
      size_(source.list.empty() ? source.records : source.list.size()),
      updates_random_(seeded(seed, {0x75706461})), kept_(places_for(source, size_)) {
    for (std::uint64_t i = 0; i < source.list.size(); ++i) {
        listed_.emplace(source.list[i].id, i);
    }
    if (source.update_probability > 0.0) {
        versions_.assign(size_, 1);
        changed_.assign(size_, 0);
    }
    if (source.deletion_probability > 0.0) {
        deleted_.assign(size_, false);
        changed_.assign(size_, 0);
    }
}

record_id world_database::id_of(std::uint64_t index) const {
    return source_.list.empty() ? with_number(id_prefix, index + 1) : source_.list[index].id;
}

std::optional<std::uint64_t> world_database::index_of(const record_id& id) const {
    if (source_.list.empty()) {
        const auto number = number_after(id, id_prefix);
        return number && *number <= size_ ? std::optional{*number - 1} : std::nullopt;
    }
    const auto found = listed_.find(id);
    return found == listed_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<record> world_database::read(const record_id& id) {
    const auto index = index_of(id);
    if (!index) {
        return std::nullopt;
    }
    let_change(*index);
    return is_deleted(*index) ? std::nullopt : std::optional{made(*index, now(*index))};
}

void world_database::let_change(std::uint64_t index) {
    if (!deleted_.empty() && updates_random_.happens(source_.deletion_probability)) {
        deleted_[index] = !deleted_[index];
        ++updates_;
        changed_[index] = ++moment_;
    }
    if (!versions_.empty() && !is_deleted(index)
        && updates_random_.happens(source_.update_probability)) {
        ++versions_[index];
        ++updates_;
        changed_[index] = ++moment_;
    }
}

bool world_database::is_version_now(std::uint64_t index, const version_id& version) const {
    return name_of(index, now(index)) == version;
}

const record* world_database::at_version(std::uint64_t index, const version_id& version) const {
    std::optional<std::uint64_t> number;
    if (source_.list.empty()) {
        number = number_after(version, "v");
    } else if (const auto& listed = source_.list[index].version; version == listed) {
        number = 1;
    } else {
        number = number_after(version, listed + "+");
    }
    if (!number || *number > now(index)) {
        return nullptr;
    }
    return &made(index, static_cast<std::uint32_t>(*number));
}

flag world_database::flag_at(std::uint64_t index, std::uint32_t version) const {
    if (version == 1 && !source_.list.empty()) {
        return source_.list[index].confidentiality;
    }
    return happens(source_.public_share, seeded(seed_, {index, version})) ? flag::public_
                                                                          : flag::confidential;
}

version_id world_database::name_of(std::uint64_t index, std::uint32_t version) const {
    if (source_.list.empty()) {
        return with_number("v", version);
    }
    const auto& listed = source_.list[index].version;
    return version == 1 ? listed : listed + with_number("+", version);
}

std::string world_database::payload_of(std::uint64_t index, std::uint32_t version) const {
    if (!source_.list.empty()) {
        const auto& listed = source_.list[index].payload;
        return version == 1 ? listed : listed + with_number(" +", version);
    }
    // Eight letters of the first sixteen a draw.
    std::string payload(source_.payload_bytes, ' ');
    auto draw = seeded(seed_, {index, version, 1});
    std::size_t at = 0;
    const auto eight_letters = [&draw] {
        draw = scrambled(draw);
        return (draw & 0x0f0f0f0f0f0f0f0fU) + 0x6161616161616161U;
    };
    for (; at + 8 <= payload.size(); at += 8) {
        const auto letters = eight_letters();
        for (std::size_t i = 0; i < 8; ++i) {
            payload[at + i] = static_cast<char>(letters >> (8 * i) & 0xff);
        }
    }
    for (auto letters = eight_letters(); at < payload.size(); ++at, letters >>= 8) {
        payload[at] = static_cast<char>(letters & 0xff);
    }
    return payload;
}

record world_database::make(std::uint64_t index, std::uint32_t version) const {
    return {id_of(index), name_of(index, version), flag_at(index, version),
            payload_of(index, version)};
}

const record& world_database::made(std::uint64_t index, std::uint32_t version) const {
    auto& kept = kept_[index % kept_.size()];
    if (kept.index != index || kept.version != version) {
        kept = {index, version, make(index, version)};
    }
    return kept.what;
}

} // namespace byzgate
