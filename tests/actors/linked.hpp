/// Transports of several processes within one, on loopback, with certificates of their own.
#pragma once

#include <condition_variable>
#include <ctime>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "actors/basp_transport.hpp"
#include "actors/tls_transport.hpp"
#include "net/certificate_files.hpp"
#include "net/certificates.hpp"
#include "tests/temporary_directory.hpp"

namespace linked {

using namespace byzgate;

inline std::uint64_t now_s() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

/// Certificates for two commanders and three lieutenants.
class certificates {
public:
    certificates() {
        cluster_parameters cluster;
        cluster.commanders = 2;
        cluster.lieutenants = 3;
        path_ = directory_.file("");
        path_ = path_.parent_path();
        write_certificates(path_, "trial", cluster, now_s());
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Another certificate for that server in the place of its first.
    void issue(server_id server, certificate_times valid) const {
        const certificate_authority signing{path() / authority_file_name,
                                            path() / authority_key_file_name};
        const auto made = signing.issue(link_name(server), valid);
        std::ofstream{path() / certificate_file_name(link_name(server))} << made.certificate;
        std::ofstream{path() / tls_key_file_name(link_name(server))} << made.key;
    }
    [[nodiscard]] tls_transport_settings::local_server of(server_id server) const {
        const auto name = link_name(server);
        return {server, path() / certificate_file_name(name), path() / tls_key_file_name(name)};
    }

private:
    test::temporary_directory directory_;
    std::filesystem::path path_;
};

/// What one transport told, to be waited for.
class ear {
public:
    transport_events events() {
        return {[this](server_id local, server_id peer, std::string frame) {
                    std::function<void()> before;
                    {
                        const std::lock_guard lock{mutex_};
                        before = slow_;
                    }
                    if (before) {
                        before();
                    }
                    const std::lock_guard lock{mutex_};
                    frames_[{local, peer}].push_back(std::move(frame));
                    changed_.notify_all();
                },
                [this](server_id local, server_id peer, bool up) {
                    const std::lock_guard lock{mutex_};
                    if (up) {
                        up_.insert({local, peer});
                    } else {
                        up_.erase({local, peer});
                    }
                    changed_.notify_all();
                }};
    }
    void log(const std::string& line) {
        if (std::getenv("BYZGATE_LOUD") != nullptr) {
            std::fprintf(stderr, "%s\n", line.c_str());
        }
        const std::lock_guard lock{mutex_};
        lines_.push_back(line);
        changed_.notify_all();
    }
    /// Runs in every handler of a frame first.
    void slow_down(std::function<void()> how) {
        const std::lock_guard lock{mutex_};
        slow_ = std::move(how);
    }

    bool waits_for(const std::function<bool()>& condition, int seconds = 20) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{seconds}, condition);
    }
    bool hears_up(server_id local, server_id peer) {
        return waits_for([&] { return up_.count({local, peer}) > 0; });
    }
    bool hears_down(server_id local, server_id peer) {
        return waits_for([&] { return up_.count({local, peer}) == 0; });
    }
    bool hears_frames(server_id local, server_id peer, std::size_t count) {
        return waits_for([&] { return frames_[{local, peer}].size() >= count; });
    }
    bool hears_line(const std::string& part) {
        return waits_for([&] {
            for (const auto& line : lines_) {
                if (line.find(part) != std::string::npos) {
                    return true;
                }
            }
            return false;
        });
    }
    std::deque<std::string> frames(server_id local, server_id peer) {
        const std::lock_guard lock{mutex_};
        return frames_[{local, peer}];
    }
    std::string lines() {
        const std::lock_guard lock{mutex_};
        std::string all;
        for (const auto& line : lines_) {
            all += line + "\n";
        }
        return all;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::pair<server_id, server_id>, std::deque<std::string>> frames_;
    std::set<std::pair<server_id, server_id>> up_;
    std::vector<std::string> lines_;
    std::function<void()> slow_;
};

/// One process: its transport and its ear.
struct process {
    ear heard;
    std::unique_ptr<link_transport> links;

    process() = default;
    ~process() { stop(); }
    void stop() {
        if (links) {
            links->stop();
        }
    }
    void start(tls_transport_settings settings) {
        links = make_tls_transport(heard_by(std::move(settings)));
    }
    void start_basp(tls_transport_settings settings, bool plain = false) {
        links = make_basp_transport(heard_by(std::move(settings)), plain);
    }

private:
    tls_transport_settings heard_by(tls_transport_settings settings) {
        settings.events = heard.events();
        settings.on_log = [this](bool, const std::string& line) { heard.log(line); };
        return settings;
    }
};

/// Settings for one server that listens; who connects to us needs no address.
inline tls_transport_settings
settings_of(const certificates& made, server_id server,
            std::vector<tls_transport_settings::remote_server> peers) {
    tls_transport_settings s;
    s.locals = {made.of(server)};
    s.peers = std::move(peers);
    s.authority = made.path() / authority_file_name;
    s.listen = tls_transport_settings::listen_address{};
    s.seed = 7;
    return s;
}

} // namespace linked
