#include "net/certificate_files.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/key_files.hpp"
#include "net/certificates.hpp"
#include "net/names.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

/// Nobody is asked for a passphrase: a service has no terminal.
int no_passphrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

ossl::bio open_file(const fs::path& file) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) {
        throw key_error(file.string() + ": there is no such file; byzgate keygen makes it");
    }
    ERR_clear_error();
    ossl::bio in{BIO_new_file(file.c_str(), "r")};
    if (!in) {
        const auto why = errno;
        throw std::system_error(why, std::generic_category(),
                                file.string() + ": could not be opened");
    }
    return in;
}

ossl::key read_key(const fs::path& file) {
    const auto in = open_file(file);
    struct stat about {};
    if (::stat(file.c_str(), &about) == 0 && (about.st_mode & 077) != 0) {
        throw key_error(file.string() + ": others than its owner have rights to this private key; "
                        + "run: chmod 600 " + file.string());
    }
    ossl::key read{PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr)};
    if (!read) {
        throw key_error(file.string() + ": this is no private key (PEM, without passphrase); take "
                        + "the file that byzgate keygen wrote");
    }
    return read;
}

bool signed_by(X509* certificate, X509* authority) {
    ERR_clear_error();
    return X509_check_issued(authority, certificate) == X509_V_OK
           && X509_verify(certificate, X509_get0_pubkey(authority)) == 1;
}

/// Files that go again unless all were written.
class written_files {
public:
    explicit written_files(const fs::path& directory) : directory_(directory) {}
    written_files(const written_files&) = delete;
    written_files& operator=(const written_files&) = delete;
    ~written_files() {
        for (const auto& file : files_) {
            ::unlink(file.c_str());
        }
    }
    void write(const std::string& name, std::string_view text, bool secret) {
        files_.reserve(files_.size() + 1);
        write_new_key_file(directory_ / name, text, secret);
        files_.push_back(directory_ / name);
    }
    void write(std::string_view name, certificate_texts& both) {
        write(tls_key_file_name(name), both.key, true);
        write(certificate_file_name(name), both.certificate, false);
        wipe(both);
    }
    static void wipe(certificate_texts& both) { OPENSSL_cleanse(both.key.data(), both.key.size()); }
    [[nodiscard]] std::vector<fs::path> keep() { return std::exchange(files_, {}); }

private:
    fs::path directory_;
    std::vector<fs::path> files_;
};

/// What goes out of use, so that it can be revoked later; its name is its serial number's.
void keep_old(const fs::path& directory, std::string_view name) {
    const auto file = directory / certificate_file_name(name);
    if (!fs::exists(file)) {
        return;
    }
    const auto old = directory / old_certificates_name;
    fs::create_directories(old);
    const auto serial = ossl::serial_of(read_certificate(file).get());
    fs::copy_file(file, old / fmt::format("{}-{}.crt", name, serial),
                  fs::copy_options::overwrite_existing);
}

/// The present certificate of a name, and all that it had before.
std::vector<ossl::certificate> certificates_of(const fs::path& directory, std::string_view name) {
    std::vector<ossl::certificate> all;
    const auto add = [&](const fs::path& file) {
        auto read = read_certificate(file);
        if (ossl::only_name_of(read.get()) == name) {
            all.push_back(std::move(read));
        }
    };
    add(directory / certificate_file_name(name));
    if (const auto old = directory / old_certificates_name; fs::exists(old)) {
        for (const auto& each : fs::directory_iterator{old}) {
            add(each.path());
        }
    }
    return all;
}

} // namespace

ossl::certificate read_certificate(const fs::path& file) {
    const auto in = open_file(file);
    ossl::certificate read{PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)};
    if (!read) {
        throw key_error(file.string() + ": this is no certificate (PEM); take the file that "
                        + "byzgate keygen wrote");
    }
    return read;
}

ossl::revocations load_revocations(const fs::path& file, X509* authority) {
    std::error_code ignored;
    if (file.empty() || !fs::exists(file, ignored)) {
        return {};
    }
    const auto in = open_file(file);
    ossl::revocations read{PEM_read_bio_X509_CRL(in.get(), nullptr, no_passphrase, nullptr)};
    if (!read) {
        throw key_error(file.string() + ": this is no list of revoked certificates (PEM); take the "
                        + "file that byzgate keygen --revoke wrote");
    }
    if (X509_CRL_verify(read.get(), X509_get0_pubkey(authority)) != 1) {
        ERR_clear_error();
        throw key_error(file.string() + ": ca.crt didn't sign this list of revoked certificates; "
                        + "take both from one byzgate keygen");
    }
    return read;
}

std::string certificate_file_name(std::string_view name) {
    return std::string{name} + ".crt";
}
std::string tls_key_file_name(std::string_view name) {
    return std::string{name} + ".tls.key";
}

std::vector<std::string> certified_names(const cluster_parameters& cluster) {
    std::vector<std::string> names;
    for (const auto server : cluster.servers()) {
        names.push_back(link_name(server));
    }
    for (const auto other : {supervisor_id, external_party_id, operator_id}) {
        names.push_back(link_name(other));
    }
    return names;
}

certificate_authority::certificate_authority(const fs::path& certificate, const fs::path& key)
    : key_(read_key(key)), certificate_(load_authority(certificate)) {
    if (X509_check_private_key(certificate_.get(), key_.get()) != 1) {
        throw key_error(key.string() + ": this is not the private key of " + certificate.string()
                        + "; take both from one byzgate keygen");
    }
}

std::vector<fs::path> write_certificates(const fs::path& directory, std::string_view cluster_name,
                                         const cluster_parameters& cluster, std::uint64_t now_s) {
    written_files written{directory};
    const certificate_authority authority{cluster_name, valid_for_days(authority_days, now_s)};
    auto own = authority.texts();
    written.write(std::string{authority_key_file_name}, own.key, true);
    written.write(std::string{authority_file_name}, own.certificate, false);
    written_files::wipe(own);
    for (const auto& name : certified_names(cluster)) {
        auto both = authority.issue(name, valid_for_days(certificate_days, now_s));
        written.write(name, both);
    }
    sync_key_directory(directory);
    return written.keep();
}

std::vector<fs::path> renew_certificate(const fs::path& directory, std::string_view name,
                                        std::uint64_t now_s) {
    const certificate_authority authority{directory / authority_file_name,
                                          directory / authority_key_file_name};
    auto both = authority.issue(name, valid_for_days(certificate_days, now_s));
    const auto fresh = ".renewed-" + std::to_string(::getpid());
    written_files written{directory};
    written.write(tls_key_file_name(name) + fresh, both.key, true);
    written.write(certificate_file_name(name) + fresh, both.certificate, false);
    written_files::wipe(both);
    std::vector<fs::path> files{directory / tls_key_file_name(name),
                                directory / certificate_file_name(name)};
    keep_old(directory, name);
    for (const auto& file : files) {
        fs::rename(file.string() + fresh, file);
    }
    (void)written.keep();
    sync_key_directory(directory);
    return files;
}

std::vector<fs::path> revoke_certificate(const fs::path& directory, std::string_view name,
                                         std::uint64_t now_s) {
    const certificate_authority authority{directory / authority_file_name,
                                          directory / authority_key_file_name};
    const auto own = load_authority(directory / authority_file_name);
    const auto list = directory / revocation_file_name;
    const auto before = load_revocations(list, own.get());
    const auto text = authority.revoke(before.get(), certificates_of(directory, name), now_s);
    auto files = renew_certificate(directory, name, now_s);
    const auto fresh = list.string() + ".renewed-" + std::to_string(::getpid());
    write_new_key_file(fresh, text, false);
    fs::rename(fresh, list);
    sync_key_directory(directory);
    files.push_back(list);
    return files;
}

ossl::certificate load_authority(const fs::path& file) {
    auto read = read_certificate(file);
    if (X509_check_ca(read.get()) != 1) {
        throw key_error(file.string() + ": this is no CA's certificate; name the ca.crt that "
                        + "byzgate keygen wrote");
    }
    return read;
}

loaded_certificate load_certificate(const fs::path& certificate, const fs::path& key,
                                    X509* authority, const fs::path& authority_file,
                                    std::string_view name) {
    loaded_certificate loaded{read_certificate(certificate), read_key(key)};
    auto* read = loaded.certificate.get();
    if (const auto says = ossl::only_name_of(read); says != name) {
        // Another's name may hold anything, so only one of ours is repeated.
        throw key_error(certificate.string() + ": this is the certificate of "
                        + (parse_link_name(says) ? says : "somebody else") + "; give "
                        + std::string{name} + " its own");
    }
    if (X509_check_private_key(read, loaded.key.get()) != 1) {
        throw key_error(key.string() + ": this is not the private key of " + certificate.string()
                        + "; take both from one byzgate keygen");
    }
    if (!signed_by(read, authority)) {
        throw key_error(certificate.string() + ": " + authority_file.string() + " didn't sign it; "
                        + "take both from one byzgate keygen");
    }
    ERR_clear_error();
    return loaded;
}

} // namespace byzgate
