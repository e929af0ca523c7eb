#include "actors/external_party.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <caf/stateful_actor.hpp>
#include <nlohmann/json.hpp>

#include "crypto/base64.hpp"
#include "protocol/certificate.hpp"

namespace byzgate {

namespace {

class json_lines final : public release_sink {
public:
    json_lines(const std::string& path, release_file how)
        : path_(path == "-" ? "standard output" : path) {
        if (path == "-") {
            file_.reset(stdout);
            return;
        }
        file_.reset(opened());
        if (!is_file()) {
            return;
        }
        // Two writers would mix their lines, and each drop what it takes for half a line.
        if (::flock(::fileno(file_.get()), LOCK_EX | LOCK_NB) != 0) {
            throw std::runtime_error(path_
                                     + ": another run writes its released records there; let "
                                       "that end, or name another external_party.output");
        }
        if (how == release_file::append) {
            durable_ = true;
            drop_half_line();
            // What an earlier run wrote counts as kept from here on, and so does the file's name.
            sync();
            sync_folder();
        } else {
            std::filesystem::resize_file(path_, 0);
        }
    }
    ~json_lines() override = default;
    json_lines(const json_lines&) = delete;
    json_lines& operator=(const json_lines&) = delete;

    void keep(round_id round, const released_record& record) override {
        const auto line = release_line(round, record) + '\n';
        if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
            fail("could not take a released record");
        }
    }
    void flush() override {
        if (std::fflush(file_.get()) != 0) {
            fail("could not take a released record");
        }
        if (durable_) {
            sync();
        }
    }

private:
    struct close {
        void operator()(std::FILE* file) const {
            static_cast<void>(file == stdout ? std::fflush(file) : std::fclose(file));
        }
    };

    /// With what is in it.
    [[nodiscard]] std::FILE* opened() const {
        const int number = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        auto* file = number < 0 ? nullptr : ::fdopen(number, "a");
        if (file == nullptr) {
            fail("cannot be written");
        }
        return file;
    }
    /// Pipes and devices have nothing that could be made durable.
    [[nodiscard]] bool is_file() const {
        struct stat about {};
        return ::fstat(::fileno(file_.get()), &about) == 0 && S_ISREG(about.st_mode);
    }
    void sync() const {
        if (::fsync(::fileno(file_.get())) != 0) {
            fail("could not take a released record");
        }
    }
    void sync_folder() const {
        const auto folder = std::filesystem::absolute(path_).parent_path();
        const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const bool synced = opened >= 0 && ::fsync(opened) == 0;
        const int why = errno;
        ::close(opened);
        errno = why;
        if (!synced) {
            fail("cannot be written");
        }
    }
    /// What a run that was cut off left behind the last line feed is no line.
    void drop_half_line() const {
        std::error_code missing;
        auto end = std::filesystem::file_size(path_, missing);
        if (missing || end == 0) {
            return;
        }
        std::ifstream in{path_, std::ios::binary};
        for (; end > 0; --end) {
            in.seekg(static_cast<std::streamoff>(end - 1));
            if (in.get() == '\n') {
                break;
            }
        }
        std::filesystem::resize_file(path_, end);
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(path_ + ": " + what + ": " + std::strerror(errno));
    }
    std::string path_;
    bool durable_ = false;
    std::unique_ptr<std::FILE, close> file_;
};

} // namespace

std::unique_ptr<release_sink> open_json_lines(const std::string& path, release_file how) {
    return std::make_unique<json_lines>(path, how);
}

std::string release_line(round_id round, const released_record& record) {
    using json = nlohmann::ordered_json;
    json line;
    line["id"] = record.id;
    line["version"] = record.version;
    line["payload"] = record.payload;
    line["round"] = number_of(round);
    line["voters"] = json::array();
    for (const auto voter : record.voters) {
        line["voters"].push_back(to_string(voter));
    }
    if (record.certificate) {
        line["certificate"] = to_base64(encode(*record.certificate));
    }
    try {
        return line.dump();
    } catch (const json::type_error&) {
        json binary;
        for (const auto& [key, value] : line.items()) {
            if (key == "payload") {
                binary["payload_base64"] = to_base64(record.payload);
            } else {
                binary[key] = value;
            }
        }
        return binary.dump(-1, ' ', false, json::error_handler_t::replace);
    }
}

external_party_actor::behavior_type
external_party(external_party_actor::stateful_pointer<external_party_state> self,
               external_party_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.settings = std::move(settings);
    return {
        [self, &state](const delivery& what) {
            if (state.failed) {
                return; // No receipt: the gate waits, and the run ends with the failure.
            }
            try {
                if (state.settings.sink) {
                    state.settings.sink->take(what);
                }
            } catch (const std::exception& failed) {
                state.failed = true;
                if (state.settings.on_failure) {
                    state.settings.on_failure(failed.what());
                }
                return;
            }
            if (state.settings.judge) {
                caf_compat::send(self, state.settings.judge, delivered{what});
            }
            const auto gate = caf::actor_cast<server_actor>(self->current_sender());
            if (gate) {
                caf_compat::send(self, gate, delivery_receipt{what.round, what.sequence});
            }
        },
    };
}

} // namespace byzgate
