#include "net/frame.hpp"

#include <utility>

#include "net/hello.hpp"
#include "protocol/assert.hpp"

namespace byzgate {

std::size_t body_bytes_max(frame_kind kind) noexcept {
    switch (kind) {
        case frame_kind::hello:
            return hello_bytes_max;
        case frame_kind::refusal:
            return refusal_bytes;
        case frame_kind::credit:
            return 8;
        case frame_kind::chunk:
        case frame_kind::last:
            return chunk_bytes;
        case frame_kind::heartbeat:
        case frame_kind::goodbye:
            break;
    }
    return 0;
}

void append_frame(std::string& to, frame_kind kind, std::string_view body) {
    BYZGATE_ASSERT(body.size() <= body_bytes_max(kind));
    to.push_back(static_cast<char>(kind));
    for (const unsigned shift : {16U, 8U, 0U}) {
        to.push_back(static_cast<char>((body.size() >> shift) & 0xffU));
    }
    to.append(body);
}

void frame_reader::feed(std::string_view bytes) {
    held_.erase(0, std::exchange(read_, 0));
    // One large frame must not make every later one pay for its memory.
    if (held_.empty() && held_.capacity() > 2 * chunk_bytes) {
        held_.shrink_to_fit();
    }
    held_.append(bytes);
}

std::optional<frame> frame_reader::next() {
    const auto rest = std::string_view{held_}.substr(read_);
    if (failed_ || rest.empty()) {
        return {};
    }
    const auto number = static_cast<unsigned char>(rest[0]);
    const auto kind = static_cast<frame_kind>(number);
    if (kind < frame_kind::hello || kind > frame_kind::goodbye) {
        failed_ = true;
        return {};
    }
    if (rest.size() < frame_header_bytes) {
        return {};
    }
    std::size_t length = 0;
    for (std::size_t i = 1; i < frame_header_bytes; ++i) {
        length = (length << 8U) | static_cast<unsigned char>(rest[i]);
    }
    // Judged before the body is there: a huge length never makes anybody wait for it.
    if (length > body_bytes_max(kind)) {
        failed_ = true;
        return {};
    }
    if (rest.size() < frame_header_bytes + length) {
        return {};
    }
    read_ += frame_header_bytes + length;
    return frame{kind, rest.substr(frame_header_bytes, length)};
}

void message_cutter::begin(std::string message) {
    BYZGATE_ASSERT(!busy_);
    message_ = std::move(message);
    cut_ = 0;
    busy_ = true;
}

void message_cutter::append_chunk(std::string& to) {
    BYZGATE_ASSERT(busy_);
    const auto rest = std::string_view{message_}.substr(cut_);
    if (rest.size() > chunk_bytes) {
        append_frame(to, frame_kind::chunk, rest.substr(0, chunk_bytes));
        cut_ += chunk_bytes;
        return;
    }
    append_frame(to, frame_kind::last, rest);
    busy_ = false;
    message_ = {};
}

message_joiner::outcome message_joiner::add(const frame& part) {
    const bool ends = part.kind == frame_kind::last;
    // A last chunk that is empty belongs to the empty message alone: the writer would have ended
    // with the full one before it.
    if (ends ? part.body.empty() && !held_.empty() : part.body.size() != chunk_bytes) {
        return outcome::refused;
    }
    // What a full chunk announces is at least one byte more.
    if (held_.size() + part.body.size() + (ends ? 0 : 1) > max_) {
        return outcome::refused;
    }
    held_.append(part.body);
    return ends ? outcome::complete : outcome::unfinished;
}

std::string message_joiner::take() {
    return std::exchange(held_, {});
}

} // namespace byzgate
