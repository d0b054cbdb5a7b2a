#include "apilab/transport/curl_transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <set>
#include <utility>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/curl_multi.hpp"
#include "apilab/transport/internal/curl_transfer.hpp"
#include "apilab/transport/internal/request_head.hpp"
#include "apilab/transport/internal/resolver.hpp"
#include "apilab/transport/internal/route.hpp"

namespace apilab::transport {

using internal::AttemptLimits;
using internal::CurlMulti;
using internal::CurlTransfer;
using runtime::Task;

namespace {

constexpr Duration addresses_kept = std::chrono::minutes(1);
constexpr std::size_t names_kept_max = 1000;

CurlTransportOptions with_user_agent(CurlTransportOptions options) {
    if (options.user_agent.empty()) {
        options.user_agent = internal::default_user_agent();
    }
    return options;
}

std::unexpected<Error> out_of_range(std::string_view name, std::string_view range) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{} is not within {}", name, range))
                    .with_detail(std::string(name)));
}

// For CURLOPT_RESOLVE: `+host:port:address,[address]`. The plus lets it grow old.
std::string resolved(const http::Url& url, const std::vector<boost::asio::ip::address>& addresses) {
    std::string line = fmt::format("+{}:{}:", url.host(), url.port());
    for (const auto& address : addresses) {
        line += line.ends_with(':') ? "" : ",";
        line += address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    }
    return line;
}

}  // namespace

Result<void> CurlTransportOptions::validate() const {
    constexpr std::uint64_t many = std::uint64_t{1} << 40U;
    const auto out = [](std::size_t value, std::size_t low, std::size_t high) {
        return value < low || value > high;
    };
    if (out(connections_per_origin, 1, 10'000)) {
        return out_of_range("connections_per_origin", "1 to 10000");
    }
    if (out(connections_total, 1, 100'000)) {
        return out_of_range("connections_total", "1 to 100000");
    }
    if (out(waiting_max, 1, 1'000'000)) {
        return out_of_range("waiting_max", "1 to 1000000");
    }
    if (out(header_bytes_max, 256, std::size_t{256} * 1024)) {
        return out_of_range("header_bytes_max", "256 bytes to 256 KiB");
    }
    if (out(header_count_max, 1, 1'000'000)) {
        return out_of_range("header_count_max", "1 to 1000000");
    }
    if (body_bytes_max > many) {
        return out_of_range("body_bytes_max", "0 to 1 TiB");
    }
    if (upload_bytes_max < 1 || upload_bytes_max > many) {
        return out_of_range("upload_bytes_max", "1 byte to 1 TiB");
    }
    if (continue_wait < Duration::zero() || continue_wait > std::chrono::seconds(60)) {
        return out_of_range("continue_wait", "0 to 60 s");
    }
    if (idle_keep_alive < Duration::zero() || idle_keep_alive > std::chrono::hours(24)) {
        return out_of_range("idle_keep_alive", "0 to 24 h");
    }
    if (connection_lifetime <= Duration::zero() || connection_lifetime > std::chrono::hours(24)) {
        return out_of_range("connection_lifetime", "1 s to 24 h");
    }
    if (client_certificate.empty() != client_key.empty()) {
        return fail(Error(ErrorKind::invalid_argument,
                          "client_certificate and client_key go together; one of them is empty")
                        .with_detail("client_certificate"));
    }
    if (!http::valid_field_value(user_agent)) {
        return fail(Error(ErrorKind::invalid_argument, "user_agent holds CR, LF or NUL")
                        .with_detail("user_agent"));
    }
    return decode_limits.validate();
}

class CurlTransport::Impl {
public:
    Impl(runtime::RealScheduler& scheduler, CurlTransportOptions options)
        : scheduler_(scheduler),
          options_(with_user_agent(std::move(options))),
          valid_(options_.validate()),
          response_limits_{.header_bytes_max = options_.header_bytes_max,
                           .header_count_max = options_.header_count_max,
                           .body_bytes_max = options_.body_bytes_max,
                           .decode = options_.decode_limits},
          easy_options_{.http2 = options_.http2,
                        .idle_keep_alive = options_.idle_keep_alive,
                        .connection_lifetime = options_.connection_lifetime,
                        .continue_wait = options_.continue_wait,
                        .system_roots = options_.system_roots,
                        .ca_pem = options_.ca_pem,
                        .client_certificate = options_.client_certificate,
                        .client_key = options_.client_key},
          resolver_(scheduler, {.hosts = options_.hosts, .servers = options_.name_servers}) {}

    Task<Result<http::Response>> call(http::Request request, runtime::CallContext context);
    [[nodiscard]] const CurlTransportOptions& options() const { return options_; }
    [[nodiscard]] Stats stats() const {
        return {.calls = transfers_.size(),
                .waiting = waiting(),
                .connections = multi_ ? multi_->sockets() : 0};
    }

private:
    // One attempt under way; lives in call()'s frame.
    struct Attempt {
        http::Request request;
        bool decode;
        internal::Route route;
        AttemptLimits limits;
        http::Effect effect;
        http::AttemptRecord& record;
        std::optional<internal::Upload> upload;
        internal::Download download;
    };
    // In the set as long as it lives, however its frame ends.
    class Counted {
    public:
        Counted(std::set<const CurlTransfer*>& all, const CurlTransfer& one)
            : all_(all), one_(all.insert(&one).first) {}
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;
        ~Counted() { all_.erase(one_); }

    private:
        std::set<const CurlTransfer*>& all_;
        std::set<const CurlTransfer*>::iterator one_;
    };
    struct Known {
        std::vector<boost::asio::ip::address> addresses;
        SteadyTime until;
    };
    Task<Result<http::Response>> attempt(Attempt attempt);
    Task<Result<std::string>> resolve(http::Url hop, internal::Limit limit);
    [[nodiscard]] std::size_t waiting() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            transfers_, [](const CurlTransfer* transfer) { return transfer->queued(); }));
    }

    runtime::RealScheduler& scheduler_;
    CurlTransportOptions options_;
    Result<void> valid_;
    internal::ResponseLimits response_limits_;
    internal::CurlEasyOptions easy_options_;
    internal::Resolver resolver_;
    std::map<std::string, Known> known_;
    // Made with the first call: it holds descriptors of its own.
    std::shared_ptr<CurlMulti> multi_;
    std::set<const CurlTransfer*> transfers_;
};

Task<Result<http::Response>> CurlTransport::Impl::call(http::Request request,
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
        std::optional<internal::Upload> upload;
        if (context.upload != nullptr) {
            // Chunks are libcurl's to make.
            upload.emplace(scheduler_, context.upload,
                           internal::Upload::Options{.bytes_max = options_.upload_bytes_max});
        }
        auto route = internal::route_for(prepared->request.url(), options_.proxy);
        internal::authorize(prepared->request, route);
        result = co_await attempt({.request = std::move(prepared->request),
                                   .decode = prepared->decode,
                                   .route = std::move(route),
                                   .limits = AttemptLimits(context, record.started),
                                   .effect = effect,
                                   .record = record,
                                   .upload = std::move(upload),
                                   .download = {scheduler_, context.download}});
    } else {
        result = fail(std::move(prepared).error());
    }
    internal::publish(std::move(record), result, scheduler_.now(), context);
    co_return result;
}

Task<Result<http::Response>> CurlTransport::Impl::attempt(Attempt attempt) {
    if (co_await runtime::cancelled()) {
        co_return fail(internal::cancelled_attempt(Outcome::not_sent));
    }
    const internal::Limit limit = attempt.limits.pool();
    if (limit.passed(attempt.record.started)) {
        co_return fail(limit.error(Outcome::not_sent));
    }
    if (attempt.request.method() == "HEAD" && (attempt.upload || !attempt.request.body().empty())) {
        co_return fail(
            Error(ErrorKind::invalid_argument, "libcurl sends no body with HEAD; leave it out")
                .with_detail("method"));
    }
    if (waiting() >= options_.waiting_max) {
        co_return fail(Error(ErrorKind::too_large,
                             fmt::format("{} calls wait for a connection already; send fewer at "
                                         "once, or raise waiting_max",
                                         options_.waiting_max))
                           .with_detail("pool"));
    }
    if (!multi_) {
        APILAB_CO_TRY(multi_,
                      CurlMulti::create(scheduler_,
                                        {.connections_per_origin = options_.connections_per_origin,
                                         .connections_total = options_.connections_total}));
    }
    const SteadyTime begun = scheduler_.now();
    const http::Url& hop =
        attempt.route.proxy == nullptr ? attempt.request.url() : attempt.route.proxy->url;
    auto addresses = co_await resolve(hop, attempt.limits.connect(begun));
    const Duration resolving = scheduler_.now() - begun;
    attempt.record.phases.resolve = resolving;
    if (!addresses) {
        co_return fail(std::move(addresses).error());
    }
    CurlTransfer transfer({.scheduler = scheduler_,
                           .multi = multi_,
                           .options = easy_options_,
                           .request = attempt.request,
                           .route = attempt.route,
                           .addresses = *std::move(addresses),
                           .limits = attempt.limits,
                           .resolving = resolving,
                           .effect = attempt.effect,
                           .replay_stale = options_.replay_stale,
                           .record = attempt.record,
                           .upload = attempt.upload ? &*attempt.upload : nullptr,
                           .download = attempt.download},
                          response_limits_, attempt.decode);
    const Counted counted(transfers_, transfer);
    co_return co_await transfer.run();
}

// What libcurl is told about the next hop; nothing where that is an address.
Task<Result<std::string>> CurlTransport::Impl::resolve(http::Url hop, internal::Limit limit) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(hop.host(), no_address);
    if (!no_address) {
        co_return std::string();
    }
    const auto known = known_.find(hop.host());
    if (known != known_.end() && scheduler_.now() < known->second.until) {
        co_return resolved(hop, known->second.addresses);
    }
    APILAB_CO_TRY(auto addresses, co_await resolver_.resolve(hop.host(), limit));
    if (known_.size() >= names_kept_max) {
        known_.clear();
    }
    std::string line = resolved(hop, addresses);
    known_[hop.host()] = {std::move(addresses), scheduler_.now() + addresses_kept};
    co_return line;
}

CurlTransport::CurlTransport(runtime::RealScheduler& scheduler, CurlTransportOptions options)
    : impl_(std::make_unique<Impl>(scheduler, std::move(options))) {}

CurlTransport::~CurlTransport() = default;

Task<Result<http::Response>> CurlTransport::call(http::Request request,
                                                 runtime::CallContext context) {
    return impl_->call(std::move(request), std::move(context));
}

std::string CurlTransport::describe() const {
    const auto& options = impl_->options();
    return fmt::format(
        "libcurl: {}, {} connections per origin and {} in all, kept {} idle, bodies up to {} MiB",
        options.http2 ? "HTTP/2 and HTTP/1.1" : "HTTP/1.1", options.connections_per_origin,
        options.connections_total, format_duration(options.idle_keep_alive),
        options.body_bytes_max >> 20U);
}

CurlTransport::Stats CurlTransport::stats() const {
    return impl_->stats();
}

}  // namespace apilab::transport
