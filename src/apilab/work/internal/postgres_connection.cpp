#include "apilab/work/internal/postgres_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"

namespace apilab::work::internal {
namespace {

constexpr int attempts_max = 4;

struct Meaning {
    std::string_view code;
    std::string_view detail;
};
// A code, or the class that its first two characters are (appendix A of PostgreSQL's manual).
constexpr std::array meanings{
    Meaning{"55P03", "busy"},     // lock_not_available
    Meaning{"40001", "busy"},     // serialization_failure
    Meaning{"40P01", "busy"},     // deadlock_detected
    Meaning{"57014", "busy"},     // query_canceled: it took longer than it may
    Meaning{"53300", "busy"},     // too_many_connections
    Meaning{"53100", "full"},     // disk_full
    Meaning{"57P01", "lost"},     // admin_shutdown
    Meaning{"57P02", "lost"},     // crash_shutdown
    Meaning{"57P03", "lost"},     // cannot_connect_now
    Meaning{"57P05", "lost"},     // idle_session_timeout
    Meaning{"25P03", "lost"},     // idle_in_transaction_session_timeout
    Meaning{"08", "lost"},        // connection exceptions
    Meaning{"XX001", "corrupt"},  // data_corrupted
    Meaning{"XX002", "corrupt"},  // index_corrupted
};

std::string_view meaning_of(std::string_view code) {
    const auto* found = std::ranges::find_if(
        meanings, [&](const Meaning& meaning) { return code.starts_with(meaning.code); });
    return found == meanings.end() ? std::string_view("other") : found->detail;
}

std::string_view field(const PGresult* answer, int which) {
    const char* text = PQresultErrorField(answer, which);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

// Notices would go to the standard error of a program that is not ours.
void hush(void* /*unused*/, const char* /*message*/) {}

std::string seconds(Duration duration) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

PostgresConnection::PostgresConnection(PostgresUrl url, PostgresStoreOptions options)
    : url_(std::move(url)), options_(std::move(options)) {
    url_.set_default("connect_timeout", seconds(options_.connect_timeout));
    url_.set_default("application_name", "apilab");
    // A machine that is gone is noticed within a minute.
    url_.set_default("keepalives", "1");
    url_.set_default("keepalives_idle", "30");
    url_.set_default("keepalives_interval", "10");
    url_.set_default("keepalives_count", "3");
    url_.set_default("tcp_user_timeout", "60000");
    // Of several hosts the one that takes writes.
    url_.set_default("target_session_attrs", "read-write");
    url_.set("client_encoding", "UTF8");
}

bool PostgresConnection::alive() const {
    return connection_ != nullptr && PQstatus(connection_.get()) == CONNECTION_OK;
}

Error PostgresConnection::lost(std::string_view why) const {
    return Error(ErrorKind::io, fmt::format("PostgreSQL: the connection is lost: {}",
                                            why.empty() ? "nothing is known" : url_.told(why)))
        .with_detail("lost")
        .with_remedy("is the server there, and does it take connections?");
}

Error PostgresConnection::error_of(const PGresult* answer) const {
    const auto code = field(answer, PG_DIAG_SQLSTATE);
    // The primary message alone: what comes after it quotes rows.
    const auto text = field(answer, PG_DIAG_MESSAGE_PRIMARY);
    // Without a code it is not the server that speaks but libpq, which could not reach it; its
    // status may say so only later.
    if (!alive() || code.empty()) {
        return lost(text.empty() ? PQerrorMessage(connection_.get()) : text)
            .with_provider_code(std::string(code));
    }
    return Error(ErrorKind::io, fmt::format("PostgreSQL: {} (SQLSTATE {})",
                                            text.empty() ? "no answer" : url_.told(text), code))
        .with_detail(std::string(meaning_of(code)))
        .with_provider_code(std::string(code));
}

Result<PostgresRows> PostgresConnection::checked(PGresult* raw) const {
    PostgresRows::Answer answer(raw);
    const auto status = PQresultStatus(answer.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        return PostgresRows(std::move(answer));
    }
    return fail(error_of(answer.get()));
}

Result<void> PostgresConnection::connect() {
    prepared_.clear();
    connection_.reset();
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : url_.parameters()) {
        keywords.push_back(keyword.c_str());
        // Of a std::string, with a NUL behind it.
        values.push_back(value.reveal().data());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 0));
    if (!alive()) {
        Error error = lost(PQerrorMessage(connection_.get()));
        connection_.reset();
        return fail(std::move(error));
    }
    PQsetNoticeProcessor(connection_.get(), hush, nullptr);
    const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
        connection_.reset();
        return fail(
            Error(ErrorKind::invalid_argument, "PostgreSQL: the database's encoding is not UTF8")
                .with_detail("url")
                .with_remedy("CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"));
    }
    return set_up();
}

Result<void> PostgresConnection::set_up() {
    // Settings, as values: nothing of the options becomes part of a statement.
    static constexpr const char* settings =
        "SELECT set_config('search_path', $1, false), "
        "set_config('statement_timeout', $2, false), set_config('lock_timeout', $3, false), "
        "set_config('idle_in_transaction_session_timeout', $4, false)";
    static constexpr const char* durable =
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') IN ('off', 'local')";
    const auto milliseconds = [](Duration duration) { return std::to_string(to_ms(duration)); };
    const std::string statement = milliseconds(options_.statement_timeout);
    const std::string lock = milliseconds(options_.lock_timeout);
    const std::string idle = milliseconds(options_.idle_timeout);
    PostgresParameters parameters;
    parameters.text(options_.schema).text(statement).text(lock).text(idle);
    APILAB_CHECK(run(settings, parameters));
    APILAB_CHECK(run(durable));
    return {};
}

Result<PostgresRows> PostgresConnection::run(const char* sql,
                                             const PostgresParameters& parameters) {
    if (!alive()) {
        return fail(lost("there is none"));
    }
    auto known = prepared_.find(sql);
    if (known == prepared_.end()) {
        const std::string name = fmt::format("apilab_{}", prepared_.size());
        APILAB_CHECK(checked(PQprepare(connection_.get(), name.c_str(), sql, parameters.count(),
                                       parameters.types())));
        known = prepared_.emplace(sql, name).first;
    }
    return checked(PQexecPrepared(connection_.get(), known->second.c_str(), parameters.count(),
                                  parameters.values(), parameters.lengths(), parameters.formats(),
                                  1));
}

Result<void> PostgresConnection::execute(const std::string& sql) {
    if (!alive()) {
        return fail(lost("there is none"));
    }
    APILAB_CHECK(checked(PQexec(connection_.get(), sql.c_str())));
    return {};
}

// READ COMMITTED, whatever the server's default is: each statement sees what others committed
// before it, which the second look of a claim rests on.
Result<void> PostgresConnection::start_transaction() {
    static const std::string start = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    if (alive()) {
        auto started = execute(start);
        if (started || alive()) {
            return started;
        }
    }
    // It was idle, and the server or the way to it went: nothing was under way.
    APILAB_CHECK(connect());
    return execute(start);
}

Result<void> PostgresConnection::end_transaction() {
    if (!alive()) {
        return fail(lost("there is none"));
    }
    PostgresRows::Answer answer(PQexec(connection_.get(), "COMMIT"));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) {
        Error error = error_of(answer.get());
        // The server may have committed before its answer was lost.
        const bool unknown = error.detail() == "lost";
        return fail(unknown ? std::move(error).with_outcome(Outcome::unknown) : std::move(error));
    }
    // A transaction that failed is rolled back by COMMIT, which calls that no error.
    if (std::string_view(PQcmdStatus(answer.get())) != "COMMIT") {
        return fail(Error(ErrorKind::io, "PostgreSQL: the transaction was rolled back")
                        .with_detail("other"));
    }
    return {};
}

Result<void> PostgresConnection::begin() {
    if (open_) {
        return fail(Error(ErrorKind::invalid_argument, "a transaction is open already")
                        .with_detail("begin"));
    }
    APILAB_CHECK(start_transaction());
    open_ = true;
    return {};
}

Result<void> PostgresConnection::commit() {
    if (!open_) {
        return fail(
            Error(ErrorKind::invalid_argument, "no transaction is open").with_detail("commit"));
    }
    open_ = false;
    auto ended = end_transaction();
    if (!ended && alive()) {
        (void)execute("ROLLBACK");
    }
    return ended;
}

void PostgresConnection::rollback() {
    if (std::exchange(open_, false) && alive()) {
        (void)execute("ROLLBACK");
    }
}

Result<void> PostgresConnection::enter() {
    return open_ ? execute("SAVEPOINT step") : start_transaction();
}

Result<void> PostgresConnection::leave() {
    return open_ ? execute("RELEASE SAVEPOINT step") : end_transaction();
}

void PostgresConnection::leave_undone() {
    if (alive()) {
        (void)execute(open_ ? "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step" : "ROLLBACK");
    }
}

bool PostgresConnection::worth_another(const Error& error, int attempt) const {
    if (attempt >= attempts_max || error.kind() != ErrorKind::io) {
        return false;
    }
    const std::string& code = error.provider_code();
    // Somebody else's row came first: the next look sees it.
    if (code == "23505") {
        return true;
    }
    if (open_) {
        return false;
    }
    // Nothing was committed.
    return code == "40001" || code == "40P01" ||
           (error.detail() == "lost" && error.outcome() == Outcome::not_sent && attempt == 1);
}

}  // namespace apilab::work::internal
