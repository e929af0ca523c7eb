/// A cluster of real processes for a test: its records, its configuration and keys, one process
/// for each server, and an outside judge of what reached the recipient.
#pragma once

#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/system/process.hpp"

namespace byzgate::test {

/// All servers of a stage's cluster: two commanders, three lieutenants, the gate.
inline const std::vector<std::string> server_names{"commander-1",   "commander-2",  "lieutenant-1",
                                                   "lieutenant-2",  "lieutenant-3", "supervisor",
                                                   "external-party"};

/// The first of so many neighbouring ports of the loopback that nobody listens on, below those
/// that the system gives away by itself.
[[nodiscard]] int free_ports(int count);

struct stage_settings {
    int records = 60;
    int batch = 5;
    std::string more{};      ///< TOML at the end of the configuration
    std::string placement{}; ///< inside of `[placement]`; empty: one process a server on free ports
    std::string state = "state";
    std::string output = "released.jsonl";
};

/// A configuration with its database. Every third record is confidential.
class stage {
public:
    explicit stage(const stage_settings& how);

    [[nodiscard]] const std::string& config() const { return config_; }
    [[nodiscard]] std::string file(const std::string& name) const { return dir_.file(name); }
    [[nodiscard]] std::string output() const { return dir_.file(how_.output); }
    [[nodiscard]] std::size_t records() const { return open_.size() + secret_.size(); }

    /// The records from number `first` on, before number `end`.
    [[nodiscard]] std::vector<std::string> ids(int first, int end) const;
    void make_keys() const;

    /// What the external party has: id → how often. Every payload must be the record's own, and
    /// none of a confidential record.
    [[nodiscard]] std::map<std::string, int> arrived() const;
    /// Whatever happened: nothing confidential, nothing twice, and the ledger and every certificate
    /// in order.
    void judge_safety() const;
    /// The same, and every public record arrived.
    void judge() const;

private:
    temporary_directory dir_;
    stage_settings how_;
    std::string config_;
    std::set<std::string> open_;
    std::set<std::string> secret_;
};

/// A process for each server, each started, killed and stopped by its name.
class processes {
public:
    /// Makes the keys and starts all; `how` by name, for those that need something of their own.
    explicit processes(const stage& of, std::map<std::string, process_settings> how = {});

    void start(const std::string& name);
    [[nodiscard]] process& at(const std::string& name) { return *running_.at(name); }
    /// kill -9.
    void kill(const std::string& name);
    void kill_and_restart(const std::string& name, std::chrono::milliseconds away);
    void stand_still(const std::string& name) { at(name).send_signal(SIGSTOP); }
    void go_on(const std::string& name) { at(name).send_signal(SIGCONT); }
    /// SIGTERM to all; each must end by itself, at once and with exit code 0.
    void end();
    /// Releases the records from number `first` on in small portions until every lieutenant has
    /// voted for one of them: all servers work again. Returns the number of the first one left.
    [[nodiscard]] int all_work(int first);

private:
    const stage& of_;
    std::map<std::string, process_settings> how_;
    std::map<std::string, std::unique_ptr<process>> running_;
};

/// `byzgate release`, asked for records by their ids, in the background.
[[nodiscard]] std::unique_ptr<process> asking_for(const stage& of,
                                                  const std::vector<std::string>& ids,
                                                  int deadline_s, const process_settings& how = {});

} // namespace byzgate::test
