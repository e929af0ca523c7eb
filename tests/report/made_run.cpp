#include "made_run.hpp"

#include <algorithm>

#include "protocol/commander.hpp"
#include "protocol/lieutenant.hpp"
#include "protocol/statement.hpp"
#include "protocol/supervisor.hpp"

namespace byzgate {

digest test_digester::digest_of(std::string_view bytes) const {
    digest d{};
    std::uint64_t state = 0x9e3779b97f4a7c15U;
    for (std::size_t i = 0; i < bytes.size() + d.size(); ++i) {
        state ^= i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0xa5U;
        state *= 0x100000001b3U;
        state ^= state >> 29;
        d[i % d.size()] = static_cast<std::uint8_t>(d[i % d.size()] ^ (state >> 13));
    }
    return d;
}

const digester& made_digests() {
    static const test_digester digests;
    return digests;
}

signing_keys made_keys(const cluster_parameters& cluster, server_id id) {
    return cluster.is_signed() ? ideal_keys{cluster, 1, made_digests()}.of(id) : signing_keys{};
}

made_run::made_run(std::ostream& out, const trace_header& header, std::vector<record> database,
                   lie how, traced_payloads payloads)
    : header_(header), database_(std::move(database)), how_(std::move(how)),
      writer_(out, header, payloads) {
    const auto& cluster = header_.cluster;
    const auto& digests = made_digests();
    machines_[supervisor_id] =
        std::make_unique<supervisor_machine>(cluster, digests, made_keys(cluster, supervisor_id));
    for (std::uint32_t i = 0; i < cluster.commanders; ++i) {
        const auto id = commander_id(i);
        machines_[id] =
            std::make_unique<commander_machine>(cluster, id, digests, made_keys(cluster, id));
    }
    for (std::uint32_t i = 0; i < cluster.lieutenants; ++i) {
        const auto id = lieutenant_id(i);
        machines_[id] =
            std::make_unique<lieutenant_machine>(cluster, id, digests, made_keys(cluster, id));
    }
}

void made_run::decide_all() {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < database_.size(); i += header_.batch) {
        std::vector<record_id> ids;
        for (auto j = i; j < std::min(database_.size(), i + header_.batch); ++j) {
            ids.push_back(database_[j].id);
        }
        step(supervisor_id,
             submission{++number, std::make_shared<const std::vector<record_id>>(std::move(ids))});
    }
    for (;;) {
        auto due = tick_never;
        for (const auto& [id, at] : machines_) {
            due = std::min(due, at->next_deadline());
        }
        if (!queue_.empty() && queue_.begin()->first.first <= due) {
            auto next = queue_.extract(queue_.begin());
            now_ = std::max(now_, next.key().first);
            auto& came = next.mapped();
            if (const auto* delivered = std::get_if<delivery>(&came.what)) {
                on_delivery(*delivered);
            } else {
                step(came.to, received{came.from, std::move(came.what)});
            }
        } else if (due != tick_never) {
            now_ = std::max(now_, due);
            for (const auto& [id, at] : machines_) {
                step(id, clock_tick{});
            }
        } else {
            break;
        }
    }
    writer_.finish(summary_);
}

void made_run::step(server_id at, const event& what) {
    effects todo;
    machines_.at(at)->on(what, now_, todo);
    for (const auto& one : todo) {
        if (const auto* no = std::get_if<refused>(&one)) {
            const auto* came = std::get_if<received>(&what);
            writer_.refused(now_, at, *no, came != nullptr ? &came->what : nullptr);
        }
    }
    perform(at, todo);
}

void made_run::perform(server_id at, const effects& todo) {
    for (const auto& one : todo) {
        if (const auto* out = std::get_if<send>(&one)) {
            auto what = out->what;
            if (how_ && !how_(at, out->to, what)) {
                continue;
            }
            writer_.sent(now_, at, out->to, what);
            if (const auto* passed_on = std::get_if<relay>(&what)) {
                summary_.messages += passed_on->items.size();
            } else if (const auto* shown = std::get_if<signed_relay>(&what)) {
                summary_.messages += shown->items.size();
            } else if (std::holds_alternative<distribution>(what)) {
                ++summary_.messages;
            }
            const auto delay = 40 + (++arrivals_ * 37) % 61;
            queue_[{now_ + delay, arrivals_}] = {at, out->to, std::move(what)};
        } else if (const auto* wanted = std::get_if<read_records>(&one)) {
            read(at, *wanted);
        } else if (const auto* done = std::get_if<round_closed>(&one)) {
            judge(*done);
        }
    }
}

const record* made_run::find(const record_id& id) const {
    const auto at = std::find_if(database_.begin(), database_.end(),
                                 [&](const record& r) { return r.id == id; });
    return at == database_.end() ? nullptr : &*at;
}

void made_run::read(server_id at, const read_records& wanted) {
    records_read answer{wanted.round, wanted.level, wanted.ids, {}};
    for (const auto& id : *wanted.ids) {
        const auto* r = find(id);
        answer.records.push_back(r != nullptr ? std::optional<record>{*r} : std::nullopt);
    }
    step(at, answer);
}

void made_run::on_delivery(const delivery& what) {
    const message receipt = delivery_receipt{what.round, what.sequence};
    writer_.sent(now_, external_party_id, supervisor_id, receipt);
    queue_[{now_ + 30, ++arrivals_}] = {external_party_id, supervisor_id, receipt};
}

void made_run::judge(const round_closed& what) {
    std::vector<record_truth> truths;
    ++summary_.rounds;
    for (std::size_t i = 0; i < what.records->size(); ++i) {
        const auto* r = find((*what.records)[i]);
        const bool released = what.decided[i].outcome == record_outcome::released;
        const bool is_public = r != nullptr && r->confidentiality == flag::public_;
        record_truth truth;
        truth.confidentiality = r != nullptr ? std::optional{r->confidentiality} : std::nullopt;
        if (released != is_public) {
            truth.outcome = released ? judgement::leaked : judgement::denied;
        }
        truths.push_back(truth);
        ++summary_.records;
        summary_.released += released ? 1 : 0;
        summary_.withheld += released ? 0 : 1;
        summary_.leaked += truth.outcome == judgement::leaked ? 1 : 0;
        summary_.denied += truth.outcome == judgement::denied ? 1 : 0;
        summary_.unresolved += what.decided[i].outcome == record_outcome::unresolved ? 1 : 0;
    }
    for (const auto& c : what.convictions) {
        for (auto* list : {&summary_.convicted, &summary_.quarantined}) {
            if ((list == &summary_.convicted || c.for_good)
                && std::find(list->begin(), list->end(), c.commander) == list->end()) {
                list->push_back(c.commander);
            }
        }
    }
    summary_.outcome = summary_.leaked > 0 ? "exposed" : "secure";
    writer_.closed(now_, what, truths);
}

trace_header make_header(const std::string& scenario, std::uint32_t commanders,
                         std::uint32_t lieutenants, std::uint32_t depth) {
    trace_header header;
    header.scenario = scenario;
    header.cluster.commanders = commanders;
    header.cluster.lieutenants = lieutenants;
    header.cluster.depth = depth;
    header.cluster.max_recursion = 1;
    header.cluster.tolerate = default_budget(commanders, lieutenants);
    header.cluster.window = 2;
    header.cluster.phase_timeout = 1000;
    header.seed = 42;
    return header;
}

trace_header make_signed_header(const std::string& scenario, std::uint32_t commanders,
                                std::uint32_t lieutenants, std::uint32_t depth) {
    auto header = make_header(scenario, commanders, lieutenants, depth);
    header.cluster.protocol = protocol_kind::signed_;
    return header;
}

std::vector<record> make_records(std::size_t count) {
    std::vector<record> records;
    for (std::size_t i = 1; i <= count; ++i) {
        const auto number = std::to_string(i);
        records.push_back({"record-" + number, "1", i % 3 == 1 ? flag::public_ : flag::confidential,
                           "{\"name\": \"record " + number + "\"}"});
    }
    return records;
}

namespace {

claim_batch changed(const claim_batch& claims, const std::function<flag(flag)>& change) {
    if (!claims) {
        return claims;
    }
    auto copy = *claims;
    for (auto& c : copy) {
        if (c.is_present()) {
            c.says = change(c.says);
        }
    }
    return make_claim_batch(std::move(copy));
}

} // namespace

lie equivocating(server_id liar, std::uint32_t lieutenants) {
    return [=](server_id from, server_id to, message& what) {
        auto* told = std::get_if<distribution>(&what);
        if (from == liar && told != nullptr) {
            const auto says = index_of(to) < lieutenants / 2 ? flag::public_ : flag::confidential;
            told->claims = changed(told->claims, [=](flag) { return says; });
        }
        return true;
    };
}

lie consistent_lie(server_id liar) {
    return [=](server_id from, server_id, message& what) {
        auto* told = std::get_if<distribution>(&what);
        if (from == liar && told != nullptr) {
            told->claims = changed(told->claims, opposite);
        }
        return true;
    };
}

lie flipping(server_id liar) {
    return [=](server_id from, server_id, message& what) {
        auto* passed_on = std::get_if<relay>(&what);
        if (from == liar && passed_on != nullptr) {
            for (auto& item : passed_on->items) {
                item = changed(item, opposite);
            }
        }
        return true;
    };
}

lie silent(server_id liar) {
    return [=](server_id from, server_id, message&) { return from != liar; };
}

lie signed_telling(const cluster_parameters& cluster, server_id liar,
                   std::function<flag(server_id, flag)> says) {
    const auto asked =
        std::make_shared<std::map<std::pair<round_id, level_number>, record_id_batch>>();
    const auto keys = made_keys(cluster, liar);
    return [=](server_id from, server_id to, message& what) {
        if (const auto* request = std::get_if<round_request>(&what)) {
            (*asked)[{request->round, request->level}] = request->records;
        }
        auto* told = std::get_if<distribution>(&what);
        if (from == liar && told != nullptr) {
            told->claims = changed(told->claims, [&](flag truth) { return says(to, truth); });
            told->seal = seal_claims(keys, made_digests(), liar, told->round, told->level,
                                     *asked->at({told->round, told->level}), *told->claims);
        }
        return true;
    };
}

lie forging(const cluster_parameters& cluster, server_id liar) {
    const auto keys = made_keys(cluster, liar);
    return [=](server_id from, server_id, message& what) {
        auto* passed_on = std::get_if<signed_relay>(&what);
        if (from == liar && passed_on != nullptr) {
            auto own = *passed_on->own;
            for (std::size_t i = 0; i < passed_on->items.size(); ++i) {
                auto& item = passed_on->items[i];
                item.claims = changed(item.claims, opposite);
                auto seal = *item.seal;
                seal.by[5] ^= 1;
                item.seal = std::make_shared<const batch_seal>(seal);
                own.roots[i].root[0] ^= 1;
            }
            own.by =
                sign(statement_of(own, passed_on->round, passed_on->level, made_digests()), keys);
            passed_on->own = std::make_shared<const relay_link>(std::move(own));
        }
        return true;
    };
}

lie both(lie first, lie second) {
    return [=](server_id from, server_id to, message& what) {
        return first(from, to, what) && second(from, to, what);
    };
}

} // namespace byzgate
