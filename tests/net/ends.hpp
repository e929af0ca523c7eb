/// Two ends of a connection in memory, with certificates as bad as a test wants them.
#pragma once

#include <ctime>
#include <map>

#include <sys/stat.h>

#include "net/certificate_files.hpp"
#include "net/certificates.hpp"
#include "net/names.hpp"
#include "net/session.hpp"
#include "net/tls.hpp"
#include "tests/temporary_directory.hpp"

namespace byzgate::test {

inline std::uint64_t now_s() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

/// A CA and whatever it signed, as files.
class signed_names {
public:
    explicit signed_names(certificate_times of_authority = valid_for_days(10, now_s()))
        : authority_("trial", of_authority) {
        directory_.write("ca.crt", authority_.texts().certificate);
    }
    /// `file` is what its files are called; `name` is in it.
    void add(const std::string& file, const std::string& name, certificate_times valid) {
        const auto made = authority_.issue(name, valid);
        directory_.write(file + ".crt", made.certificate);
        ::chmod(directory_.write(file + ".tls.key", made.key).c_str(), 0600);
    }
    void add(server_id server) {
        add(link_name(server), link_name(server), valid_for_days(5, now_s()));
    }
    [[nodiscard]] tls_identities::files files(server_id server) const {
        const auto name = link_name(server);
        return {server, directory_.file(name + ".crt"), directory_.file(name + ".tls.key")};
    }
    [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }
    /// Writes what `servers` have now into the list of what is revoked, and nothing else into it.
    void revoke(const std::vector<server_id>& servers) const {
        std::vector<ossl::certificate> all;
        for (const auto server : servers) {
            all.push_back(read_certificate(directory_.file(link_name(server) + ".crt")));
        }
        directory_.write("ca.crl", authority_.revoke(nullptr, all, now_s()));
    }
    [[nodiscard]] std::unique_ptr<tls_identities> of(std::vector<server_id> servers) const {
        std::vector<tls_identities::files> own;
        for (const auto server : servers) {
            own.push_back(files(server));
        }
        return std::make_unique<tls_identities>(own, directory_.file("ca.crt"),
                                                directory_.file("ca.crl"));
    }

private:
    temporary_directory directory_;
    certificate_authority authority_;
};

/// Moves bytes between two things that have `take` and `give` until none moves any more.
template <class A, class B>
void shuttle(A& a, B& b) {
    for (bool moved = true; moved;) {
        moved = false;
        for (const bool forth : {true, false}) {
            const auto bytes = forth ? a.take() : b.take();
            if (!bytes.empty()) {
                moved = true;
                forth ? b.give(bytes) : a.give(bytes);
            }
        }
    }
}

/// A session and the time it lives in. Welcomes whatever it may judge.
struct end {
    std::unique_ptr<session> talk;
    server_id local{};
    incoming_credit credit;
    link_limits limits;
    session_time now{1'000, 1'700'000'000};
    std::vector<std::string> heard;

    end(session_settings settings, std::unique_ptr<secure_channel> channel, server_id local,
        std::optional<server_id> peer)
        : local(local), credit(settings.limits.window_bytes), limits(settings.limits) {
        talk = peer ? std::make_unique<session>(settings, std::move(channel), local, *peer, credit,
                                                now)
                    : std::make_unique<session>(settings, std::move(channel), now);
    }
    std::string take() { return talk->take_output(now); }
    void give(std::string_view bytes) {
        talk->written(0, now);
        talk->receive(bytes, now);
        if (talk->at() == session::phase::judging) {
            talk->welcome(local, credit, limits, now);
        }
        for (auto& each : talk->take_messages()) {
            heard.push_back(std::move(each));
        }
    }
    [[nodiscard]] bool up() const { return talk->at() == session::phase::up; }
    void later(std::uint64_t ms) {
        now.steady_ms += ms;
        talk->tick(now);
    }
};

/// A peer with a good certificate that writes what the test says.
struct liar {
    std::unique_ptr<secure_channel> channel;
    std::string plain;

    std::string take() { return channel->take_wire(); }
    void give(std::string_view bytes) {
        channel->receive(bytes);
        plain += channel->take_plain();
    }
    /// The first refusal that it was told.
    [[nodiscard]] std::optional<refusal_notice> told() const {
        frame_reader reader;
        reader.feed(plain);
        while (const auto f = reader.next()) {
            if (f->kind == frame_kind::refusal) {
                return decode_refusal(f->body);
            }
        }
        return {};
    }
};

} // namespace byzgate::test
