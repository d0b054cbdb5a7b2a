// How a call begins and ends. What happens in between: call_attempt.cpp (one attempt, with what it
// waits for), call_share.cpp (one answer for several calls), call_cache.cpp (answers that
// are stored).

#include "apilab/client/call_driver.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/client/internal/cache_layer.hpp"
#include "apilab/client/internal/call.hpp"
#include "apilab/client/internal/policy_stack.hpp"
#include "apilab/policy/bucket_freeze.hpp"
#include "apilab/policy/bulkhead.hpp"
#include "apilab/policy/circuit_breaker.hpp"
#include "apilab/policy/coalesce.hpp"
#include "apilab/policy/profile.hpp"
#include "apilab/policy/rate_limiter.hpp"
#include "apilab/runtime/body.hpp"  // NOLINT(misc-include-cleaner): its members are called

namespace apilab::client {

using http::DecisionRecord;
using runtime::Task;

CallDriver::CallDriver(runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
                       ClientOptions options, std::vector<http::Observer*> observers)
    : scheduler_(scheduler),
      transport_(transport),
      rng_(rng),
      options_(std::move(options)),
      observers_(std::move(observers)),
      policies_(std::make_shared<internal::PolicyStack>()) {
    make_own_parts();
    if (options_.freeze) {
        auto freeze = std::make_unique<policy::BucketFreeze>(*options_.freeze, rng_);
        freeze_ = freeze.get();
        policies_->add(std::move(freeze));
    }
    if (options_.limiter) {
        auto limiter = std::make_unique<policy::RateLimiter>(*options_.limiter);
        limiter_ = limiter.get();
        policies_->add(std::move(limiter));
    }
    if (options_.bulkhead) {
        policies_->add(std::make_unique<policy::Bulkhead>(*options_.bulkhead));
    }
    if (options_.breaker) {
        auto breaker = std::make_unique<policy::CircuitBreaker>(*options_.breaker, rng_);
        breaker_ = breaker.get();
        policies_->add(std::move(breaker));
    }
}

CallDriver::CallDriver(CallDriver& other, ClientOptions options,
                       std::vector<http::Observer*> observers)
    : scheduler_(other.scheduler_),
      transport_(other.transport_),
      rng_(other.rng_),
      options_(std::move(options)),
      observers_(std::move(observers)),
      policies_(other.policies_),
      freeze_(other.freeze_),
      limiter_(other.limiter_),
      breaker_(other.breaker_) {
    make_own_parts();
}

void CallDriver::make_own_parts() {
    keeps_exchanges_ =
        std::ranges::any_of(observers_, [](const auto* one) { return one->wants_exchanges(); });
    if (options_.hedge) {
        hedge_ = std::make_unique<policy::HedgePolicy>(*options_.hedge);
    }
    if (options_.cache) {
        cache_ = std::make_unique<internal::CacheLayer>(scheduler_, *options_.cache,
                                                        options_.secret_headers);
    }
}

CallDriver::~CallDriver() {
    if (cache_ && cache_->background.running() > 0 && !scheduler_.is_closing()) {
        scheduler_.run_until_complete(close());
    }
}

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

namespace {

// What the provider's rules say of a call. Views into the request and into the profile.
void add_rules(policy::CallFacts& facts, const http::Request& request,
               std::optional<http::Effect> said) {
    const auto& profile = policy::profile_of(facts.provider);
    const std::string_view path = request.url().path();
    const auto* rule = policy::rule_of(profile, facts.method, path,
                                       said.value_or(http::default_effect(facts.method)));
    if (rule == nullptr) {
        return;
    }
    if (!said && rule->effect) {
        facts.effect = *rule->effect;
    }
    facts.bucket = rule->bucket_by_method ? path.substr(path.rfind('/') + 1) : rule->bucket;
    facts.lane = rule->lane;
    facts.lane_quota = rule->quota;
    facts.cost = rule->cost;
}

}  // namespace

policy::CallFacts CallDriver::facts_of(const Call& call, const http::Request& request,
                                       const std::string& origin) {
    const auto& operation = call.context.operation;
    policy::CallFacts facts{
        .origin = origin,
        .provider = operation.provider,
        .operation = operation.name,
        .method = request.method(),
        .effect = operation.effect.value_or(http::default_effect(request.method())),
        .deadline = call.context.deadline};
    const auto& upload = call.context.upload;
    facts.body_replayable = upload == nullptr || upload->replayable();
    facts.has_key =
        !call.context.idempotency_key.empty() && policy::profile_of(facts.provider).honours_key;
    add_rules(facts, request, operation.effect);
    return facts;
}

void CallDriver::start(Call& call, Duration deadline) {
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
    const SteadyTime now = scheduler_.now();
    // Whoever is above the client may have waited for a token already.
    record.started = record.waits.empty() ? now : std::min(now, record.waits.front().started);
    context.deadline = std::min(context.deadline, now + deadline);
    call.facts = facts_of(call, call.request, call.origin);
    record.id = fmt::format(FMT_COMPILE("{}-{:06}"), options_.id_prefix, calls_);
    record.provider = operation.provider.empty() ? call.origin : operation.provider;
    record.operation = operation.name;
    record.method = call.request.method();
    record.url_template =
        operation.url_template.empty() ? call.request.url().path() : operation.url_template;
    record.origin = call.origin;
    record.effect = call.facts.effect;
    record.idempotency_key = context.idempotency_key;
    record.deadline = context.deadline;
    begin_trace(call);
    for (auto* observer : observers_) {
        for (const auto& wait : record.waits) {
            observer->on_wait(record, wait);
        }
    }
}

// A call within a trace goes on with it, and keeps to what its beginner decided; any other begins
// one.
void CallDriver::begin_trace(const Call& call) {
    if (!options_.tracing) {
        return;
    }
    http::CallRecord& record = *call.record;
    record.trace = call.context.trace;
    record.parent_span = record.trace.span;
    if (!record.trace.exists()) {
        record.trace = {.high = rng_.next(),
                        .low = rng_.next() | 1,
                        .sampled = rng_.uniform() < options_.tracing->sample};
        record.parent_span = 0;
    }
    record.trace.span = rng_.next() | 1;
}

void CallDriver::note(Call& call, DecisionRecord decision) {
    call.record->decisions.push_back(std::move(decision));
    for (auto* observer : observers_) {
        observer->on_decision(*call.record, call.record->decisions.back());
    }
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
    note(call, call.retry.decide(call.number, call.facts, outcome, rng_));
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
    note(call, std::move(decision));
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

// Attempts until one is the last.
Task<Result<http::Response>> CallDriver::run(Call& call) {
    while (true) {
        ++call.number;
        // Two attempts cannot share one source or one sink.
        const bool streams = call.context.upload || call.context.download;
        const auto delay = hedge_ && !streams ? hedge_->delay(call.facts) : std::nullopt;
        Side side;
        auto attempted = delay ? co_await hedged(call, *delay, side) : co_await attempt(call, side);
        if (hedge_ && attempted && side.sent) {
            hedge_->learn(call.facts, scheduler_.now() - *side.sent);
        }
        if (side.refused) {
            --call.number;
            note_refusal(call, attempted.error());
            co_return attempted;
        }
        if (!attempted && attempted.error().ending() == Ending::redirect) {
            note_refusal(call, attempted.error());  // the same answer would come again
            co_return attempted;
        }
        const DecisionRecord decision = decide(call, attempted);
        if (decision.applied_before) {
            // What was asked for is so, by an attempt whose answer nobody saw.
            http::Response done(204);
            done.reason("applied by an earlier attempt");
            co_return done;
        }
        if (decision.verdict != DecisionRecord::Verdict::retried) {
            co_return attempted;
        }
        auto waited = co_await wait(call, {.until = scheduler_.now() + decision.wait,
                                           .cause = decision.wait_cause,
                                           .after_attempt = call.number});
        if (!waited) {
            // What the last attempt did stays true: the other side may have acted.
            const Outcome outcome = attempted ? Outcome::answered : attempted.error().outcome();
            co_return fail(
                std::move(waited).error().with_outcome(outcome).with_ending(Ending::cancelled));
        }
    }
}

Task<Result<http::Response>> CallDriver::call(http::Request request, runtime::CallContext context) {
    return call_within(std::move(request), std::move(context), options_.deadline);
}

Task<Result<http::Response>> CallDriver::call_within(http::Request request,
                                                     runtime::CallContext context,
                                                     Duration deadline) {
    std::string origin = request.url().origin();
    ++calls_;
    const auto budget = budget_of(origin);
    Call call(std::move(request), std::move(context), std::move(origin), options_.retry, budget);
    start(call, deadline);
    Result<http::Response> result;
    if (cache_) {
        internal::CacheLookup lookup;
        if (auto stored = look_up(call, lookup)) {
            result = *std::move(stored);
        } else {
            result = co_await ask_and_keep(call, std::move(lookup));
        }
    } else {
        result = co_await ask(call);
    }
    finish(call, result);
    for (auto* observer : observers_) {
        observer->on_call(*call.record);
    }
    co_return std::move(result);
}

// Where there is a cache, equal reads that it cannot answer ask once. Not a coroutine: one frame
// less.
Task<Result<http::Response>> CallDriver::ask(Call& call) {
    const bool streams = call.context.upload || call.context.download;
    auto key = (options_.coalesce || cache_) && !streams
                   ? policy::coalescing_key(call.request, call.facts, {options_.request_id_header})
                   : std::nullopt;
    return key ? share(call, *std::move(key)) : run(call);
}

std::vector<policy::CircuitBreaker::Snapshot> CallDriver::breakers() const {
    return breaker_ == nullptr ? std::vector<policy::CircuitBreaker::Snapshot>()
                               : breaker_->breakers(scheduler_.now());
}

std::vector<policy::RateLimiter::Snapshot> CallDriver::limits() const {
    const SteadyTime now = scheduler_.now();
    std::vector<policy::RateLimiter::Snapshot> all;
    if (limiter_ != nullptr) {
        all = limiter_->limits(now);
    }
    if (freeze_ == nullptr) {
        return all;
    }
    const auto key = [](const auto& one) {
        return policy::BucketView{one.origin, one.provider, one.bucket};
    };
    for (const auto& frozen : freeze_->frozen(now)) {
        auto place = std::ranges::lower_bound(all, key(frozen), {}, key);
        if (place == all.end() || key(*place) != key(frozen)) {
            place = all.insert(
                place,
                {.origin = frozen.origin, .provider = frozen.provider, .bucket = frozen.bucket});
        }
        place->frozen = frozen.left;
    }
    return all;
}

std::string CallDriver::describe() const {
    std::string text = fmt::format("record\ndeadline {}\n", format_duration(options_.deadline));
    text += options_.cache ? fmt::format("cache {}\n", options_.cache->describe()) : "";
    text += options_.coalesce || options_.cache ? "coalesce equal reads\n" : "";
    text += fmt::format("retry {}\n", options_.retry.describe());
    text += options_.budget ? fmt::format("  budget per origin: {}\n", options_.budget->describe())
                            : "  no budget\n";
    text += hedge_ ? fmt::format("{}\n", hedge_->describe()) : "";
    text += "attempt\n";
    for (std::size_t i = 0; i < policies_->size(); ++i) {
        text += fmt::format("  {}\n", policies_->at(i).describe());
    }
    text += fmt::format(
        "  timeout {} (connect {}, first byte {}, idle {})\n  transport\n",
        format_duration(options_.timeouts.attempt), format_duration(options_.timeouts.connect),
        format_duration(options_.timeouts.first_byte), format_duration(options_.timeouts.idle));
    return text + (options_.redirects ? fmt::format("  redirects {}, each from the freeze on\n",
                                                    options_.redirects->describe())
                                      : "  redirects are not followed\n");
}

}  // namespace apilab::client
