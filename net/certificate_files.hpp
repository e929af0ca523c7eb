/// The files of certificates, as `byzgate keygen` writes and renews them: `ca.crt` and, for each
/// server and for operators, a certificate and a private key (PEM, mode 0600). `ca.key` signs
/// renewals and is needed for nothing else: it belongs on none of the hosts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/cluster.hpp"

namespace byzgate {

inline constexpr std::string_view authority_file_name = "ca.crt";
/// What the CA has revoked; there need not be one. Public, and for every host.
inline constexpr std::string_view revocation_file_name = "ca.crl";
/// Where the public part of what was renewed is kept, beside `ca.key`, so that it can be revoked.
inline constexpr std::string_view old_certificates_name = "old-certificates";
inline constexpr std::string_view authority_key_file_name = "ca.key";
/// `commander-1.crt` and `commander-1.tls.key`.
[[nodiscard]] std::string certificate_file_name(std::string_view name);
[[nodiscard]] std::string tls_key_file_name(std::string_view name);

/// The names that get certificates: all servers of the cluster, and `operator`.
[[nodiscard]] std::vector<std::string> certified_names(const cluster_parameters& cluster);

/// Makes a CA and certificates for all of `certified_names`, in a directory that exists. Returns
/// the files in the order written. Throws `key_error` and leaves nothing if one exists already;
/// std::system_error, with what it wrote removed again.
std::vector<std::filesystem::path> write_certificates(const std::filesystem::path& directory,
                                                      std::string_view cluster_name,
                                                      const cluster_parameters& cluster,
                                                      std::uint64_t now_s);
/// Replaces the certificate and key of one name by fresh ones of the directory's CA. Returns the
/// two files. Throws `key_error` if the CA's files aren't there; std::system_error.
std::vector<std::filesystem::path> renew_certificate(const std::filesystem::path& directory,
                                                     std::string_view name, std::uint64_t now_s);

/// Writes all certificates that one name ever had here into the list of what is revoked, and
/// replaces the present one as `renew_certificate` does. Returns the three files. Throws as that.
std::vector<std::filesystem::path> revoke_certificate(const std::filesystem::path& directory,
                                                      std::string_view name, std::uint64_t now_s);

} // namespace byzgate
