/// The supervisor alone on a bench: a test votes, serves payloads and receipts by hand.
#pragma once

#include <functional>
#include <vector>

#include "tests/protocol/made.hpp"

namespace byzgate::testing {

class one_supervisor {
public:
    explicit one_supervisor(const cluster_parameters& cluster, const payload_tools& sealing = {})
        : machine(cluster, test_digests(), {}, sealing), cluster_(cluster) {}

    supervisor_machine machine;
    tick now = 0;
    effects last; ///< of the last event
    std::vector<round_closed> closed;

    void submit(std::vector<record_id> records = {"a"}) {
        take(submission{++submissions_, ids(std::move(records))});
    }
    void hear(server_id from, message what) { take(received{from, std::move(what)}); }
    void tick_at(tick when) {
        now = when;
        take(clock_tick{});
    }

    /// Lieutenant `j` votes with one verdict for every record.
    void cast(std::uint32_t j, const std::vector<verdict>& verdicts, round_id round = round_id{1},
              level_number level = 0, std::vector<accusation> accusations = {}) {
        hear(lieutenant_id(j),
             vote{round, level, std::make_shared<const std::vector<verdict>>(verdicts),
                  std::move(accusations)});
    }
    /// Answers the payload requests of the last event as `payload_of` has it, until none is left.
    void
    serve(const std::function<std::string(server_id voter, std::uint32_t position)>& payload_of,
          round_id round = round_id{1}, level_number level = 0) {
        for (auto wanted = requests(); !wanted.empty();) {
            std::vector<std::pair<server_id, payload_request>> next;
            for (const auto& [voter, request] : wanted) {
                std::vector<std::string> found;
                for (const auto i : request.positions) {
                    found.push_back(payload_of(voter, i));
                }
                hear(voter, payload_reply{round, level, request.positions, payloads(found)});
                const auto more = requests();
                next.insert(next.end(), more.begin(), more.end());
            }
            wanted = next;
        }
    }
    void receipt(std::uint32_t sequence = 0, round_id round = round_id{1}) {
        hear(external_party_id, delivery_receipt{round, sequence});
    }

    /// What the last event was refused for.
    [[nodiscard]] std::vector<refusal> refusals() const {
        std::vector<refusal> found;
        for (const auto& e : last) {
            if (const auto* no = std::get_if<refused>(&e)) {
                found.push_back(no->why);
            }
        }
        return found;
    }
    /// The payload requests among the last effects, by voter.
    [[nodiscard]] std::vector<std::pair<server_id, payload_request>> requests() const {
        return sent_of<payload_request>(last);
    }
    /// All messages of a kind ever sent.
    template <class Message>
    [[nodiscard]] std::vector<std::pair<server_id, Message>> sent() const {
        return sent_of<Message>(all_);
    }
    [[nodiscard]] std::vector<released_record> delivered() const {
        std::vector<released_record> records;
        for (const auto& [to, what] : sent<delivery>()) {
            records.insert(records.end(), what.records->begin(), what.records->end());
        }
        return records;
    }
    /// Level of the newest request.
    [[nodiscard]] level_number newest_level() const {
        return sent<round_request>().back().second.level;
    }

private:
    template <class Message>
    static std::vector<std::pair<server_id, Message>> sent_of(const effects& done) {
        std::vector<std::pair<server_id, Message>> found;
        for (const auto& e : done) {
            const auto* s = std::get_if<send>(&e);
            if (s != nullptr && std::holds_alternative<Message>(s->what)) {
                found.emplace_back(s->to, std::get<Message>(s->what));
            }
        }
        return found;
    }
    void take(const event& what) {
        last.clear();
        machine.on(what, now, last);
        for (const auto& e : last) {
            all_.push_back(e);
            if (const auto* over = std::get_if<round_closed>(&e)) {
                closed.push_back(*over);
            }
        }
    }

    cluster_parameters cluster_;
    effects all_;
    std::uint64_t submissions_ = 0;
};

/// Verdicts on record "a" in that version, or on whatever record has such a payload.
[[nodiscard]] inline verdict for_release(const version_id& version = "v1",
                                         const record_id& id = "a") {
    const auto c = claim_about(make_record(id, flag::public_, version));
    return {decision::release, reason::enough_public, c.version, c.payload_digest};
}
[[nodiscard]] inline verdict for_withholding() {
    return {decision::withhold, reason::not_public, {}, {}};
}
[[nodiscard]] inline verdict unsure() {
    return {decision::unresolved, reason::commanders_differ, {}, {}};
}
[[nodiscard]] inline std::string payload_of(const record_id& id, const version_id& version = "v1") {
    return make_record(id, flag::public_, version).payload;
}

} // namespace byzgate::testing
