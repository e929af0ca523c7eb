/// The release ledger: what left through the gate, one row for each version of a record that was
/// released, in SQLite, on the disk before the recipient has it.
///
/// Rows are chained by their hashes, so that one changed, taken out or put in between shows; what
/// was cut off at the end shows against a head that somebody noted elsewhere, and by receipts that
/// were left. It holds no payloads,
/// but in its outbox: deliveries as they go to the recipient, until it says that it has them.
/// Whoever can write the file can write it anew from the start: that a release was right is for its
/// certificate to prove, not for the ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/record.hpp"
#include "storage/sqlite_connection.hpp"

namespace byzgate {

/// One release. Sequence and hashes are the ledger's to give.
struct ledger_row {
    std::uint64_t sequence = 0; ///< from 1, without gaps
    record_id record;
    version_id version;
    digest payload_digest{};
    server_id recipient = external_party_id;
    round_id round{};
    level_number level = 0;
    std::string certificate; ///< canonical bytes (protocol/certificate.hpp); empty if oral
    digest previous{};       ///< hash of the row before; zeros at the start
    digest hash{};

    bool operator==(const ledger_row&) const = default;
};

/// The hash that belongs to a row: BLAKE2b-256 over everything else in it.
[[nodiscard]] digest hash_of(const ledger_row& row);

/// What the ledger says about a release that was handed to it.
enum class ledger_entry : std::uint8_t {
    appended, ///< new: it may go out now
    pending,  ///< there already, but nobody said that the recipient has it
    received  ///< there already, and the recipient has it
};

/// Where a ledger is wrong, and how, in plain words.
struct ledger_fault {
    std::uint64_t sequence = 0; ///< of the first bad row; 0 if it is the file as a whole
    std::string what;
};

struct ledger_head {
    std::uint64_t rows = 0;
    digest hash{}; ///< of the last row; zeros if there is none
};

/// A delivery that the recipient hasn't acknowledged, as whoever delivers wants to have it back.
struct kept_delivery {
    std::uint32_t number = 0;
    std::string bytes;

    bool operator==(const kept_delivery&) const = default;
};

/// One object belongs to one thread at a time. Every function may throw `database_error`.
class release_ledger {
public:
    /// Opens `file`; made anew if it isn't there and may be written to. What is no ledger, or one
    /// that lost a table or trigger, lost a row or has a bad one among its last, is refused when it
    /// is to be written to, and left to `check` otherwise.
    explicit release_ledger(const std::string& file,
                            sqlite_access access = sqlite_access::read_write);

    /// Notes that the recipient has `received`, all of which are there, and appends those of
    /// `releases` that aren't there yet, in one transaction that is on the disk on return. Says of
    /// each release, in order, what became of it; one that is named twice counts once.
    std::vector<ledger_entry> append(const std::vector<ledger_row>& releases,
                                     const std::vector<ledger_row>& received = {});

    /// What became of each of these by now; `appended` for those that aren't there.
    [[nodiscard]] std::vector<ledger_entry> look_up(const std::vector<ledger_row>& releases) const;

    /// Appends those of `releases` that aren't there yet, and keeps the deliveries that bring them,
    /// in one transaction that is on the disk on return.
    void append_with(const std::vector<ledger_row>& releases,
                     const std::vector<kept_delivery>& deliveries);
    /// Those kept, from that number on, at most so many.
    [[nodiscard]] std::vector<kept_delivery> outbox(std::uint32_t from, std::uint32_t most) const;
    /// The highest number that was ever given; 0 if none was.
    [[nodiscard]] std::uint32_t last_delivery() const;
    /// The recipient has that delivery, which brought `received`: nothing of it needs to be kept.
    void receive_delivery(std::uint32_t number, const std::vector<ledger_row>& received);

    /// Those that were appended, but nobody said that the recipient has them: a run ended in
    /// between. In the order of the ledger.
    [[nodiscard]] std::vector<ledger_row> pending() const;
    /// Every row in order, until `row` returns false.
    void for_each(const std::function<bool(const ledger_row&)>& row) const;
    [[nodiscard]] ledger_head head() const;

    /// Walks the whole chain; `row` sees each row that is in order, until it returns false. The
    /// first bad row, or nothing if all is as it should be.
    [[nodiscard]] std::optional<ledger_fault>
    check(const std::function<bool(const ledger_row&)>& row = {}) const;

    /// A number by name that outlives the process: nothing if it was never set.
    [[nodiscard]] std::optional<std::uint64_t> number(const std::string& name) const;
    /// On the disk on return.
    void set_number(const std::string& name, std::uint64_t value);
    /// The same for texts.
    [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
    void set_text(const std::string& name, const std::string& value);

private:
    void receive(const std::vector<ledger_row>& releases);
    std::vector<ledger_entry> append_in_transaction(const std::vector<ledger_row>& releases);
    /// Makes the schema in an empty file. Throws if the file is no whole ledger.
    void expect_usable() const;
    void expect_whole_end() const;
    /// Receipts for rows that aren't there; the chain ends with `last`.
    [[nodiscard]] std::optional<ledger_fault> receipts_fault(ledger_head last) const;
    /// Walks the rows behind `last`.
    [[nodiscard]] std::optional<ledger_fault>
    check_from(ledger_head last, const std::function<bool(const ledger_row&)>& row) const;

    sqlite_connection db_;
};

} // namespace byzgate
