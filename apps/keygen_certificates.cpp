#include "apps/keygen_certificates.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "actors/run_keys.hpp"
#include "crypto/key_files.hpp"
#include "net/certificate_files.hpp"

namespace byzgate {

namespace {

namespace fs = std::filesystem;

std::uint64_t now_s() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

/// Certificates go beside the keys of the same cluster, or where there are no keys.
void expect_same_cluster(const fs::path& directory, const scenario& what) {
    const auto keys = directory / cluster_key_file_name;
    if (fs::exists(keys)) {
        expect_numbers_in(directory, load_public_keys(keys), what);
    }
}

} // namespace

std::string use_of_file(const fs::path& file) {
    const auto name = file.filename().string();
    if (name == authority_key_file_name) {
        return "secret: signs certificates; take it off all hosts and keep it offline";
    }
    if (name == database_secret_file_name) {
        return "secret: for every commander, and nobody else";
    }
    if (name.starts_with("operator.")) {
        return name.ends_with(".key") ? "secret: for whoever calls byzgate release"
                                      : "public: for the operator's links";
    }
    if (file.extension() == ".key") {
        return "secret: for this server alone";
    }
    if (name == revocation_file_name) {
        return "public: what is revoked; give it to every server, beside ca.crt";
    }
    if (file.extension() == ".crt" && name != authority_file_name) {
        return "public: for this server's links";
    }
    return "public: give it to every server";
}

void make_certificates(const fs::path& directory, const scenario& what,
                       std::vector<fs::path>& files) {
    static_cast<void>(make_key_directory(directory));
    expect_same_cluster(directory, what);
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

namespace {

void expect_certified(const std::string& option, const std::string& name, const scenario& what) {
    const auto names = certified_names(what.cluster);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw key_error(option + " " + name + ": the cluster has no such server; one of: "
                        + fmt::format("{}", fmt::join(names, ", ")));
    }
}

} // namespace

std::vector<fs::path> renew_certificate_of(const std::string& name, const fs::path& directory,
                                           const scenario& what) {
    expect_certified("--renew", name, what);
    expect_same_cluster(directory, what);
    const auto authority = directory / authority_key_file_name;
    if (!fs::exists(authority)) {
        throw key_error(authority.string() + ": isn't here; put back the copy that was kept "
                        + "elsewhere. Without one, make a CA and certificates for all servers with "
                        + "byzgate keygen CONFIG --certificates --out in a new directory");
    }
    return renew_certificate(directory, name, now_s());
}

std::vector<fs::path> revoke_certificate_of(const std::string& name, const fs::path& directory,
                                            const scenario& what) {
    expect_certified("--revoke", name, what);
    return revoke_certificate(directory, name, now_s());
}

} // namespace byzgate
