#include "apilab/work/internal/store_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/work/event.hpp"
#include "apilab/work/internal/option_range.hpp"
#include "apilab/work/job.hpp"
#include "apilab/work/message.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work::internal {
namespace {

constexpr std::size_t name_max = 64;
constexpr std::size_t text_max = 255;
constexpr std::size_t trace_max = 512;
constexpr std::size_t reason_max = 500;
constexpr std::size_t headers_max = 256;
constexpr std::size_t headers_bytes_max = std::size_t{256} << 10U;
constexpr int attempts_limit = 100;
constexpr std::size_t claim_max = 1000;
constexpr std::size_t messages_max = 1000;

std::unexpected<Error> too_large(std::string_view field, std::size_t size, std::size_t max) {
    return fail(Error(ErrorKind::too_large,
                      fmt::format("{}: {} bytes, and {} are allowed", field, size, max))
                    .with_detail(std::string(field)));
}

Result<void> check_size(std::string_view field, std::size_t size, std::size_t max) {
    if (size > max) {
        return too_large(field, size, max);
    }
    return {};
}

Result<void> check_filled(std::string_view field, std::string_view text) {
    if (text.empty()) {
        return bad_field(field, "1 to 255 bytes");
    }
    return check_text(field, text, text_max);
}

}  // namespace

Result<void> check_options(const StoreOptions& options) {
    if (options.body_max < 1 || options.body_max > std::size_t{512} << 20U) {
        return bad_field("body_max", "1 byte to 512 MiB");
    }
    return {};
}

Result<void> check_name(std::string_view field, std::string_view name) {
    const bool letters = std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
    if (name.empty() || name.size() > name_max || !letters) {
        return bad_field(field, "1 to 64 of a-z, 0-9, '.', '_' and '-'");
    }
    return {};
}

Result<void> check_text(std::string_view field, std::string_view text, std::size_t max) {
    if (text.size() > max || text.contains('\0') || !valid_utf8(text)) {
        return bad_field(field, fmt::format("at most {} bytes of UTF-8 without NUL", max));
    }
    return {};
}

Result<void> check_lease(Duration lease) {
    if (lease < std::chrono::seconds(1) || lease > std::chrono::hours(24)) {
        return bad_field("lease", "1 s to 1 day");
    }
    return {};
}

Result<void> check_event(const Event& event, const StoreOptions& options) {
    APILAB_CHECK(check_name("source", event.source));
    APILAB_CHECK(check_filled("sender_id", event.sender_id));
    APILAB_CHECK(check_text("scope", event.scope, text_max));
    APILAB_CHECK(check_text("type", event.type, text_max));
    APILAB_CHECK(check_size("body", event.body.size(), options.body_max));
    std::size_t bytes = 0;
    for (const auto& [name, value] : event.headers) {
        bytes += name.size() + value.size();
    }
    if (event.headers.size() > headers_max) {
        return bad_field("headers", fmt::format("at most {}", headers_max));
    }
    return check_size("headers", bytes, headers_bytes_max);
}

Result<void> check_job(const NewJob& job, const StoreOptions& options) {
    APILAB_CHECK(check_name("queue", job.queue));
    APILAB_CHECK(check_name("kind", job.kind));
    APILAB_CHECK(check_size("payload", job.payload.size(), options.body_max));
    APILAB_CHECK(check_text("idempotency_key", job.idempotency_key, text_max));
    APILAB_CHECK(check_text("order_key", job.order_key, text_max));
    APILAB_CHECK(check_text("coalesce_key", job.coalesce_key, text_max));
    APILAB_CHECK(check_text("entity", job.entity, text_max));
    APILAB_CHECK(check_text("trace_context", job.trace_context, trace_max));
    if (job.attempts_max < 1 || job.attempts_max > attempts_limit) {
        return bad_field("attempts_max", "1 to 100");
    }
    return {};
}

Result<void> check_limit(std::size_t limit) {
    if (limit < 1 || limit > claim_max) {
        return bad_field("limit", "1 to 1,000");
    }
    return {};
}

Result<void> check_claim(const Claim& claim) {
    APILAB_CHECK(check_name("queue", claim.queue));
    APILAB_CHECK(check_limit(claim.limit));
    APILAB_CHECK(check_lease(claim.lease));
    return check_text("worker", claim.worker, text_max);
}

Result<void> check_messages(const std::vector<NewMessage>& messages, const StoreOptions& options) {
    if (messages.size() > messages_max) {
        return bad_field("messages", "at most 1,000 at once");
    }
    for (const NewMessage& message : messages) {
        APILAB_CHECK(check_name("target", message.target));
        APILAB_CHECK(check_filled("key", message.key));
        APILAB_CHECK(check_size("payload", message.payload.size(), options.body_max));
        APILAB_CHECK(check_text("trace_context", message.trace_context, trace_max));
    }
    return {};
}

Result<void> check_change(const MessageChange& change) {
    if (change.state == MessageState::sending) {
        return bad_field("state", "another one than `sending`");
    }
    if (change.sends < 0) {
        return bad_field("sends", "0 or more");
    }
    if (change.look_ups < 0) {
        return bad_field("look_ups", "0 or more");
    }
    return check_text("external_id", change.external_id, text_max);
}

Result<void> check_document(std::string_view kind, std::string_view key) {
    APILAB_CHECK(check_name("kind", kind));
    return check_filled("key", key);
}

Result<void> check_document_change(std::string_view body, std::optional<std::int64_t> expected,
                                   const StoreOptions& options) {
    if (expected && *expected < 0) {
        return bad_field("expected", "a version, or 0");
    }
    return check_size("body", body.size(), options.body_max);
}

Result<void> check_documents(std::string_view kind, std::string_view after_key, std::size_t limit) {
    APILAB_CHECK(check_name("kind", kind));
    APILAB_CHECK(check_text("after_key", after_key, text_max));
    return check_limit(limit);
}

std::string kept_reason(std::string_view reason) {
    std::string kept(reason.substr(0, reason_max));
    std::ranges::replace(kept, '\0', ' ');
    // Cut within a character: at most three bytes of it are left.
    for (std::size_t cut = 0; cut < 3 && reason.size() > reason_max && !valid_utf8(kept); ++cut) {
        kept.pop_back();
    }
    if (!valid_utf8(kept)) {
        std::ranges::replace_if(kept, [](char c) { return (c & '\x80') != 0; }, '?');
    }
    return kept;
}

bool id_alone_counts(const Event& event) {
    return event.id_is_signed && event.body_changes;
}

void count(MessageCounts& counts, std::string_view state, std::int64_t number) {
    switch (parse_message_state(state).value_or(MessageState::unknown)) {
        case MessageState::pending:
            counts.pending += number;
            break;
        case MessageState::sending:
            counts.sending += number;
            break;
        case MessageState::unknown:
            counts.unknown += number;
            break;
        case MessageState::applied:
            counts.applied += number;
            break;
        case MessageState::reconciled:
            counts.reconciled += number;
            break;
        case MessageState::duplicated:
            counts.duplicated += number;
            break;
        case MessageState::escalated:
            counts.escalated += number;
            break;
        case MessageState::failed:
            counts.failed += number;
            break;
    }
}

std::string key_of_event(const Event& event) {
    return event.scope.empty()
               ? fmt::format("{}:{}", event.source, event.sender_id)
               : fmt::format("{}:{}:{}", event.source, event.scope, event.sender_id);
}

std::int64_t to_ms(SystemTime time) {
    return to_ms(time.time_since_epoch());
}

std::int64_t to_ms(Duration duration) {
    return std::chrono::floor<std::chrono::milliseconds>(duration).count();
}

SystemTime from_ms(std::int64_t ms) {
    return SystemTime(std::chrono::milliseconds(ms));
}

}  // namespace apilab::work::internal
