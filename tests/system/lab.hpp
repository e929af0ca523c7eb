/// Hosts that a test makes up: network namespaces joined by a bridge, each with an address of its
/// own, whose cables can be cut and spoiled. Needs root; `lab::missing()` says what else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace byzgate::test {

class lab {
public:
    /// Why there can be none here, as a sentence; nothing if there can.
    [[nodiscard]] static std::optional<std::string> missing();
    /// Whether cables can be spoiled (`tc netem`), too.
    [[nodiscard]] static bool can_spoil();

    /// Up to 200 hosts. Throws std::runtime_error.
    explicit lab(std::uint32_t hosts);
    ~lab();
    lab(const lab&) = delete;
    lab& operator=(const lab&) = delete;

    [[nodiscard]] std::uint32_t hosts() const noexcept { return hosts_; }
    /// The network namespace; for `process_settings::network` and `ip netns exec`.
    [[nodiscard]] std::string name_of(std::uint32_t host) const;
    [[nodiscard]] std::string address_of(std::uint32_t host) const;

    void cut(std::uint32_t host) const;
    void heal(std::uint32_t host) const;
    /// What leaves the host suffers from now on; `how` as tc-netem(8) takes it, for example
    /// `delay 20ms 10ms loss 5% duplicate 2% reorder 25%`. Empty: nothing.
    void spoil(std::uint32_t host, const std::string& how) const;

private:
    std::uint32_t hosts_;
    std::string prefix_;
};

/// A small file system of its own, to be filled. Needs root.
class small_disk {
public:
    [[nodiscard]] static std::optional<std::string> missing();
    /// Throws std::runtime_error.
    explicit small_disk(std::string directory, std::uint64_t kib);
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    /// Leaves no room; `free_again` takes back what was filled.
    void fill() const;
    void free_again() const;

private:
    std::string directory_;
};

} // namespace byzgate::test
