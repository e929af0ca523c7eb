/// Byzantine servers that do anything at all, by seed: lies that differ from recipient to recipient
/// or agree among all liars, forged payloads, garbage, silence, repetitions, wrong rounds, delays;
/// and, if asked to, a network that delays and loses loyal messages too.
#pragma once

#include <map>
#include <set>

#include "tests/protocol/dice.hpp"
#include "tests/protocol/made.hpp"

namespace byzgate::testing {

/// The records of a run, in all their versions: what the database held at some time.
class history {
public:
    void add(const record& r) { versions_[r.id].push_back(r); }
    [[nodiscard]] const std::vector<record>& versions_of(const record_id& id) const {
        return versions_.at(id);
    }
    /// The record as it was in that version; null if it never was.
    [[nodiscard]] const record* find(const record_id& id, const version_id& version) const;

private:
    std::map<record_id, std::vector<record>> versions_;
};

enum class mood : std::uint8_t {
    random,     ///< another lie every time
    conspiring, ///< all liars tell the same lie about a record, always
    two_faced   ///< to each recipient a lie of its own, always the same
};

struct chaos_options {
    std::set<server_id> byzantine;
    mood how = mood::random;
    std::uint32_t garbage_percent = 5;
    bool wrong_rounds = false; ///< liars name rounds that don't exist
    bool lossy = false;        ///< loyal messages may be late or lost; else all come in time
};

class chaos {
public:
    chaos(const cluster_parameters& cluster, const history& truth, chaos_options options,
          std::uint64_t seed);

    /// The hook for a pump; `this` outlives it.
    void join(pump& world);
    /// Accusations that loyal lieutenants made against loyal commanders.
    [[nodiscard]] std::size_t framed() const { return framed_; }

private:
    [[nodiscard]] bool lies(server_id id) const { return options_.byzantine.count(id) > 0; }
    void meddle(const envelope& wanted, std::vector<envelope>& instead);
    void carry(envelope sent, std::vector<envelope>& instead);
    void lie(const envelope& wanted, std::vector<envelope>& instead);
    [[nodiscard]] message lie_in_place_of(const envelope& wanted);
    [[nodiscard]] claim lie_about(const record_id& id, server_id recipient);
    [[nodiscard]] claim_batch lies_about(server_id recipient, const record_id_batch& records);
    [[nodiscard]] distribution tell(const envelope& wanted, const distribution& loyal);
    [[nodiscard]] relay pass_on(const envelope& wanted, relay loyal);
    [[nodiscard]] vote cast(const envelope& wanted, vote loyal);
    [[nodiscard]] payload_reply serve(payload_reply loyal);
    void garble(message& what);
    [[nodiscard]] record_id_batch records_of(round_id round, level_number level) const;
    [[nodiscard]] static std::uint64_t number_of_id(const record_id& id);

    cluster_parameters cluster_;
    const history& truth_;
    chaos_options options_;
    dice roll_;
    std::uint64_t seed_;
    std::map<std::pair<round_id, level_number>, record_id_batch> requested_;
    std::map<digest, std::string> payloads_; ///< of every digest that a lie may name
    std::size_t framed_ = 0;
};

} // namespace byzgate::testing
