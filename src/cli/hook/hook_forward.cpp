// Forwards webhooks that are kept.

#include "hook/hook_forward.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/send.hpp"
#include "hook/hook_store.hpp"
#include "hook/hook_types.hpp"

namespace apilab::cli {
namespace {

using runtime::Task;

constexpr Duration look_again = std::chrono::milliseconds(500);
constexpr Duration away_first = std::chrono::milliseconds(500);
constexpr Duration away_max = std::chrono::seconds(30);

// What belongs to the connection that it came over, not to the webhook (RFC 9110 section 7.6.1).
constexpr std::array<std::string_view, 11> of_connection{
    "connection", "content-length",      "expect",
    "host",       "keep-alive",          "proxy-connection",
    "te",         "proxy-authorization", "trailer",
    "upgrade",    "transfer-encoding"};

// For one attempt, or the longest pause before it.
Duration lease_of(const ForwardOptions& options) {
    return (options.attempt + away_max) * 2;
}

struct Found {
    work::ArchivedEvent event;
    bool kept = false;
};

Result<Found> event_for(work::Store& store, const work::Job& job) {
    APILAB_TRY(auto event, store.event(event_number(job)));
    if (!event) {
        return Found{};
    }
    // When bodies go their headers go with them, and no webhook comes without any.
    const bool kept = !event->event.body.empty() || !event->event.headers.empty();
    return Found{.event = *std::move(event), .kept = kept};
}

work::JobOutcome outcome_of(const Result<http::Response>& answer) {
    if (!answer) {
        return work::JobOutcome::failed(answer.error());
    }
    if (answer->ok()) {
        return work::JobOutcome::done();
    }
    const auto checked = answer->error_for_status();
    return checked ? work::JobOutcome::dead(fmt::format("HTTP {}", answer->status()))
                   : work::JobOutcome::failed(checked.error());
}

bool nobody_there(const Result<http::Response>& answer) {
    return !answer && answer.error().outcome() == Outcome::not_sent &&
           answer.error().kind() != ErrorKind::invalid_argument;
}

}  // namespace

Forwarder::Forwarder(runtime::Scheduler& scheduler, work::StoreWriter& writer,
                     transport::Transport& way, Rng& rng, ForwardOptions options,
                     std::function<void(const Forwarded&)> told)
    : scheduler_(scheduler),
      writer_(writer),
      way_(way),
      rng_(rng),
      options_(std::move(options)),
      told_(std::move(told)) {}

void Forwarder::stop() {
    stopped_ = true;
    news_->set();
}

void Forwarder::wake() {
    news_->set();
}

Task<void> Forwarder::pause(Duration duration) {
    co_await scheduler_.wait(news_.get(), scheduler_.now() + duration);
    if (!stopped_) {
        news_ = std::make_unique<runtime::Event>();
    }
}

Task<Result<std::vector<work::Job>>> Forwarder::next() {
    const auto now = scheduler_.system_now();
    const work::Claim claim{.queue = std::string(forward_queue),
                            .limit = 1,
                            .lease = lease_of(options_),
                            .worker = "apilab hook listen"};
    co_return co_await writer_.run<std::vector<work::Job>>(
        [claim, now](work::Store& store) { return store.claim(claim, now); });
}

Task<void> Forwarder::run() {
    while (!stopped_) {
        auto jobs = co_await next();
        if (!jobs) {
            told_({.outcome = "waiting", .reason = jobs.error().to_string()});
            co_await pause(away_max);
        } else if (jobs->empty()) {
            co_await pause(look_again);
        } else if (stopped_) {
            (void)co_await give_back(jobs->front().ref);
        } else {
            co_await forward(std::move(jobs->front()));
        }
    }
}

http::Request Forwarder::request_of(const work::Event& event) {
    http::Request request("POST", hook_url(options_.target, event.source));
    for (const auto& [name, value] : event.headers) {
        if (std::ranges::find(of_connection, name) == of_connection.end()) {
            request.headers().add(name, value);
        }
    }
    request.body(event.body);
    const auto signer = options_.signers.find(event.source);
    if (signer != options_.signers.end()) {
        const auto anew = signer->second.sign(event.body, event.sender_id, scheduler_.system_now());
        for (const auto& [name, value] : anew ? *anew : http::Headers()) {
            request.header(name, value);
        }
    }
    return request;
}

Task<Result<void>> Forwarder::end(work::Job job, work::JobOutcome outcome, Forwarded& told) {
    using Verdict = work::JobDecision::Verdict;
    const auto now = scheduler_.system_now();
    const auto decision = work::decide(
        options_.retry, outcome,
        {.attempt = job.attempt, .attempts_max = job.attempts_max, .last_delay = job.last_delay},
        now, rng_);
    told.outcome = decision.verdict == Verdict::done    ? "done"
                   : decision.verdict == Verdict::retry ? "retry"
                                                        : "dead";
    told.reason = decision.reason;
    told.again = decision.at;
    const auto ref = job.ref;
    auto ended = co_await writer_.run<bool>([ref, decision, now](work::Store& store) {
        switch (decision.verdict) {
            case Verdict::done:
                return store.complete(ref, {}, false, now);
            case Verdict::retry:
                return store.retry(ref, decision.at, decision.delay, decision.reason, now);
            case Verdict::dead:
                break;
        }
        return store.bury(ref, decision.reason, now);
    });
    if (!ended) {
        co_return fail(std::move(ended).error());
    }
    co_return Result<void>();
}

Task<Result<bool>> Forwarder::give_back(work::JobRef ref) {
    const auto now = scheduler_.system_now();
    co_return co_await writer_.run<bool>(
        [ref, now](work::Store& store) { return store.give_back(ref, now); });
}

// The same job until somebody is there, so that the order stays; its lease goes on. Nothing where
// it was given back, because this is to stop.
Task<std::optional<Result<http::Response>>> Forwarder::send(work::Job job, work::Event event,
                                                            Forwarded& told) {
    Duration away = Duration::zero();
    while (true) {
        transport::SendOptions options;
        options.timeouts.first_byte = options_.attempt;
        options.timeouts.attempt = options_.attempt;
        options.idempotency_key = job.idempotency_key;
        auto answer = co_await transport::send(way_, request_of(event), std::move(options));
        if (!answer && answer.error().kind() == ErrorKind::cancelled) {
            stopped_ = true;
            (void)co_await give_back(job.ref);
            co_return std::nullopt;
        }
        if (!nobody_there(answer)) {
            co_return answer;
        }
        if (away == Duration::zero()) {  // once is enough
            told.outcome = "waiting";
            told.reason = answer.error().to_string();
            told_(told);
        }
        away = std::clamp(away * 2, away_first, away_max);
        const auto until = scheduler_.now() + away;
        while (!stopped_ && scheduler_.now() < until) {  // what comes meanwhile brings nobody
            co_await pause(until - scheduler_.now());
        }
        if (stopped_) {
            (void)co_await give_back(job.ref);
            co_return std::nullopt;
        }
        const auto ref = job.ref;
        const auto until_then = scheduler_.system_now() + lease_of(options_);
        const auto mine = co_await writer_.run<bool>(
            [ref, until_then](work::Store& store) { return store.heartbeat(ref, until_then); });
        if (!mine.value_or(false)) {
            co_return std::nullopt;
        }
    }
}

Task<void> Forwarder::forward(work::Job job) {
    auto found =
        co_await writer_.run<Found>([job](work::Store& store) { return event_for(store, job); });
    Forwarded told{.attempt = job.attempt};
    auto outcome = work::JobOutcome::dead("the event's body is not kept any more");
    if (!found) {
        outcome = work::JobOutcome::failed(found.error());
    } else if (found->kept) {
        auto& event = found->event;
        told.event = event.id;
        told.source = event.event.source;
        told.type = event.event.type;
        told.sender_id = event.event.sender_id;
        const auto answer = co_await send(job, std::move(event.event), told);
        if (!answer) {
            co_return;
        }
        told.status = *answer ? (*answer)->status() : 0;
        outcome = outcome_of(*answer);
    }
    const auto ended = co_await end(std::move(job), outcome, told);
    if (!ended) {  // its lease ends, and then it is tried again
        told.outcome = "waiting";
        told.reason = ended.error().to_string();
    }
    told_(told);
}

}  // namespace apilab::cli
