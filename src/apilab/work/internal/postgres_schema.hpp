#pragma once

#include "apilab/base/result.hpp"
#include "apilab/work/internal/postgres_connection.hpp"

namespace apilab::work::internal {

/// Makes the schema, or brings it to the newest version: one process at a time (an advisory lock),
/// all or nothing. One that is as it should be is only looked at, which needs no right to change
/// it. A newer one is `invalid_argument`.
[[nodiscard]] Result<void> migrate(PostgresConnection& db);

/// The version of the newest step that this program knows.
[[nodiscard]] std::int64_t postgres_schema_known();
/// How far the schema came; 0: there is none.
[[nodiscard]] Result<std::int64_t> postgres_schema_version(PostgresConnection& db);

}  // namespace apilab::work::internal
