// The ledger's outbox: deliveries that nobody has acknowledged yet.
#include "storage/ledger.hpp"

namespace byzgate {

void release_ledger::append_with(const std::vector<ledger_row>& releases,
                                 const std::vector<kept_delivery>& deliveries) {
    sqlite_transaction writing{db_, sqlite_transaction::kind::write};
    append_in_transaction(releases);
    auto keep = db_.prepare("INSERT INTO outbox VALUES (?1, ?2)");
    for (const auto& delivery : deliveries) {
        keep.bind_integer(1, delivery.number);
        keep.bind_blob(2, delivery.bytes);
        keep.step();
        keep.reset();
    }
    writing.commit();
}

std::vector<kept_delivery> release_ledger::outbox(std::uint32_t from, std::uint32_t most) const {
    auto at = db_.prepare("SELECT number, delivery FROM outbox WHERE number >= ?1 "
                          "ORDER BY number LIMIT ?2");
    at.bind_integer(1, from);
    at.bind_integer(2, most);
    std::vector<kept_delivery> kept;
    while (at.step()) {
        kept.push_back({static_cast<std::uint32_t>(at.integer(0)), std::string{at.bytes(1)}});
    }
    return kept;
}

std::uint32_t release_ledger::last_delivery() const {
    // What AUTOINCREMENT keeps: no number is given twice, though rows go.
    const auto last = db_.integer("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
    return static_cast<std::uint32_t>(last.value_or(0));
}

void release_ledger::receive_delivery(std::uint32_t number,
                                      const std::vector<ledger_row>& received) {
    sqlite_transaction writing{db_, sqlite_transaction::kind::write};
    receive(received);
    auto forget = db_.prepare("DELETE FROM outbox WHERE number = ?1");
    forget.bind_integer(1, number);
    forget.step();
    writing.commit();
}

} // namespace byzgate
