#include "apilab/client/call_driver.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/log_observer.hpp"
#include "apilab/policy/bucket_freeze.hpp"

namespace apilab::client {

using http::DecisionRecord;
using runtime::Task;

// All that one call needs, kept in the driver coroutine's frame until the call is over.
struct CallDriver::Call {
    http::Request request;
    runtime::CallContext context;
    std::string origin;
    policy::CallFacts facts{};
    // Shared, so that a call in flight keeps its budget when the origin is forgotten.
    std::shared_ptr<policy::RetryBudget> budget;
    policy::RetryPolicy retry;
    http::CallRecord* record = nullptr;
    int number = 0;
};

CallDriver::CallDriver(runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
                       ClientOptions options, std::vector<http::Observer*> observers)
    : scheduler_(scheduler),
      transport_(transport),
      rng_(rng),
      options_(std::move(options)),
      observers_(std::move(observers)) {
    if (options_.freeze) {
        policies_.push_back(std::make_unique<policy::BucketFreeze>(*options_.freeze));
    }
}

CallDriver::~CallDriver() = default;

std::shared_ptr<policy::RetryBudget> CallDriver::budget_of(const std::string& origin) {
    if (!options_.budget) {
        return nullptr;
    }
    OriginState& state = origins_[origin];
    if (!state.budget) {
        state.budget = std::make_shared<policy::RetryBudget>(*options_.budget);
    }
    state.last_used = calls_;
    const auto budget = state.budget;
    if (origins_.size() > options_.origins_max) {
        origins_.erase(std::ranges::min_element(
            origins_, {}, [](const auto& entry) { return entry.second.last_used; }));
    }
    return budget;
}

void CallDriver::start(Call& call) {
    auto& context = call.context;
    const auto& operation = context.operation;
    for (const auto& [name, value] : options_.headers) {
        if (!call.request.headers().contains(name)) {
            call.request.headers().add(name, value);
        }
    }
    if (!context.record) {
        context.record = std::make_shared<http::CallRecord>();
    }
    call.record = context.record.get();
    http::CallRecord& record = *call.record;
    record.id = fmt::format(FMT_COMPILE("c-{:06}"), calls_);
    record.provider = operation.provider.empty() ? call.origin : operation.provider;
    record.operation = operation.name;
    record.method = call.request.method();
    record.url_template =
        operation.url_template.empty() ? call.request.url().path() : operation.url_template;
    record.origin = call.origin;
    record.effect = operation.effect.value_or(http::default_effect(record.method));
    record.idempotency_key = context.idempotency_key;
    record.started = scheduler_.now();

    context.deadline = std::min(context.deadline, record.started + options_.deadline);
    call.facts = {.origin = call.origin,
                  .provider = operation.provider,
                  .effect = record.effect,
                  .has_key = !context.idempotency_key.empty(),
                  .deadline = context.deadline};
}

Task<Result<void>> CallDriver::wait(Call& call, SteadyTime until, http::WaitCause cause) {
    http::WaitRecord waited{
        .after_attempt = call.number, .cause = cause, .started = scheduler_.now()};
    waited.planned = until - waited.started;
    auto slept = co_await scheduler_.sleep_until(until);
    waited.elapsed = scheduler_.now() - waited.started;
    call.record->waits.push_back(waited);
    for (auto* observer : observers_) {
        observer->on_wait(*call.record, waited);
    }
    co_return slept;
}

// Asks every policy until all say proceed; after a wait the world may have changed, so all are
// asked again. Ends because each wait moves the clock and none passes the deadline.
Task<Result<void>> CallDriver::ask_before(Call& call) {
    for (std::size_t i = 0; i < policies_.size();) {
        auto action = policies_[i]->before(call.facts, scheduler_.now());
        if (auto* refused = std::get_if<policy::Refuse>(&action)) {
            co_return fail(std::move(refused->error));
        }
        if (const auto* waits = std::get_if<policy::WaitUntil>(&action)) {
            APILAB_CO_CHECK(co_await wait(call, waits->until, waits->cause));
            i = 0;
            continue;
        }
        ++i;
    }
    if (scheduler_.now() >= call.context.deadline) {
        co_return fail(
            Error(ErrorKind::deadline, "the deadline passed before an attempt could be made")
                .with_ending(Ending::deadline));
    }
    co_return Result<void>();
}

Task<Result<http::Response>> CallDriver::attempt(Call& call) {
    const SteadyTime started = scheduler_.now();
    http::AttemptRecord record{.number = call.number, .started = started};
    runtime::CallContext context = call.context;
    context.attempt = &record;
    context.attempt_deadline = std::min(context.deadline, started + context.timeouts.attempt);
    http::Request request = call.request;
    if (!options_.request_id_header.empty()) {
        request.header(options_.request_id_header, request_id(*call.record, call.number));
    }
    auto result = co_await transport_.call(std::move(request), std::move(context));

    record.elapsed = scheduler_.now() - started;
    if (result) {
        record.status = result->status();
        record.outcome = Outcome::answered;
        record.error.reset();
    } else {
        record.error = result.error().kind();
        record.error_message = result.error().message();
        record.outcome = result.error().outcome();
    }
    call.record->attempts.push_back(std::move(record));
    for (auto* observer : observers_) {
        observer->on_attempt(*call.record, call.record->attempts.back());
    }
    co_return result;
}

const DecisionRecord& CallDriver::decide(Call& call, const Result<http::Response>& result) {
    policy::AttemptOutcome outcome{.at = scheduler_.now(), .system_at = scheduler_.system_now()};
    if (result) {
        outcome.status = result->status();
        outcome.headers = &result->headers();
        outcome.body = result->body();
    } else {
        outcome.error = result.error().kind();
        outcome.outcome = result.error().outcome();
    }
    for (const auto& policy : policies_) {
        policy->after(call.facts, outcome);
    }
    call.record->decisions.push_back(call.retry.decide(call.number, call.facts, outcome, rng_));
    for (auto* observer : observers_) {
        observer->on_decision(*call.record, call.record->decisions.back());
    }
    return call.record->decisions.back();
}

// An attempt that a policy or the deadline forbade ends the call: a decision like any other.
void CallDriver::note_refusal(Call& call, const Error& error) {
    DecisionRecord decision{.after_attempt = call.number,
                            .max_attempts = options_.retry.max_attempts,
                            .verdict = DecisionRecord::Verdict::gave_up,
                            .ending = error.ending(),
                            .error = error.kind(),
                            .outcome = error.outcome(),
                            .wait = error.retry_after().value_or(Duration::zero())};
    if (error.kind() == ErrorKind::cancelled) {
        decision.ending = Ending::cancelled;
    }
    call.record->decisions.push_back(decision);
    for (auto* observer : observers_) {
        observer->on_decision(*call.record, call.record->decisions.back());
    }
}

void CallDriver::finish(Call& call, Result<http::Response>& result) {
    http::CallRecord& record = *call.record;
    record.elapsed = scheduler_.now() - record.started;
    if (result) {
        record.status = result->status();
        result->record(call.context.record);
    } else {
        record.error = result.error().kind();
    }
    if (!record.decisions.empty() &&
        record.decisions.back().verdict == DecisionRecord::Verdict::gave_up) {
        record.ending = record.decisions.back().ending;
    }
    if (!result) {
        if (result.error().ending() != Ending::none) {
            record.ending = result.error().ending();
        }
        result = fail(http::with_story(std::move(result).error(), record));
    }
}

Task<Result<http::Response>> CallDriver::call(http::Request request, runtime::CallContext context) {
    std::string origin = request.url().origin();
    ++calls_;
    const auto budget = budget_of(origin);
    Call call{.request = std::move(request),
              .context = std::move(context),
              .origin = std::move(origin),
              .budget = budget,
              .retry = policy::RetryPolicy(options_.retry, budget.get())};
    start(call);
    std::optional<Result<http::Response>> result;
    while (!result) {
        ++call.number;
        if (auto ready = co_await ask_before(call); !ready) {
            --call.number;
            note_refusal(call, ready.error());
            result = fail(std::move(ready).error());
            break;
        }
        auto attempted = co_await attempt(call);
        const DecisionRecord decision = decide(call, attempted);
        if (decision.verdict != DecisionRecord::Verdict::retried) {
            result = std::move(attempted);
            break;
        }
        auto waited = co_await wait(call, scheduler_.now() + decision.wait, decision.wait_cause);
        if (!waited) {
            // What the last attempt did stays true: the other side may have acted.
            const Outcome outcome = attempted ? Outcome::answered : attempted.error().outcome();
            result = fail(
                std::move(waited).error().with_outcome(outcome).with_ending(Ending::cancelled));
        }
    }
    finish(call, *result);
    for (auto* observer : observers_) {
        observer->on_call(*call.record);
    }
    co_return std::move(*result);
}

std::string CallDriver::describe() const {
    std::string text = fmt::format("record\ndeadline {}\n", format_duration(options_.deadline));
    text += fmt::format("retry {}\n", options_.retry.describe());
    text += options_.budget ? fmt::format("  budget per origin: {}\n", options_.budget->describe())
                            : "  no budget\n";
    for (const auto& policy : policies_) {
        text += fmt::format("  {}\n", policy->describe());
    }
    text += fmt::format(
        "  attempt {} (connect {}, first byte {}, idle {})\n",
        format_duration(options_.timeouts.attempt), format_duration(options_.timeouts.connect),
        format_duration(options_.timeouts.first_byte), format_duration(options_.timeouts.idle));
    return text + "  transport\n";
}

}  // namespace apilab::client
