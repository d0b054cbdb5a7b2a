#pragma once

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "apilab/base/result.hpp"
#include "apilab/work/internal/postgres_rows.hpp"
#include "apilab/work/internal/postgres_url.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work::internal {

/// One connection, its transactions and savepoints, and what its errors mean.
class PostgresConnection {
public:
    PostgresConnection(PostgresUrl url, PostgresStoreOptions options);

    /// Ends what was, and connects anew: with the schema first in the search path, times limited,
    /// commits durable.
    [[nodiscard]] Result<void> connect();
    [[nodiscard]] const std::string& schema() const { return options_.schema; }

    /// `sql` stands in the program as long as it runs (a literal): it is prepared once for each
    /// connection. Errors: `io`, and the SQLSTATE as the provider's code.
    [[nodiscard]] Result<PostgresRows> run(const char* sql,
                                           const PostgresParameters& parameters = {});
    /// For statements without parameters, several of them too; nothing is prepared.
    [[nodiscard]] Result<void> execute(const std::string& sql);

    /// The caller's transaction.
    [[nodiscard]] Result<void> begin();
    [[nodiscard]] Result<void> commit();
    void rollback();

    /// `body` (which returns a Result) as a whole or not at all: a transaction of its own, or a
    /// savepoint of the caller's. It is run again where that is safe and may help.
    template <class Body>
    [[nodiscard]] std::invoke_result_t<Body&> atomically(Body body) {
        for (int attempt = 1;; ++attempt) {
            if (auto entered = enter(); !entered) {
                return fail(std::move(entered).error());
            }
            auto result = body();
            if (!result) {
                leave_undone();
            } else if (auto left = leave(); !left) {
                result = fail(std::move(left).error());
            }
            if (result || !worth_another(result.error(), attempt)) {
                return result;
            }
        }
    }

private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    [[nodiscard]] Result<void> enter();
    [[nodiscard]] Result<void> leave();
    void leave_undone();
    [[nodiscard]] bool worth_another(const Error& error, int attempt) const;
    [[nodiscard]] Result<void> start_transaction();
    [[nodiscard]] Result<void> end_transaction();
    [[nodiscard]] Result<void> set_up();
    [[nodiscard]] bool alive() const;
    [[nodiscard]] Error lost(std::string_view why) const;
    [[nodiscard]] Error error_of(const PGresult* answer) const;
    [[nodiscard]] Result<PostgresRows> checked(PGresult* raw) const;

    PostgresUrl url_;
    PostgresStoreOptions options_;
    std::unique_ptr<PGconn, Finish> connection_;
    // Statements that this connection has prepared, by their text's place.
    std::map<const char*, std::string> prepared_;
    // The caller called `begin`.
    bool open_ = false;
};

}  // namespace apilab::work::internal
