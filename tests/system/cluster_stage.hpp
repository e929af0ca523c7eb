/// A cluster of real processes for a test: its records, its configuration and keys, one process
/// for each server, and an outside judge of what reached the recipient.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <random>
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
    std::string more{}; ///< TOML at the end of the configuration
    bool sealed = false;
    std::string placement{}; ///< inside of `[placement]`; empty: one process a server on free ports
    std::string database = "url = \"sqlite:records.db\""; ///< inside of `[database]`
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
    [[nodiscard]] std::size_t records() const { return is_public_.size(); }

    [[nodiscard]] std::size_t public_now() const {
        return static_cast<std::size_t>(std::count(is_public_.begin(), is_public_.end(), true));
    }

    /// The records from number `first` on, before number `end`.
    [[nodiscard]] std::vector<std::string> ids(int first, int end) const;
    void make_keys() const;
    /// These records get a new version, with another text and public or not.
    void change(int first, int end, bool is_public);

    /// What the external party has: text, of which each version of a record has its own → how
    /// often. It must be the record's, and of a version that was public.
    [[nodiscard]] std::map<std::string, int> arrived() const;
    /// Whatever happened: nothing confidential, nothing twice, and the ledger and every certificate
    /// in order.
    void judge_safety() const;
    /// The same, and every record that is public now arrived as it is now.
    void judge() const;

private:
    [[nodiscard]] std::string text_of(int number) const;
    void import(int first, int end);

    temporary_directory dir_;
    stage_settings how_;
    std::string config_;
    std::vector<bool> is_public_;        ///< by the record's number, as it is now
    std::map<int, int> changes_;         ///< how often it was changed
    std::set<std::string> public_texts_; ///< of all versions that ever were
};

/// The choices of a random schedule; `seed()` for INFO, and BYZGATE_TEST_SEED gives it again.
class dice {
public:
    dice();
    [[nodiscard]] std::uint32_t seed() const { return seed_; }
    std::size_t below(std::size_t end) { return source_() % end; }
    std::chrono::milliseconds ms(int least, int most) {
        return std::chrono::milliseconds{
            least + static_cast<int>(below(static_cast<std::size_t>(most - least + 1)))};
    }
    const std::string& server() { return server_names[below(server_names.size())]; }

private:
    std::uint32_t seed_;
    std::mt19937 source_;
};

/// A process for each server, each started, killed and stopped by its name.
class processes {
public:
    /// Makes the keys and starts all; `how` by name, for those that need something of their own,
    /// "operator" (who asks for records) among them.
    explicit processes(const stage& of, std::map<std::string, process_settings> how = {});

    /// What a process has of its own from its next start on.
    void set(const std::string& name, process_settings how) { how_[name] = std::move(how); }
    void start(const std::string& name);
    [[nodiscard]] process& at(const std::string& name) { return *running_.at(name); }
    /// kill -9.
    void kill(const std::string& name);
    void kill_and_restart(const std::string& name, std::chrono::milliseconds away);
    void stand_still(const std::string& name) { at(name).send_signal(SIGSTOP); }
    void go_on(const std::string& name) { at(name).send_signal(SIGCONT); }
    /// `byzgate release`, asked for records, in the background.
    [[nodiscard]] std::unique_ptr<process> ask(const std::vector<std::string>& ids, int deadline_s);
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

/// Waits for whoever asks: it must have got an answer for every record. How many were released.
std::size_t released_by(process& asking);

/// Asks for every record from number `first_left` on, ends all, and judges.
void finish(const stage& of, processes& all, int first_left);

} // namespace byzgate::test
