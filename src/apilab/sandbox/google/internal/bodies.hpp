#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/google/mailbox.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::google {

/// `{"error": {"code", "message", "errors": [{"domain", "reason", "message"}], "status"?}}`.
[[nodiscard]] http::Response error(int status, std::string_view reason, std::string_view message);
/// 400 `invalidArgument`.
[[nodiscard]] http::Response invalid_argument(std::string_view message);
/// 404 `notFound`.
[[nodiscard]] http::Response not_found();
/// 400 for what cannot be an id, else 404.
[[nodiscard]] http::Response no_such_message(std::string_view id);
/// 401 with its challenge.
[[nodiscard]] http::Response invalid_credentials();
/// 403 for a token whose scopes do not do.
[[nodiscard]] http::Response insufficient_permissions();
/// The error a fault asked for, in the provider's words: 403 `rateLimitExceeded` for a limit
/// (`quota`: `dailyLimitExceeded`, `secondary`: `userRateLimitExceeded`), 429 where that status is
/// asked.
[[nodiscard]] http::Response refusal(const Refusal& refusal);

[[nodiscard]] http::Response found(const boost::json::object& object);
[[nodiscard]] http::Response no_content();

/// By `format`: `minimal`, `full`, `raw`, `metadata` (with `metadataHeaders`, empty: all).
[[nodiscard]] boost::json::object message_object(const Message& message, std::string_view format,
                                                 const std::vector<std::string>& metadata_headers,
                                                 State& state);
/// `id`, `threadId`, `labelIds`: what a change answers with.
[[nodiscard]] boost::json::object message_reference(const Message& message);
/// With counters where `counted` (labels.get has them, labels.list has not).
[[nodiscard]] boost::json::object label_object(const Label& label, const Mailbox& mailbox,
                                               bool counted);
[[nodiscard]] boost::json::object history_object(const HistoryRecord& record);
/// The id of a part in the attachment id that a message gave; nothing where it is none.
[[nodiscard]] std::optional<std::string> part_of_attachment(std::string_view id);
[[nodiscard]] bool known_format(std::string_view format);

}  // namespace apilab::sandbox::google
