#include "actors/basp_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <caf/event_based_actor.hpp>
#include <fmt/format.h>

#include "actors/basp_connection.hpp"
#include "actors/caf_basp.hpp"
#include "actors/hub_transport.hpp"
#include "actors/link_messages.hpp"
#include "actors/tls_diagnosis.hpp"
#include "crypto/keys.hpp"
#include "net/openssl.hpp"

namespace byzgate {

namespace {

using std::chrono::milliseconds;

/// Unacknowledged by a peer: what keeps distant hosts busy.
constexpr std::uint64_t unsent_bytes_max = 4U << 20;

/// A copy of a file in memory. CAF reads certificates and keys for each connection, and aborts the
/// process if one of them is gone meanwhile.
class kept_file {
public:
    explicit kept_file(const std::filesystem::path& file)
        : copy_(::memfd_create("byzgate", MFD_CLOEXEC)) {
        const int from = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        struct ::stat about {};
        const bool read =
            copy_ >= 0 && from >= 0 && ::fstat(from, &about) == 0
            && ::sendfile(copy_, from, nullptr, static_cast<std::size_t>(about.st_size))
                   == about.st_size;
        const auto error = errno;
        if (from >= 0) {
            ::close(from);
        }
        if (!read) {
            if (copy_ >= 0) {
                ::close(copy_);
            }
            throw key_error(
                fmt::format("{}: can't be read: {}", file.string(), std::strerror(error)));
        }
    }
    kept_file(const kept_file&) = delete;
    kept_file& operator=(const kept_file&) = delete;
    ~kept_file() { ::close(copy_); }

    [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", copy_); }

private:
    int copy_;
};

struct basp_config : caf_compat::basic_config<caf::id_block::byzgate_links> {
    basp_config(const tls_transport_settings& settings, bool is_secure)
        : basic_config(caf_compat::scheduling::sharing, 1) {
        caf_compat::load_basp(*this, milliseconds{settings.times.heartbeat_ms});
        if (is_secure) {
            const auto& own = settings.locals.front();
            certificate.emplace(own.certificate);
            key.emplace(own.key);
            authority.emplace(settings.authority);
            caf_compat::secure_basp(*this, {certificate->path(), key->path(), authority->path()});
        }
    }

    std::optional<kept_file> certificate;
    std::optional<kept_file> key;
    std::optional<kept_file> authority;
};

/// The hub of links whose connections are actors. What it publishes is itself.
class door {
public:
    door(caf::io::broker* self, std::shared_ptr<link_hub> hub, caf::actor nodes, bool is_secure)
        : self_(self), hub_(std::move(hub)), nodes_(std::move(nodes)), is_secure_(is_secure) {}

    void on_call(const basp_call& m) const {
        const auto caller = self_->current_sender();
        if (caller && !hub_->stopping()) {
            self_->system().middleman().spawn_broker(basp_called_actor, caller, hub_, m.bytes);
        }
    }
    /// Somebody listens there: only now CAF is asked, whose own connecting has no patience and
    /// one thread for all.
    void on_found(const link_connected& m) const {
        const auto at = remote_address(m.socket);
        drop_socket(m.socket);
        if (hub_->stopping()) {
            return;
        }
        const auto lost = [hub = hub_, link = m.link](const std::string& problem) {
            if (!hub->stopping()) {
                hub->on_unreachable(link, problem);
            }
        };
        const auto find_out = [self = self_, hub = hub_, link = m.link, at,
                               is_secure = is_secure_](const std::string& otherwise) {
            if (is_secure && !hub->stopping()) {
                diagnose(self, hub, link, at, otherwise);
            } else if (!hub->stopping()) {
                hub->on_unreachable(link, otherwise);
            }
        };
        caf_compat::look_up(
            self_, is_secure_, milliseconds{hub_->settings.times.handshake_ms}, at.host, at.port,
            [self = self_, hub = hub_, link = m.link,
             lost](const caf::strong_actor_ptr& published) {
                if (!published) {
                    lost("another program speaks BASP there; correct the port");
                } else if (!hub->stopping()) {
                    self->system().middleman().spawn_broker(basp_calling_actor, published, hub,
                                                            link);
                }
            },
            [find_out, address = m.link->address](const std::string& error) {
                find_out(fmt::format("{}: BASP found no way in ({}); is the process there one of "
                                     "this cluster, with the same [transport]?",
                                     address, error));
            });
    }
    void on_tick() const {
        // Nodes have heartbeats, so whoever is silent is gone, stands still, or is none. CAF would
        // wait for it, in a TLS handshake even with all of its thread's time.
        const auto silence = hub_->settings.times.silence_ms;
        for (const auto socket : caf_compat::sockets_of(nodes_)) {
            if (silent_ms(socket) > silence) {
                cut_connection(socket);
            } else {
                tune_connection(socket, silence);
            }
        }
        hub_->on_tick();
    }
    void on_stop() const {
        if (!hub_->stopping()) {
            hub_->stop();
        }
        if (hub_->quiet()) {
            for (const auto socket : caf_compat::sockets_of(nodes_)) {
                end_connection(socket);
            }
            hub_->tell_quiet();
            self_->quit();
        }
    }

private:
    /// CAF doesn't say why TLS failed: a handshake of our own does, in a thread that may wait.
    static void diagnose(caf::io::broker* self, const std::shared_ptr<link_hub>& hub,
                         const std::shared_ptr<peer_link>& link, const socket_address& at,
                         const std::string& otherwise) {
        const auto& settings = hub->settings;
        const auto& own = settings.locals.front(); // It speaks for all of the process.
        tls_trial how{link->local,
                      link->peer,
                      link->address,
                      {own.server, own.certificate, own.key},
                      settings.authority};
        how.patience_ms = std::min<std::uint64_t>(how.patience_ms, settings.times.handshake_ms);
        hub->connector.dial(at.host, at.port, how.patience_ms, settings.insecure_loopback,
                            [&system = self->system(), to = caf::actor_cast<caf::actor>(self), link,
                             how, otherwise](int socket, const std::string& problem) {
                                const auto say = [to, link](const std::string& what) {
                                    caf_compat::anonymous_send(to, link_unreachable{link, what});
                                };
                                if (socket < 0) {
                                    say(problem);
                                    return;
                                }
                                system.spawn<caf::detached>([socket, how, otherwise, say] {
                                    const auto found = diagnose_tls(socket, how);
                                    say(found.empty() ? otherwise : found);
                                });
                            });
    }

    caf::io::broker* self_;
    std::shared_ptr<link_hub> hub_;
    caf::actor nodes_;
    bool is_secure_;
};

caf::behavior door_actor(caf::stateful_actor<hub_state, caf::io::broker>* self,
                         const std::shared_ptr<link_hub>& hub, const caf::actor& nodes,
                         bool is_secure) {
    caf_compat::state_of(self).hub = hub;
    self->set_default_handler(caf::drop);
    hub->start(caf::actor_cast<caf::actor>(self));
    const door opened{self, hub, nodes, is_secure};
    return {
        [opened](const basp_call& m) { opened.on_call(m); },
        [opened](const link_connected& m) { opened.on_found(m); },
        [hub](const link_unreachable& m) { hub->on_unreachable(m.link, m.problem); },
        [opened](const link_tick&) { opened.on_tick(); },
        [opened](const link_stop&) { opened.on_stop(); },
    };
}

class basp_transport final : public hub_transport {
public:
    basp_transport(std::unique_ptr<basp_config> config, tls_transport_settings settings,
                   bool is_secure)
        : hub_transport(std::move(config), std::move(settings)) {
        const auto& listen = hub()->settings.listen;
        std::string host;
        std::uint16_t port = 0;
        if (listen) {
            // CAF doesn't say why it can't listen: so first a socket that does.
            const auto trial =
                listen_on(listen->host, listen->port, hub()->settings.insecure_loopback);
            host = local_address(trial.socket).host;
            port = trial.port;
            drop_socket(trial.socket);
        }
        const auto actor = system().middleman().spawn_broker(
            door_actor, hub(), caf_compat::basp_broker_of(system()), is_secure);
        opened(actor, port);
        if (listen) {
            const auto published = caf_compat::publish(system(), is_secure, actor, port, host);
            if (!published) {
                throw transport_error(fmt::format("{}:{}: CAF can't listen here; look who else "
                                                  "uses the port (ss -ltnp)",
                                                  host, port));
            }
        }
    }
};

} // namespace

std::unique_ptr<link_transport> make_basp_transport(tls_transport_settings settings, bool plain) {
    expect_sense(settings);
    const bool is_secure = !plain && !settings.insecure_loopback;
    std::vector<std::string> warnings;
    if (is_secure) {
        ossl::forget_errors_at_sockets();
        // Only for what is wrong with the files, which CAF would not say.
        std::vector<tls_identities::files> own;
        for (const auto& each : settings.locals) {
            own.push_back({each.server, each.certificate, each.key});
        }
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        warnings = tls_identities{own, settings.authority}.warnings(static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(now).count()));
    }
    warnings.push_back(is_secure
                           ? "links by BASP: every host with a certificate of this cluster's CA "
                             "can do with this process what it likes (docs/threat-model.md)"
                           : "links by BASP without TLS: everybody who can connect can do with "
                             "this process what they like (docs/threat-model.md)");
    settings.plain_channels = true;
    settings.limits.unsent_bytes_max = unsent_bytes_max;
    auto config = std::make_unique<basp_config>(settings, is_secure);
    if (settings.on_log) {
        for (const auto& line : warnings) {
            settings.on_log(true, line);
        }
    }
    return std::make_unique<basp_transport>(std::move(config), std::move(settings), is_secure);
}

} // namespace byzgate
