/// Which records a run decides, batch by batch, in flat memory however many there are.
#pragma once

#include <cstdint>
#include <functional>

#include "config/scenario.hpp"
#include "storage/database.hpp"

namespace byzgate {

/// Calls `submit` with batches of at most `batch` record ids, as `selection` says and in the
/// database's order, once through. Stops when `submit` returns false; tells whether it got to the
/// end. Ids of a list come in its order, each once. Draws are decided by the seed.
bool feed_records(const record_selection& selection, database& from, std::uint32_t batch,
                  std::uint64_t seed, const std::function<bool(record_id_batch)>& submit);

/// Records that one pass takes.
[[nodiscard]] std::uint64_t records_in(const record_selection& selection, database& from);

} // namespace byzgate
