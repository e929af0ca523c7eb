/// Certificates: a CA for a cluster, and one certificate for each server and for operators, all
/// with Ed25519 keys. The name of whom it is for is the only DNS name in it (`commander-1`,
/// `operator`). As files they are PEM, private keys with mode 0600.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "net/openssl.hpp"

namespace byzgate {

inline constexpr std::uint64_t seconds_a_day = 86'400;
inline constexpr std::uint64_t certificate_days = 825;
inline constexpr std::uint64_t authority_days = 7'300;

/// Seconds since 1970, both included.
struct certificate_times {
    std::uint64_t from_s = 0;
    std::uint64_t until_s = 0;
};
/// From a day ago, because clocks differ, for that many days.
[[nodiscard]] certificate_times valid_for_days(std::uint64_t days, std::uint64_t now_s);

/// PEM texts. The second is secret.
struct certificate_texts {
    std::string certificate;
    std::string key;
};

/// Whoever signs certificates: needed to make and to renew them, never to run.
class certificate_authority {
public:
    /// A fresh one. `cluster` is only for people who look at it.
    certificate_authority(std::string_view cluster, certificate_times valid);
    /// From files; throws `key_error` if there are none or they don't belong together.
    certificate_authority(const std::filesystem::path& certificate,
                          const std::filesystem::path& key);

    [[nodiscard]] certificate_texts texts() const;
    /// A certificate for a fresh key. `name` is a link's name (`link_name`).
    [[nodiscard]] certificate_texts issue(std::string_view name, certificate_times valid) const;

private:
    ossl::key key_;
    ossl::certificate certificate_;
};

struct loaded_certificate {
    ossl::certificate certificate;
    ossl::key key;
};
/// Throws `key_error` unless it is one CA's certificate.
[[nodiscard]] ossl::certificate load_authority(const std::filesystem::path& file);
/// Throws `key_error` unless all belongs together and to `name`; the time of validity isn't asked.
[[nodiscard]] loaded_certificate load_certificate(const std::filesystem::path& certificate,
                                                  const std::filesystem::path& key, X509* authority,
                                                  const std::filesystem::path& authority_file,
                                                  std::string_view name);
[[nodiscard]] certificate_times times_of(const X509* certificate);

} // namespace byzgate
