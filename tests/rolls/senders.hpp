#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::rolls {

using Ids = std::set<std::string>;

/// Whoever sends webhooks, as far as they differ for a receiver that is replaced.
struct Sender {
    /// `github`, `slack`, `stripe`, `standard`.
    std::string name;
    std::string secret;
    /// Waits between its attempts, shortened as a whole; none: it does not try again by itself.
    std::vector<Duration> table;
};

/// What came of one sender's events.
struct Sent {
    /// Answered with 2xx: these may never be lost.
    Ids acknowledged;
    /// Of a sender that gave up; it still has them, and gives them when it is asked.
    Ids given_up;
    int attempts = 0;
    int refused = 0;
};

/// The four, with the tables of `docs` shortened to seconds.
[[nodiscard]] std::vector<Sender> all_senders();

/// Sends `count` events, `apart` from each other, each by the sender's table until it is answered
/// with 2xx. Signed anew for each attempt, as they do.
[[nodiscard]] runtime::Task<Sent> send_events(runtime::Scheduler& scheduler,
                                              transport::Transport& way, http::Url receiver,
                                              Sender sender, int count, Duration apart);
/// What the gap filler has a sender do: the same event again, once. True: 2xx.
[[nodiscard]] runtime::Task<bool> redeliver(runtime::Scheduler& scheduler,
                                            transport::Transport& way, http::Url receiver,
                                            Sender sender, std::string id);

}  // namespace apilab::rolls
