/// Writes down what a cluster's servers do: refusals, and at level `debug` every message's kind,
/// way and round. Counts what repeats instead of writing it each time, so that nobody fills a disk
/// by being refused.
#pragma once

#include <map>
#include <mutex>
#include <tuple>

#include "actors/messages.hpp"
#include "actors/observer.hpp"

namespace byzgate {

class log_tap final : public observer {
public:
    void sent(tick at, server_id from, server_id to, const message& what) override;
    /// The first, second, fourth, eighth … of a kind from one server.
    void refused_by(tick at, server_id by, const refused& what, const message* about) override;

private:
    static constexpr std::size_t kinds_max = 4'096;

    std::mutex mutex_;
    std::map<std::tuple<server_id, server_id, refusal>, std::uint64_t> refusals_;
};

/// Writes down that a round is over, and who was convicted in it.
void log_round(const round_report& report);

/// To each of several observers.
class observers final : public observer {
public:
    explicit observers(std::vector<observer*> all) : all_(std::move(all)) {}
    void sent(tick at, server_id from, server_id to, const message& what) override;
    void refused_by(tick at, server_id by, const refused& what, const message* about) override;

private:
    std::vector<observer*> all_;
};

} // namespace byzgate
