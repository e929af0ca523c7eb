#include "actors/identity_files.hpp"

#include <exception>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

namespace byzgate {

identity_files::identity_files(std::vector<tls_identities::files> own,
                               std::filesystem::path authority, std::filesystem::path revoked)
    : own_(std::move(own)), authority_(std::move(authority)), revoked_(std::move(revoked)),
      read_(stamps()), looked_(read_), now_(read()) {}

std::string identity_files::stamps() const {
    std::string all;
    const auto add = [&all](const std::filesystem::path& file) {
        struct stat about {};
        if (::stat(file.c_str(), &about) == 0) {
            all += fmt::format("{} {} {} {}.{:09};", about.st_dev, about.st_ino, about.st_size,
                               about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
        } else {
            all += "none;";
        }
    };
    for (const auto& each : own_) {
        add(each.certificate);
        add(each.key);
    }
    add(authority_);
    add(revoked_);
    return all;
}

std::shared_ptr<const tls_identities> identity_files::read() const {
    return std::make_shared<const tls_identities>(own_, authority_, revoked_);
}

std::optional<identity_files::news> identity_files::look() {
    auto seen = stamps();
    const bool settled = seen == looked_;
    looked_ = std::move(seen);
    if (!settled || looked_ == read_) {
        return std::nullopt;
    }
    read_ = looked_;
    try {
        auto fresh = read();
        if (fresh->forgets(*now_)) {
            return news{fmt::format("{} is gone, or older than the one in use, and would let "
                                    "revoked certificates in again; put it back",
                                    revoked_.string())};
        }
        now_ = std::move(fresh);
        ++generation_;
        return news{};
    } catch (const std::exception& failed) {
        return news{failed.what()};
    }
}

} // namespace byzgate
