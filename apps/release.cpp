#include "actors/node_process.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/common.hpp"
#include "apps/subcommands.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;
using ordered_json = nlohmann::ordered_json;
using steady = std::chrono::steady_clock;

/// Ids in one frame; far below what the desk takes.
constexpr std::size_t ids_a_frame = 1'000;
constexpr std::size_t id_bytes_a_frame = 256U << 10;
/// How long to wait for a cluster that doesn't answer at all.
constexpr auto reach_patience = 15s;
/// Before whoever waits is told why: no link, records that no round decides.
constexpr auto told_after = 2s;
constexpr auto explained_after = 5s;
/// Somebody may be putting it right just now.
constexpr std::chrono::milliseconds hopeless_patience{1'500};

struct release_options {
    scenario_options common;
    std::vector<std::string> ids;
    bool all = false;
    bool follow = false;
    double deadline_s = 0;
};

/// What the link tells, taken by the thread that waits for it.
class inbox {
public:
    void push(std::string frame) {
        {
            const std::lock_guard lock{mutex_};
            frames_.push_back(std::move(frame));
        }
        came_.notify_one();
    }
    void set_up(bool up) {
        {
            const std::lock_guard lock{mutex_};
            up_ = up;
            ups_ += up ? 1 : 0;
        }
        came_.notify_one();
    }
    struct news {
        std::optional<std::string> frame;
        bool up = false;
        std::uint64_t ups = 0; ///< times that the link came up
    };
    news wait(std::uint64_t ups_known) {
        std::unique_lock lock{mutex_};
        came_.wait_for(lock, 100ms, [&] { return !frames_.empty() || ups_ != ups_known; });
        news now{std::nullopt, up_, ups_};
        if (!frames_.empty()) {
            now.frame = std::move(frames_.front());
            frames_.pop_front();
        }
        return now;
    }

private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<std::string> frames_;
    bool up_ = false;
    std::uint64_t ups_ = 0;
};

std::string why_again(const std::string& reason) {
    const auto known =
        reason == "silence"
            ? "(silence): commanders or lieutenants are down, or answer too late; if their hosts "
              "are slow, a longer cluster.phase_timeout_ms helps"
            : "(" + reason + ")";
    return "records are tried again " + known;
}

class client {
public:
    explicit client(const release_options& options)
        : options_(options), what_(options.common.load([](const std::string&) {})),
          bar_("release") {}

    int run();

private:
    void ask();
    void send(const ordered_json& frame);
    void on_frame(const std::string& text);
    void on_outcomes(const json& records);
    void on_done(const json& frame);
    [[nodiscard]] std::optional<double> seconds_left() const;
    [[nodiscard]] bool gives_up(bool up);
    void tell_waiting(const std::string& problem);
    [[nodiscard]] std::uint64_t undecided() const;
    int conclude(bool interrupted);

    const release_options& options_;
    scenario what_;
    share_bar bar_;
    std::shared_ptr<inbox> inbox_ = std::make_shared<inbox>();
    std::unique_ptr<transport> link_;
    steady::time_point started_ = steady::now();
    steady::time_point last_up_ = started_;
    std::optional<steady::time_point> hopeless_since_;
    std::unordered_set<std::string> told_; ///< ids; with --follow also versions
    std::unordered_set<std::string> decided_;
    ordered_json records_ = ordered_json::array();
    std::map<std::string, std::uint64_t> counts_{
        {"released", 0}, {"withheld", 0}, {"unresolved", 0}};
    std::optional<json> done_;
    std::string failure_;
    std::unordered_set<std::string> told_waiting_; ///< what it said that it waits for
};

std::string text_of(const json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                             : std::string{};
}

std::uint64_t number_in(const json& object, const char* name) {
    return object.contains(name) && object[name].is_number_unsigned()
               ? object[name].get<std::uint64_t>()
               : 0;
}

void client::send(const ordered_json& frame) {
    const auto text = frame.dump();
    while (link_->send(operator_id, supervisor_id, text) == frame_fate::no_credit
           && steady::now() - last_up_ < reach_patience) {
        std::this_thread::sleep_for(20ms);
    }
}

std::optional<double> client::seconds_left() const {
    if (options_.deadline_s <= 0) {
        return std::nullopt;
    }
    const std::chrono::duration<double> since = steady::now() - started_;
    return std::max(0.001, options_.deadline_s - since.count());
}

void client::ask() {
    if (options_.all || options_.follow) {
        ordered_json request{{"type", "all"}, {"follow", options_.follow}};
        if (const auto left = seconds_left()) {
            request["deadline_s"] = *left;
        }
        send(request);
        return;
    }
    // What an earlier connection told needs no second round.
    std::vector<std::string> open;
    for (const auto& id : options_.ids) {
        if (!decided_.contains(id)) {
            open.push_back(id);
        }
    }
    for (std::size_t first = 0; first < open.size() || first == 0;) {
        ordered_json request{{"type", "release"}, {"ids", ordered_json::array()}};
        std::size_t bytes = 0;
        auto next = first;
        while (next < open.size() && next - first < ids_a_frame && bytes < id_bytes_a_frame) {
            bytes += open[next].size();
            request["ids"].push_back(open[next++]);
        }
        request["last"] = next == open.size();
        if (const auto left = seconds_left()) {
            request["deadline_s"] = *left;
        }
        send(request);
        if (next == first) {
            return;
        }
        first = next;
    }
}

void client::on_outcomes(const json& records) {
    for (const auto& record : records) {
        const auto id = text_of(record, "id");
        const auto outcome = text_of(record, "outcome");
        const auto version = text_of(record, "version");
        decided_.insert(id);
        const auto name = options_.follow ? id + '\n' + outcome + '\n' + version : id;
        if (!counts_.contains(outcome) || !told_.insert(name).second) {
            continue; // Told before the link broke.
        }
        ++counts_[outcome];
        if (options_.common.json && options_.follow) {
            fmt::print("{}\n", record.dump());
        } else if (options_.common.json) {
            records_.push_back(ordered_json(record));
        } else {
            fmt::print(
                "{:<32} {:<10} {:<20} {:>8}\n", printable(id), outcome,
                printable(outcome == "released" ? "version " + version : text_of(record, "reason")),
                number_in(record, "round"));
        }
    }
    std::fflush(stdout);
}

void client::on_frame(const std::string& text) {
    const auto frame = json::parse(text, nullptr, false);
    if (!frame.is_object()) {
        return;
    }
    const auto type = text_of(frame, "type");
    if (type == "outcomes" && frame.contains("records") && frame["records"].is_array()) {
        on_outcomes(frame["records"]);
    } else if (type == "progress") {
        const auto waiting = number_in(frame, "waiting");
        if (waiting > 0 && steady::now() - started_ >= explained_after) {
            tell_waiting(why_again(text_of(frame, "waiting_for")));
        }
        bar_.show_count(fmt::format(
            "{} released, {} withheld, {} to go{}", counts_["released"], counts_["withheld"],
            number_in(frame, "ready") + number_in(frame, "in_flight") + waiting,
            waiting > 0 ? fmt::format(", {} tried again ({})", waiting,
                                      printable(text_of(frame, "waiting_for")))
                        : ""));
    } else if (type == "done") {
        done_ = frame;
    } else if (type == "refused") {
        failure_ = "the supervisor refused: " + printable(text_of(frame, "why"));
    }
}

bool client::gives_up(bool up) {
    const auto now = steady::now();
    if (up) {
        last_up_ = now;
        return false;
    }
    const auto links = link_->status();
    // One link; what somebody has to put right there or here isn't worth waiting for.
    if (std::none_of(links.begin(), links.end(),
                     [](const link_status& link) { return link.lasting; })) {
        hopeless_since_.reset();
    } else if (!hopeless_since_) {
        hopeless_since_ = now;
    }
    if (now - last_up_ >= told_after) {
        for (const auto& link : links) {
            tell_waiting(link.problem);
        }
    }
    const bool hopeless = hopeless_since_ && now - *hopeless_since_ >= hopeless_patience;
    const auto left = seconds_left();
    const bool late = left && *left <= 0.001;
    if (!hopeless && !late && (left || now - last_up_ < reach_patience)) {
        return false;
    }
    failure_ = hopeless ? "no link to the supervisor" : "the supervisor can't be reached";
    for (const auto& link : links) {
        failure_ += fmt::format("{}{}", link.problem.empty() ? " at " + link.address : ": ",
                                printable(link.problem));
    }
    return true;
}

void client::tell_waiting(const std::string& problem) {
    if (!problem.empty() && told_waiting_.insert(problem).second) {
        fmt::print(stderr, "byzgate: waiting: {}\n", printable(problem));
    }
}

std::uint64_t client::undecided() const {
    if (done_) {
        return number_in(*done_, "undecided");
    }
    const std::unordered_set<std::string> asked{options_.ids.begin(), options_.ids.end()};
    return asked.size() - std::min(asked.size(), decided_.size());
}

int client::conclude(bool interrupted) {
    const auto undecided = this->undecided();
    // Whoever follows has no end of their own, so a deadline is one like any other.
    const bool late = done_ && (*done_).value("late", false) && (!options_.follow || undecided > 0);
    const bool unfinished = interrupted && !done_ && !options_.follow;
    const bool halted = done_ && (*done_).value("halted", false);
    if (options_.common.json && !options_.follow) {
        ordered_json all{{"released", counts_["released"]},
                         {"withheld", counts_["withheld"]},
                         {"unresolved", counts_["unresolved"]},
                         {"undecided", undecided},
                         {"late", late},
                         {"halted", halted},
                         {"interrupted", unfinished},
                         {"records", records_},
                         {"open", done_ ? (*done_).value("open", json::array()) : json::array()}};
        fmt::print("{}\n", all.dump(-1, ' ', false, json::error_handler_t::replace));
    } else if (!options_.common.json) {
        if (done_ && done_->contains("open") && (*done_)["open"].is_array()) {
            for (const auto& open : (*done_)["open"]) {
                fmt::print("{:<32} {:<10} {:<20}\n", printable(text_of(open, "id")), "undecided",
                           printable(text_of(open, "reason")));
            }
        }
        fmt::print("{} released, {} withheld, {} unresolved, {} undecided\n", counts_["released"],
                   counts_["withheld"], counts_["unresolved"], undecided);
    }
    if (halted) {
        fmt::print(stderr, "byzgate: a conviction halted the cluster ([convictions] policy)\n");
    }
    if (late) {
        fmt::print(stderr, "byzgate: not everything was decided before the deadline\n");
    }
    if (unfinished) {
        fmt::print(stderr, "byzgate: interrupted before everything was decided\n");
    }
    return undecided > 0 || halted || late || unfinished ? exit_environment : exit_done;
}

int client::run() {
    const interruption stop;
    transport_events events;
    events.on_frame = [to = inbox_](server_id, server_id, std::string frame) {
        to->push(std::move(frame));
    };
    events.on_link = [to = inbox_](server_id, server_id, bool up) { to->set_up(up); };
    link_ = connect_operator(what_, std::move(events));
    std::uint64_t ups = 0;
    while (!done_ && failure_.empty() && !stop.flag()) {
        const auto news = inbox_->wait(ups);
        if (news.frame) {
            on_frame(*news.frame);
        }
        if (news.ups != ups && news.up) {
            ups = news.ups;
            ask();
        }
        if (gives_up(news.up)) {
            break;
        }
    }
    link_->stop();
    if (!failure_.empty()) {
        throw std::runtime_error(failure_);
    }
    return conclude(stop.flag());
}

int do_release(const release_options& options) {
    if (options.all || options.follow ? !options.ids.empty() : options.ids.empty()) {
        throw usage_error("name records, or write --all or --follow");
    }
    for (const auto& id : options.ids) {
        if (invalid_utf8_at(id) != std::string_view::npos) {
            throw usage_error(printable(id) + ": is no record's id, for these are UTF-8");
        }
    }
    client one{options};
    return one.run();
}

} // namespace

void add_release(CLI::App& app, subcommand_action& todo) {
    auto* sub = app.add_subcommand("release", "Ask a running cluster to release records");
    auto options = std::make_shared<release_options>();
    options->common.add_to(*sub);
    sub->add_option("ID", options->ids, "Records");
    sub->add_flag("--all", options->all, "Every record that a commander lists");
    sub->add_flag("--follow", options->follow,
                  "The same, and what is added or changed from then on");
    sub->add_option("--deadline", options->deadline_s,
                    "Give up on what is not decided by then; left out: never")
        ->type_name("SECONDS")
        ->check(positive_number());
    sub->callback([&todo, options] { todo = [options] { return do_release(*options); }; });
}

} // namespace byzgate
