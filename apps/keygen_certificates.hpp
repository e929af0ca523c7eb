/// The certificates of `byzgate keygen`, beside the keys that sign messages.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/scenario.hpp"

namespace byzgate {

/// Makes the CA and all certificates in a directory that exists, and adds their names to `files`.
/// Throws as `write_certificates`, with `files` removed: keys without certificates would stand in
/// the way of the next attempt.
void make_certificates(const std::filesystem::path& directory, const scenario& what,
                       std::vector<std::filesystem::path>& files);
/// Replaces one server's certificate (or `operator`'s). Throws `key_error` for a name that the
/// cluster doesn't have, and as `byzgate::renew_certificate`.
std::vector<std::filesystem::path> renew_certificate_of(const std::string& name,
                                                        const std::filesystem::path& directory,
                                                        const scenario& what);
/// The same, and writes all that the name had before into the list of what is revoked.
std::vector<std::filesystem::path> revoke_certificate_of(const std::string& name,
                                                         const std::filesystem::path& directory,
                                                         const scenario& what);
/// What to do with one of the files: who gets it.
[[nodiscard]] std::string use_of_file(const std::filesystem::path& file);

} // namespace byzgate
