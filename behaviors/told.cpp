#include "behaviors/told.hpp"

namespace byzgate {

std::string_view to_string(told how) noexcept {
    switch (how) {
        case told::truth:
            return "truth";
        case told::public_:
            return "public";
        case told::confidential:
            return "confidential";
        case told::silence:
            return "silent";
        case told::opposite:
            return "opposite";
        case told::other_version:
            return "other_version";
        case told::other_digest:
            return "other_digest";
        case told::absent:
            return "absent";
    }
    return "?";
}

std::optional<told> parse_told(std::string_view text) {
    for (std::uint32_t i = 0; i < ways_of_telling; ++i) {
        if (to_string(static_cast<told>(i)) == text) {
            return static_cast<told>(i);
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> told_names() {
    std::vector<std::string_view> names;
    for (std::uint32_t i = 0; i < ways_of_telling; ++i) {
        names.push_back(to_string(static_cast<told>(i)));
    }
    return names;
}

namespace {

claim with_flag(const claim& heard, const claim* content, flag says) {
    if (!heard.is_present() && content == nullptr) {
        return heard;
    }
    auto lie = heard.is_present() ? heard : *content;
    lie.says = says;
    return lie;
}

} // namespace

claim retold(told how, const claim& heard, const claim* content) {
    switch (how) {
        case told::truth:
            return heard;
        case told::public_:
            return with_flag(heard, content, flag::public_);
        case told::confidential:
            return with_flag(heard, content, flag::confidential);
        case told::silence:
            return no_value();
        case told::opposite:
            return with_flag(heard, nullptr, opposite(heard.says));
        case told::other_version: {
            auto lie = heard;
            if (lie.is_present()) {
                lie.version += "-other";
            }
            return lie;
        }
        case told::other_digest: {
            auto lie = heard;
            if (lie.is_present()) {
                lie.payload_digest.front() ^= 1;
            }
            return lie;
        }
        case told::absent:
            return absent_claim();
    }
    return heard;
}

} // namespace byzgate
