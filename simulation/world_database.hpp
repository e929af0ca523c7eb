/// The database of a simulated world: records that a seed generates when they are asked for, or a
/// list, with all versions that they ever had. Commanders read it; the judges know it by heart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulation/simulate.hpp"
#include "simulation/world_random.hpp"

namespace byzgate {

class world_database {
public:
    world_database(const record_source& source, std::uint64_t seed);

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] record_id id_of(std::uint64_t index) const;
    [[nodiscard]] std::optional<std::uint64_t> index_of(const record_id& id) const;

    /// A commander's read, before which the record may change.
    [[nodiscard]] std::optional<record> read(const record_id& id);

    /// The flag of the record as it is now; nothing if it is deleted.
    [[nodiscard]] std::optional<flag> flag_now(std::uint64_t index) const {
        return is_deleted(index) ? std::nullopt : std::optional{flag_at(index, now(index))};
    }
    [[nodiscard]] bool is_version_now(std::uint64_t index, const version_id& version) const;
    /// The record as it was when that was its version, until the next call; null if it never was.
    [[nodiscard]] const record* at_version(std::uint64_t index, const version_id& version) const;

    /// Counts reads and changes together; a record changed after moment t iff `changed(i) > t`.
    [[nodiscard]] std::uint64_t moment() const noexcept { return moment_; }
    [[nodiscard]] std::uint64_t changed(std::uint64_t index) const {
        return changed_.empty() ? 0 : changed_[index];
    }
    [[nodiscard]] std::uint64_t updates() const noexcept { return updates_; }

private:
    [[nodiscard]] std::uint32_t now(std::uint64_t index) const {
        return versions_.empty() ? 1 : versions_[index];
    }
    [[nodiscard]] bool is_deleted(std::uint64_t index) const {
        return !deleted_.empty() && deleted_[index];
    }
    /// What happens to the record before somebody reads it.
    void let_change(std::uint64_t index);
    [[nodiscard]] flag flag_at(std::uint64_t index, std::uint32_t version) const;
    [[nodiscard]] version_id name_of(std::uint64_t index, std::uint32_t version) const;
    [[nodiscard]] record make(std::uint64_t index, std::uint32_t version) const;
    /// The same, kept: a record is read and judged again and again.
    [[nodiscard]] const record& made(std::uint64_t index, std::uint32_t version) const;
    [[nodiscard]] std::string payload_of(std::uint64_t index, std::uint32_t version) const;

    const record_source& source_;
    std::uint64_t seed_;
    std::uint64_t size_;
    world_random updates_random_;
    std::unordered_map<record_id, std::uint64_t> listed_; ///< looked up, never iterated
    std::vector<std::uint32_t> versions_;                 ///< empty: nothing ever changes
    std::vector<bool> deleted_;                           ///< empty: nothing is ever deleted
    std::vector<std::uint64_t> changed_;
    /// Made records, each in the place that its index has in so many.
    struct kept_record {
        std::uint64_t index = 0;
        std::uint32_t version = 0; ///< none yet
        record what;
    };
    mutable std::vector<kept_record> kept_;
    std::uint64_t moment_ = 0;
    std::uint64_t updates_ = 0;
};

} // namespace byzgate
