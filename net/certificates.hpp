/// Certificates: a CA for a cluster, and one certificate for each server and for operators, all
/// with Ed25519 keys. The name of whom it is for is the only DNS name in it (`commander-1`,
/// `operator`). As files they are PEM, private keys with mode 0600.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "net/openssl.hpp"
#include "net/validity.hpp"

namespace byzgate {

inline constexpr std::uint64_t seconds_a_day = 86'400;
inline constexpr std::uint64_t certificate_days = 825;
inline constexpr std::uint64_t authority_days = 7'300;

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
    /// The list (PEM) of all that `before`, which may be null, revokes already and of these. Throws
    /// `key_error` for a certificate that this CA didn't sign.
    [[nodiscard]] std::string revoke(X509_CRL* before, const std::vector<ossl::certificate>& more,
                                     std::uint64_t now_s) const;

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
/// Of no particular CA. Throws `key_error` unless it is a certificate.
[[nodiscard]] ossl::certificate read_certificate(const std::filesystem::path& file);
/// What the CA has revoked; null if there is no such file. Throws `key_error` unless it is a list
/// that this CA signed.
[[nodiscard]] ossl::revocations load_revocations(const std::filesystem::path& file,
                                                 X509* authority);
/// A null list revokes nothing.
[[nodiscard]] bool is_revoked(X509_CRL* list, X509* certificate);
[[nodiscard]] certificate_times times_of(const X509* certificate);

} // namespace byzgate
