#pragma once

#include "apilab/http/url.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/webhook/webhooks.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::sandbox::webhook {

/// Delivers everything that `webhooks` plans, each at its time, to a program whose paths start at
/// `base`; ends with the last answer. A delivery that gets no 2xx in time is made again as the
/// sender does it (`next_wait`). Handshakes, redeliveries that a person asked for and what is not
/// genuine are sent once. Facts of the outbound rows: `event`, `truth`, `copy`, `attempt`, `type`;
/// `odd`, `lost`, `slow`, `huge`, `quiet` (nothing is to come of it), `late` (a later state was
/// told before), `both` (signatures) and `challenge` where they are so; of what tells of an object
/// `object`, `version` and `order`.
[[nodiscard]] runtime::Task<void> play(Sandbox& sandbox, transport::Transport& way, http::Url base,
                                       Webhooks webhooks);

}  // namespace apilab::sandbox::webhook
