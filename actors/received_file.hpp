/// The external party's file, where it is a process of its own: JSON Lines, on the disk before it
/// says that it has them, and no version of a record in it twice, over its own crashes too.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>

#include "actors/external_party.hpp"
#include "crypto/blake2b.hpp"

namespace byzgate {

class received_file final : public release_sink {
public:
    /// Nothing is opened before the first delivery, and again after one that failed.
    explicit received_file(std::string path) : path_(std::move(path)) {}

    void keep(round_id round, const released_record& record) override;
    void flush() override;
    void take(const delivery& all) override;
    /// Versions of records in it; 0 before the first delivery.
    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }
    /// Opens the file and finds out what is in it. Throws std::runtime_error.
    void open();

private:
    struct first_bytes {
        std::size_t operator()(const digest& d) const noexcept;
    };
    [[nodiscard]] digest name_of(const record_id& id, const version_id& version) const;

    std::string path_;
    blake2b_digester digests_;
    std::unique_ptr<release_sink> lines_; ///< null: to be opened
    std::unordered_set<digest, first_bytes> known_;
};

} // namespace byzgate
