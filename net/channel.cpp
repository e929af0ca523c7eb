#include "net/channel.hpp"

#include <utility>

namespace byzgate {

namespace {

class plain_channel final : public secure_channel {
public:
    void receive(std::string_view wire) override { in_.append(wire); }
    void send(std::string_view plain) override { out_.append(plain); }
    std::string take_plain() override { return std::exchange(in_, {}); }
    std::string take_wire() override { return std::exchange(out_, {}); }
    [[nodiscard]] bool secure() const override { return true; }
    [[nodiscard]] bool failed() const override { return false; }
    [[nodiscard]] std::optional<refusal_reason> problem() const override { return {}; }
    [[nodiscard]] std::optional<refusal_notice> told() const override { return {}; }
    [[nodiscard]] std::string detail() const override { return {}; }
    [[nodiscard]] std::optional<server_id> peer() const override { return {}; }
    [[nodiscard]] std::optional<server_id> local() const override { return {}; }
    [[nodiscard]] bool plain() const override { return true; }

private:
    std::string in_;
    std::string out_;
};

} // namespace

std::unique_ptr<secure_channel> make_plain_channel() {
    return std::make_unique<plain_channel>();
}

} // namespace byzgate
