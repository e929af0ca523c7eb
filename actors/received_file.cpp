#include "actors/received_file.hpp"

#include <cstring>
#include <fstream>

#include <nlohmann/json.hpp>

#include "protocol/encoding.hpp"

namespace byzgate {

std::size_t received_file::first_bytes::operator()(const digest& d) const noexcept {
    std::size_t first = 0;
    std::memcpy(&first, d.data(), sizeof first);
    return first;
}

digest received_file::name_of(const record_id& id, const version_id& version) const {
    encoder bytes;
    bytes.text(id).text(version);
    return digests_.digest_of(bytes.bytes());
}

void received_file::open() {
    if (lines_) {
        return;
    }
    // Cuts off what a crash left of a line, so that everything below is whole.
    auto lines = open_json_lines(path_, release_file::append);
    known_.clear();
    std::ifstream in{path_, std::ios::binary};
    std::size_t number = 0;
    for (std::string line; path_ != "-" && std::getline(in, line);) {
        ++number;
        const auto json = nlohmann::json::parse(line, nullptr, false);
        if (!json.is_object() || !json.contains("id") || !json["id"].is_string()
            || !json.contains("version") || !json["version"].is_string()) {
            throw std::runtime_error(path_ + ":" + std::to_string(number)
                                     + ": is no released record; name another file as "
                                       "[external_party] output, or mend this one");
        }
        known_.insert(name_of(json["id"].get<std::string>(), json["version"].get<std::string>()));
    }
    lines_ = std::move(lines);
}

void received_file::keep(round_id round, const released_record& record) {
    take({round, 0, std::make_shared<const std::vector<released_record>>(1, record)});
}

void received_file::flush() {
    if (lines_) {
        lines_->flush();
    }
}

void received_file::take(const delivery& all) {
    open();
    try {
        for (const auto& record : *all.records) {
            const auto name = name_of(record.id, record.version);
            if (known_.insert(name).second) {
                lines_->keep(all.round, record);
            }
        }
        lines_->flush();
    } catch (...) {
        // How much of it is on the disk shows when it is opened again.
        lines_.reset();
        throw;
    }
}

} // namespace byzgate
