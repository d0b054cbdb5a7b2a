#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/google/mailbox.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::google {

/// `{"error": {"code", "message", "errors": [{"domain", "reason", "message"}], "status"?}}`.
[[nodiscard]] http::Response error(int status, std::string_view reason, std::string_view message);
/// 401 with its challenge.
[[nodiscard]] http::Response invalid_credentials();
/// The error a fault asked for, in the provider's words: 403 `rateLimitExceeded` for a limit
/// (`quota`: `dailyLimitExceeded`), 429 where that status is asked.
[[nodiscard]] http::Response refusal(const Refusal& refusal);

/// By `format`: `minimal`, `full`, `raw`, `metadata` (with `metadataHeaders`, empty: all).
[[nodiscard]] boost::json::object message_object(const Message& message, std::string_view format,
                                                 const std::vector<std::string>& metadata_headers);
/// With counters where `counted` (labels.get has them, labels.list has not).
[[nodiscard]] boost::json::object label_object(const Label& label, const Mailbox& mailbox,
                                               bool counted);
[[nodiscard]] boost::json::object history_object(const HistoryRecord& record);

/// Does a message match `q`? Words of the search box: `rfc822msgid:`, `from:`, `to:`, `subject:`,
/// `label:`, `in:`, `is:unread|starred`; anything else is looked for in subject and snippet. All
/// must fit.
[[nodiscard]] bool matches(const Message& message, std::string_view q, const Mailbox& mailbox);

}  // namespace apilab::sandbox::google
