#include "storage/content_version.hpp"

#include "crypto/blake2b.hpp"

namespace byzgate {

version_id content_version(flag confidentiality, std::string_view payload) {
    std::string bytes = "byzgate record version 1\n";
    bytes.reserve(bytes.size() + payload.size() + 16);
    bytes += to_string(confidentiality);
    bytes += '\n';
    bytes += payload;
    return to_hex(blake2b_digester().digest_of(bytes)).substr(0, 32);
}

} // namespace byzgate
