/// Keys as files: what `byzgate keygen` writes and servers read. Whoever wrote a file may have
/// written anything: decoders are total, and each meaning has one text.
///
/// `<server>.key`, mode 0600, lines that end in a line feed and nothing else:
///
///     byzgate-private-key 1
///     server lieutenant-2
///     seed <64 hexadecimal digits, lower case: the Ed25519 seed>
///     sealing <64 digits: the X25519 secret>             external-party only
///
/// `database.secret`, mode 0600, of a sealed cluster: for every commander, and nobody else:
///
///     byzgate-database-secret 1
///     secret <64 digits>
///
/// `cluster.keys`, for everybody: a line for each server, commanders first, then lieutenants, the
/// supervisor and the external party, by number:
///
///     byzgate-cluster-keys 1
///     name dual-commander
///     commander-1 ed25519 <64 digits>
///     …
///     external-party ed25519 <64 digits>
///     external-party x25519 <64 digits>
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.hpp"

namespace byzgate {

inline constexpr std::string_view cluster_key_file_name = "cluster.keys";
/// The numbers that signatures rest on besides the keys; a configuration of nothing but [cluster].
inline constexpr std::string_view cluster_numbers_file_name = "cluster.toml";
inline constexpr std::string_view database_secret_file_name = "database.secret";
/// `lieutenant-2.key`.
[[nodiscard]] std::string private_key_file_name(server_id server);

/// The text of a private key file. The caller wipes it.
[[nodiscard]] std::string format_private_key_file(const private_keys& keys);
[[nodiscard]] std::string format_public_keys(const cluster_keys& keys);

/// Throws `key_error` with `place` and line for any text that `format_private_key_file` doesn't
/// give. What it throws repeats nothing of the text.
[[nodiscard]] private_keys parse_private_key_file(std::string_view text,
                                                  std::string_view place = "private key");
/// Throws `key_error` with `place` and line for any text that `format_public_keys` doesn't give,
/// and for keys that are no points of the curve or of small order.
[[nodiscard]] cluster_keys parse_public_keys(std::string_view text,
                                             std::string_view place = "public keys");

/// A private key file's text that came another way, as in an environment variable, where the last
/// line feed may be missing. Throws `key_error` as above and if it is another server's.
[[nodiscard]] private_keys private_keys_from_text(std::string_view text, server_id expected,
                                                  std::string_view place);
/// Throws `key_error` if there is no such file, if group or others have any right to it, if it is
/// no key file or another server's; std::system_error if the system fails.
[[nodiscard]] private_keys load_private_keys(const std::filesystem::path& file, server_id expected);
/// The text of the database's secret, which the caller wipes, and back. Throws as above.
[[nodiscard]] std::string format_database_secret(const secret_256& secret);
[[nodiscard]] secret_256 parse_database_secret(std::string_view text,
                                               std::string_view place = "database secret");
/// A text that came another way, as in `private_keys_from_text`.
[[nodiscard]] secret_256 database_secret_from_text(std::string_view text, std::string_view place);
/// Throws as `load_private_keys` does.
[[nodiscard]] secret_256 load_database_secret(const std::filesystem::path& file);
/// Throws `key_error` if there is no such file or it is none; std::system_error.
[[nodiscard]] cluster_keys load_public_keys(const std::filesystem::path& file);

/// Writes a key file for every server, `numbers` (the text of `cluster.toml`) unless that is empty,
/// and the public keys last, so that where they stand all are.
/// Makes the directory and its parents (mode 0700). Each file appears whole or not at all, with
/// the rights above whatever the umask. Returns the files, in the order written.
/// Throws `key_error` and leaves everything as it was if one of the files exists already, the
/// directory or a parent of it is a file; std::system_error, with what it wrote removed
/// again.
std::vector<std::filesystem::path> write_key_files(const std::filesystem::path& directory,
                                                   const key_set& keys,
                                                   std::string_view numbers = {});

/// One file that appears whole or not at all: mode 0600 if it is secret, else 0644, whatever the
/// umask. Throws `key_error` if it exists already; std::system_error.
void write_new_key_file(const std::filesystem::path& file, std::string_view text, bool secret);
/// Makes a directory for keys and its parents, mode 0700, unless they are there. Those that it
/// made, inner ones last. Throws `key_error`, std::system_error.
std::vector<std::filesystem::path> make_key_directory(const std::filesystem::path& directory);
/// Makes names in it durable. Throws std::system_error.
void sync_key_directory(const std::filesystem::path& directory);

} // namespace byzgate
