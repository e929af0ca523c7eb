/// A row as a JSON object, member by member, in the order of the columns: the same row gives the
/// same bytes in every process, which digests and versions rely upon.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace byzgate {

class row_json {
public:
    /// Valid UTF-8 becomes a string. Other bytes become `{"hex": "…"}`, so that the whole is
    /// always valid JSON and nothing is lost.
    void add_text(std::string_view name, std::string_view value);
    void add_bytes(std::string_view name, std::string_view value);
    void add_integer(std::string_view name, std::int64_t value);
    /// JSON knows no infinity; it is written as the string "Infinity" or "-Infinity".
    void add_real(std::string_view name, double value);
    void add_null(std::string_view name);
    void add_truth(std::string_view name, bool value);

    /// The object; the builder starts over.
    [[nodiscard]] std::string take();

private:
    void add_name(std::string_view name);

    std::string text_;
};

} // namespace byzgate
