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

bool lab::can_spoil() {
    const auto probe = own_prefix();
    const bool can =
        works("ip netns add " + probe)
        && works("ip netns exec " + probe + " tc qdisc add dev lo root netem delay 1ms");
    works("ip netns del " + probe);
    return can;
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

void lab::spoil(std::uint32_t host, const std::string& how) const {
    const auto tc = fmt::format("ip netns exec {} tc qdisc ", name_of(host));
    works(tc + "del dev eth0 root");
    if (!how.empty()) {
        must(tc + "add dev eth0 root netem " + how);
    }
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
