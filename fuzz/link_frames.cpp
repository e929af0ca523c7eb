// What a peer with a good certificate writes: frames, chunks and messages, in any portions.
#include "net/frame.hpp"

#include <vector>

#include "fuzz/fuzzer.hpp"

using namespace byzgate;

namespace {

constexpr std::size_t message_bytes_max = 200'000;

struct outcome {
    std::vector<std::string> messages;
    std::size_t frames = 0;
    bool refused = false;

    bool operator==(const outcome&) const = default;
};

outcome read(std::string_view bytes, std::size_t portion) {
    outcome all;
    frame_reader reader;
    message_joiner joiner{message_bytes_max};
    for (std::size_t at = 0; at < bytes.size() && !all.refused; at += portion) {
        reader.feed(bytes.substr(at, portion));
        while (!all.refused) {
            const auto f = reader.next();
            if (!f) {
                break;
            }
            ++all.frames;
            BYZGATE_ASSERT(f->body.size() <= body_bytes_max(f->kind));
            if (f->kind != frame_kind::chunk && f->kind != frame_kind::last) {
                continue;
            }
            const auto added = joiner.add(*f);
            all.refused = added == message_joiner::outcome::refused;
            if (added == message_joiner::outcome::complete) {
                all.messages.push_back(joiner.take());
            }
            BYZGATE_ASSERT(joiner.held_bytes() <= message_bytes_max);
        }
        all.refused = all.refused || reader.failed();
    }
    return all;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto bytes = text_of(data, size).substr(1);
    const auto whole = read(bytes, bytes.size() + 1);
    BYZGATE_ASSERT(read(bytes, 1 + data[0]) == whole);
    // A message has one form: what was read is written the same.
    std::string written;
    for (const auto& message : whole.messages) {
        message_cutter cutter;
        cutter.begin(message);
        while (cutter.busy()) {
            cutter.append_chunk(written);
        }
    }
    BYZGATE_ASSERT(read(written, written.size() + 1).messages == whole.messages);
    return 0;
}
