#include "actors/external_party.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
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
        : path_(path == "-" ? "standard output" : path),
          durable_(path != "-" && how == release_file::append) {
        if (durable_) {
            drop_half_line();
        }
        file_ = path == "-" ? stdout : std::fopen(path.c_str(), durable_ ? "a" : "w");
        if (file_ == nullptr) {
            fail("cannot be written");
        }
    }
    ~json_lines() override {
        if (file_ == stdout) {
            std::fflush(stdout);
        } else {
            std::fclose(file_);
        }
    }
    json_lines(const json_lines&) = delete;
    json_lines& operator=(const json_lines&) = delete;

    void keep(round_id round, const released_record& record) override {
        const auto line = release_line(round, record) + '\n';
        if (std::fwrite(line.data(), 1, line.size(), file_) != line.size()) {
            fail("could not take a released record");
        }
    }
    void flush() override {
        if (std::fflush(file_) != 0 || (durable_ && ::fsync(::fileno(file_)) != 0)) {
            fail("could not take a released record");
        }
    }

private:
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
    bool durable_;
    std::FILE* file_ = nullptr;
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
    if (!record.opening.empty()) {
        line["opening"] = to_base64(record.opening);
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
        [self, &state](const delivery& came) {
            if (state.failed) {
                return; // No receipt: the gate waits, and the run ends with the failure.
            }
            const auto [what, receipt] = state.settings.opener
                                             ? open_delivery(*state.settings.opener, came)
                                             : opened_delivery{came, {came.round, came.sequence}};
            try {
                if (state.settings.sink && !what.records->empty()) {
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
                caf_compat::send(self, gate, receipt);
            }
        },
    };
}

} // namespace byzgate
