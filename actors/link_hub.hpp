/// What all connections of a transport share, and the broker that accepts and makes them. Nearly
/// all of it lives on CAF's I/O thread; what doesn't says so.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <caf/io/broker.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/identity_files.hpp"
#include "actors/line_limit.hpp"
#include "actors/peer_link.hpp"
#include "actors/sockets.hpp"
#include "actors/tls_transport.hpp"
#include "net/backoff.hpp"
#include "net/tls.hpp"

namespace byzgate {

class link_hub {
public:
    link_hub(tls_transport_settings settings, caf::actor_system& system);

    // Any thread.
    const tls_transport_settings settings;
    const session_settings session;
    /// By local server and peer; those of operators come and go.
    [[nodiscard]] std::shared_ptr<peer_link> find(server_id local, server_id peer) const;
    [[nodiscard]] std::vector<std::shared_ptr<peer_link>> links() const;
    [[nodiscard]] session_time now() const;
    void log(bool warning, const std::string& line);
    void count(refusal_reason reason);
    [[nodiscard]] std::vector<refusal_count> refusals() const;
    /// From here on no event is told.
    void mute() { muted_ = true; }
    [[nodiscard]] bool wait_until_quiet(std::chrono::milliseconds patience);
    dialer connector;

    /// Of this process's certificates: when they run out, and what is wrong with them. Before
    /// `start`, and then on the I/O thread.
    void tell_certificates();

    // The I/O thread.
    std::optional<identity_files> identities; ///< nothing: plain
    struct connection {
        caf::actor broker;
        bool stranger = true;
    };
    [[nodiscard]] std::uint64_t opened(const caf::actor& broker, bool stranger);
    /// Its peer has said who it is.
    void greeted(std::uint64_t connection);
    void closed(std::uint64_t connection);
    /// The link's attempt to connect, or its connection, is over.
    void link_ended(const std::shared_ptr<peer_link>& link, bool was_up);
    /// Nothing if there are too many already.
    [[nodiscard]] std::shared_ptr<peer_link> add_operator(server_id local, std::string address);
    void remove_operator(const std::shared_ptr<peer_link>& link);
    [[nodiscard]] bool is_local(server_id id) const;
    [[nodiscard]] bool stopping() const noexcept { return stopping_; }
    /// A line about a link; few of one kind (`what`), however often a peer comes and goes.
    void log_link(peer_link& link, const std::string& what, const std::string& line);
    void log_up(peer_link& link);
    /// A refusal that belongs to no link; such lines are few, however many strangers come.
    void log_stranger(refusal_reason reason, const std::string& address, const std::string& line);
    /// Links of other servers that are up now.
    [[nodiscard]] std::size_t links_up() const;
    /// Of the links that are down, the only one whose peer connects from this address to `local`
    /// (nothing: to any of ours). Null if there is none or several.
    [[nodiscard]] std::shared_ptr<peer_link> awaited_from(const std::string& address,
                                                          std::optional<server_id> local) const;

    void start(const caf::actor& hub);
    void on_tick();
    void on_connected(const std::shared_ptr<peer_link>& link);
    void on_unreachable(const std::shared_ptr<peer_link>& link, const std::string& problem);
    void stop();
    [[nodiscard]] bool quiet() const noexcept { return connections_.empty(); }
    void tell_quiet();

private:
    struct attempt {
        std::shared_ptr<peer_link> link;
        std::string host;
        std::uint16_t port = 0;
        backoff wait;
        std::uint64_t next_ms = 0;
        bool busy = false;
    };

    void start_ingress(const std::shared_ptr<peer_link>& link);
    void evict_stranger();
    void look_at_files(std::uint64_t now_ms);

    caf::actor_system& system_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::atomic<bool> muted_{false};
    std::array<std::atomic<std::uint64_t>, refusal_reasons> refused_{};

    mutable std::mutex links_mutex_;
    std::map<std::pair<server_id, server_id>, std::shared_ptr<peer_link>> links_;
    std::mutex log_mutex_;
    std::mutex quiet_mutex_;
    std::condition_variable quiet_changed_;
    bool is_quiet_ = false;

    caf::actor hub_;
    std::map<std::uint64_t, connection> connections_;
    std::size_t strangers_ = 0;
    std::uint64_t last_connection_ = 0;
    std::vector<attempt> attempts_;
    std::uint64_t chance_;
    static constexpr std::uint32_t operator_numbers = 4'096;
    std::size_t operators_ = 0; ///< connected
    std::uint32_t next_operator_ = 0;
    line_limit stranger_lines_;
    std::uint64_t looked_ms_ = 0;
    std::uint64_t told_certificates_ms_ = 0;
    bool stopping_ = false;
};

struct hub_state {
    static constexpr const char* name = "byzgate.link-hub";
    std::shared_ptr<link_hub> hub;
};
/// The broker that accepts on `listening` (-1: none) and forks one broker for each connection.
caf::behavior hub_actor(caf::stateful_actor<hub_state, caf::io::broker>* self,
                        const std::shared_ptr<link_hub>& hub, int listening);

} // namespace byzgate
