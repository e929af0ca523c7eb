/// The certificates of a process, read again when their files change, so that a renewed one needs
/// no restart and a revoked one is refused within seconds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/tls.hpp"

namespace byzgate {

class identity_files {
public:
    /// Reads all. Throws as `tls_identities` does.
    identity_files(std::vector<tls_identities::files> own, std::filesystem::path authority,
                   std::filesystem::path revoked);

    [[nodiscard]] const tls_identities& now() const noexcept { return *now_; }
    /// Grows each time that files were read.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

    struct news {
        std::string problem; ///< why the new files aren't used; empty if they are
    };
    /// To be called now and then. Reads files that changed since they were read last, once they
    /// are as they were at the look before: whoever copies several files isn't interrupted.
    [[nodiscard]] std::optional<news> look();

private:
    [[nodiscard]] std::string stamps() const;
    [[nodiscard]] std::shared_ptr<const tls_identities> read() const;

    std::vector<tls_identities::files> own_;
    std::filesystem::path authority_;
    std::filesystem::path revoked_;
    std::string read_;   ///< stamps of what was read, or tried to be
    std::string looked_; ///< stamps of the last look
    std::shared_ptr<const tls_identities> now_;
    std::uint64_t generation_ = 1;
};

} // namespace byzgate
