#include "actors/switchboard.hpp"

#include "protocol/wire.hpp"

namespace byzgate {

namespace {

/// Frames and bytes of one operator, or of one commander's catalogue, that wait for the service.
constexpr std::size_t guest_frames_max = 64;
constexpr std::size_t guest_bytes_max = 8U << 20;

} // namespace

void switchboard::connect(std::shared_ptr<transport> links) {
    const std::lock_guard lock{links_mutex_};
    links_ = std::move(links);
}

std::shared_ptr<transport> switchboard::disconnect() {
    const std::lock_guard lock{links_mutex_};
    return std::exchange(links_, nullptr);
}

std::vector<link_status> switchboard::links() const {
    std::shared_ptr<transport> links;
    {
        const std::lock_guard lock{links_mutex_};
        links = links_;
    }
    return links ? links->status() : std::vector<link_status>{};
}

std::vector<refusal_count> switchboard::refusals() const {
    std::shared_ptr<transport> links;
    {
        const std::lock_guard lock{links_mutex_};
        links = links_;
    }
    return links ? links->refusals() : std::vector<refusal_count>{};
}

frame_fate switchboard::route(server_id from, server_id to, std::string frame) {
    if (is_local(to)) {
        on_frame(to, from, frame);
        return frame_fate::queued;
    }
    std::shared_ptr<transport> links;
    {
        const std::lock_guard lock{links_mutex_};
        links = links_;
    }
    return links ? links->send(from, to, std::move(frame)) : frame_fate::link_down;
}

void switchboard::on_frame(server_id at, server_id peer, const std::string& frame) {
    const auto mark = frame.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(frame[0]);
    if (is_operator(peer)) {
        if (at == supervisor_id && service) {
            on_service_frame(peer, frame);
        } else {
            ++unroutable_;
        }
    } else if (mark == catalogue_request_mark && peer == supervisor_id && catalogues.contains(at)) {
        on_catalogue_request(at, peer, frame);
    } else if (mark == catalogue_page_mark && at == supervisor_id && is_commander(peer)
               && service) {
        on_service_frame(peer, frame);
    } else {
        on_message(at, peer, frame);
    }
}

void switchboard::on_catalogue_request(server_id at, server_id peer, const std::string& frame) {
    auto asked = decode_catalogue_request(frame, cluster.limit);
    if (!asked) {
        ++unroutable_;
        return;
    }
    if (const auto line = lines.find({at, peer}); line != lines.end()) {
        asked->held = ingress_budget::hold(line->second.budget, frame.size());
        if (!asked->held) {
            ++line->second.counters->overflowed;
            return;
        }
    }
    caf_compat::anonymous_send(catalogues.at(at), std::move(*asked));
}

void switchboard::on_service_frame(server_id peer, const std::string& frame) {
    std::shared_ptr<ingress_budget> budget;
    {
        const std::lock_guard lock{guests_mutex_};
        const auto known = guests_.find(peer);
        if (known != guests_.end()) {
            budget = known->second;
        } else if (is_commander(peer) && cluster.contains(peer)) {
            budget = std::make_shared<ingress_budget>(guest_frames_max, guest_bytes_max);
            guests_.emplace(peer, budget);
        }
    }
    auto held = budget ? ingress_budget::hold(budget, frame.size()) : nullptr;
    if (!held) {
        ++unroutable_;
        return;
    }
    caf_compat::anonymous_send(service, service_frame{peer, frame, std::move(held)});
}

void switchboard::on_message(server_id at, server_id peer, const std::string& frame) {
    const auto known = lines.find({at, peer});
    if (known == lines.end()) {
        ++unroutable_;
        return;
    }
    const auto& line = known->second;
    ++line.counters->received;
    const auto refuse = [&](std::atomic<std::uint64_t>& counted, refusal why) {
        ++counted;
        if (const auto own = counters.find(at); own != counters.end()) {
            ++own->second->refusals[static_cast<std::size_t>(why)];
        }
    };
    if (!line.budget->take(frame.size())) {
        refuse(line.counters->overflowed, refusal::oversized);
        return;
    }
    auto what = decode_message(frame, cluster.limit);
    if (!what) {
        line.budget->give_back(frame.size());
        refuse(line.counters->malformed, refusal::malformed);
        return;
    }
    caf_compat::anonymous_send(
        line.proxy, from_peer{std::make_shared<const message>(std::move(*what)), frame.size()});
}

void switchboard::on_link(server_id at, server_id peer, bool up) {
    if (at != supervisor_id || !service) {
        return;
    }
    if (is_operator(peer)) {
        {
            const std::lock_guard lock{guests_mutex_};
            if (!up) {
                guests_.erase(peer);
            } else if (guests_.size() < cluster.commanders + std::size_t{2} * operators_max) {
                guests_[peer] = std::make_shared<ingress_budget>(guest_frames_max, guest_bytes_max);
            }
        }
        caf_compat::anonymous_send(service, link_change{peer, up});
    } else if (peer == external_party_id) {
        caf_compat::anonymous_send(outbox, link_change{peer, up});
    }
}

} // namespace byzgate
