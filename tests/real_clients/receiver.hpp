#pragma once

#include "apilab/client/client.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"

namespace judged {

/// The mission `receive`: a server for GitHub's webhooks over the library's verifier and store.
/// Asks the sandbox to play its world against it, and works each event by `POST /effects`.
/// Returns when the world is over and all work is done.
[[nodiscard]] apilab::runtime::Task<void> receive(apilab::runtime::RealScheduler* scheduler,
                                                  apilab::client::Client* client);

}  // namespace judged
