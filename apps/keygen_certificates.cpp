#include "apps/keygen_certificates.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "crypto/keys.hpp"
#include "net/certificate_files.hpp"

namespace byzgate {

namespace {

namespace fs = std::filesystem;

std::uint64_t now_s() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

std::string use_of(const fs::path& file) {
    const auto name = file.filename().string();
    if (name == authority_file_name) {
        return "public: give it to every server";
    }
    if (name == authority_key_file_name) {
        return "secret: signs certificates; take it off all hosts and keep it offline";
    }
    if (file.extension() == ".key") {
        return "secret: for this server's link alone";
    }
    return "public: for this server's link";
}

void show(const std::vector<fs::path>& files) {
    for (const auto& file : files) {
        fmt::print("{}  {}\n", file.string(), use_of(file));
    }
}

} // namespace

std::vector<fs::path> make_certificates(const fs::path& directory, const scenario& what,
                                        bool quiet) {
    auto files = write_certificates(directory, what.name, what.cluster, now_s());
    if (!quiet) {
        show(files);
    }
    return files;
}

std::vector<fs::path> renew_certificate_of(const std::string& name, const fs::path& directory,
                                           const scenario& what, bool quiet) {
    const auto names = certified_names(what.cluster);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw key_error("--renew " + name + ": the cluster has no such server; one of: "
                        + fmt::format("{}", fmt::join(names, ", ")));
    }
    auto files = renew_certificate(directory, name, now_s());
    if (!quiet) {
        show(files);
    }
    return files;
}

} // namespace byzgate
