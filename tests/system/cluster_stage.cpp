#include "tests/system/cluster_stage.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace byzgate::test {

namespace {

using json = nlohmann::json;
using namespace std::chrono_literals;

bool is_free(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    ::close(fd);
    return bound;
}

std::string id_of(int number) {
    return fmt::format("r{:05}", number);
}

/// In the folder and all below it; none if it isn't there.
std::vector<std::string> files_in(const std::string& folder) {
    std::vector<std::string> files;
    std::error_code missing;
    for (std::filesystem::recursive_directory_iterator at{folder, missing}, end;
         !missing && at != end; at.increment(missing)) {
        if (at->is_regular_file()) {
            files.push_back(at->path().string());
        }
    }
    return files;
}

std::vector<json> lines_of(const std::string& file) {
    std::vector<json> lines;
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) {
        // The last line may be half there when the disk was full or its writer was killed.
        if (auto one = json::parse(line, nullptr, false); !one.is_discarded()) {
            lines.push_back(std::move(one));
        } else {
            CHECK(in.eof());
        }
    }
    return lines;
}

} // namespace

int free_ports(int count) {
    // Never the same ones twice, as nobody may listen on them yet.
    static int next = 10'000 + ::getpid() % 20'000;
    for (;;) {
        const int port = next;
        next = 10'000 + (next + count) % 20'000;
        bool all = true;
        for (int i = 0; i < count; ++i) {
            all = all && is_free(port + i);
        }
        if (all) {
            return port;
        }
    }
}

dice::dice() {
    const char* given = std::getenv("BYZGATE_TEST_SEED");
    seed_ = given != nullptr ? static_cast<std::uint32_t>(std::stoul(given))
                             : static_cast<std::uint32_t>(std::random_device{}());
    source_.seed(seed_);
}

stage::stage(const stage_settings& how) : how_(how) {
    for (int i = 0; i < how.records; ++i) {
        is_public_.push_back(i % 3 != 0);
    }
    import(0, how.records);
    const auto placement =
        how.placement.empty() ? fmt::format("base_port = {}", free_ports(7)) : how.placement;
    config_ = dir_.write("trial.toml", fmt::format(R"(
[cluster]
commanders = 2
lieutenants = 3
protocol = "signed"
sealed = {}
phase_timeout_ms = 150
[database]
{}
[rounds]
batch = {}
[state]
dir = "{}"
[external_party]
output = "{}"
[placement]
{}
{})",
                                                   how.sealed, how.database, how.batch, how.state,
                                                   how.output, placement, how.more));
}

std::vector<std::string> stage::ids(int first, int end) const {
    std::vector<std::string> all;
    for (int i = first; i < end; ++i) {
        all.push_back(id_of(i));
    }
    return all;
}

std::string stage::text_of(int number) const {
    const auto at = changes_.find(number);
    const auto text = "text of " + id_of(number);
    return at == changes_.end() ? text : fmt::format("{}, change {}", text, at->second);
}

void stage::import(int first, int end) {
    std::string rows = "id,class,text\n";
    for (int i = first; i < end; ++i) {
        const bool open = is_public_[static_cast<std::size_t>(i)];
        rows += fmt::format("{},{},\"{}\"\n", id_of(i), open ? "Open" : "Secret", text_of(i));
        if (open) {
            public_texts_.insert(text_of(i));
        }
    }
    dir_.write("records.csv", rows);
    const auto imported =
        byzgate_with({"import", dir_.file("records.csv"), "--db", dir_.file("records.db"), "--id",
                      "id", "--flag", "class", "--public", "Open", "--payload", "text"});
    INFO(imported.err);
    REQUIRE(imported.code == 0);
}

void stage::change(int first, int end, bool is_public) {
    for (int i = first; i < end; ++i) {
        is_public_[static_cast<std::size_t>(i)] = is_public;
        ++changes_[i];
    }
    import(first, end);
}

void stage::make_keys() const {
    const auto made = byzgate_with({"keygen", config_});
    INFO(made.err);
    REQUIRE(made.code == 0);
}

std::map<std::string, int> stage::arrived() const {
    std::map<std::string, int> count;
    for (const auto& record : lines_of(dir_.file(how_.output))) {
        const auto text = record.at("payload").get<std::string>();
        INFO(text);
        CHECK(public_texts_.contains(text));
        CHECK(text.starts_with("text of " + record.at("id").get<std::string>()));
        ++count[text];
    }
    return count;
}

void stage::judge_safety() const {
    const auto count = arrived();
    for (const auto& [text, times] : count) {
        INFO(text);
        CHECK(times == 1);
    }
    const auto ledger = byzgate_with({"ledger", dir_.file(how_.state + "/supervisor/ledger.db"),
                                      "--keys", dir_.file("trial-keys/cluster.keys"), "--json"});
    INFO(ledger.err);
    CHECK(ledger.code == 0);
    const auto checked = json::parse(ledger.out);
    CHECK(checked.at("valid") == true);
    if (how_.more.find("[[byzantine]]") == std::string::npos) {
        INFO("everybody is loyal, so nobody is convicted");
        CHECK(files_in(dir_.file(how_.state + "/supervisor/evidence")).empty());
    }
    if (how_.sealed) {
        for (const auto& record : lines_of(dir_.file(how_.output))) {
            CHECK(record.contains("opening"));
        }
        for (const auto& file : files_in(dir_.file(how_.state))) {
            INFO(file);
            CHECK(content_of(file).find("text of r") == std::string::npos);
        }
    }
    // What the recipient has was in the ledger before.
    CHECK(checked.at("rows") >= count.size());
    CHECK(checked.at("certified") == checked.at("rows"));
    if (!count.empty()) {
        const auto verified = byzgate_with({"verify", dir_.file(how_.output), "--keys",
                                            dir_.file("trial-keys/cluster.keys"), "--json"});
        INFO(verified.err << verified.out.substr(0, 2'000));
        CHECK(verified.code == 0);
    }
}

void stage::judge() const {
    judge_safety();
    const auto count = arrived();
    for (int i = 0; i < static_cast<int>(is_public_.size()); ++i) {
        INFO(text_of(i));
        CHECK(count.contains(text_of(i)) == is_public_[static_cast<std::size_t>(i)]);
    }
}

processes::processes(const stage& of, std::map<std::string, process_settings> how)
    : of_(of), how_(std::move(how)) {
    of.make_keys();
    for (const auto& name : server_names) {
        start(name);
    }
}

void processes::start(const std::string& name) {
    running_[name] = std::make_unique<process>(
        std::vector<std::string>{"node", of_.config(), "--id", name, "--json"}, how_[name]);
}

void processes::kill(const std::string& name) {
    at(name).send_signal(SIGKILL);
    CHECK(at(name).wait(10s).signal == SIGKILL);
}

void processes::kill_and_restart(const std::string& name, std::chrono::milliseconds away) {
    kill(name);
    std::this_thread::sleep_for(away);
    start(name);
}

void processes::end() {
    for (const auto& name : server_names) {
        at(name).send_signal(SIGTERM);
    }
    for (const auto& name : server_names) {
        const auto ended = at(name).wait(10s);
        INFO(name << ": " << ended.err);
        CHECK_FALSE(ended.late);
        // One that was started a moment ago may not listen to signals yet.
        const bool not_begun = ended.signal == SIGTERM && ended.out.empty() && ended.err.empty();
        CHECK((ended.code == 0 || not_begun));
    }
}

int processes::all_work(int first) {
    constexpr int portion = 6;
    constexpr int portions_max = 20;
    std::set<std::string> voted;
    for (int i = 0; i < portions_max && voted.size() < 3; ++i, first += portion) {
        const auto ids = of_.ids(first, first + portion);
        const auto asked = ask(ids, 20)->wait();
        INFO(asked.err << asked.out);
        REQUIRE(asked.code == 0);
        for (const auto& record : lines_of(of_.output())) {
            if (std::find(ids.begin(), ids.end(), record.at("id")) != ids.end()) {
                for (const auto& voter : record.at("voters")) {
                    voted.insert(voter.get<std::string>());
                }
            }
        }
    }
    CHECK(voted == std::set<std::string>{"lieutenant-1", "lieutenant-2", "lieutenant-3"});
    return first;
}

std::unique_ptr<process> processes::ask(const std::vector<std::string>& ids, int deadline_s) {
    std::vector<std::string> words{"release", of_.config(), "--deadline",
                                   std::to_string(deadline_s), "--json"};
    words.insert(words.end(), ids.begin(), ids.end());
    return std::make_unique<process>(std::move(words), how_["operator"]);
}

std::size_t released_by(process& asking) {
    const auto asked = asking.wait(90s);
    INFO(asked.err);
    REQUIRE(asked.code == 0);
    const auto told = json::parse(asked.out);
    CHECK(told.at("undecided") == 0);
    return told.at("released").get<std::size_t>();
}

void finish(const stage& of, processes& all, int first_left) {
    const auto end = static_cast<int>(of.records());
    if (first_left < end) {
        released_by(*all.ask(of.ids(first_left, end), 60));
    }
    all.end();
    of.judge();
}

} // namespace byzgate::test
