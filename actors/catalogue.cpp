#include "actors/catalogue.hpp"

#include <algorithm>

#include <caf/stateful_actor.hpp>

#include "protocol/encoding.hpp"

namespace byzgate {

std::string encode(const catalogue_request& request) {
    encoder bytes;
    bytes.u8(catalogue_request_mark).u64(request.number).text(request.after);
    bytes.boolean(request.versions);
    return bytes.take();
}

std::string encode(const catalogue_page& page) {
    encoder bytes;
    bytes.u8(catalogue_page_mark).u64(page.number).boolean(page.last);
    bytes.u32(static_cast<std::uint32_t>(page.records.size()));
    for (const auto& record : page.records) {
        bytes.text(record.id).text(record.version);
    }
    return bytes.take();
}

std::optional<catalogue_request> decode_catalogue_request(std::string_view bytes,
                                                          const limits& limit) {
    decoder from{bytes};
    if (from.u8() != catalogue_request_mark) {
        return std::nullopt;
    }
    catalogue_request request;
    request.number = from.u64();
    request.after = from.text(limit.record_id_bytes_max);
    request.versions = from.boolean();
    return from.done() ? std::optional{std::move(request)} : std::nullopt;
}

std::optional<catalogue_page> decode_catalogue_page(std::string_view bytes, const limits& limit) {
    constexpr std::size_t bytes_each = 8;
    decoder from{bytes};
    if (from.u8() != catalogue_page_mark) {
        return std::nullopt;
    }
    catalogue_page page;
    page.number = from.u64();
    page.last = from.boolean();
    const auto count = from.count(catalogue_page_records_max, bytes_each);
    page.records.reserve(count);
    for (std::uint32_t i = 0; i < count && !from.failed(); ++i) {
        auto id = from.text(limit.record_id_bytes_max);
        auto version = from.text(limit.record_id_bytes_max);
        if (id.empty() || (!page.records.empty() && id <= page.records.back().id)) {
            return std::nullopt;
        }
        page.records.push_back({std::move(id), std::move(version)});
    }
    return from.done() ? std::optional{std::move(page)} : std::nullopt;
}

namespace {

void list(catalogue_state& state) {
    state.ids.clear();
    state.opened->for_each_id([&](const record_id& id) {
        state.ids.push_back(id);
        return true;
    });
    std::sort(state.ids.begin(), state.ids.end());
    state.listed = true;
    // Once: it passes over the whole table several times.
    if (state.settings.on_warning && !state.warned) {
        for (const auto& warning : state.opened->warnings()) {
            state.settings.on_warning(warning);
        }
        state.warned = true;
    }
}

catalogue_page page_of(catalogue_state& state, const catalogue_request& wanted) {
    if (!state.opened) {
        state.opened = state.settings.open();
    }
    if (!state.listed || wanted.after.empty()) {
        list(state);
    }
    catalogue_page page{wanted.number, {}, false};
    const auto begin = std::upper_bound(state.ids.begin(), state.ids.end(), wanted.after);
    const auto left = static_cast<std::size_t>(state.ids.end() - begin);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min(left, catalogue_page_records_max));
    page.last = end == state.ids.end();
    std::vector<std::optional<record>> read;
    if (wanted.versions) {
        read = state.opened->read({begin, end});
    }
    for (auto id = begin; id != end; ++id) {
        const auto place = static_cast<std::size_t>(id - begin);
        const bool found = place < read.size() && read[place];
        page.records.push_back({*id, found ? read[place]->version : version_id{}});
    }
    if (page.last) {
        state.ids = {};
        state.listed = false;
    }
    return page;
}

} // namespace

catalogue_actor::behavior_type catalogue(catalogue_actor::stateful_pointer<catalogue_state> self,
                                         catalogue_settings settings) {
    auto& state = caf_compat::state_of(self);
    state.settings = std::move(settings);
    return {
        [&state](const catalogue_request& wanted) {
            try {
                state.settings.answer(encode(page_of(state, wanted)));
            } catch (const std::exception& failed) {
                state.opened.reset();
                state.listed = false;
                state.settings.on_failure(failed.what());
            }
        },
    };
}

} // namespace byzgate
