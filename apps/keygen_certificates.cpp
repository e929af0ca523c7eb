#include "apps/keygen_certificates.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "crypto/key_files.hpp"
#include "net/certificate_files.hpp"

namespace byzgate {

namespace {

namespace fs = std::filesystem;

std::uint64_t now_s() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

} // namespace

std::string use_of_file(const fs::path& file) {
    const auto name = file.filename().string();
    if (name == authority_key_file_name) {
        return "secret: signs certificates; take it off all hosts and keep it offline";
    }
    if (file.extension() == ".key") {
        return "secret: for this server alone";
    }
    if (file.extension() == ".crt" && name != authority_file_name) {
        return "public: for this server's links";
    }
    return "public: give it to every server";
}

void make_certificates(const fs::path& directory, const scenario& what,
                       std::vector<fs::path>& files) {
    try {
        const auto made = write_certificates(directory, what.name, what.cluster, now_s());
        files.insert(files.end(), made.begin(), made.end());
    } catch (...) {
        std::error_code ignored;
        for (const auto& file : files) {
            fs::remove(file, ignored);
        }
        throw;
    }
}

std::vector<fs::path> renew_certificate_of(const std::string& name, const fs::path& directory,
                                           const scenario& what) {
    const auto names = certified_names(what.cluster);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw key_error("--renew " + name + ": the cluster has no such server; one of: "
                        + fmt::format("{}", fmt::join(names, ", ")));
    }
    return renew_certificate(directory, name, now_s());
}

} // namespace byzgate
