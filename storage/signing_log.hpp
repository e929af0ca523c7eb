/// What a server of a signed cluster has signed, on disk: one file a server, to which every
/// statement is appended and synced before it is sent, so that after a crash the server repeats
/// itself instead of contradicting itself (protocol/signed_past.hpp).
///
/// The file is a head, that says whose log it is, and frames: what was kept together is one frame
/// and one sync. A frame that a crash cut off is dropped when the file is opened again, for nobody
/// was told that it is durable. Damage anywhere else is an error: a statement that is missing could
/// be signed in another way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/blake2b.hpp"
#include "protocol/signed_past.hpp"
#include "storage/database.hpp"

namespace byzgate {

/// The operator's mistake: the file is another server's log, or none. Exit code 2.
class wrong_log_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class signing_log final : public statement_keeper {
public:
    /// The file is written anew when more than this is in it of rounds that are over, and more
    /// than of others.
    static constexpr std::uint64_t dead_bytes_default = 16U << 20;

    /// Opens the log of `self` in the cluster of that name (`signing_keys::cluster`), or starts
    /// one; its directory exists. Throws `wrong_log_error` for another server's or cluster's log
    /// and for a file that is no log, `database_error` for one that is damaged, in use or
    /// unreachable.
    signing_log(std::string file, const digest& cluster, server_id self,
                std::uint64_t dead_bytes_max = dead_bytes_default);
    ~signing_log() override;
    signing_log(const signing_log&) = delete;
    signing_log& operator=(const signing_log&) = delete;

    /// What was found when the log was opened; once, for it may be large.
    [[nodiscard]] signed_past take_past() noexcept { return std::move(past_); }

    /// One write, one sync, whatever the number. Throws `database_error`; then this log is of no
    /// more use, for what is on disk is uncertain until it is opened again.
    void keep(const std::vector<kept_statement>& what) override;
    void drop(round_id up_to) override;

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t syncs() const noexcept { return syncs_; }

private:
    void open();
    void read_all(std::string_view content);
    [[nodiscard]] bool frame_follows(std::string_view rest) const;
    [[nodiscard]] std::string frame_of(const std::vector<kept_statement>& what) const;
    /// The statements of the frame at the start of `bytes`; nothing unless it is whole and good.
    struct frame {
        std::vector<kept_statement> statements;
        std::size_t size = 0;
    };
    [[nodiscard]] std::optional<frame> read_frame(std::string_view bytes) const;
    [[nodiscard]] std::string head() const;
    void write_anew(const std::vector<kept_statement>& what);
    void compact();
    [[noreturn]] void fail(const std::string& what);

    std::string file_;
    digest cluster_;
    server_id self_;
    std::uint64_t dead_bytes_max_;
    blake2b_digester digests_;
    int handle_ = -1;
    bool failed_ = false;
    round_id floor_{};
    std::uint64_t bytes_ = 0;
    std::uint64_t syncs_ = 0;
    std::map<round_id, std::uint64_t> live_bytes_; ///< of rounds above the floor
    std::uint64_t dead_bytes_ = 0;
    signed_past past_;
};

/// What one server needs to never contradict itself: where its actor keeps what it signs, and what
/// its machine starts from.
struct server_signing_log {
    std::shared_ptr<statement_keeper> keeper;
    std::shared_ptr<const signed_past> past; ///< `seat::past`
};

/// Opens the log of `self`, or starts it: `<server>.log` in `directory`, which is made (mode 0700)
/// unless it is there; its parent exists. Rounds up to `over` will never be asked for again, as far
/// as the caller knows. Throws as `signing_log` does.
[[nodiscard]] server_signing_log open_signing_log(const std::filesystem::path& directory,
                                                  const digest& cluster, server_id self,
                                                  round_id over = {});

} // namespace byzgate
