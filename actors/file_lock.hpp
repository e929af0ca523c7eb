/// A file that one process holds at a time; the system lets go of it when that ends.
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace byzgate {

class file_lock {
public:
    /// Makes the file unless it is there. Throws std::runtime_error with `busy` if somebody holds
    /// it, std::system_error if it can't be opened.
    file_lock(const std::filesystem::path& file, const std::string& busy)
        : handle_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (handle_ < 0) {
            throw std::system_error(errno, std::generic_category(),
                                    file.string() + ": could not be opened");
        }
        if (::flock(handle_, LOCK_EX | LOCK_NB) != 0) {
            ::close(handle_);
            throw std::runtime_error(busy);
        }
    }
    ~file_lock() { ::close(handle_); }
    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

private:
    int handle_;
};

} // namespace byzgate
