// What the hub tells the log, and when it looks at the files of certificates.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "actors/link_hub.hpp"

namespace byzgate {

namespace {

constexpr std::uint64_t look_interval_ms = 1'000;
constexpr std::uint64_t certificate_interval_ms = 86'400'000;

std::string with_count(const std::string& line, std::uint64_t times) {
    return times > 1 ? fmt::format("{} ({} times since the last such line)", line, times) : line;
}

} // namespace

void link_hub::log_link(peer_link& link, const std::string& what, const std::string& line) {
    // Whoever was told that it is up some time ago is told that it isn't any more.
    constexpr std::uint64_t steady_ms = 3'000;
    const auto now_ms = now().steady_ms;
    const bool turned = !link.told_down && now_ms - link.told_up_ms >= steady_ms;
    if (auto times = link.lines.due(what, now_ms); times || turned) {
        times = times.value_or(1);
        link.told_down = true;
        log(true, link_name(link.local) + ": " + with_count(line, *times));
    }
}

void link_hub::log_up(peer_link& link) {
    // Whoever was told that it is down, and nobody else, waits for this.
    if (std::exchange(link.told_down, false)) {
        link.told_up_ms = now().steady_ms;
        log(false, link_name(link.local) + ": link to " + link_name(link.peer) + " is up");
    }
}

void link_hub::log_stranger(refusal_reason reason, const std::string& address,
                            const std::string& line) {
    const auto what = std::string{to_string(reason)} + " " + address;
    if (const auto times = stranger_lines_.due(what, now().steady_ms)) {
        log(true, with_count(line, *times));
    }
}

std::size_t link_hub::links_up() const {
    const auto all = links();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const auto& link) {
        return !is_operator(link->peer) && link->connection() != 0;
    }));
}

std::shared_ptr<peer_link> link_hub::awaited_from(const std::string& address,
                                                  std::optional<server_id> local) const {
    std::shared_ptr<peer_link> only;
    for (const auto& link : links()) {
        const auto host = link->address.substr(0, link->address.rfind(':'));
        if (host != address || link->connection() != 0 || dials(link->local, link->peer)
            || (local && link->local != *local)) {
            continue;
        }
        if (only) {
            return nullptr;
        }
        only = link;
    }
    return only;
}

void link_hub::tell_certificates() {
    if (!identities) {
        return;
    }
    told_certificates_ms_ = now().steady_ms;
    for (const auto& line : identities->now().warnings(now().clock_s)) {
        log(true, line);
    }
    for (const auto& own : settings.locals) {
        if (const auto times = identities->now().times_of(own.server);
            times && settings.on_certificate && !muted_) {
            settings.on_certificate(own.server, *times);
        }
    }
}

void link_hub::look_at_files(std::uint64_t now_ms) {
    if (!identities || now_ms - looked_ms_ < look_interval_ms) {
        return;
    }
    looked_ms_ = now_ms;
    if (const auto news = identities->look()) {
        if (news->problem.empty()) {
            log(false, "the certificates were read again: their files changed");
            tell_certificates();
        } else {
            log(true, news->problem
                          + "; until then the certificates stay in use that were read "
                            "before");
        }
    }
    if (now_ms - told_certificates_ms_ >= certificate_interval_ms) {
        tell_certificates();
    }
}

} // namespace byzgate
