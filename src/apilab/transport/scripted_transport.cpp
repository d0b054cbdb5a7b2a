#include "apilab/transport/scripted_transport.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/download.hpp"
#include "apilab/transport/internal/upload.hpp"

namespace apilab::transport {

using runtime::Task;

namespace {

constexpr std::uint64_t upload_bytes_max = std::uint64_t{1024} * 1024 * 1024;

Task<Result<std::string>> read_upload(runtime::Scheduler& scheduler,
                                      std::shared_ptr<runtime::BodySource> source,
                                      internal::AttemptLimits limits) {
    internal::Upload upload(scheduler, std::move(source), {.bytes_max = upload_bytes_max});
    APILAB_CO_CHECK(co_await upload.start(limits.idle(scheduler.now())));
    co_return co_await upload.read_all(limits);
}

}  // namespace

ScriptedTransport& ScriptedTransport::reply(http::Response response, Duration delay) {
    steps_.push_back({std::move(response), delay});
    return *this;
}

ScriptedTransport& ScriptedTransport::fail_with(Error error, Duration delay) {
    steps_.push_back({fail(std::move(error)), delay});
    return *this;
}

ScriptedTransport& ScriptedTransport::never_answer() {
    return reply(http::Response(), Duration::max());
}

ScriptedTransport& ScriptedTransport::otherwise(http::Response response) {
    otherwise_ = std::move(response);
    return *this;
}

ScriptedTransport::Step ScriptedTransport::next_step(const http::Request& request) {
    if (!steps_.empty()) {
        Step step = std::move(steps_.front());
        steps_.pop_front();
        return step;
    }
    if (otherwise_) {
        return {*otherwise_, {}};
    }
    return {fail(ErrorKind::internal,
                 fmt::format("the script has no step for request {}: {} {}", seen_.size(),
                             request.method(), request.url().path())),
            {}};
}

Task<Result<http::Response>> ScriptedTransport::play(Step step, runtime::CallContext context) {
    const SteadyTime started = scheduler_.now();
    const internal::AttemptLimits limits(context, started);
    if (co_await runtime::cancelled()) {
        co_return fail(internal::cancelled_attempt(Outcome::not_sent));
    }
    if (const auto limit = limits.pool(); limit.passed(started)) {
        co_return fail(limit.error(Outcome::not_sent));
    }
    const auto limit = limits.first_byte(started);
    const SteadyTime answer = internal::limit_after(started, step.delay);
    const bool in_time = step.delay == Duration::zero() || answer < limit.time;
    if (step.delay > Duration::zero()) {
        auto waited = co_await scheduler_.sleep_until(in_time ? answer : limit.time);
        if (!waited) {
            co_return fail(internal::cancelled_attempt(Outcome::unknown));
        }
    }
    if (!in_time) {
        co_return fail(limit.error(Outcome::unknown));
    }
    co_return std::move(step.result);
}

Task<Result<http::Response>> ScriptedTransport::call(http::Request request,
                                                     runtime::CallContext context) {
    http::AttemptRecord record;
    record.started = scheduler_.now();
    const internal::AttemptLimits limits(context, record.started);
    Result<std::string> body = request.body();
    if (context.upload != nullptr) {
        body = co_await read_upload(scheduler_, context.upload, limits);
        request.body(body.value_or(""));
    }
    seen_.push_back({request, record.started, context.operation, context.idempotency_key,
                     context.deadline, context.attempt_deadline});
    Result<http::Response> result = http::Response();
    if (body) {
        result = co_await play(next_step(request), context);
    } else {
        result = fail(std::move(body).error());
    }
    if (result) {
        result = co_await internal::pour(scheduler_, context.download, *std::move(result), limits);
    }
    record.phases.first_byte = scheduler_.now() - record.started;
    internal::publish(std::move(record), result, scheduler_.now(), context);
    co_return result;
}

std::string ScriptedTransport::describe() const {
    return fmt::format("scripted: {} steps left", steps_.size());
}

}  // namespace apilab::transport
