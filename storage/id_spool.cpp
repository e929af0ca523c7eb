#include "storage/id_spool.hpp"

#include "storage/content_version.hpp"
#include "storage/database.hpp"

namespace byzgate {

namespace {

[[noreturn]] void fail() {
    throw database_error("the list of record ids can't be kept in a temporary file; check that "
                         "the directory for temporary files has room and may be written to");
}

} // namespace

id_spool::id_spool() : file_(std::tmpfile()) {
    if (!file_) {
        fail();
    }
}

void id_spool::add(std::string_view id) {
    const auto size = static_cast<std::uint32_t>(id.size());
    if (std::fwrite(&size, sizeof size, 1, file_.get()) != 1
        || std::fwrite(id.data(), 1, id.size(), file_.get()) != id.size()) {
        fail();
    }
}

void id_spool::visit(const std::function<bool(const record_id&)>& visit) {
    if (std::fflush(file_.get()) != 0) {
        fail();
    }
    std::rewind(file_.get());
    record_id id;
    std::uint32_t size = 0;
    while (std::fread(&size, sizeof size, 1, file_.get()) == 1) {
        id.resize(size);
        if (std::fread(id.data(), 1, size, file_.get()) != size) {
            fail();
        }
        if (!visit(id)) {
            return;
        }
    }
    if (std::ferror(file_.get()) != 0) {
        fail();
    }
}

record ambiguous_record(const record_id& id) {
    return {id, content_version(flag::confidential, ""), flag::confidential, ""};
}

} // namespace byzgate
