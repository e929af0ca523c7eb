#include "tests/system/lab.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

namespace byzgate::test {

namespace {

bool works(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

void must(const std::string& command) {
    if (!works(command)) {
        throw std::runtime_error("failed: " + command);
    }
}

std::string in_host(const std::string& name) {
    return "ip netns exec " + name + " ";
}

/// A packet is lost, doubled, or sent through a class that is so slow that others overtake it.
bool spoil_by_rules(const std::string& host, const std::string& link, const packet_faults& how) {
    const auto tc = in_host(host) + "tc ";
    const auto nft = in_host(host) + "nft ";
    const auto rule = [&](std::uint32_t percent, const std::string& what) {
        return percent == 0
               || works(nft
                        + fmt::format("'add rule ip spoil out oifname \"{}\" numgen random mod 100 "
                                      "< {} {}'",
                                      link, percent, what));
    };
    return works(tc + fmt::format("qdisc add dev {} root handle 1: htb default 1", link))
           && works(tc
                    + fmt::format("class add dev {} parent 1: classid 1:1 htb rate 10gbit", link))
           && works(tc
                    + fmt::format("class add dev {} parent 1: classid 1:2 htb rate 2mbit burst 2k",
                                  link))
           && works(nft + "add table ip spoil")
           && works(nft + "'add chain ip spoil out { type filter hook output priority 0 ; }'")
           && rule(how.lost, "drop")
           && rule(how.doubled, fmt::format("dup to ip daddr device \"{}\"", link))
           && rule(how.late, "meta priority set 1:2");
}

bool spoil_by_netem(const std::string& host, const std::string& link, const packet_faults& how) {
    return works(in_host(host)
                 + fmt::format("tc qdisc add dev {} root netem delay 5ms 5ms loss {}% duplicate "
                               "{}% reorder {}%",
                               link, how.lost, how.doubled, 100 - how.late));
}

std::string own_prefix() {
    static std::atomic<std::uint32_t> labs{0};
    return fmt::format("bz{}x{}", ::getpid() % 100'000, labs++);
}

} // namespace

std::optional<std::string> lab::missing() {
    if (::geteuid() != 0) {
        return "network namespaces need root";
    }
    const auto probe = own_prefix();
    const bool can = works("ip netns add " + probe)
                     && works("ip link add " + probe + " type bridge")
                     && works("ip link add " + probe + "a type veth peer name " + probe + "b");
    works("ip link del " + probe + "a");
    works("ip link del " + probe);
    works("ip netns del " + probe);
    return can ? std::nullopt
               : std::optional<std::string>{"the system allows no network namespaces"};
}

std::optional<std::string> lab::cannot_spoil() {
    const auto probe = own_prefix();
    bool can = works("ip netns add " + probe);
    can = can && (spoil_by_rules(probe, "lo", {1, 1, 1}) || spoil_by_netem(probe, "lo", {1, 1, 1}));
    works("ip netns del " + probe);
    return can ? std::nullopt
               : std::optional<std::string>{"there is neither nftables with tc htb nor tc netem"};
}

lab::lab(std::uint32_t hosts) : hosts_(hosts), prefix_(own_prefix()) {
    const auto bridge = prefix_ + "br";
    must("ip link add " + bridge + " type bridge");
    must("ip link set " + bridge + " up");
    for (std::uint32_t i = 0; i < hosts; ++i) {
        const auto name = name_of(i);
        const auto inside = fmt::format("ip -n {} ", name);
        must("ip netns add " + name);
        must(fmt::format("ip link add {0}v{1} type veth peer name eth0 netns {2}", prefix_, i,
                         name));
        must(fmt::format("ip link set {0}v{1} master {0}br up", prefix_, i));
        must(inside + fmt::format("addr add {}/24 dev eth0", address_of(i)));
        must(inside + "link set lo up");
        must(inside + "link set eth0 up");
    }
}

lab::~lab() {
    for (std::uint32_t i = 0; i < hosts_; ++i) {
        works("ip netns del " + name_of(i));
    }
    works("ip link del " + prefix_ + "br");
}

std::string lab::name_of(std::uint32_t host) const {
    return fmt::format("{}h{}", prefix_, host);
}

std::string lab::address_of(std::uint32_t host) const {
    return fmt::format("10.213.77.{}", host + 1);
}

void lab::cut(std::uint32_t host) const {
    must(fmt::format("ip link set {}v{} down", prefix_, host));
}

void lab::heal(std::uint32_t host) const {
    must(fmt::format("ip link set {}v{} up", prefix_, host));
}

void lab::spoil(std::uint32_t host, const packet_faults& how) const {
    spare(host);
    if (!spoil_by_rules(name_of(host), "eth0", how)) {
        spare(host);
        if (!spoil_by_netem(name_of(host), "eth0", how)) {
            throw std::runtime_error("the cable of " + name_of(host) + " can't be spoiled");
        }
    }
}

void lab::spare(std::uint32_t host) const {
    works(in_host(name_of(host)) + "nft delete table ip spoil");
    works(in_host(name_of(host)) + "tc qdisc del dev eth0 root");
}

std::optional<std::string> small_disk::missing() {
    if (::geteuid() != 0) {
        return "a file system of its own needs root";
    }
    std::string probe = (std::filesystem::temp_directory_path() / "byzgate-disk-XXXXXX").string();
    if (::mkdtemp(probe.data()) == nullptr) {
        return "there is no temporary directory";
    }
    const bool can = ::mount("none", probe.c_str(), "tmpfs", 0, "size=64k") == 0;
    if (can) {
        ::umount2(probe.c_str(), MNT_DETACH);
    }
    std::filesystem::remove(probe);
    return can ? std::nullopt : std::optional<std::string>{"the system lets nobody mount"};
}

small_disk::small_disk(std::string directory, std::uint64_t kib)
    : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_);
    if (::mount("none", directory_.c_str(), "tmpfs", 0, fmt::format("size={}k", kib).c_str())
        != 0) {
        throw std::runtime_error("nothing could be mounted at " + directory_);
    }
}

small_disk::~small_disk() {
    ::umount2(directory_.c_str(), MNT_DETACH);
}

void small_disk::protect() const {
    if (::mount("none", directory_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
        throw std::runtime_error(directory_ + " could not be protected");
    }
}

void small_disk::fill() const {
    std::ofstream out{directory_ + "/filler", std::ios::binary | std::ios::app};
    const std::string block(4'096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
}

void small_disk::free_again() const {
    std::filesystem::remove(directory_ + "/filler");
}

} // namespace byzgate::test
