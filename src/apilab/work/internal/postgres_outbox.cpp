// Of PostgresStore: the outbox.

#include "apilab/base/try.hpp"
#include "apilab/work/internal/postgres_connection.hpp"
#include "apilab/work/internal/postgres_steps.hpp"
#include "apilab/work/postgres_store.hpp"

namespace apilab::work {

using internal::PostgresParameters;
using internal::PostgresRows;

namespace {

#define APILAB_POSTGRES_MESSAGE                                                               \
    "m.id, m.fence, m.target, m.key, m.payload, m.sends, m.look_ups, m.unknown_since, m.due," \
    " m.created, m.finished, m.external_id, m.reason, m.job, m.trace_context"
Message read_message(PostgresRows::Reader& row) {
    Message message;
    message.ref.id = row.integer();
    message.ref.fence = row.integer();
    message.target = row.bytes();
    message.key = row.bytes();
    message.payload = row.bytes();
    message.sends = row.small();
    message.look_ups = row.small();
    message.unknown_since = row.maybe_time();
    message.due = row.time();
    message.created = row.time();
    message.finished = row.maybe_time();
    message.external_id = row.bytes();
    message.reason = row.bytes();
    message.job = row.integer();
    message.trace_context = row.bytes();
    message.state = parse_message_state(row.bytes()).value_or(MessageState::escalated);
    return message;
}

std::vector<Message> read_messages(const PostgresRows& rows) {
    std::vector<Message> found;
    for (int i = 0; i < rows.size(); ++i) {
        auto row = rows.row(i);
        found.push_back(read_message(row));
    }
    return found;
}

bool goes_on(MessageState state) {
    return state == MessageState::pending || state == MessageState::unknown;
}

}  // namespace

Result<Store::Posted> PostgresStore::post(const NewMessage& message, SystemTime now) {
    APILAB_CHECK(internal::check_messages({message}, limits_));
    return db_->atomically([&] { return internal::add_message(*db_, message, 0, now); });
}

Result<std::vector<Message>> PostgresStore::claim_messages(std::string_view target,
                                                           std::size_t limit, Duration lease,
                                                           SystemTime now) {
    // One that somebody had when his lease ended may have been sent: it is looked up first, and one
    // that was pending is taken for sent.
    static constexpr const char* sql =
        "WITH c AS (SELECT id, due, state, state = 'sending' AND unknown_since IS NULL AS lost"
        " FROM outbox WHERE state IN ('pending', 'sending',"
        " 'unknown') AND due <= $2 AND ($1 = '' OR target = $1)"
        " ORDER BY due, id LIMIT $3 FOR UPDATE SKIP LOCKED),"
        " m AS (UPDATE outbox m SET state = 'sending', fence = fence + 1, due = $4,"
        " unknown_since = CASE WHEN c.lost THEN c.due ELSE unknown_since END,"
        " sends = CASE WHEN c.lost THEN sends + 1 ELSE sends END,"
        " look_ups = CASE WHEN c.lost THEN 0 ELSE look_ups END"
        " FROM c WHERE m.id = c.id"
        " RETURNING m.*, c.due AS was_due,"
        " CASE WHEN c.state = 'pending' THEN 'pending' ELSE 'unknown' END AS was)"
        " SELECT " APILAB_POSTGRES_MESSAGE ", m.was FROM m ORDER BY m.was_due, m.id";
    APILAB_CHECK(internal::check_limit(limit));
    APILAB_CHECK(internal::check_lease(lease));
    return db_->atomically([&]() -> Result<std::vector<Message>> {
        PostgresParameters parameters;
        parameters.text(target).time(now).integer(static_cast<std::int64_t>(limit));
        parameters.time(now + lease);
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        return read_messages(rows);
    });
}

Result<bool> PostgresStore::settle(MessageRef message, const MessageChange& change,
                                   SystemTime now) {
    static constexpr const char* sql = R"(
UPDATE outbox SET state = $3, due = $4, sends = $5, look_ups = $6, unknown_since = $7,
    external_id = $8, reason = $9, finished = $10
WHERE id = $1 AND fence = $2 AND state IN ('sending', 'escalated', 'failed', 'duplicated'))";
    APILAB_CHECK(internal::check_change(change));
    const std::string reason = internal::kept_reason(change.reason);
    return db_->atomically([&]() -> Result<bool> {
        PostgresParameters parameters;
        parameters.integer(message.id).integer(message.fence).text(to_string(change.state));
        parameters.time(goes_on(change.state) ? change.due : now)
            .integer(change.sends)
            .integer(change.look_ups);
        parameters.time(change.unknown_since).text(change.external_id).text(reason);
        parameters.time(goes_on(change.state) ? std::nullopt : std::optional(now));
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        return rows.changed() > 0;
    });
}

Result<std::optional<SystemTime>> PostgresStore::next_message_due() {
    static constexpr const char* sql =
        "SELECT min(due) FROM outbox WHERE state IN ('pending', 'sending', 'unknown')";
    return db_->atomically([&]() -> Result<std::optional<SystemTime>> {
        APILAB_TRY(const auto rows, db_->run(sql));
        return rows.row(0).maybe_time();
    });
}

Result<std::vector<Message>> PostgresStore::messages(const MessageFilter& filter,
                                                     std::size_t limit) {
    static constexpr const char* sql =
        "SELECT " APILAB_POSTGRES_MESSAGE
        ", m.state FROM outbox m WHERE ($1::bigint IS NULL OR m.id = $1)"
        " AND ($2 = '' OR m.target = $2) AND ($3 = '' OR m.key = $3)"
        " AND ($4 = '' OR m.state = $4) ORDER BY m.id DESC LIMIT $5";
    return db_->atomically([&]() -> Result<std::vector<Message>> {
        PostgresParameters parameters;
        parameters.integer(filter.id).text(filter.target).text(filter.key);
        parameters.text(filter.state ? to_string(*filter.state) : std::string_view());
        parameters.integer(static_cast<std::int64_t>(limit));
        APILAB_TRY(const auto rows, db_->run(sql, parameters));
        return read_messages(rows);
    });
}

Result<MessageCounts> PostgresStore::message_counts(std::string_view target) {
    static constexpr const char* sql =
        "SELECT state, count(*) FROM outbox WHERE $1 = '' OR target = $1 GROUP BY state";
    return db_->atomically([&]() -> Result<MessageCounts> {
        APILAB_TRY(const auto rows, db_->run(sql, PostgresParameters().text(target)));
        MessageCounts counts;
        for (int i = 0; i < rows.size(); ++i) {
            auto row = rows.row(i);
            const std::string state = row.bytes();
            internal::count(counts, state, row.integer());
        }
        return counts;
    });
}

}  // namespace apilab::work
