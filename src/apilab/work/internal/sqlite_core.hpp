#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <optional>
#include <type_traits>
#include <utility>

#include "apilab/work/internal/sqlite_query.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work::internal {

/// The connection that all topics of the store share: its statements, its transactions, and where
/// SQLiteCpp's exceptions end.
class SqliteCore {
public:
    /// Throws `SQLite::Exception`.
    SqliteCore(const std::filesystem::path& file, SqliteStoreOptions options);

    [[nodiscard]] Result<void> set_up(const std::filesystem::path& file);

    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> commit();
    void rollback();

    /// Does something that writes: as a transaction of its own, or as a part of the one that is
    /// open which can be taken back alone. An error or an exception of it takes all of it back.
    template <class Action>
    auto change(Action&& action) -> std::invoke_result_t<Action&> {
        if (broken_) {
            return fail(*broken_);
        }
        try {
            enter();
            auto result = action();
            if (result) {
                leave();
            } else {
                undo(result.error());
            }
            return result;
        } catch (const SQLite::Exception& error) {
            Error told = describe(error);
            undo(told);
            return fail(std::move(told));
        }
    }

    /// Does something that writes by one statement: SQLite takes half of one back by itself.
    template <class Action>
    auto change_once(Action&& action) -> std::invoke_result_t<Action&> {
        if (broken_) {
            return fail(*broken_);
        }
        try {
            return action();
        } catch (const SQLite::Exception& error) {
            Error told = describe(error);
            notice_lost_transaction(told);
            return fail(std::move(told));
        }
    }

    /// Does something that writes and has no savepoint of its own: where the database fails
    /// half-way, what the caller's transaction did before goes with it. For what comes so often
    /// that copying each page for a savepoint shows; nothing but the database can fail in it.
    template <class Action>
    auto change_or_break(Action&& action) -> std::invoke_result_t<Action&> {
        if (!open_) {
            return change(std::forward<Action>(action));
        }
        if (broken_) {
            return fail(*broken_);
        }
        try {
            return action();
        } catch (const SQLite::Exception& error) {
            broken_ = describe(error);
            return fail(*broken_);
        }
    }

    /// Does something that only reads.
    template <class Action>
    auto read(Action&& action) -> std::invoke_result_t<Action&> {
        if (broken_) {
            return fail(*broken_);
        }
        try {
            return action();
        } catch (const SQLite::Exception& error) {
            return fail(describe(error));
        }
    }

    [[nodiscard]] Query use(const char* sql) { return statements_.use(sql); }
    [[nodiscard]] Query once(std::string_view sql) { return statements_.once(sql); }
    [[nodiscard]] std::int64_t last_id() { return db_.getLastInsertRowid(); }
    [[nodiscard]] const StoreOptions& limits() const { return options_.limits; }

    [[nodiscard]] Error describe(const SQLite::Exception& error);

private:
    void enter();
    void leave();
    /// Never throws: where even that fails, the whole transaction is `broken_` by `why`.
    void undo(const Error& why);
    void notice_lost_transaction(const Error& why);
    [[nodiscard]] bool in_sqlite_transaction();
    void write_ahead(const std::filesystem::path& file);

    SqliteStoreOptions options_;
    SQLite::Database db_;
    Statements statements_;
    bool open_ = false;
    /// SQLite gave the caller's transaction up; nothing can be added to it.
    std::optional<Error> broken_;
};

/// Of an exception that left no connection behind.
[[nodiscard]] Error describe_failure(const SQLite::Exception& error, bool no_room);

}  // namespace apilab::work::internal
