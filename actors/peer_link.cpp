#include "actors/peer_link.hpp"

#include <algorithm>
#include <utility>

#include "actors/link_messages.hpp"

namespace byzgate {

namespace {

/// Longer than anybody waits between two attempts.
constexpr std::chrono::minutes present_for{1};

} // namespace

peer_link::peer_link(server_id local, server_id peer, std::string address,
                     const link_limits& limits)
    : local(local), peer(peer), address(std::move(address)), limits(limits),
      credit_(limits.window_bytes) {
    status_.local = local;
    status_.peer = peer;
    status_.address = this->address;
    status_.problem = "not connected yet";
}

frame_fate peer_link::push(std::string frame) {
    const std::lock_guard lock{mutex_};
    const auto fate = [&] {
        if (!status_.up) {
            return frame.size() > limits.message_bytes_max ? frame_fate::oversized
                                                           : frame_fate::link_down;
        }
        if (frame.size() > std::min(limits.message_bytes_max, peer_bytes_max_)) {
            return frame_fate::oversized;
        }
        const auto waiting = status_.queued_bytes + cost_of(frame.size());
        return waiting > limits.queue_bytes_max ? frame_fate::no_credit : frame_fate::queued;
    }();
    if (fate != frame_fate::queued) {
        ++status_.dropped;
        return fate;
    }
    status_.queued_bytes += cost_of(frame.size());
    queue_.push_back(std::move(frame));
    poke();
    return fate;
}

void peer_link::handled(std::size_t bytes) {
    handled_ += cost_of(bytes);
    const std::lock_guard lock{mutex_};
    poke();
}

link_status peer_link::status(std::chrono::steady_clock::time_point now) const {
    const std::lock_guard lock{mutex_};
    auto present = status_;
    if (problem_since_ && now - *problem_since_ > present_for) {
        present.problem += " (more than a minute ago; nothing came from there since)";
    }
    return present;
}

void peer_link::up(std::uint64_t connection, const caf::actor& broker, std::uint64_t bytes_max) {
    connection_ = connection;
    const std::lock_guard lock{mutex_};
    broker_ = broker;
    is_poked_ = false;
    peer_bytes_max_ = bytes_max;
    status_.up = true;
    status_.problem.clear();
    problem_since_.reset();
    status_.lasting = false;
    ++status_.connects;
    if (ingress_) {
        caf_compat::anonymous_send(ingress_, link_turn{true});
    }
}

bool peer_link::down(std::uint64_t connection) {
    if (connection_ == 0 || connection_ != connection) {
        return false;
    }
    connection_ = 0;
    const std::lock_guard lock{mutex_};
    broker_ = nullptr;
    status_.up = false;
    status_.dropped += queue_.size();
    status_.queued_bytes = 0;
    queue_ = {};
    if (ingress_) {
        caf_compat::anonymous_send(ingress_, link_turn{false});
    }
    return true;
}

caf::actor peer_link::broker() const {
    const std::lock_guard lock{mutex_};
    return broker_;
}

std::optional<std::string> peer_link::pop(const std::function<bool(std::size_t)>& fits) {
    const std::lock_guard lock{mutex_};
    if (queue_.empty() || !fits(queue_.front().size())) {
        return {};
    }
    auto next = std::move(queue_.front());
    queue_.pop_front();
    status_.queued_bytes -= cost_of(next.size());
    ++status_.frames_out;
    status_.bytes_out += next.size();
    return next;
}

bool peer_link::idle() const {
    const std::lock_guard lock{mutex_};
    return queue_.empty();
}

void peer_link::poked() {
    const std::lock_guard lock{mutex_};
    is_poked_ = false;
}

incoming_credit& peer_link::credit() {
    credit_.handled(handled_.exchange(0));
    return credit_;
}

void peer_link::deliver(std::string frame) {
    const std::lock_guard lock{mutex_};
    ++status_.frames_in;
    status_.bytes_in += frame.size();
    if (ingress_) {
        caf_compat::anonymous_send(ingress_, link_frame{std::move(frame)});
    }
}

void peer_link::count_refusal() {
    const std::lock_guard lock{mutex_};
    ++status_.refused;
}

void peer_link::expect(std::string problem) {
    set_problem(std::move(problem), false);
    const std::lock_guard lock{mutex_};
    problem_since_.reset();
}

void peer_link::set_problem(std::string problem, bool lasting) {
    const std::lock_guard lock{mutex_};
    if (!status_.up) {
        status_.problem = std::move(problem);
        status_.lasting = lasting;
        problem_since_ = std::chrono::steady_clock::now();
    }
}

void peer_link::start_ingress(const caf::actor& ingress) {
    const std::lock_guard lock{mutex_};
    ingress_ = ingress;
}

void peer_link::shut() {
    const std::lock_guard lock{mutex_};
    if (ingress_) {
        caf_compat::anonymous_send(ingress_, link_stop{});
    }
    ingress_ = nullptr;
    broker_ = nullptr;
    status_.up = false;
}

void peer_link::poke() {
    if (broker_ && !is_poked_) {
        is_poked_ = true;
        caf_compat::anonymous_send(broker_, link_poke{});
    }
}

} // namespace byzgate
