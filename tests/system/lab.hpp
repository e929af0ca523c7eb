/// Hosts that a test makes up: network namespaces joined by a bridge, each with an address of its
/// own, whose cables can be cut and spoiled. Needs root; `lab::missing()` says what else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace byzgate::test {

/// What becomes of the packets that leave a host, in percent of them.
struct packet_faults {
    std::uint32_t lost = 0;
    std::uint32_t doubled = 0;
    std::uint32_t late = 0; ///< some milliseconds, so that others overtake them
};

class lab {
public:
    /// Why there can be none here, as a sentence; nothing if there can.
    [[nodiscard]] static std::optional<std::string> missing();
    /// Why cables can't be spoiled here, as a sentence; nothing if they can.
    [[nodiscard]] static std::optional<std::string> cannot_spoil();

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
    /// What leaves the host suffers from now on, by nftables and a slow class of `tc htb` where
    /// there are these, else by `tc netem`.
    void spoil(std::uint32_t host, const packet_faults& how) const;
    void spare(std::uint32_t host) const;

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
    /// From now on nothing can be written there. Throws std::runtime_error.
    void protect() const;

private:
    std::string directory_;
};

} // namespace byzgate::test
