/// What the page shows, as the JSON that its script reads. Texts that are not UTF-8 are shown as
/// hexadecimal digits, and every `<` is escaped, so that nothing in it can end a script element.
#pragma once

#include <string>
#include <vector>

#include "report/page.hpp"

namespace byzgate {

[[nodiscard]] std::string page_data(const std::vector<const trace*>& runs, const page_options& how);

} // namespace byzgate
