#include "actors/external_party.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <caf/stateful_actor.hpp>
#include <nlohmann/json.hpp>
#include <sodium.h>

namespace byzgate {

namespace {

std::string base64(const std::string& bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), 0);
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.resize(std::strlen(text.c_str()));
    return text;
}

class json_lines final : public release_sink {
public:
    explicit json_lines(const std::string& path)
        : path_(path == "-" ? "standard output" : path),
          file_(path == "-" ? stdout : std::fopen(path.c_str(), "w")) {
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
        if (std::fflush(file_) != 0) {
            fail("could not take a released record");
        }
    }

private:
    [[noreturn]] void fail(const std::string& what) const {
        throw std::runtime_error(path_ + ": " + what + ": " + std::strerror(errno));
    }
    std::string path_;
    std::FILE* file_;
};

} // namespace

std::unique_ptr<release_sink> open_json_lines(const std::string& path) {
    return std::make_unique<json_lines>(path);
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
    try {
        return line.dump();
    } catch (const json::type_error&) {
        json binary;
        for (const auto& [key, value] : line.items()) {
            if (key == "payload") {
                binary["payload_base64"] = base64(record.payload);
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
                    for (const auto& record : *what.records) {
                        state.settings.sink->keep(what.round, record);
                    }
                    state.settings.sink->flush();
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
