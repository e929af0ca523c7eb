/// Checks of a mapping that don't depend on the kind of database.
#pragma once

#include <string>
#include <vector>

namespace byzgate {

/// `name` as the database writes it: itself if it is `known`, else the known one that differs in
/// the case of ASCII letters only. Throws `mapping_error` for `key`, with the nearest names, if
/// there is none, or more than one. `where` is what the message calls the place.
[[nodiscard]] std::string find_name(const std::string& key, const std::string& name,
                                    const std::vector<std::string>& known,
                                    const std::string& where);

/// Throws `mapping_error` if nothing, or nothing at all, could be public.
void check_public_values(const std::vector<std::string>& values, const std::string& where);

} // namespace byzgate
