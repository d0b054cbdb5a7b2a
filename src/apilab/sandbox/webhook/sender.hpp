#pragma once

#include "apilab/http/url.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/webhooks.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::sandbox::webhook {

/// Delivers everything that `webhooks` plans, each at its time, to a program whose paths start at
/// `base`; ends with the last answer. A delivery that gets no 2xx in time is made again as the
/// sender does it: GitHub (10 s) never, Slack (3 s) three times, almost at once, after one minute
/// and after five, with `X-Slack-Retry-Num`, unless a refusal says `X-Slack-No-Retry: 1`. What is
/// not genuine is sent once. Facts of the outbound rows: `event`, `truth`, `copy`, `attempt`,
/// `type`; `odd`, `lost` and `challenge` where they are so.
[[nodiscard]] runtime::Task<void> play(Sandbox& sandbox, transport::Transport& way, http::Url base,
                                       Webhooks webhooks);

}  // namespace apilab::sandbox::webhook
