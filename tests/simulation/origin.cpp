#include "origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace apilab::simulation {

using http::Response;
using runtime::Task;
using std::chrono::seconds;

void BrokenPromises::add(std::string what) {
    constexpr std::size_t spelt_out = 5;
    if (++count_ <= spelt_out) {
        first_.push_back(std::move(what));
    }
}

// What becomes of a request: an answer or an error, and when.
struct Origin::Fate {
    Result<Response> result;
    Duration after{};
};

namespace {

constexpr Duration latency = std::chrono::milliseconds(20);
constexpr seconds announced{5};

Error lost_reply() {
    return Error(ErrorKind::connection_lost, "the peer reset the connection")
        .with_outcome(Outcome::unknown)
        .with_detail("reset");
}

Error no_connection() {
    return Error(ErrorKind::connect, "connection refused").with_outcome(Outcome::not_sent);
}

Error silence() {
    return Error(ErrorKind::timeout, "no answer in time")
        .with_outcome(Outcome::unknown)
        .with_detail("first_byte");
}

int number(std::string_view text) {
    int value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// The transport's part of an attempt's record.
void note(const runtime::CallContext& context, const Result<Response>& result, SteadyTime started,
          SteadyTime now) {
    if (context.attempt == nullptr) {
        return;
    }
    auto& record = *context.attempt;
    record.started = started;
    record.elapsed = now - started;
    if (result) {
        record.status = result->status();
        record.outcome = Outcome::answered;
    } else {
        record.error = result.error().kind();
        record.error_message = result.error().message();
        record.outcome = result.error().outcome();
    }
}

}  // namespace

Origin::Origin(runtime::Scheduler& scheduler, const Weather& weather, Rng& rng,
               BrokenPromises& broken)
    : scheduler_(scheduler),
      weather_(weather),
      rng_(rng),
      broken_(broken),
      start_(scheduler.now()) {}

void Origin::count() {
    const auto second =
        static_cast<std::size_t>(std::chrono::floor<seconds>(since_start()).count());
    if (requests_.size() <= second) {
        requests_.resize(second + 1);
    }
    ++requests_[second];
}

void Origin::judge(const std::string& call, Visitor& visitor, int client) {
    const auto now = scheduler_.now();
    if (now < visitor.not_before) {
        broken_.add(fmt::format("client {} came {} ms before the time it was told", client,
                                (visitor.not_before - now) / std::chrono::milliseconds(1)));
    }
    if (lost_writes_.contains(call)) {
        broken_.add(fmt::format("write {} was sent again after its reply was lost", call));
    }
}

Origin::Fate Origin::limited(Visitor& visitor) {
    const auto now = scheduler_.now();
    if (now - visitor.last_let_in >= seconds(2)) {
        visitor.last_let_in = now;
        return {Response(200), latency};
    }
    return {Response(429, "", {{"retry-after", std::to_string(announced.count())}}), latency};
}

Origin::Fate Origin::flaky() {
    switch (rng_.between(0, 8)) {
        case 0:
            return {Response(500), latency};
        case 1:
            return {Response(503), latency};
        case 2:
            return {fail(lost_reply()), latency};
        default:
            return {Response(200), latency};
    }
}

Origin::Fate Origin::fate_of(Visitor& visitor) {
    switch (weather_.at(since_start())) {
        case Trouble::refused:
            return {fail(no_connection()), std::chrono::milliseconds(1)};
        case Trouble::unavailable:
            return {Response(503), latency};
        case Trouble::flaky:
            return flaky();
        case Trouble::slow:
            return {Response(200), seconds(20)};
        case Trouble::limited:
            return limited(visitor);
        case Trouble::none:
            break;
    }
    return {Response(200), latency};
}

Task<Result<Response>> Origin::suffer(Fate fate, bool is_write, std::string call,
                                      const runtime::CallContext& context) {
    const auto limit = std::min({scheduler_.now() + context.timeouts.first_byte,
                                 context.attempt_deadline, context.deadline});
    const auto ready = scheduler_.now() + fate.after;
    const auto waited = co_await scheduler_.sleep_until(std::min(ready, limit));
    Result<Response> result = std::move(fate.result);
    if (!waited) {
        result =
            fail(Error(ErrorKind::cancelled, "the caller left").with_outcome(Outcome::unknown));
    } else if (ready > limit) {
        result = fail(silence());
    }
    if (is_write && !result && result.error().outcome() == Outcome::unknown) {
        lost_writes_.insert(std::move(call));
    }
    co_return result;
}

Task<Result<Response>> Origin::call(http::Request request, runtime::CallContext context) {
    const auto started = scheduler_.now();
    count();
    const int client = number(request.headers().get(client_header).value_or(""));
    const std::string call(request.headers().get(call_header).value_or(""));
    auto& visitor = visitors_[client];
    judge(call, visitor, client);
    ++under_way_;
    auto result = co_await suffer(fate_of(visitor), request.method() == "POST", call, context);
    --under_way_;
    if (result && result->status() == 429) {
        // From here on the client knows; an answer that its deadline cut off told it nothing.
        visitor.not_before = std::max(visitor.not_before, scheduler_.now() + announced);
    }
    note(context, result, started, scheduler_.now());
    co_return result;
}

}  // namespace apilab::simulation
