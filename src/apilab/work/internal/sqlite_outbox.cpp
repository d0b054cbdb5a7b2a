#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/work/internal/sqlite_core.hpp"
#include "apilab/work/internal/sqlite_filter.hpp"
#include "apilab/work/internal/sqlite_jobs.hpp"
#include "apilab/work/internal/sqlite_query.hpp"
#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {

using internal::SqliteCore;

namespace internal {

Store::Posted insert_message(SqliteCore& core, const NewMessage& message, std::int64_t job,
                             std::int64_t now) {
    auto insert = core.use(
        "INSERT INTO message (target, key, state, due, created, job, trace_context, payload) "
        "VALUES (?1, ?2, 'pending', ?3, ?4, ?5, ?6, ?7) ON CONFLICT (target, key) DO NOTHING");
    insert.text(message.target).text(message.key);
    insert.integer(message.send_at ? to_ms(*message.send_at) : now).integer(now).integer(job);
    if (insert.text(message.trace_context).blob(message.payload).run() == 1) {
        return {.id = core.last_id(), .known = false};
    }
    auto known = core.use("SELECT id FROM message WHERE target = ?1 AND key = ?2");
    known.text(message.target).text(message.key).step();
    return {.id = known.get_integer(0), .known = true};
}

}  // namespace internal

namespace {

#define APILAB_MESSAGE_COLUMNS                                                               \
    "id, fence, target, key, payload, state, sends, look_ups, unknown_since, due, created, " \
    "finished, external_id, reason, job, trace_context "

std::optional<SystemTime> time_at(const internal::Query& row, int column) {
    return row.is_null(column) ? std::nullopt
                               : std::optional(internal::from_ms(row.get_integer(column)));
}

Message read_message(const internal::Query& row) {
    Message message;
    message.ref = {.id = row.get_integer(0), .fence = row.get_integer(1)};
    message.target = row.get_text(2);
    message.key = row.get_text(3);
    message.payload = row.get_text(4);
    message.state = parse_message_state(row.get_text(5)).value_or(MessageState::unknown);
    message.sends = static_cast<int>(row.get_integer(6));
    message.look_ups = static_cast<int>(row.get_integer(7));
    message.unknown_since = time_at(row, 8);
    message.due = internal::from_ms(row.get_integer(9));
    message.created = internal::from_ms(row.get_integer(10));
    message.finished = time_at(row, 11);
    message.external_id = row.get_text(12);
    message.reason = row.get_text(13);
    message.job = row.get_integer(14);
    message.trace_context = row.get_text(15);
    return message;
}

std::vector<Message> due_messages(SqliteCore& core, std::string_view target, std::size_t limit,
                                  std::int64_t now) {
    auto query =
        core.use(target.empty()
                     ? "SELECT " APILAB_MESSAGE_COLUMNS
                       "FROM message INDEXED BY message_open WHERE due <= ?1 "
                       "AND state IN ('pending', 'sending', 'unknown') ORDER BY due, id LIMIT ?2"
                     : "SELECT " APILAB_MESSAGE_COLUMNS
                       "FROM message INDEXED BY message_open_of WHERE due <= ?1 AND target = ?3 "
                       "AND state IN ('pending', 'sending', 'unknown') ORDER BY due, id LIMIT ?2");
    query.integer(now).integer(static_cast<std::int64_t>(limit));
    if (!target.empty()) {
        query.text(target);
    }
    std::vector<Message> found;
    while (query.step()) {
        found.push_back(read_message(query));
    }
    return found;
}

// Who had it is gone, and may have sent it in the last moment of the lease.
void take_for_unknown(Message& message) {
    message.state = MessageState::unknown;
    if (!message.unknown_since) {  // it was pending, and is taken for sent
        message.unknown_since = message.due;
        message.sends += 1;
        message.look_ups = 0;
    }
}

void take(SqliteCore& core, Message& message, std::int64_t lease_end) {
    if (message.state == MessageState::sending) {
        take_for_unknown(message);
    }
    ++message.ref.fence;
    const auto since = message.unknown_since
                           ? std::optional(internal::to_ms(*message.unknown_since))
                           : std::nullopt;
    core.use(
            "UPDATE message SET state = 'sending', fence = ?2, due = ?3, unknown_since = ?4, "
            "sends = ?5, look_ups = ?6 WHERE id = ?1")
        .integer(message.ref.id)
        .integer(message.ref.fence)
        .integer(lease_end)
        .integer_or_null(since)
        .integer(message.sends)
        .integer(message.look_ups)
        .run();
}

bool goes_on(MessageState state) {
    return state == MessageState::pending || state == MessageState::unknown;
}

}  // namespace

Result<Store::Posted> SqliteStore::post(const NewMessage& message, SystemTime now) {
    APILAB_CHECK(internal::check_messages({message}, core_->limits()));
    return core_->change([&]() -> Result<Posted> {
        return internal::insert_message(*core_, message, 0, internal::to_ms(now));
    });
}

Result<std::vector<Message>> SqliteStore::claim_messages(std::string_view target, std::size_t limit,
                                                         Duration lease, SystemTime now) {
    APILAB_CHECK(internal::check_limit(limit));
    APILAB_CHECK(internal::check_lease(lease));
    return core_->change([&]() -> Result<std::vector<Message>> {
        auto found = due_messages(*core_, target, limit, internal::to_ms(now));
        for (Message& message : found) {
            take(*core_, message, internal::to_ms(now + lease));
        }
        return found;
    });
}

Result<bool> SqliteStore::settle(MessageRef message, const MessageChange& change, SystemTime now) {
    APILAB_CHECK(internal::check_change(change));
    const std::string why = internal::kept_reason(change.reason);
    const bool open = goes_on(change.state);
    const auto since =
        change.unknown_since ? std::optional(internal::to_ms(*change.unknown_since)) : std::nullopt;
    return core_->change_once([&]() -> Result<bool> {
        auto update = core_->use(
            "UPDATE message SET state = ?3, due = ?4, sends = ?5, look_ups = ?6, "
            "unknown_since = ?7, external_id = ?8, reason = ?9, finished = ?10 "
            "WHERE id = ?1 AND fence = ?2 "
            "AND state IN ('sending', 'escalated', 'failed', 'duplicated')");
        update.integer(message.id).integer(message.fence).text(to_string(change.state));
        update.integer(internal::to_ms(open ? change.due : now));
        update.integer(change.sends).integer(change.look_ups).integer_or_null(since);
        update.text(change.external_id).text(why);
        update.integer_or_null(open ? std::nullopt : std::optional(internal::to_ms(now)));
        return update.run() == 1;
    });
}

Result<std::optional<SystemTime>> SqliteStore::next_message_due() {
    return core_->read([&]() -> Result<std::optional<SystemTime>> {
        auto query = core_->use(
            "SELECT due FROM message INDEXED BY message_open "
            "WHERE state IN ('pending', 'sending', 'unknown') ORDER BY due LIMIT 1");
        return query.step() ? time_at(query, 0) : std::nullopt;
    });
}

Result<std::vector<Message>> SqliteStore::messages(const MessageFilter& filter, std::size_t limit) {
    return core_->read([&]() -> Result<std::vector<Message>> {
        internal::Conditions asked;
        asked.integer("id = ?", filter.id);
        asked.text("target = ?", filter.target);
        asked.text("key = ?", filter.key);
        asked.text("state = ?",
                   filter.state ? std::string(to_string(*filter.state)) : std::string());
        auto query =
            core_->once(fmt::format("SELECT {} FROM message WHERE {} "
                                    "ORDER BY id DESC LIMIT ?",
                                    APILAB_MESSAGE_COLUMNS, asked.where()));
        asked.bind(query);
        query.integer(static_cast<std::int64_t>(limit));
        std::vector<Message> all;
        while (query.step()) {
            all.push_back(read_message(query));
        }
        return all;
    });
}

Result<MessageCounts> SqliteStore::message_counts(std::string_view target) {
    return core_->read([&]() -> Result<MessageCounts> {
        auto query =
            core_->use(target.empty() ? "SELECT state, count(*) FROM message GROUP BY state"
                                      : "SELECT state, count(*) FROM message WHERE target = ?1 "
                                        "GROUP BY state");
        if (!target.empty()) {
            query.text(target);
        }
        MessageCounts counts;
        while (query.step()) {
            internal::count(counts, query.get_text(0), query.get_integer(1));
        }
        return counts;
    });
}

}  // namespace apilab::work
