/// What databases of several kinds share when they list and read records.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>

#include "protocol/record.hpp"

namespace byzgate {

/// Ids that wait on disk, so that the database is let go before anybody works on them. Throws
/// `database_error` if the temporary file can't be written.
class id_spool {
public:
    id_spool();
    void add(std::string_view id);
    /// In the order they came, until `visit` returns false.
    void visit(const std::function<bool(const record_id&)>& visit);

private:
    struct close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::unique_ptr<std::FILE, close> file_;
};

/// What an id in several rows is: none of them can be told to be the record, so nothing may leave.
[[nodiscard]] record ambiguous_record(const record_id& id);

} // namespace byzgate
