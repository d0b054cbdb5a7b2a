// One attempt of a call: what it has to wait for, its redirects, and a second one beside it.

#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/client/call_driver.hpp"
#include "apilab/client/internal/call.hpp"
#include "apilab/client/internal/policy_stack.hpp"
#include "apilab/policy/profile.hpp"
#include "apilab/policy/redirect.hpp"
#include "apilab/runtime/body.hpp"  // NOLINT(misc-include-cleaner): its members are called
#include "apilab/runtime/task_group.hpp"

namespace apilab::client {

using http::DecisionRecord;
using internal::Admission;
using runtime::Event;
using runtime::Task;

namespace {

Error cancelled_before_sending() {
    return Error(ErrorKind::cancelled, "the call was cancelled while it waited")
        .with_outcome(Outcome::not_sent)
        .with_ending(Ending::cancelled);
}

// Its turn did not come before the deadline.
Error waited_in_vain(http::WaitCause cause) {
    const bool quota = cause == http::WaitCause::rate_limit;
    return Error(quota ? ErrorKind::rate_limited : ErrorKind::overloaded,
                 quota ? "the turn for the quota did not come before the deadline"
                       : "the turn for the origin did not come before the deadline")
        .with_outcome(Outcome::not_sent)
        .with_ending(Ending::deadline);
}

policy::AttemptOutcome outcome_of(const Result<http::Response>& result, SteadyTime at,
                                  SystemTime system_at, Duration elapsed) {
    policy::AttemptOutcome outcome{.at = at, .system_at = system_at, .elapsed = elapsed};
    if (result) {
        outcome.status = result->status();
        outcome.headers = &result->headers();
        outcome.body = result->body();
    } else {
        outcome.error = result.error().kind();
        outcome.outcome = result.error().outcome();
    }
    return outcome;
}

void complete(http::AttemptRecord& record, const Result<http::Response>& result) {
    if (result) {
        record.status = result->status();
        record.outcome = Outcome::answered;
        record.error.reset();
    } else {
        record.error = result.error().kind();
        record.error_message = result.error().message();
        record.outcome = result.error().outcome();
    }
}

}  // namespace

Task<Result<void>> CallDriver::wait(Call& call, Wait how) {
    http::WaitRecord waited{
        .after_attempt = how.after_attempt, .cause = how.cause, .started = scheduler_.now()};
    waited.planned = how.until - waited.started;
    Result<void> result;
    if (how.event == nullptr) {
        result = co_await scheduler_.sleep_until(how.until);
    } else if (co_await runtime::cancelled() || co_await scheduler_.wait(how.event, how.until) ==
                                                    runtime::Scheduler::Woken::cancelled) {
        result = fail(cancelled_before_sending());
    }
    waited.elapsed = scheduler_.now() - waited.started;
    if (how.event != nullptr) {
        waited.planned = waited.elapsed;  // nobody knew
    }
    call.record->waits.push_back(waited);
    for (auto* observer : observers_) {
        observer->on_wait(*call.record, waited);
    }
    co_return result;
}

Task<Result<void>> CallDriver::wait_turn(Call& call, Admission& admission, std::size_t policy,
                                         policy::WaitTurn turn) {
    struct Place {
        internal::PolicyStack& stack;
        Event event;
        ~Place() { stack.stop_waiting(event); }
    };
    Place place{.stack = admission.stack(), .event = {}};
    place.stack.wait_for_turn(policy, admission.slot(policy), place.event);
    APILAB_CO_CHECK(co_await wait(call, {.until = turn.until,
                                         .cause = turn.cause,
                                         .after_attempt = call.number - 1,
                                         .event = &place.event}));
    if (!place.event.is_set()) {
        co_return fail(waited_in_vain(turn.cause));
    }
    co_return Result<void>();
}

// Asks every policy until all say proceed; after a wait the world may have changed, so all are
// asked again. Ends because each wait moves the clock or a queue, and none passes the deadline.
Task<Result<void>> CallDriver::admit(Call& call, Admission& admission) {
    for (std::size_t i = 0; i < policies_->size();) {
        auto action = admission.ask(i, scheduler_.now());
        if (auto* refused = std::get_if<policy::Refuse>(&action)) {
            co_return fail(std::move(refused->error));
        }
        if (const auto* until = std::get_if<policy::WaitUntil>(&action)) {
            APILAB_CO_CHECK(co_await wait(
                call,
                {.until = until->until, .cause = until->cause, .after_attempt = call.number - 1}));
            i = 0;
        } else if (const auto* turn = std::get_if<policy::WaitTurn>(&action)) {
            APILAB_CO_CHECK(co_await wait_turn(call, admission, i, *turn));
            i = 0;
        } else {
            ++i;
        }
    }
    if (scheduler_.now() >= call.context.deadline) {
        co_return fail(
            Error(ErrorKind::deadline, "the deadline passed before an attempt could be made")
                .with_outcome(Outcome::not_sent)
                .with_ending(Ending::deadline));
    }
    co_return Result<void>();
}

// One request on its way, as often as the policies allow it: once.
Task<Result<http::Response>> CallDriver::hop(Call& call, http::Request request, Side& side,
                                             Step step) {
    const std::string origin = request.url().origin();
    // The facts are views, and the request is given away below: they look at the call's own, or
    // where a redirect led elsewhere at a copy.
    std::optional<http::Request> elsewhere;
    if (step.hop > 0) {
        elsewhere = request;
    }
    Admission admission(policies_, facts_of(call, elsewhere ? *elsewhere : call.request, origin));
    if (auto ready = co_await admit(call, admission); !ready) {
        side.refused = step.hop == 0;
        co_return fail(std::move(ready).error());
    }
    const SteadyTime started = scheduler_.now();
    http::AttemptRecord record{.number = call.number, .started = started};
    runtime::CallContext context = call.context;
    context.attempt = &record;
    if (!step.same_request) {
        context.upload = nullptr;
        context.idempotency_key.clear();
    }
    context.attempt_deadline = std::min(context.deadline, started + context.timeouts.attempt);
    const std::uint64_t span = tag(call, request);
    std::optional<http::Request> sent;
    if (keeps_exchanges_) {
        sent = request;
    }
    if (!side.sent) {
        side.sent = started;
        side.tell();
    }
    auto result = co_await transport_.call(std::move(request), std::move(context));

    // What the transport does not know of.
    record.span = span;
    record.hop = step.hop;
    record.hedge = side.hedge;
    record.started = started;  // with what the transport did before it looked at its clock
    record.elapsed = scheduler_.now() - started;
    complete(record, result);
    const auto outcome =
        outcome_of(result, scheduler_.now(), scheduler_.system_now(), record.elapsed);
    admission.settle(outcome);
    call.record->attempts.push_back(std::move(record));
    call.redirected = step.hop > 0;
    tell(call, sent ? &*sent : nullptr, result);
    co_return result;
}

// What lets the other side's log be laid beside ours. Returns the attempt's span, or 0.
std::uint64_t CallDriver::tag(const Call& call, http::Request& request) {
    if (!options_.request_id_header.empty()) {
        request.header(options_.request_id_header, http::request_id(*call.record, call.number));
    }
    auto trace = call.record->trace;
    if (!trace.exists()) {
        return 0;
    }
    trace.span = rng_.next() | 1;  // never 0
    if (options_.tracing && options_.tracing->propagate) {
        request.header("traceparent", trace.traceparent());
        if (!call.context.tracestate.empty() && http::valid_tracestate(call.context.tracestate)) {
            request.header("tracestate", call.context.tracestate);
        }
    }
    return trace.span;
}

void CallDriver::tell(const Call& call, const http::Request* sent,
                      const Result<http::Response>& result) {
    const auto& attempt = call.record->attempts.back();
    for (auto* observer : observers_) {
        observer->on_attempt(*call.record, attempt);
        if (sent != nullptr && observer->wants_exchanges()) {
            observer->on_exchange(*call.record, attempt, *sent, result ? &*result : nullptr);
        }
    }
}

Task<Result<http::Response>> CallDriver::attempt(Call& call, Side& side) {
    http::Request request = call.request;
    // Made only where there is a redirect: hardly any call has one.
    std::optional<policy::RedirectPolicy> redirects;
    for (Step step;; ++step.hop) {
        auto result = co_await hop(call, request, side, step);
        if (!options_.redirects || !result || result->status() < 300 || result->status() >= 400) {
            co_return result;
        }
        if (!redirects) {
            redirects.emplace(*options_.redirects, call.request);
        }
        APILAB_CO_TRY(auto next, redirects->next(request, *result, options_.secret_headers));
        if (!next) {
            co_return result;
        }
        // What has become a GET has no body any more, and is another operation.
        const bool same = next->request.method() == request.method();
        if (same && call.context.upload && !call.context.upload->replayable()) {
            co_return fail(Error(ErrorKind::protocol,
                                 "the redirect is not followed: the body can be read only once")
                               .with_outcome(Outcome::answered)
                               .with_ending(Ending::redirect)
                               .with_detail("redirect"));
        }
        step.same_request = step.same_request && same;
        request = std::move(next->request);
        note(call, {.after_attempt = call.number,
                    .max_attempts = options_.retry.max_attempts,
                    .verdict = DecisionRecord::Verdict::redirected,
                    .status = result->status(),
                    .target = request.url().without_query(),
                    .credentials_dropped = next->credentials_dropped});
    }
}

Task<void> CallDriver::race(Call& call, Side& side) {
    side.result = co_await attempt(call, side);
    side.tell();
}

bool CallDriver::pay_for_hedge(Call& call, Duration delay) {
    if (call.budget && call.budget->acquire(http::RetryReason::transient) == 0) {
        return false;
    }
    DecisionRecord decision{.after_attempt = call.number,
                            .max_attempts = options_.retry.max_attempts,
                            .verdict = DecisionRecord::Verdict::hedged,
                            .wait = delay};
    if (call.budget) {
        decision.budget_left = call.budget->tokens();
        decision.budget_size = call.budget->capacity();
    }
    note(call, std::move(decision));
    return true;
}

// The first good answer counts; where there is none, the first attempt's end does. The delay is
// counted from when the first was sent: a second one in the same queue would help nobody.
Task<Result<http::Response>> CallDriver::hedged(Call& call, Duration delay, Side& counted) {
    const auto& profile = policy::profile_of(call.facts.provider);
    const auto good = [&](const Side& side) {
        if (!side.result || !*side.result) {
            return false;
        }
        const auto outcome = outcome_of(*side.result, {}, {}, {});
        return !policy::is_transient_status(profile, outcome.status) &&
               !policy::is_limited(profile, outcome);
    };
    runtime::TaskGroup group(scheduler_);
    Side first;
    Side second{.hedge = true};
    group.spawn(race(call, first));
    bool asked = false;  // whether there should be a second
    bool paid = false;
    // Failed before there was a second: that is the retry's business. (It may have failed before
    // anybody could wait for its news.)
    const auto over = [&] { return first.result && (!paid || second.result); };
    while (!good(first) && !good(second) && !over()) {
        Event news;
        first.news = second.news = &news;
        const SteadyTime until = first.sent && !asked ? *first.sent + delay : SteadyTime::max();
        const auto woken = co_await scheduler_.wait(&news, until);
        first.news = second.news = nullptr;
        if (woken == runtime::Scheduler::Woken::cancelled) {
            break;
        }
        if (woken == runtime::Scheduler::Woken::time) {
            asked = true;
            paid = pay_for_hedge(call, delay);
            if (paid) {
                group.spawn(race(call, second));
            }
        }
    }
    const bool by_second = good(second) && !good(first);
    group.cancel();
    co_await group.join();
    if (paid && call.budget) {
        call.budget->attempt_ended();
    }
    Side& winner = by_second ? second : first;
    counted.refused = winner.refused;
    counted.sent = winner.sent;
    co_return *std::move(winner.result);
}

}  // namespace apilab::client
