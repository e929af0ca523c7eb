#include "actors/tls_diagnosis.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <poll.h>
#include <sys/socket.h>

#include "actors/sockets.hpp"
#include "crypto/keys.hpp"
#include "net/names.hpp"

namespace byzgate {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// One certificate speaks for all servers of a process that has several, so its name may be
/// another.
bool dislikes(const secure_channel& channel) {
    const auto problem = channel.problem();
    return channel.secure() && problem && *problem != refusal_reason::no_such_name;
}

/// Moves bytes between a channel and a socket until one of them has said what there is to say.
void converse(secure_channel& channel, int socket, std::uint64_t patience_ms) {
    const auto deadline = steady_clock::now() + milliseconds{patience_ms};
    std::string unsent;
    std::array<char, 16U << 10> piece{};
    while (!channel.failed() && !channel.told() && !dislikes(channel)) {
        unsent += channel.take_wire();
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
        ::pollfd ready{socket, static_cast<short>(unsent.empty() ? POLLIN : POLLIN | POLLOUT), 0};
        if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0) {
            return;
        }
        if ((ready.revents & POLLOUT) != 0) {
            const auto sent = ::send(socket, unsent.data(), unsent.size(), MSG_NOSIGNAL);
            unsent.erase(0, static_cast<std::size_t>(std::max<::ssize_t>(sent, 0)));
        }
        if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const auto got = ::recv(socket, piece.data(), piece.size(), 0);
            if (got <= 0) {
                return;
            }
            channel.receive({piece.data(), static_cast<std::size_t>(got)});
            // A server whose TLS has taken our certificate begins to talk.
            if (!channel.take_plain().empty()) {
                return;
            }
        }
    }
}

std::uint64_t now_s() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<seconds>(system_clock::now().time_since_epoch()).count());
}

std::string with_detail(const std::string& what, const std::string& detail) {
    return detail.empty() ? what : what + " (" + detail + ")";
}

} // namespace

std::string diagnose_tls(int socket, const tls_trial& how) {
    struct closing {
        int socket;
        ~closing() { drop_socket(socket); }
    } const at_end{socket};
    std::string problem;
    try {
        const tls_identities own{{how.own}, how.authority};
        const auto channel = own.dial(how.own.server, how.peer);
        converse(*channel, socket, how.patience_ms);
        link_ends ends{link_name(how.local), link_name(how.peer), how.address};
        ends.own = own.times_of(how.own.server);
        ends.theirs = channel->peer_times();
        if (auto told = channel->told()) {
            // OpenSSL has one alert for both; but their certificate was found to be of our CA.
            if (told->reason == refusal_reason::bad_certificate && channel->secure()) {
                told->reason = refusal_reason::certificate_not_yet_valid;
            }
            problem = explain_their_refusal(*told, ends, now_s());
        } else if (dislikes(*channel) || channel->failed()) {
            const auto why = channel->problem().value_or(refusal_reason::not_tls);
            problem = with_detail(explain_our_refusal(why, ends, now_s()), channel->detail());
        }
    } catch (const key_error& wrong) {
        problem = wrong.what();
    }
    return problem;
}

} // namespace byzgate
