// Talks nonsense: messages of wrong shape, wrong size, wrong kind, about rounds that don't exist,
// and its own words twice. The loyal messages go out too, so that the noise is all that is wrong.
#include <algorithm>
#include <limits>

#include "behaviors/editor.hpp"
#include "behaviors/seeded.hpp"
#include "behaviors/sendings.hpp"
#include "behaviors/told.hpp"

namespace byzgate {

namespace {

constexpr std::uint64_t per_event_max = 64;

/// What a babbler answers to: who could have spoken of which records in which round.
struct topic {
    round_id round{};
    level_number level = 0;
    std::size_t records = 1;
};

template <class Item>
std::shared_ptr<const std::vector<Item>> many(std::size_t count, const Item& one = {}) {
    return std::make_shared<const std::vector<Item>>(count, one);
}

class babbling final : public editor {
public:
    babbling(const seat& at, const option_reader& how)
        : at_(at), per_event_(how.number("per_event").value_or(4)),
          what_(how.some_of("what", {"malformed", "oversized", "duplicates", "rounds", "kinds"})) {
        if (per_event_ > per_event_max) {
            how.reject("per_event", "is at most " + std::to_string(per_event_max));
        }
        if (what_.empty()) {
            what_ = {"malformed", "oversized", "duplicates", "rounds", "kinds"};
        }
    }

    void see(const event& what, tick) override {
        // Only the supervisor and the database get an answer: two babblers that answered each
        // other would never fall silent again.
        talks_ = false;
        if (const auto* read = std::get_if<records_read>(&what)) {
            about_ = {read->round, read->level, read->ids ? read->ids->size() : 1};
            talks_ = true;
        } else if (const auto* came = std::get_if<received>(&what);
                   came != nullptr && came->from == supervisor_id) {
            const auto* request = std::get_if<round_request>(&came->what);
            about_ = {round_of(came->what), level_of(came->what),
                      request != nullptr && request->records ? request->records->size() : 1};
            talks_ = true;
        }
        draw_ = seeded(at_.seed, {static_cast<std::uint64_t>(at_.self), number_of(about_.round),
                                  about_.level, what.index()});
    }

    void edit(effects& doing, tick) override {
        const auto real = doing.size();
        for (std::uint64_t i = 0; talks_ && i < per_event_; ++i) {
            const auto& what = what_[next(what_.size())];
            if (what == "duplicates") {
                if (real > 0) {
                    const auto again = doing[next(real)];
                    doing.push_back(again);
                }
            } else {
                const auto to = somebody();
                doing.push_back(send{to, nonsense(what)});
            }
        }
        talks_ = false;
    }

private:
    /// A draw of 0…bound-1.
    std::size_t next(std::size_t bound) {
        draw_ = scrambled(draw_);
        return below(static_cast<std::uint32_t>(bound), draw_);
    }

    /// Anybody but itself; not the external party, to whom only the supervisor has a way.
    server_id somebody() {
        auto others = at_.cluster.servers();
        others.push_back(supervisor_id);
        others.erase(std::find(others.begin(), others.end(), at_.self));
        return others[next(others.size())];
    }

    message nonsense(std::string_view what) {
        if (what == "malformed") {
            return malformed();
        }
        if (what == "oversized") {
            return oversized();
        }
        return what == "rounds" ? of_no_round() : of_wrong_kind();
    }

    message malformed() {
        const auto& [round, level, records] = about_;
        auto contradiction = no_value(); // says nothing, and something all the same
        contradiction.version = invented_version;
        const verdict impossible{static_cast<decision>(7), static_cast<reason>(9), {}, {}};
        const accusation of_nobody{external_party_id, ~std::uint32_t{0}, true, {}, {}};
        switch (next(9)) {
            case 0:
                return distribution{round, level, nullptr, nullptr};
            case 1:
                return distribution{round, level, many<claim>(records + 1),
                                    many<std::string>(records + 1)};
            case 2:
                return distribution{round, level, many(records, contradiction),
                                    many<std::string>(records)};
            case 3:
                if (at_.cluster.is_signed()) {
                    return signed_relay{round, level, 1, {passed_claims{}}, nullptr};
                }
                return relay{round, level, 1, {}};
            case 4:
                if (at_.cluster.is_signed()) {
                    return unsigned_relay(round, level, records);
                }
                return relay{round, level, ~std::uint32_t{0}, {many<claim>(records)}};
            case 5:
                return vote{round, level, nullptr, {}};
            case 6:
                return vote{round, level, many(records, impossible), {}};
            case 7:
                return vote{round, level, many<verdict>(records), {of_nobody}};
            default:
                return payload_reply{round, level, {0, 0, ~std::uint32_t{0}}, nullptr};
        }
    }

    /// Everything in its place but the signatures.
    message unsigned_relay(round_id round, level_number level, std::size_t records) const {
        const auto seal = std::make_shared<const batch_seal>();
        const relay_link own{at_.self, 1, {{commander_id(0), {}}}, {}};
        return signed_relay{round,
                            level,
                            1,
                            {passed_claims{commander_id(0), many(records, invention()), seal, {}}},
                            std::make_shared<const relay_link>(own)};
    }

    message oversized() {
        const auto& [round, level, records] = about_;
        if (at_.cluster.is_signed() && next(2) == 0) {
            auto flood = std::get<signed_relay>(unsigned_relay(round, level, records));
            auto own = *flood.own;
            flood.items.resize(4'096, flood.items.front());
            own.roots.resize(flood.items.size());
            flood.own = std::make_shared<const relay_link>(std::move(own));
            return flood;
        }
        const auto too_many = std::size_t{at_.cluster.limit.batch_max} + 1;
        if (!too_many_claims_) {
            too_many_claims_ = many<claim>(too_many);
        }
        switch (next(4)) {
            case 0:
                return distribution{round, level, too_many_claims_, many<std::string>(records)};
            case 1:
                return relay{round, level, 1, {4'096, too_many_claims_}};
            case 2:
                if (!too_many_verdicts_) {
                    too_many_verdicts_ = many<verdict>(too_many);
                }
                return vote{round, level, too_many_verdicts_, {}};
            default: {
                const auto endless = version_id(at_.cluster.limit.record_id_bytes_max + 1, 'v');
                return distribution{round, level,
                                    many(records, make_claim(flag::public_, endless, {})),
                                    many<std::string>(records)};
            }
        }
    }

    message of_no_round() {
        constexpr auto last = std::numeric_limits<std::uint64_t>::max();
        const auto number = number_of(about_.round);
        const round_id rounds[] = {round_id{0}, round_id{number - 1}, round_id{number + 1'000'000},
                                   round_id{last}};
        // One draw a statement: compilers differ in which argument they evaluate first.
        const auto round = rounds[next(4)];
        const auto level = next(2) == 0 ? level_number{0} : ~level_number{0};
        return said_in(round, level);
    }

    /// Of the right kind and of the right shape but for round and level.
    message said_in(round_id round, level_number level) {
        const auto records = about_.records;
        if (is_commander(at_.self)) {
            return distribution{round, level, many(records, invention()),
                                many(records, std::string{invented_payload})};
        }
        if (next(2) == 0) {
            return relay{round, level, 1, {at_.cluster.commanders, many(records, invention())}};
        }
        return vote{round, level, many<verdict>(records), {}};
    }

    message of_wrong_kind() {
        const auto& [round, level, records] = about_;
        const auto ids = many(records, record_id{"of-nobody"});
        switch (next(7)) {
            case 0:
                return round_request{round, level, ids, {}};
            case 1:
                return round_end{round};
            case 2:
                return payload_request{round, level, {0}};
            case 3:
                return delivery{round, 0, many<released_record>(1)};
            case 4:
                return delivery_receipt{round, 0};
            case 5: // words that only lieutenants have
                return vote{round, level, many<verdict>(records), {}};
            default: // words that only commanders have
                return distribution{round, level, many(records, invention()),
                                    many(records, std::string{invented_payload})};
        }
    }

    claim invention() const {
        return make_claim(flag::public_, version_id{invented_version},
                          at_.digests->digest_of(invented_payload));
    }

    seat at_;
    std::uint64_t per_event_;
    std::vector<std::string> what_;
    topic about_;
    bool talks_ = false;
    std::uint64_t draw_ = 0;
    claim_batch too_many_claims_; ///< made once, when first needed
    std::shared_ptr<const std::vector<verdict>> too_many_verdicts_; ///< likewise
};

} // namespace

behavior_info describe_babbling() {
    return {"babbling",
            "Adds malformed, oversized, repeated and misplaced messages to the loyal ones.",
            true,
            true,
            {"per_event", "what"},
            [](const seat& at, const option_reader& how) -> std::unique_ptr<editor> {
                return std::make_unique<babbling>(at, how);
            }};
}

} // namespace byzgate
