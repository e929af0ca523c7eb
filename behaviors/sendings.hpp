/// Which messages a behaviour is about, and where in the protocol a message belongs.
#pragma once

#include <string>
#include <vector>

#include "behaviors/options.hpp"
#include "protocol/machine.hpp"

namespace byzgate {

/// A draw for this message, the same whenever and in whatever order it comes up.
[[nodiscard]] std::uint64_t drawn(const seat& at, const send& sent);

/// The options `to` (servers; all when left out) and `kinds` (`distribution`, `relay`, `vote`,
/// `payload_reply`; all when left out).
class sending_filter {
public:
    explicit sending_filter(const option_reader& read);

    [[nodiscard]] bool takes(const send& sent) const;

private:
    std::vector<server_id> to_;
    std::vector<std::string> kinds_;
};

} // namespace byzgate
