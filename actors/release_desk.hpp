/// Where operators ask for releases (docs/service.md): takes their requests, feeds the records to
/// the gate batch by batch, tries again what only silence kept from being decided, and tells what
/// became of each. A value that is stepped; what it wants done it says through `desk_ports`.
///
/// Operators are trusted to ask, not to behave: a frame may hold anything. Commanders' catalogues
/// may be lies; they only add ids to what is decided.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/catalogue.hpp"
#include "config/placement.hpp"
#include "crypto/blake2b.hpp"

namespace byzgate {

/// What the desk wants done. None of it calls back.
struct desk_ports {
    /// A frame to an operator; false: it takes no more for now, ask again later.
    std::function<bool(server_id, const std::string&)> reply;
    std::function<void(server_id, const catalogue_request&)> ask;
    /// A batch to the gate; false: not now (its number can't be made durable).
    std::function<bool(submission)> submit;
};

class release_desk {
public:
    release_desk(const cluster_parameters& cluster, const service_config& service,
                 std::uint32_t batch, desk_ports ports);

    void on_request(server_id who, std::string_view frame, tick now);
    void on_gone(server_id who);
    void on_page(server_id commander, const catalogue_page& page, tick now);
    void on_closed(const round_report& report, tick now);
    void on_tick(tick now);
    /// Convictions that hold for good, of the runs before this one.
    void on_convicted(server_id commander) { convicted_.insert(commander); }

    [[nodiscard]] std::size_t requests() const noexcept { return jobs_.size(); }
    [[nodiscard]] std::size_t in_flight() const noexcept { return flying_.size(); }
    /// Records that were asked for and aren't settled, those at the gate among them.
    [[nodiscard]] std::size_t waiting() const noexcept;

private:
    struct pending {
        record_id id;
        std::uint32_t attempts = 0;
        std::string why; ///< the last attempt came to nothing
    };
    /// How far a commander's catalogue was read.
    struct cursor {
        record_id after;
        std::uint64_t asked = 0; ///< number of the request that is out; 0: none
        tick asked_at = 0;
        std::uint64_t listed = 0;
        bool complete = false;
    };
    struct counts {
        std::uint64_t released = 0;
        std::uint64_t withheld = 0;
        std::uint64_t unresolved = 0;
    };
    struct first_bytes {
        std::size_t operator()(const digest& d) const noexcept;
    };
    struct job {
        server_id who{};
        std::uint64_t number = 0; ///< tells it from others that came by a link of that name
        bool begun = false;       ///< it said what it wants
        bool finished = false;    ///< all is said, but not sent yet
        bool all = false;
        bool follow = false;
        bool listed = false; ///< all that is wanted is known
        std::optional<tick> deadline;
        tick look_again = 0; ///< follow: when catalogues are read anew
        std::deque<pending> ready;
        std::multimap<tick, pending> later;
        std::uint64_t in_flight = 0;
        std::unordered_set<digest, first_bytes> seen;
        std::map<server_id, cursor> catalogues;
        counts count;
        tick progress_at = 0;
        nlohmann::ordered_json outcomes = nlohmann::ordered_json::array();
        std::deque<std::string> unsent;
    };
    /// A batch at the gate.
    struct flight {
        server_id who{};
        std::uint64_t job = 0; ///< its number; the job itself may be gone
        std::vector<pending> records;
    };

    void begin(job& job, const nlohmann::json& request, tick now);
    void add(job& job, const record_id& id, const version_id& version);
    void refuse(job& job, const std::string& why);
    void read_catalogues(job& job, tick now);
    [[nodiscard]] bool catalogues_complete(const job& job) const;
    void pump(tick now);
    [[nodiscard]] bool submit_from(job& job);
    void settle(job& job, pending tried, const round_report& report, std::size_t at, tick now);
    void flush(job& job);
    void look_after(job& job, tick now);
    void finish(job& job, bool late, bool halted);

    cluster_parameters cluster_;
    service_config service_;
    std::uint32_t batch_;
    desk_ports ports_;
    blake2b_digester digests_;
    std::map<server_id, job> jobs_;
    std::map<std::uint64_t, flight> flying_; ///< by number of the submission
    std::set<server_id> convicted_;
    std::uint64_t begun_ = 0; ///< jobs
    std::uint64_t submissions_ = 0;
    std::uint64_t questions_ = 0;
    server_id served_last_{};
    bool halted_ = false;
};

/// What the votes of a round say about one record of it that was not released.
struct why_not {
    bool for_sure = false; ///< fl+1 lieutenants withhold it for what commanders said
    std::optional<reason> most_given;
};
[[nodiscard]] why_not why_not_released(const cluster_parameters& cluster,
                                       const round_report& report, std::size_t record);

} // namespace byzgate
