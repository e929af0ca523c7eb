/// `memory:`: records that are computed from seed and number when they are read, the same on every
/// platform. Millions of them take no memory.
#pragma once

#include "storage/database.hpp"

namespace byzgate {

class memory_database final : public database {
public:
    /// Throws `mapping_error` if the share is not within 0…1.
    memory_database(const generated_records& generate, std::uint64_t seed);

    [[nodiscard]] std::vector<std::optional<record>>
    read(const std::vector<record_id>& ids) override;
    void for_each_id(const std::function<bool(const record_id&)>& visit) override;
    [[nodiscard]] std::uint64_t count() override { return generate_.records; }
    [[nodiscard]] std::vector<known_version> versions_of(const record_id& id) override;

private:
    [[nodiscard]] std::optional<record> find(const record_id& id) const;

    generated_records generate_;
    std::uint64_t seed_;
};

} // namespace byzgate
