#include "apilab/work/sqlite_store.hpp"

#include <SQLiteCpp/Exception.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/private_file.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/store_checks.hpp"

namespace apilab::work {

SqliteStore::SqliteStore(std::unique_ptr<internal::SqliteCore> core) : core_(std::move(core)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file,
                                                       SqliteStoreOptions options) {
    APILAB_CHECK(internal::check_options(options.limits));
    if (options.busy_timeout < Duration::zero() || options.busy_timeout > std::chrono::minutes(1)) {
        return fail(Error(ErrorKind::invalid_argument, "busy_timeout: expected 0 to 1 min")
                        .with_detail("busy_timeout"));
    }
    if (options.vfs.empty() && file != ":memory:") {
        APILAB_CHECK(make_private(file, "events and jobs", "chmod 600"));
    }
    try {
        auto core = std::make_unique<internal::SqliteCore>(file, std::move(options));
        APILAB_CHECK(core->set_up(file));
        return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(core)));
    } catch (const SQLite::Exception& error) {
        return fail(internal::describe_failure(error, false));
    }
}

Result<void> SqliteStore::begin() {
    return core_->begin();
}

Result<void> SqliteStore::commit() {
    return core_->commit();
}

void SqliteStore::rollback() {
    core_->rollback();
}

}  // namespace apilab::work
