/// The certificates of `byzgate keygen`, beside the keys that sign messages.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/scenario.hpp"

namespace byzgate {

/// Makes the CA and all certificates in a directory that exists; prints what to do with the files
/// unless `quiet`. Returns them. Throws as `write_certificates`.
std::vector<std::filesystem::path> make_certificates(const std::filesystem::path& directory,
                                                     const scenario& what, bool quiet);
/// Replaces one server's certificate (or `operator`'s). Throws `key_error` for a name that the
/// cluster doesn't have, and as `byzgate::renew_certificate`.
std::vector<std::filesystem::path> renew_certificate_of(const std::string& name,
                                                        const std::filesystem::path& directory,
                                                        const scenario& what, bool quiet);

} // namespace byzgate
