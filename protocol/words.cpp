#include "protocol/words.hpp"

#include <algorithm>

namespace byzgate {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the table of prefixes are enough: a swap looks two rows back.
    std::vector<std::size_t> before_last;
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last = last;
        last = row;
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
    // No key is longer; what is would only cost time.
    constexpr std::size_t word_bytes_max = 64;
    if (word.size() > word_bytes_max) {
        return std::nullopt;
    }
    std::optional<std::string> best;
    auto best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : known) {
        const auto distance = edit_distance(word, candidate);
        if (distance < best_distance && distance < candidate.size()) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string enumerated(const std::vector<std::string>& words) {
    std::string all;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) {
            all += i + 1 == words.size() ? " and " : ", ";
        }
        all += words[i];
    }
    return all;
}

std::string without_password(std::string_view text) {
    const auto scheme = text.find("://");
    const bool suspicious = text.find('@') != std::string_view::npos
                            || text.find("password=") != std::string_view::npos;
    if (!suspicious) {
        return std::string{text};
    }
    // With a typo in the scheme nobody knows where the name ends and the password begins.
    return std::string{text.substr(0, scheme == std::string_view::npos ? 0 : scheme + 3)} + "…";
}

bool holds_password(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return false;
    }
    const auto authority = url.substr(scheme + 3, url.find('/', scheme + 3) - (scheme + 3));
    const auto at = authority.rfind('@');
    return (at != std::string_view::npos && authority.substr(0, at).find(':') != authority.npos)
           || url.find("?password=") != std::string_view::npos
           || url.find("&password=") != std::string_view::npos;
}

} // namespace byzgate
