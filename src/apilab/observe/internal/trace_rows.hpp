#pragma once

#include <SQLiteCpp/Database.h>

#include <vector>

#include "apilab/observe/trace_store.hpp"

namespace apilab::observe::internal {

/// The rows that fit, newest first. Throws what SQLiteCpp throws.
[[nodiscard]] std::vector<TraceSummary> read_summaries(SQLite::Database& db,
                                                       const TraceQuery& query);

}  // namespace apilab::observe::internal
