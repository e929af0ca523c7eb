#include "actors/basp_connection.hpp"

#include <utility>

#include "actors/caf_basp.hpp"
#include "actors/link_messages.hpp"

namespace byzgate {

namespace {

/// Acknowledged one by one: on a slow network an acknowledgement is a sign of life.
constexpr std::size_t piece_bytes = 128U << 10;

class basp_wire final : public link_wire {
public:
    /// `door`: whom the first bytes go to; `other`: who answers, if that is known.
    basp_wire(connection_broker* self, caf::strong_actor_ptr door, caf::strong_actor_ptr other)
        : self_(self), door_(std::move(door)), other_(std::move(other)) {}

    void write(const std::string& bytes) override {
        if (!other_ && has_called_) {
            return; // Nobody has answered, so there is nobody to tell why this ends.
        }
        unsent_ += bytes.size();
        if (!other_) {
            has_called_ = true;
            tell(door_, basp_call{bytes});
            return;
        }
        for (std::size_t first = 0; first < bytes.size(); first += piece_bytes) {
            tell(other_, basp_bytes{bytes.substr(first, piece_bytes)});
        }
    }
    void end() override {
        if (other_ && !std::exchange(has_ended_, true)) {
            tell(other_, basp_end{});
        }
    }
    void cut() override {
        caf_compat::anonymous_send(caf::actor_cast<caf::actor>(self_), link_cut{});
    }
    [[nodiscard]] std::string remote_address() const override {
        return caf::to_string((other_ ? other_ : door_)->node());
    }

    /// Whether this is from the other end; who answers a call first is.
    [[nodiscard]] bool is_from_other() {
        const auto& sender = self_->current_sender();
        if (!other_ && sender && sender->node() == door_->node()) {
            other_ = sender;
            caf_compat::watch(self_, other_, [self = self_] { connection_lost(self); });
        }
        return other_ && sender == other_;
    }
    void acknowledge(std::uint64_t bytes) { tell(other_, basp_taken{bytes}); }
    [[nodiscard]] std::uint64_t taken(std::uint64_t bytes) {
        unsent_ -= std::min(bytes, unsent_);
        return unsent_;
    }

private:
    template <class What>
    void tell(const caf::strong_actor_ptr& whom, What&& what) {
        caf_compat::send(self_, caf::actor_cast<caf::actor>(whom), std::forward<What>(what));
    }

    connection_broker* self_;
    caf::strong_actor_ptr door_;
    caf::strong_actor_ptr other_;
    std::uint64_t unsent_ = 0;
    bool has_called_ = false;
    bool has_ended_ = false;
};

caf::behavior handlers(connection_broker* self, basp_wire* wire) {
    return caf::message_handler{
        [self, wire](const basp_bytes& m) {
            if (wire->is_from_other()) {
                wire->acknowledge(m.bytes.size());
                connection_got(self, m.bytes);
            }
        },
        [self, wire](const basp_taken& m) {
            if (wire->is_from_other()) {
                connection_wrote(self, wire->taken(m.bytes));
            }
        },
        [self, wire](const basp_end&) {
            if (wire->is_from_other()) {
                connection_lost(self);
            }
        },
        [self](const link_cut&) { connection_lost(self); },
    }
        .or_else(connection_handlers(self));
}

} // namespace

caf::behavior basp_calling_actor(connection_broker* self, const caf::strong_actor_ptr& door,
                                 const std::shared_ptr<link_hub>& hub,
                                 const std::shared_ptr<peer_link>& link) {
    auto made = std::make_unique<basp_wire>(self, door, nullptr);
    auto* wire = made.get();
    caf_compat::watch(self, door, [self] { connection_lost(self); });
    begin_connection(self, std::move(made), hub, link);
    return handlers(self, wire);
}

caf::behavior basp_called_actor(connection_broker* self, const caf::strong_actor_ptr& caller,
                                const std::shared_ptr<link_hub>& hub, const std::string& first) {
    auto made = std::make_unique<basp_wire>(self, nullptr, caller);
    auto* wire = made.get();
    caf_compat::watch(self, caller, [self] { connection_lost(self); });
    begin_connection(self, std::move(made), hub, nullptr);
    wire->acknowledge(first.size());
    connection_got(self, first);
    return handlers(self, wire);
}

} // namespace byzgate
