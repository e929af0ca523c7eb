#include "behaviors/editor.hpp"
#include "behaviors/registry.hpp"

namespace byzgate {

behavior_info describe_loyal() {
    return {"loyal",
            "Does what the protocol says.",
            true,
            true,
            {},
            [](const seat&, const option_reader&) -> std::unique_ptr<editor> { return nullptr; }};
}

} // namespace byzgate
