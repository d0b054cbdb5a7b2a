#include "apilab/transport/asio_transport.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/connector.hpp"
#include "apilab/transport/internal/exchange.hpp"
#include "apilab/transport/internal/pool.hpp"
#include "apilab/transport/internal/request_head.hpp"
#include "apilab/transport/internal/route.hpp"

namespace apilab::transport {

using internal::AttemptLimits;
using internal::Exchange;
using internal::Pool;
using runtime::Task;

namespace {

constexpr std::size_t receive_buffer_size = std::size_t{64} * 1024;

AsioTransportOptions with_user_agent(AsioTransportOptions options) {
    if (options.user_agent.empty()) {
        options.user_agent = internal::default_user_agent();
    }
    return options;
}

internal::PoolLimits pool_limits(const AsioTransportOptions& options) {
    return {.per_origin = options.connections_per_origin,
            .total = options.connections_total,
            .waiting_max = options.waiting_max,
            .idle_keep_alive = options.idle_keep_alive,
            .lifetime = options.connection_lifetime};
}

}  // namespace

class AsioTransport::Impl {
public:
    Impl(runtime::RealScheduler& scheduler, AsioTransportOptions options)
        : scheduler_(scheduler),
          options_(with_user_agent(std::move(options))),
          valid_(options_.validate()),
          response_limits_{.header_bytes_max = options_.header_bytes_max,
                           .header_count_max = options_.header_count_max,
                           .body_bytes_max = options_.body_bytes_max,
                           .decode = options_.decode_limits},
          receive_buffer_(receive_buffer_size),
          connector_(scheduler,
                     {.resolver = {.hosts = options_.hosts, .servers = options_.name_servers},
                      .tls = {.system_roots = options_.system_roots,
                              .ca_pem = options_.ca_pem,
                              .ca_file = options_.ca_file,
                              .client_certificate = options_.client_certificate,
                              .client_key = options_.client_key,
                              .pinned_keys = options_.pinned_keys,
                              .sessions_max = options_.tls_sessions_max},
                      .user_agent = options_.user_agent,
                      .attempt_delay = options_.connection_attempt_delay}),
          pool_(scheduler, pool_limits(options_)) {}

    Task<Result<http::Response>> call(http::Request request, runtime::CallContext context);
    [[nodiscard]] const AsioTransportOptions& options() const { return options_; }
    [[nodiscard]] const Pool& pool() const { return pool_; }

private:
    // One attempt under way; lives in call()'s frame.
    struct Attempt {
        http::Request request;
        internal::Route route;
        bool decode;
        AttemptLimits limits;
        http::Effect effect;
        http::AttemptRecord& record;
        std::optional<internal::Upload> upload;
        internal::Download download;
    };
    [[nodiscard]] std::optional<internal::Upload> upload_of(const runtime::CallContext& context,
                                                            bool chunked) const {
        if (context.upload == nullptr) {
            return std::nullopt;
        }
        return internal::Upload(scheduler_, context.upload,
                                {.bytes_max = options_.upload_bytes_max, .chunked = chunked});
    }
    Task<Result<http::Response>> attempt(Attempt attempt);
    Task<Result<http::Response>> exchange_on(Attempt& attempt, Pool::Lease& lease, bool& replay);

    runtime::RealScheduler& scheduler_;
    AsioTransportOptions options_;
    Result<void> valid_;
    internal::ResponseLimits response_limits_;
    std::vector<char> receive_buffer_;
    internal::Connector connector_;
    Pool pool_;
};

Task<Result<http::Response>> AsioTransport::Impl::call(http::Request request,
                                                       runtime::CallContext context) {
    http::AttemptRecord record;
    record.started = scheduler_.now();
    const http::Effect effect = internal::effect_of(request, context);
    auto prepared = valid_ ? internal::prepare(std::move(request), context,
                                               {.user_agent = options_.user_agent,
                                                .accept_codings = options_.decode_content})
                           : Result<internal::Prepared>(fail(valid_.error()));
    Result<http::Response> result = http::Response();
    if (prepared) {
        auto route = internal::route_for(prepared->request.url(), options_.proxy);
        internal::authorize(prepared->request, route);
        result = co_await attempt({.request = std::move(prepared->request),
                                   .route = std::move(route),
                                   .decode = prepared->decode,
                                   .limits = AttemptLimits(context, record.started),
                                   .effect = effect,
                                   .record = record,
                                   .upload = upload_of(context, prepared->chunked),
                                   .download = {scheduler_, context.download}});
    } else {
        result = fail(std::move(prepared).error());
    }
    internal::publish(std::move(record), result, scheduler_.now(), context);
    co_return result;
}

Task<Result<http::Response>> AsioTransport::Impl::attempt(Attempt attempt) {
    if (co_await runtime::cancelled()) {
        co_return fail(internal::cancelled_attempt(Outcome::not_sent));
    }
    const internal::Limit limit = attempt.limits.pool();
    if (limit.passed(attempt.record.started)) {
        co_return fail(limit.error(Outcome::not_sent));
    }
    auto lease = co_await pool_.acquire(attempt.route.pool_key, limit);
    attempt.record.phases.queue = scheduler_.now() - attempt.record.started;
    if (!lease) {
        co_return fail(std::move(lease).error());
    }
    attempt.record.reused_connection = lease->reused();
    bool replay = false;
    auto result = co_await exchange_on(attempt, *lease, replay);
    if (!replay) {
        co_return result;
    }
    // The dead connection may have taken the request: that is not forgotten if the replay fails
    // before it is sent.
    const Outcome so_far = result.error().outcome();
    attempt.record.replayed = true;
    lease->renew();
    result = co_await exchange_on(attempt, *lease, replay);
    if (!result && so_far == Outcome::unknown) {
        co_return fail(std::move(result).error().with_outcome(Outcome::unknown));
    }
    co_return result;
}

// Connects where needed, and says whether the failure may be replayed on a fresh connection.
Task<Result<http::Response>> AsioTransport::Impl::exchange_on(Attempt& attempt, Pool::Lease& lease,
                                                              bool& replay) {
    if (co_await runtime::cancelled()) {
        co_return fail(internal::cancelled_attempt(Outcome::not_sent));
    }
    if (!lease.reused()) {
        const auto limit = attempt.limits.connect(scheduler_.now());
        APILAB_CO_CHECK(co_await connector_.connect(lease.connection(), attempt.request.url(),
                                                    attempt.route.proxy, limit, attempt.record));
    }
    Exchange exchange({.scheduler = scheduler_,
                       .connection = lease.connection(),
                       .request = attempt.request,
                       .form = attempt.route.absolute_form ? internal::TargetForm::absolute
                                                           : internal::TargetForm::origin,
                       .decode = attempt.decode,
                       .limits = attempt.limits,
                       .receive_buffer = receive_buffer_,
                       .record = attempt.record,
                       .upload = attempt.upload ? &*attempt.upload : nullptr,
                       .download = attempt.download,
                       .continue_wait = options_.continue_wait},
                      response_limits_);
    auto result = co_await exchange.run();
    if (result && exchange.keep_alive()) {
        lease.keep();
    }
    replay =
        !result && options_.replay_stale &&
        internal::may_replay({.reused = lease.reused(),
                              .answer_begun = exchange.answer_begun(),
                              .bytes_sent = exchange.bytes_to_kernel(),
                              .body_replayable = !attempt.upload || attempt.upload->replayable()},
                             attempt.effect, result.error());
    co_return result;
}

AsioTransport::AsioTransport(runtime::RealScheduler& scheduler, AsioTransportOptions options)
    : impl_(std::make_unique<Impl>(scheduler, std::move(options))) {}

AsioTransport::~AsioTransport() = default;

Task<Result<http::Response>> AsioTransport::call(http::Request request,
                                                 runtime::CallContext context) {
    return impl_->call(std::move(request), std::move(context));
}

std::string AsioTransport::describe() const {
    const auto& options = impl_->options();
    return fmt::format(
        "asio: HTTP/1.1, {} connections per origin and {} in all, kept {} idle, bodies up to {} "
        "MiB",
        options.connections_per_origin, options.connections_total,
        format_duration(options.idle_keep_alive), options.body_bytes_max >> 20U);
}

AsioTransport::Stats AsioTransport::stats() const {
    const Pool& pool = impl_->pool();
    return {.connections = pool.connections(), .idle = pool.idle(), .waiting = pool.waiting()};
}

}  // namespace apilab::transport
