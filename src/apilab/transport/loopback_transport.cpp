#include "apilab/transport/loopback_transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/decoding.hpp"
#include "apilab/transport/internal/download.hpp"
#include "apilab/transport/internal/request_head.hpp"
#include "apilab/transport/internal/response_reader.hpp"
#include "apilab/transport/internal/simulated_connections.hpp"
#include "apilab/transport/internal/upload.hpp"
#include "apilab/transport/internal/wire_play.hpp"

namespace apilab::transport {

using internal::AttemptLimits;
using internal::Limit;
using internal::SimulatedConnection;
using internal::WirePlay;
using runtime::Scheduler;
using runtime::Task;

namespace {

// The service's answer on its way: lives in the frame that joins the task which fills it in.
struct Pending {
    runtime::Event arrived;
    std::optional<Result<http::Response>> answer;
};

Task<void> ask(runtime::Service& service, http::Request request, runtime::CallContext context,
               Pending& pending) {
    // Cancelled before it began: nobody would be told again while the service works.
    if (!co_await runtime::cancelled()) {
        pending.answer = co_await service.call(std::move(request), std::move(context));
    }
    pending.arrived.set();
}

std::uint64_t head_size(const http::Response& response) {
    std::uint64_t size = sizeof("HTTP/1.1 200 \r\n\r\n") - 1;
    size += http::reason_phrase(response.status()).size();
    for (const auto& [name, value] : response.headers()) {
        size += name.size() + value.size() + sizeof(": \r\n") - 1;
    }
    return size;
}

bool has_no_body(const http::Request& request, int status) {
    return request.method() == "HEAD" || status == 204 || status == 304;
}

// What a server would have made of the service's answer.
http::Response as_written(Result<http::Response> answer, const http::Request& request,
                          SystemTime now) {
    if (!answer) {
        answer = http::Response(500, answer.error().to_string() + "\n",
                                {{"content-type", "text/plain"}});
    }
    http::Response response = *std::move(answer);
    auto& headers = response.headers();
    if (!headers.contains("date")) {
        headers.add("date", http::format_http_date(now));
    }
    if (!headers.contains("content-length") && response.status() != 204) {
        headers.add("content-length", std::to_string(response.body().size()));
    }
    if (has_no_body(request, response.status())) {
        response.body({});
    }
    return response;
}

// The plan for this answer: what is wrong with a body needs one.
http::WirePlan plan_for(const http::Response& response, bool no_body) {
    http::WirePlan plan = response.wire() ? *response.wire() : http::WirePlan();
    if (no_body && plan.framing != http::WirePlan::Framing::huge_header) {
        plan.framing = http::WirePlan::Framing::none;
    }
    return plan;
}

// What is left once the silence is over.
http::WirePlan after_stall(http::WirePlan plan) {
    plan.stall_at.reset();
    plan.stall_body_at.reset();
    if (plan.framing == http::WirePlan::Framing::wrong_length) {
        plan.framing = http::WirePlan::Framing::chunk_without_end;  // it ends as one of these
    }
    return plan;
}

// Whose bytes are all there, and more behind them: the connection carries nothing else.
bool leaves_bytes(const http::WirePlan& plan) {
    return plan.framing == http::WirePlan::Framing::short_length ||
           plan.framing == http::WirePlan::Framing::stray_bytes;
}

Error head_too_large() {
    return Error(ErrorKind::too_large, fmt::format("the answer's header bytes exceed {}",
                                                   internal::ResponseLimits().header_bytes_max))
        .with_outcome(Outcome::unknown)
        .with_detail("header");
}

void finish(const http::WirePlan* plan, const http::WireResult& result) {
    if (plan != nullptr && plan->on_finished) {
        plan->on_finished(result);
    }
}

}  // namespace

class LoopbackTransport::Impl {
public:
    Impl(Scheduler& scheduler, runtime::Service& service, LoopbackOptions options)
        : scheduler_(scheduler),
          service_(service),
          options_(std::move(options)),
          connections_(options_.idle_connections_per_origin, options_.idle_keep_alive) {
        if (options_.user_agent.empty()) {
            options_.user_agent = internal::default_user_agent();
        }
    }

    Task<Result<http::Response>> call(http::Request request, runtime::CallContext context);
    [[nodiscard]] std::size_t connections_made() const { return connections_.made(); }
    [[nodiscard]] const LoopbackOptions& options() const { return options_; }

private:
    // One attempt under way; lives in call()'s frame.
    struct Exchange {
        http::Request request;
        bool decode = false;
        bool body_replayable = true;
        AttemptLimits limits;
        http::AttemptRecord record;
        http::Effect effect = http::Effect::write;
        std::shared_ptr<runtime::BodySource> upload;
        std::shared_ptr<runtime::BodySink> download;
        SimulatedConnection connection;
    };

    Task<Result<http::Response>> attempt(Exchange& exchange);
    Task<Result<http::Response>> exchange_once(Exchange& exchange);
    Task<Result<void>> read_upload(Exchange& exchange);
    Task<Result<http::Response>> ask_service(Exchange& exchange, Limit limit);
    Task<Result<http::Response>> show(Exchange& exchange, http::Response response);
    // Nothing where the silence ended before the client's patience.
    Task<std::optional<Error>> stall(Exchange& exchange, std::uint64_t bytes, Duration time);
    // The body comes slowly. Nothing: it came to its end.
    Task<std::optional<Error>> drip(Exchange& exchange, std::uint64_t bytes, std::uint64_t rate);
    Task<Result<http::Response>> receive(Exchange& exchange, const http::WirePlan& plan,
                                         http::Response response);
    [[nodiscard]] runtime::CallContext inbound_context(const Exchange& exchange) const;

    Scheduler& scheduler_;
    runtime::Service& service_;
    LoopbackOptions options_;
    internal::SimulatedConnections connections_;
};

Task<Result<http::Response>> LoopbackTransport::Impl::call(http::Request request,
                                                           runtime::CallContext context) {
    const SteadyTime started = scheduler_.now();
    const http::Effect effect = internal::effect_of(request, context);
    Result<http::Response> result = http::Response();
    http::AttemptRecord record;
    record.started = started;
    auto prepared = internal::prepare(
        std::move(request), context,
        {.user_agent = options_.user_agent, .accept_codings = options_.decode_content});
    if (!prepared) {
        result = fail(std::move(prepared).error());
    } else {
        Exchange exchange{.request = std::move(prepared->request),
                          .decode = prepared->decode,
                          .limits = AttemptLimits(context, started),
                          .record = record,
                          .effect = effect,
                          .upload = context.upload,
                          .download = context.download,
                          .connection = {}};
        result = co_await attempt(exchange);
        record = std::move(exchange.record);
    }
    internal::publish(std::move(record), result, scheduler_.now(), context);
    co_return result;
}

Task<Result<http::Response>> LoopbackTransport::Impl::attempt(Exchange& exchange) {
    if (co_await runtime::cancelled()) {
        co_return fail(internal::cancelled_attempt(Outcome::not_sent));
    }
    if (const Limit limit = exchange.limits.pool(); limit.passed(scheduler_.now())) {
        co_return fail(limit.error(Outcome::not_sent));
    }
    exchange.connection = connections_.take(exchange.request.url().origin(), scheduler_.now());
    exchange.record.reused_connection = exchange.connection.reused();
    auto answer = co_await exchange_once(exchange);
    const internal::StaleConnection state{.reused = exchange.connection.reused(),
                                          .answer_begun = exchange.record.bytes_received > 0,
                                          .bytes_sent = exchange.record.bytes_sent,
                                          .body_replayable = exchange.body_replayable};
    if (!answer && options_.replay_stale &&
        internal::may_replay(state, exchange.effect, answer.error())) {
        exchange.record.replayed = true;
        exchange.connection = connections_.make();
        co_return co_await exchange_once(exchange);
    }
    co_return answer;
}

Task<Result<http::Response>> LoopbackTransport::Impl::exchange_once(Exchange& exchange) {
    if (exchange.upload != nullptr) {
        APILAB_CO_CHECK(co_await read_upload(exchange));
    }
    const SteadyTime sent = scheduler_.now();
    std::string head;
    internal::write_head(exchange.request, internal::TargetForm::origin, head);
    exchange.record.bytes_sent = head.size() + exchange.request.body().size();
    const Limit limit = exchange.limits.first_byte(sent);
    APILAB_CO_TRY(auto answer, co_await ask_service(exchange, limit));
    exchange.record.phases.first_byte = scheduler_.now() - sent;
    co_return co_await show(exchange, std::move(answer));
}

// A server would have read the whole body before it calls the service.
Task<Result<void>> LoopbackTransport::Impl::read_upload(Exchange& exchange) {
    internal::Upload upload(scheduler_, exchange.upload, {.bytes_max = options_.upload_bytes_max});
    APILAB_CO_CHECK(co_await upload.start(exchange.limits.idle(scheduler_.now())));
    APILAB_CO_TRY(std::string body, co_await upload.read_all(exchange.limits));
    exchange.request.body(std::move(body));
    exchange.body_replayable = upload.replayable();
    co_return Result<void>();
}

runtime::CallContext LoopbackTransport::Impl::inbound_context(const Exchange& exchange) const {
    const SteadyTime now = scheduler_.now();
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.connection = exchange.connection.id,
                                       .request_on_connection = exchange.connection.requests,
                                       .first_byte = now,
                                       .complete = now,
                                       .peer_address = options_.peer_address,
                                       .local_port = exchange.request.url().port(),
                                       .tls = exchange.request.url().secure()};
    return context;
}

Task<Result<http::Response>> LoopbackTransport::Impl::ask_service(Exchange& exchange, Limit limit) {
    if (co_await runtime::cancelled()) {
        co_return fail(internal::cancelled_attempt(Outcome::unknown));
    }
    Pending pending;
    runtime::TaskGroup group(scheduler_);
    group.spawn(ask(service_, exchange.request, inbound_context(exchange), pending));
    const auto woken = co_await scheduler_.wait(&pending.arrived, limit.time);
    if (woken != Scheduler::Woken::event) {
        group.cancel();
    }
    co_await group.join();
    if (woken == Scheduler::Woken::event) {
        co_return as_written(*std::move(pending.answer), exchange.request, scheduler_.system_now());
    }
    if (pending.answer && *pending.answer) {  // it came too late: nobody reads it
        finish((*pending.answer)->wire().get(),
               {.finished = scheduler_.now(), .peer_closed = true});
    }
    co_return fail(woken == Scheduler::Woken::time ? limit.error(Outcome::unknown)
                                                   : internal::cancelled_attempt(Outcome::unknown));
}

Task<Result<http::Response>> LoopbackTransport::Impl::show(Exchange& exchange,
                                                           http::Response response) {
    using End = WirePlay::End;
    const std::size_t size = response.body().size();
    const std::uint64_t head = head_size(response);
    const http::WirePlan plan =
        plan_for(response, has_no_body(exchange.request, response.status()));
    const http::WirePlan* told = response.wire() ? &plan : nullptr;
    WirePlay play = internal::play_wire(plan, head, size);
    exchange.record.bytes_received = play.bytes;
    std::optional<Error> given_up;
    if (play.end == End::stalled) {
        given_up = co_await stall(exchange, play.bytes, plan.stall_for);
        if (!given_up) {
            play = internal::play_wire(after_stall(plan), head, size);
            exchange.record.bytes_received = play.bytes;
        }
    } else if (play.end == End::too_large) {
        given_up = head_too_large();
    } else if (plan.drip && play.bytes > head) {
        given_up = co_await drip(exchange, play.bytes - head, *plan.drip);
    }
    if (given_up) {
        finish(told, {.bytes_sent = exchange.record.bytes_received,
                      .finished = scheduler_.now(),
                      .peer_closed = true});
        co_return fail(*std::move(given_up));
    }
    finish(told, {.bytes_sent = play.bytes,
                  .finished = scheduler_.now(),
                  .cut_by_plan = play.end != End::complete});
    if (play.end == End::complete) {
        co_return co_await receive(exchange, plan, std::move(response));
    }
    if (play.end == End::truncated) {
        co_return fail(internal::truncated_answer("body"));
    }
    co_return fail(
        internal::connection_lost(play.end == End::reset ? "reset" : "closed", Outcome::unknown));
}

// A complete answer.
Task<Result<http::Response>> LoopbackTransport::Impl::receive(Exchange& exchange,
                                                              const http::WirePlan& plan,
                                                              http::Response response) {
    if (plan.framing == http::WirePlan::Framing::short_length) {
        response.body(response.body().substr(0, response.body().size() / 2));
    }
    if (plan.announce_close) {
        response.header("connection", "close");
    }
    const bool keep = !plan.close_after && !leaves_bytes(plan) &&
                      !internal::asks_to_close(response.headers()) &&
                      !internal::asks_to_close(exchange.request.headers());
    if (keep) {
        connections_.give_back(exchange.request.url().origin(), exchange.connection,
                               scheduler_.now());
    }
    response.wire(nullptr);
    if (response.reason().empty()) {
        response.reason(std::string(http::reason_phrase(response.status())));
    }
    if (exchange.decode && exchange.request.method() != "HEAD") {
        APILAB_CO_TRY(response,
                      internal::decode_answer(std::move(response), options_.decode_limits));
    }
    co_return co_await internal::pour(scheduler_, exchange.download, std::move(response),
                                      exchange.limits);
}

Task<std::optional<Error>> LoopbackTransport::Impl::drip(Exchange& exchange, std::uint64_t bytes,
                                                         std::uint64_t rate) {
    const auto time_of = [rate](std::uint64_t count) {
        return std::chrono::duration_cast<Duration>(
            std::chrono::duration<double>(static_cast<double>(count) / static_cast<double>(rate)));
    };
    const SteadyTime began = scheduler_.now();
    // The server's pieces: four a second, or a byte at a time.
    const Duration piece = time_of(std::max<std::uint64_t>(rate / 4, 1));
    // Between two pieces there is silence; as that is always of one length, the first will tell.
    const Limit idle = exchange.limits.idle(began);
    const Limit limit = idle.time < began + piece ? idle : exchange.limits.idle(SteadyTime::max());
    const bool ends = began + time_of(bytes) < limit.time;
    const auto waited = co_await scheduler_.sleep_until(ends ? began + time_of(bytes) : limit.time);
    const Duration took = scheduler_.now() - began;
    exchange.record.phases.receive += took;
    if (ends && waited) {
        co_return std::nullopt;
    }
    const auto came = std::min<std::uint64_t>(
        static_cast<std::uint64_t>(std::chrono::duration<double>(took).count() *
                                   static_cast<double>(rate)),
        bytes);
    exchange.record.bytes_received -= bytes - came;
    co_return waited ? limit.error(Outcome::unknown)
                     : internal::cancelled_attempt(Outcome::unknown);
}

Task<std::optional<Error>> LoopbackTransport::Impl::stall(Exchange& exchange, std::uint64_t bytes,
                                                          Duration time) {
    const SteadyTime now = scheduler_.now();
    const Limit limit = bytes == 0
                            ? exchange.limits.first_byte(now - exchange.record.phases.first_byte)
                            : exchange.limits.idle(now);
    const bool ends = time > Duration::zero() && now + time < limit.time;
    const auto waited = co_await scheduler_.sleep_until(ends ? now + time : limit.time);
    const Duration silence = scheduler_.now() - now;
    (bytes == 0 ? exchange.record.phases.first_byte : exchange.record.phases.receive) += silence;
    if (!waited) {
        co_return internal::cancelled_attempt(Outcome::unknown);
    }
    co_return ends ? std::nullopt : std::optional(limit.error(Outcome::unknown));
}

LoopbackTransport::LoopbackTransport(Scheduler& scheduler, runtime::Service& service,
                                     LoopbackOptions options)
    : impl_(std::make_unique<Impl>(scheduler, service, std::move(options))) {}

LoopbackTransport::~LoopbackTransport() = default;

Task<Result<http::Response>> LoopbackTransport::call(http::Request request,
                                                     runtime::CallContext context) {
    return impl_->call(std::move(request), std::move(context));
}

std::string LoopbackTransport::describe() const {
    return fmt::format("loopback: a service without sockets, {} idle connections kept per origin",
                       impl_->options().idle_connections_per_origin);
}

std::size_t LoopbackTransport::connections_made() const {
    return impl_->connections_made();
}

}  // namespace apilab::transport
