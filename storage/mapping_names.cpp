#include "storage/mapping_names.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/database.hpp"
#include "storage/text.hpp"

namespace byzgate {

namespace {

char folded(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return folded(x) == folded(y); });
}

} // namespace

std::string find_name(const std::string& key, const std::string& name,
                      const std::vector<std::string>& known, const std::string& where) {
    const std::string kind = key == "table" ? "table" : "column";
    if (name.empty()) {
        throw mapping_error(key, fmt::format("{}: the mapping names no {}{}; say it with `{} = "
                                             "\"…\"`{}",
                                             where, key, key == kind ? "" : " column", key,
                                             suggestion(name, known)));
    }
    if (std::find(known.begin(), known.end(), name) != known.end()) {
        return name;
    }
    const auto matches = [&](const std::string& candidate) { return same_name(candidate, name); };
    const auto found = std::find_if(known.begin(), known.end(), matches);
    if (found == known.end() || std::count_if(known.begin(), known.end(), matches) > 1) {
        throw mapping_error(
            key, fmt::format("{}: no {} \"{}\"{}", where, kind, name, suggestion(name, known)));
    }
    return *found;
}

void check_public_values(const std::vector<std::string>& values, const std::string& where) {
    if (values.empty()) {
        throw mapping_error("public", fmt::format("{}: no value means public; name at least one, "
                                                  "as in `public = [\"Open\"]`",
                                                  where));
    }
    if (std::find(values.begin(), values.end(), "") != values.end()) {
        throw mapping_error("public",
                            fmt::format("{}: an empty flag can't mean public: what is not "
                                        "clearly public is confidential",
                                        where));
    }
}

} // namespace byzgate
