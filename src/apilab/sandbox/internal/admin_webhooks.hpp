#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

/// The admin port's part about webhooks; nothing where the path (below `/_sandbox`) is not below
/// `webhooks/`.
///
/// | request | answer |
/// | --- | --- |
/// | `GET webhooks/subscriptions?from=` | who is told of what |
/// | `POST webhooks/subscriptions {"from", "url"}` | 201; besides `events` (default `["*"]`),
/// `secret` (default the seed's, empty: unsigned), `scope`, `active`, `content_type` |
/// | `GET`, `DELETE webhooks/subscriptions/{id}` | one; 204 |
/// | `GET webhooks/deliveries?subscription=` | newest first, without bodies |
/// | `GET webhooks/deliveries/{id}` | with what was asked and answered |
/// | `POST webhooks/deliveries/{id}/redeliver` | 202: the same once more |
/// | `POST webhooks/trigger {"from", "url"}` | 202 with its `guid`: an event now; besides `secret`,
/// `type`, `action`, `body` (JSON; default one of the made-up world's), `what` goes wrong |
[[nodiscard]] std::optional<http::Response> answer_about_webhooks(Sandbox& sandbox,
                                                                  const http::Request& request,
                                                                  std::string_view path);

}  // namespace apilab::sandbox::internal
