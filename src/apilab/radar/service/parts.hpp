#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apilab/radar/service/config.hpp"

namespace apilab::auth {
class RenewingTokenSource;
}
namespace apilab::client {
class Client;
}
namespace apilab::observe {
class MetricsObserver;
}
namespace apilab::runtime {
class Scheduler;
}
namespace apilab::shared {
class BudgetService;
}
namespace apilab::work {
class GapFiller;
class JobRunner;
class Outbox;
class ScheduleTicker;
class StoreWriter;
class Sweeper;
class WebhookReceiver;
}  // namespace apilab::work

namespace apilab::radar::internal {
class AnswersHeard;
}  // namespace apilab::radar::internal

namespace apilab::radar {

class CallHistory;

/// Where a life is: not ready before and after.
struct Phase {
    bool started = false;
    bool stopping = false;
};

/// The running parts, for those who look at them: health, metrics, dashboard. References to what
/// outlives whoever has this; all on the scheduler's thread.
struct Parts {
    runtime::Scheduler& scheduler;
    const Config& config;
    work::StoreWriter& writer;
    work::WebhookReceiver& receiver;
    work::JobRunner& runner;
    work::Outbox& outbox;
    work::ScheduleTicker& ticker;
    work::Sweeper& sweeper;
    /// Every call to somebody else goes through it, or through one beside it
    /// (`Client::create_beside`): it knows all limits and breakers.
    client::Client& client;
    observe::MetricsObserver& metrics;
    CallHistory& calls;
    const Phase& phase;
    /// Null: GitHub's deliveries are not read.
    work::GapFiller* filler = nullptr;
    /// Null: no mail is sent.
    auth::RenewingTokenSource* gmail_tokens = nullptr;
    /// Null: nothing is shared with other replicas.
    const shared::BudgetService* budgets = nullptr;
    /// Null: nobody compares clocks.
    const internal::AnswersHeard* answers = nullptr;
    /// What the disk under the store has left; a negative value: unknown (PostgreSQL).
    std::function<std::int64_t()> disk_free;
};

}  // namespace apilab::radar
