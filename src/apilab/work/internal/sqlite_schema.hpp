#pragma once

#include <SQLiteCpp/Database.h>

#include <span>
#include <string_view>

#include "apilab/base/result.hpp"

namespace apilab::work::internal {

/// One step from a schema to the next. A step that was published never changes; what is to be
/// different comes as another step.
struct Migration {
    int version = 0;
    const char* sql = nullptr;
};

/// All steps, from version 1.
[[nodiscard]] std::span<const Migration> sqlite_migrations();

/// Is it a store of ours? Error as of `migrate`; a newer one is one, too.
[[nodiscard]] Result<void> check_is_store(SQLite::Database& db, std::string_view file);

/// The last of them.
[[nodiscard]] int sqlite_schema_known();

/// Takes the steps that the database has not seen, all in one IMMEDIATE transaction: of several
/// processes that start at once, one does it and the others find it done. Throws
/// `SQLite::Exception`. Errors: `invalid_argument` where the file is another program's, or has seen
/// steps that we do not know; then nothing was changed.
[[nodiscard]] Result<void> migrate(SQLite::Database& db, std::span<const Migration> steps,
                                   std::string_view file);

}  // namespace apilab::work::internal
