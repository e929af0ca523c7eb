/// A database that is a list in memory, shared by all who open it: for replays.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "storage/database.hpp"

namespace byzgate {

using shared_records = std::shared_ptr<const std::map<record_id, record>>;

[[nodiscard]] shared_records share_records(std::vector<record> records);
[[nodiscard]] std::unique_ptr<database> open_list_database(shared_records records);

} // namespace byzgate
