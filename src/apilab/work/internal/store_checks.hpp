#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/work/store.hpp"

// What every store refuses before it asks its database, so that two of them refuse the same.
namespace apilab::work::internal {

[[nodiscard]] Result<void> check_options(const StoreOptions& options);
[[nodiscard]] Result<void> check_event(const Event& event, const StoreOptions& options);
[[nodiscard]] Result<void> check_job(const NewJob& job, const StoreOptions& options);
[[nodiscard]] Result<void> check_claim(const Claim& claim);
[[nodiscard]] Result<void> check_messages(const std::vector<NewMessage>& messages,
                                          const StoreOptions& options);
[[nodiscard]] Result<void> check_change(const MessageChange& change);
[[nodiscard]] Result<void> check_document(std::string_view kind, std::string_view key);
/// Besides its name.
[[nodiscard]] Result<void> check_document_change(std::string_view body,
                                                 std::optional<std::int64_t> expected,
                                                 const StoreOptions& options);
/// A page of documents.
[[nodiscard]] Result<void> check_documents(std::string_view kind, std::string_view after_key,
                                           std::size_t limit);
/// A queue, kind, target or schedule: 1 to 64 of `a-z0-9._-`.
[[nodiscard]] Result<void> check_name(std::string_view field, std::string_view name);
/// Text that people or databases read: up to `max` bytes of UTF-8 without NUL.
[[nodiscard]] Result<void> check_text(std::string_view field, std::string_view text,
                                      std::size_t max);
[[nodiscard]] Result<void> check_lease(Duration lease);
[[nodiscard]] Result<void> check_limit(std::size_t limit);

/// A reason as it is kept: up to 500 bytes of UTF-8, whole characters, no NUL.
[[nodiscard]] std::string kept_reason(std::string_view reason);

/// The key that the effects of an event's job go under, where the job names none.
[[nodiscard]] std::string key_of_event(const Event& event);

/// A known id is the same event whatever its body is.
[[nodiscard]] bool id_alone_counts(const Event& event);

void count(MessageCounts& counts, std::string_view state, std::int64_t number);

/// Milliseconds since 1970: they outlive the process whose steady clock they came from.
[[nodiscard]] std::int64_t to_ms(SystemTime time);
[[nodiscard]] std::int64_t to_ms(Duration duration);
[[nodiscard]] SystemTime from_ms(std::int64_t ms);

inline constexpr std::string_view lease_lost_reason = "the lease of its last attempt ran out";

}  // namespace apilab::work::internal
