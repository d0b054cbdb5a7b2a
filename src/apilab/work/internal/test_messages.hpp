#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/work/internal/store_checks.hpp"
#include "apilab/work/internal/test_store.hpp"

namespace apilab::work::internal {

/// Messages and the ids of events, in memory, in the contract's words; whose disk can be made to
/// refuse.
class MessagesStore : public IdleStore {
public:
    struct Row {
        Message message;
        SystemTime lease_until;
    };

    Result<Posted> post(const NewMessage& message, SystemTime now) override {
        const auto known = std::ranges::find_if(rows, [&](const Row& row) {
            return row.message.target == message.target && row.message.key == message.key;
        });
        if (known != rows.end()) {
            return Posted{.id = known->message.ref.id, .known = true};
        }
        const auto id = static_cast<std::int64_t>(rows.size()) + 1;
        rows.push_back({.message = {.ref = {.id = id, .fence = 0},
                                    .target = message.target,
                                    .key = message.key,
                                    .payload = message.payload,
                                    .due = message.send_at.value_or(now),
                                    .created = now},
                        .lease_until = {}});
        return Posted{.id = id};
    }
    Result<std::vector<Message>> claim_messages(std::string_view target, std::size_t limit,
                                                Duration lease, SystemTime now) override {
        if (claim_fails && claim_fails()) {
            return fail(Error(ErrorKind::io, "the disk is full").with_detail("full"));
        }
        std::vector<Row*> due;
        for (Row& row : rows) {
            if ((target.empty() || row.message.target == target) && due_of(row) &&
                *due_of(row) <= now) {
                due.push_back(&row);
            }
        }
        std::ranges::sort(
            due, {}, [](const Row* row) { return std::pair(*due_of(*row), row->message.ref.id); });
        due.resize(std::min(due.size(), limit));
        std::vector<Message> out;
        for (Row* row : due) {
            if (row->message.state == MessageState::sending) {
                row->message.state = MessageState::unknown;
                if (!row->message.unknown_since) {
                    row->message.unknown_since = row->lease_until;
                    row->message.sends += 1;
                }
            }
            row->message.ref.fence += 1;
            out.push_back(row->message);
            row->message.state = MessageState::sending;
            row->lease_until = now + lease;
        }
        return out;
    }
    Result<bool> settle(MessageRef ref, const MessageChange& change, SystemTime now) override {
        if (settle_fails && settle_fails()) {
            return fail(Error(ErrorKind::io, "the disk is full").with_detail("full"));
        }
        Row& row = rows.at(static_cast<std::size_t>(ref.id - 1));
        constexpr std::array may{MessageState::sending, MessageState::escalated,
                                 MessageState::failed, MessageState::duplicated};
        if (row.message.ref != ref || std::ranges::find(may, row.message.state) == may.end()) {
            return false;
        }
        row.message.state = change.state;
        row.message.due = change.due;
        row.message.sends = change.sends;
        row.message.look_ups = change.look_ups;
        row.message.unknown_since = change.unknown_since;
        row.message.external_id = change.external_id;
        row.message.reason = change.reason;
        row.message.finished = due_of(row) ? std::nullopt : std::optional(now);
        return true;
    }
    Result<std::optional<SystemTime>> next_message_due() override {
        std::optional<SystemTime> next;
        for (const Row& row : rows) {
            if (const auto due = due_of(row)) {
                next = std::min(next.value_or(*due), *due);
            }
        }
        return next;
    }
    Result<std::vector<Message>> messages(const MessageFilter& filter, std::size_t limit) override {
        std::vector<Message> out;
        for (auto row = rows.rbegin(); row != rows.rend() && out.size() < limit; ++row) {
            const Message& m = row->message;
            if ((!filter.id || *filter.id == m.ref.id) &&
                (filter.target.empty() || filter.target == m.target) &&
                (filter.key.empty() || filter.key == m.key) &&
                (!filter.state || *filter.state == m.state)) {
                out.push_back(m);
            }
        }
        return out;
    }
    Result<MessageCounts> message_counts(std::string_view target) override {
        MessageCounts counts;
        for (const Row& row : rows) {
            if (target.empty() || row.message.target == target) {
                count(counts, to_string(row.message.state), 1);
            }
        }
        return counts;
    }
    Result<bool> has_event(std::string_view source, std::string_view sender_id) override {
        if (has_event_fails) {
            return fail(Error(ErrorKind::io, "the disk is gone"));
        }
        return source == "github" && std::ranges::find(archived, sender_id) != archived.end();
    }

    [[nodiscard]] const Message& row(std::int64_t id) const {
        return rows.at(static_cast<std::size_t>(id - 1)).message;
    }

    std::vector<Row> rows;
    std::vector<std::string> archived;
    std::function<bool()> claim_fails;
    std::function<bool()> settle_fails;
    bool has_event_fails = false;

private:
    static std::optional<SystemTime> due_of(const Row& row) {
        switch (row.message.state) {
            case MessageState::pending:
            case MessageState::unknown:
                return row.message.due;
            case MessageState::sending:
                return row.lease_until;
            default:
                return std::nullopt;
        }
    }
};

}  // namespace apilab::work::internal
