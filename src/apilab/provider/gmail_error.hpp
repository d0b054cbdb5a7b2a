#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/base/error.hpp"
#include "apilab/http/message.hpp"

namespace apilab::provider {

/// What an answer of Google's says that it refused. Source:
/// developers.google.com/workspace/gmail/api/guides/handle-errors.
struct GmailRefusal {
    /// `error.errors[0].reason` (`userRateLimitExceeded`), else `error.status`
    /// (`PERMISSION_DENIED`), else empty.
    std::string reason;
    /// Sending limits name their end in the message (`Retry after 2026-11-27T...Z`).
    std::optional<SystemTime> retry_at;
};
[[nodiscard]] GmailRefusal read_gmail_refusal(const http::Response& answer);

/// How a reason is to be taken.
enum class GmailReason : std::uint8_t {
    /// `rateLimitExceeded`, `userRateLimitExceeded`: passes within a minute.
    limit,
    /// `dailyLimitExceeded`, `quotaExceeded`: not today.
    day,
    /// `authError`, `insufficientPermissions`, `domainPolicy`, `accessNotConfigured`, `forbidden`,
    /// `failedPrecondition` (a mailbox that is not there): somebody has to mend it.
    access,
    other,
};
[[nodiscard]] GmailReason gmail_reason(std::string_view reason);

/// The answer's error as every operation of `Gmail` gives it: `rate_limited` for 429 and reasons of
/// a limit, `auth` for 401 and other refusals of access, else `status`; the reason in
/// `provider_code()`; `retry_after()` where `Retry-After` or the message says so. The answer is no
/// success.
[[nodiscard]] Error gmail_error(const http::Response& answer);
/// The same for an error that knows its status and reason already (of a walk over pages).
[[nodiscard]] Error gmail_error(Error error);

}  // namespace apilab::provider
