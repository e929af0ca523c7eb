// The first half of the desk: what operators ask for, which may be anything.
#include "actors/release_desk.hpp"

#include <algorithm>

namespace byzgate {

namespace {

using json = nlohmann::json;

constexpr double ticks_a_second = 1'000'000;
constexpr std::size_t request_bytes_max = 1U << 20;
constexpr double deadline_s_max = 1e9;

/// One object with nothing but these members, and no member twice.
std::optional<json> parse_request(std::string_view frame) {
    if (frame.size() > request_bytes_max) {
        return std::nullopt;
    }
    std::vector<std::set<std::string>> names;
    bool twice = false;
    const auto look = [&](int depth, json::parse_event_t event, json& parsed) {
        if (depth > 2) {
            twice = true;
        } else if (event == json::parse_event_t::object_start) {
            names.emplace_back();
        } else if (event == json::parse_event_t::key && !names.empty()) {
            twice = twice || !names.back().insert(parsed.get<std::string>()).second;
        } else if (event == json::parse_event_t::object_end && !names.empty()) {
            names.pop_back();
        }
        return !twice;
    };
    auto parsed = json::parse(frame.begin(), frame.end(), look, false);
    return !twice && parsed.is_object() ? std::optional{std::move(parsed)} : std::nullopt;
}

bool has_only(const json& object, const std::set<std::string>& known) {
    return std::all_of(object.items().begin(), object.items().end(),
                       [&](const auto& member) { return known.contains(member.key()); });
}

bool flag_of(const json& object, const char* name) {
    return object.contains(name) && object[name].is_boolean() && object[name].get<bool>();
}

} // namespace

void release_desk::refuse(job& job, const std::string& why) {
    // Whether it arrives is the operator's concern.
    ports_.reply(job.who, json{{"type", "refused"}, {"why", why}}.dump());
}

void release_desk::on_request(server_id who, std::string_view frame, tick now) {
    auto known = jobs_.find(who);
    if (known == jobs_.end()) {
        if (jobs_.size() >= service_.operators_max) {
            job nobody;
            nobody.who = who;
            refuse(nobody, "too many requests at a time; try again later");
            return;
        }
        known = jobs_.try_emplace(who).first;
        known->second.who = who;
        known->second.number = ++begun_;
    }
    auto& job = known->second;
    const auto request = parse_request(frame);
    if (!request || !request->contains("type") || !(*request)["type"].is_string()) {
        refuse(job, "not a request: one JSON object with a \"type\"");
        jobs_.erase(known);
        return;
    }
    begin(job, *request, now);
    if (jobs_.contains(who)) {
        on_tick(now);
    }
}

void release_desk::begin(job& job, const json& request, tick now) {
    const auto who = job.who;
    const auto fail = [&](const std::string& why) {
        refuse(job, why);
        jobs_.erase(who);
    };
    const auto type = request["type"].get<std::string>();
    const bool named = type == "release";
    if (!named && type != "all") {
        return fail("unknown \"type\"; there are \"release\" and \"all\"");
    }
    if (job.listed || job.all || (job.begun && !named)) {
        return fail("one request for each connection");
    }
    if (!has_only(request, named ? std::set<std::string>{"type", "ids", "last", "deadline_s"}
                                 : std::set<std::string>{"type", "follow", "deadline_s"})) {
        return fail("a member that is not known");
    }
    if (request.contains("deadline_s")) {
        const auto& seconds = request["deadline_s"];
        if (!seconds.is_number() || !(seconds.get<double>() > 0)
            || seconds.get<double>() > deadline_s_max) {
            return fail("\"deadline_s\" is a number of seconds above 0");
        }
        job.deadline = now + static_cast<tick>(seconds.get<double>() * ticks_a_second);
    }
    job.begun = true;
    if (!named) {
        job.all = true;
        job.follow = flag_of(request, "follow");
        for (std::uint32_t x = 0; x < cluster_.commanders; ++x) {
            job.catalogues.try_emplace(commander_id(x));
        }
        return;
    }
    if (!request.contains("ids") || !request["ids"].is_array()) {
        return fail("\"ids\" is a list of texts");
    }
    for (const auto& id : request["ids"]) {
        if (!id.is_string() || id.get_ref<const std::string&>().empty()
            || id.get_ref<const std::string&>().size() > cluster_.limit.record_id_bytes_max) {
            return fail("an id is a text of 1 to "
                        + std::to_string(cluster_.limit.record_id_bytes_max) + " bytes");
        }
        if (job.seen.size() >= service_.catalogue_max) {
            return fail("more ids than [service] catalogue_max");
        }
        add(job, id.get<std::string>(), {});
    }
    job.listed = flag_of(request, "last");
}

} // namespace byzgate
