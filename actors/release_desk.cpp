#include "actors/release_desk.hpp"

#include <algorithm>
#include <cstring>

#include "protocol/encoding.hpp"
#include "report/json_text.hpp"

namespace byzgate {

namespace {

using json = nlohmann::json;
using ordered_json = nlohmann::ordered_json;

constexpr tick second = 1'000'000;
constexpr tick catalogue_patience = 2 * second;
constexpr tick follow_pause = second;
constexpr tick progress_pause = second / 2;
constexpr tick first_retry = second / 10;
/// Rounds after which commanders that differ are taken to differ for good.
constexpr std::uint32_t disputes_max = 5;
constexpr std::size_t outcomes_a_frame = 500;

std::string dumped(const ordered_json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

why_not why_not_released(const cluster_parameters& cluster, const round_report& report,
                         std::size_t record) {
    const auto level = report.closed.decided[record].level;
    // A level is over the records that the one before it left unresolved, in their order.
    std::size_t place = 0;
    std::size_t size = 0;
    for (std::size_t i = 0; i < report.closed.decided.size(); ++i) {
        if (report.closed.decided[i].level >= level) {
            place += i < record ? 1 : 0;
            ++size;
        }
    }
    std::set<server_id> voted;
    std::map<reason, std::uint32_t> given;
    std::uint32_t sure = 0;
    for (const auto& [who, cast] : *report.votes) {
        if (cast.level != level || !cast.verdicts || cast.verdicts->size() != size
            || !voted.insert(who).second) {
            continue;
        }
        const auto& said = (*cast.verdicts)[place];
        if (said.what == decision::release) {
            continue;
        }
        ++given[said.why];
        sure += said.what == decision::withhold && said.why != reason::silence ? 1 : 0;
    }
    why_not why;
    why.for_sure = sure >= cluster.tolerate.lieutenants + 1;
    std::uint32_t most = 0;
    for (const auto& [which, votes] : given) {
        if (votes > most) {
            most = votes;
            why.most_given = which;
        }
    }
    return why;
}

release_desk::release_desk(const cluster_parameters& cluster, const service_config& service,
                           std::uint32_t batch, desk_ports ports)
    : cluster_(cluster), service_(service), batch_(std::max(1U, batch)), ports_(std::move(ports)) {}

std::size_t release_desk::first_bytes::operator()(const digest& d) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, d.data(), sizeof first);
    return first;
}

void release_desk::add(job& job, const record_id& id, const version_id& version) {
    encoder bytes;
    bytes.text(id).text(version);
    if (job.seen.insert(digests_.digest_of(bytes.bytes())).second) {
        job.ready.push_back({id, 0, {}});
    }
}

void release_desk::on_gone(server_id who) {
    jobs_.erase(who);
}

// -- catalogues ----------------------------------------------------------------------------------

bool release_desk::catalogues_complete(const job& job) const {
    // Among fc-c+1 commanders that nobody convicted one is loyal and lists everything.
    const auto convicted = std::min<std::size_t>(convicted_.size(), cluster_.tolerate.commanders);
    std::size_t left = 0;
    std::size_t complete = 0;
    for (const auto& [commander, read] : job.catalogues) {
        if (!convicted_.contains(commander)) {
            ++left;
            complete += read.complete ? 1 : 0;
        }
    }
    return complete >= std::min<std::size_t>(left, cluster_.tolerate.commanders - convicted + 1);
}

void release_desk::read_catalogues(job& job, tick now) {
    const auto enough = 2 * static_cast<std::size_t>(batch_) * cluster_.window;
    if (job.ready.size() >= std::max(enough, catalogue_page_records_max)) {
        return;
    }
    for (auto& [commander, read] : job.catalogues) {
        const bool waits = read.asked != 0 && now < read.asked_at + catalogue_patience;
        if (!read.complete && !waits) {
            read.asked = ++questions_;
            read.asked_at = now;
            ports_.ask(commander, {read.asked, read.after, job.follow});
        }
    }
}

void release_desk::on_page(server_id commander, const catalogue_page& page, tick now) {
    for (auto& [who, job] : jobs_) {
        const auto at = job.catalogues.find(commander);
        if (at == job.catalogues.end() || at->second.asked != page.number || page.number == 0) {
            continue;
        }
        auto& read = at->second;
        read.asked = 0;
        // One that goes back would never end.
        read.complete = page.last || page.records.empty() || page.records.front().id <= read.after;
        if (!page.records.empty() && page.records.front().id > read.after) {
            read.after = page.records.back().id;
            read.listed += page.records.size();
            for (const auto& record : page.records) {
                add(job, record.id, record.version);
            }
        }
        read.complete = read.complete || read.listed >= service_.catalogue_max;
        on_tick(now);
        return;
    }
}

// -- rounds --------------------------------------------------------------------------------------

bool release_desk::submit_from(job& job) {
    const auto size = std::min<std::size_t>(job.ready.size(), batch_);
    flight out{job.who, job.number, {}};
    std::vector<record_id> ids;
    for (std::size_t i = 0; i < size; ++i) {
        ids.push_back(job.ready[i].id);
    }
    const auto number = submissions_ + 1;
    if (!ports_.submit({number, std::make_shared<const std::vector<record_id>>(std::move(ids))})) {
        return false;
    }
    submissions_ = number;
    for (std::size_t i = 0; i < size; ++i) {
        out.records.push_back(std::move(job.ready.front()));
        job.ready.pop_front();
    }
    job.in_flight += size;
    flying_.emplace(number, std::move(out));
    return true;
}

void release_desk::pump(tick now) {
    const auto most = 2 * static_cast<std::size_t>(cluster_.window);
    // Each operator in turn, so that none waits for another's million.
    for (bool found = true; found && flying_.size() < most;) {
        found = false;
        auto next = jobs_.upper_bound(served_last_);
        for (std::size_t i = 0; i < jobs_.size() && !found; ++i, ++next) {
            next = next == jobs_.end() ? jobs_.begin() : next;
            auto& job = next->second;
            while (!job.later.empty() && job.later.begin()->first <= now) {
                job.ready.push_back(std::move(job.later.begin()->second));
                job.later.erase(job.later.begin());
            }
            if (!job.ready.empty() && job.unsent.empty() && !job.finished) {
                found = submit_from(job);
                served_last_ = job.who;
                if (!found) {
                    return;
                }
            }
        }
    }
}

std::size_t release_desk::waiting() const noexcept {
    std::size_t records = 0;
    for (const auto& [who, job] : jobs_) {
        records += job.ready.size() + job.later.size() + job.in_flight;
    }
    return records;
}

void release_desk::on_closed(const round_report& report, tick now) {
    for (const auto& found : report.closed.convictions) {
        if (found.for_good) {
            convicted_.insert(found.commander);
        }
    }
    const auto at = flying_.find(report.closed.submission);
    if (at == flying_.end()) {
        return;
    }
    auto flight = std::move(at->second);
    flying_.erase(at);
    halted_ = halted_ || report.closed.halted;
    // Another operator may have got the name of one that left.
    if (const auto wants = jobs_.find(flight.who);
        wants != jobs_.end() && wants->second.number == flight.job) {
        auto& job = wants->second;
        job.in_flight -= std::min<std::uint64_t>(job.in_flight, flight.records.size());
        for (std::size_t i = 0; i < flight.records.size() && !halted_; ++i) {
            settle(job, std::move(flight.records[i]), report, i, now);
        }
    }
    on_tick(now);
}

void release_desk::settle(job& job, pending tried, const round_report& report, std::size_t at,
                          tick now) {
    const auto& decided = report.closed.decided[at];
    ordered_json line{{"id", tried.id}};
    if (decided.outcome == record_outcome::released) {
        ++job.count.released;
        line["outcome"] = "released";
        line["version"] = decided.released.version;
    } else {
        const auto why = why_not_released(cluster_, report, at);
        tried.why = why.most_given ? std::string{to_string(*why.most_given)} : "no_votes";
        const bool disputed = decided.outcome == record_outcome::unresolved
                              && why.most_given == reason::commanders_differ;
        if (!why.for_sure && !(disputed && tried.attempts + 1 >= disputes_max)) {
            const auto longest = service_.retry_ms_max * (second / 1'000);
            const auto pause =
                std::min<tick>(longest, first_retry << std::min(tried.attempts, 16U));
            ++tried.attempts;
            job.later.emplace(now + pause, std::move(tried));
            return;
        }
        ++(why.for_sure ? job.count.withheld : job.count.unresolved);
        line["outcome"] = why.for_sure ? "withheld" : "unresolved";
        line["reason"] = tried.why;
    }
    line["round"] = number_of(report.closed.round);
    job.outcomes.push_back(std::move(line));
    if (job.outcomes.size() >= outcomes_a_frame) {
        flush(job);
    }
}

// -- answers -------------------------------------------------------------------------------------

void release_desk::flush(job& job) {
    if (!job.outcomes.empty()) {
        job.unsent.push_back(dumped({{"type", "outcomes"}, {"records", job.outcomes}}));
        job.outcomes = ordered_json::array();
    }
    while (!job.unsent.empty() && ports_.reply(job.who, job.unsent.front())) {
        job.unsent.pop_front();
    }
}

void release_desk::finish(job& job, bool late, bool halted) {
    const auto undecided = job.ready.size() + job.later.size() + job.in_flight;
    ordered_json open = ordered_json::array();
    const auto tell = [&](const pending& one) {
        if (open.size() < outcomes_a_frame) {
            open.push_back({{"id", one.id}, {"reason", one.why.empty() ? "not_tried" : one.why}});
        }
    };
    std::for_each(job.ready.begin(), job.ready.end(), tell);
    for (const auto& [when, one] : job.later) {
        tell(one);
    }
    for (const auto& [number, flight] : flying_) {
        if (flight.job == job.number) {
            std::for_each(flight.records.begin(), flight.records.end(), tell);
        }
    }
    job.unsent.push_back(dumped({{"type", "done"},
                                 {"released", job.count.released},
                                 {"withheld", job.count.withheld},
                                 {"unresolved", job.count.unresolved},
                                 {"undecided", undecided},
                                 {"complete", job.all ? catalogues_complete(job) : true},
                                 {"late", late},
                                 {"halted", halted},
                                 {"open", std::move(open)}}));
    job.finished = true;
    flush(job);
}

void release_desk::look_after(job& job, tick now) {
    if (job.all && !job.listed) {
        if (job.follow && catalogues_complete(job) && job.ready.empty() && job.in_flight == 0) {
            if (job.look_again == 0) {
                job.look_again = now + follow_pause;
            } else if (now >= job.look_again) {
                job.look_again = 0;
                for (auto& [commander, read] : job.catalogues) {
                    read = {};
                }
            }
        }
        read_catalogues(job, now);
    }
    if (now >= job.progress_at && job.begun && job.unsent.empty()) {
        job.progress_at = now + progress_pause;
        const auto waiting_for = job.later.empty() ? std::string{} : job.later.begin()->second.why;
        flush(job);
        job.unsent.push_back(dumped({{"type", "progress"},
                                     {"released", job.count.released},
                                     {"withheld", job.count.withheld},
                                     {"unresolved", job.count.unresolved},
                                     {"in_flight", job.in_flight},
                                     {"ready", job.ready.size()},
                                     {"waiting", job.later.size()},
                                     {"waiting_for", waiting_for}}));
    }
    flush(job);
}

void release_desk::on_tick(tick now) {
    pump(now);
    std::vector<server_id> done;
    for (auto& [who, job] : jobs_) {
        if (job.finished) {
            flush(job);
            if (job.unsent.empty()) {
                done.push_back(who);
            }
            continue;
        }
        look_after(job, now);
        const bool idle = job.ready.empty() && job.later.empty() && job.in_flight == 0;
        const bool listed = job.listed || (job.all && !job.follow && catalogues_complete(job));
        const bool late = job.deadline && now >= *job.deadline;
        if (job.begun && (halted_ || late || (idle && listed))) {
            finish(job, late && !(idle && listed), halted_);
            if (job.unsent.empty()) {
                done.push_back(who);
            }
        }
    }
    for (const auto who : done) {
        jobs_.erase(who);
    }
}

} // namespace byzgate
