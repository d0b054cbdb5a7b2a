#include "apilab/radar/service/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "apilab/auth/unguessable.hpp"
#include "apilab/base/embedded.hpp"
#include "apilab/http/url.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"

namespace apilab::radar {

/// The folder web/, by `apilab_embed`.
[[nodiscard]] std::span<const EmbeddedFile> web_files();

namespace json = boost::json;
using http::Response;
using internal::Answer;
using internal::ApiCall;
using internal::DashboardContext;
using runtime::Task;

namespace {

constexpr std::size_t body_max = std::size_t{16} * 1024;

struct Route {
    std::string_view method;
    /// A `*` at its end stands for one segment.
    std::string_view path;
    internal::Task (*answer)(DashboardContext*, ApiCall);
};

constexpr std::array routes{
    Route{"GET", "/api/now", internal::get_now},
    Route{"GET", "/api/decisions", internal::get_decisions},
    Route{"GET", "/api/calls", internal::get_calls},
    Route{"GET", "/api/calls/*", internal::get_call},
    Route{"GET", "/api/limits", internal::get_limits},
    Route{"GET", "/api/breakers", internal::get_breakers},
    Route{"GET", "/api/tokens", internal::get_tokens},
    Route{"GET", "/api/drift", internal::get_drift},
    Route{"GET", "/api/events", internal::get_events},
    Route{"GET", "/api/jobs", internal::get_jobs},
    Route{"GET", "/api/jobs/*", internal::get_job},
    Route{"GET", "/api/quarantine", internal::get_quarantine},
    Route{"GET", "/api/outbox", internal::get_outbox},
    Route{"GET", "/api/dead", internal::get_dead},
    Route{"GET", "/api/audit", internal::get_audit},
    Route{"POST", "/api/actions/redeliver", internal::do_redeliver},
    Route{"POST", "/api/actions/resolve", internal::do_resolve},
    Route{"POST", "/api/actions/snooze", internal::do_snooze},
    Route{"POST", "/api/actions/check", internal::do_check},
    Route{"POST", "/api/actions/queue", internal::do_queue},
    Route{"POST", "/api/actions/quarantine", internal::do_quarantine},
};

const EmbeddedFile* find_file(std::string_view path) {
    const std::string_view name = path == "/" ? "index.html" : path.substr(1);
    const auto files = web_files();
    const auto found = std::ranges::find(files, name, &EmbeddedFile::name);
    return found == files.end() || path == "/index.html" ? nullptr : &*found;
}

std::string_view type_of(std::string_view name) {
    if (name.ends_with(".html")) {
        return "text/html; charset=utf-8";
    }
    if (name.ends_with(".css")) {
        return "text/css; charset=utf-8";
    }
    return name.ends_with(".svg") ? "image/svg+xml" : "text/javascript; charset=utf-8";
}

// `17` of `/api/calls/17` for `/api/calls/*`; nothing: another path.
std::optional<std::string_view> place_of(std::string_view pattern, std::string_view path) {
    if (!pattern.ends_with('*')) {
        return pattern == path ? std::optional(std::string_view()) : std::nullopt;
    }
    pattern.remove_suffix(1);
    if (!path.starts_with(pattern)) {
        return std::nullopt;
    }
    path.remove_prefix(pattern.size());
    return path.empty() || path.contains('/') ? std::nullopt : std::optional(path);
}

std::map<std::string, std::string, std::less<>> query_of(std::string_view text) {
    std::map<std::string, std::string, std::less<>> query;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto one = text.substr(0, end);
        const auto equals = std::min(one.find('='), one.size());
        query[http::percent_decode(one.substr(0, equals))] =
            http::percent_decode(one.substr(std::min(equals + 1, one.size())));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return query;
}

Response refusal(const Refused& refused) {
    auto response = Response::json(
        refused.status,
        internal::answer_text(json::object{
            {"status", refused.status}, {"error", refused.why}, {"remedy", refused.remedy}}));
    if (refused.status == 401) {
        response.header("www-authenticate", "Bearer");
    }
    if (refused.status == 429 || refused.status == 503) {
        response.header("retry-after", refused.status == 429 ? "60" : "5");
    }
    return response;
}

std::expected<std::shared_ptr<const http::JsonDocument>, Refused> read_body(
    const http::Request& request) {
    if (request.body().size() > body_max) {
        return std::unexpected(Refused{.status = 413,
                                       .why = "the body is too large",
                                       .remedy = fmt::format("at most {} bytes", body_max)});
    }
    auto document =
        http::JsonDocument::parse(request.body(), {.size_max = body_max, .depth_max = 16});
    if (!document || !document->root().is_object()) {
        return std::unexpected(
            Refused{.status = 422, .why = "the body is no JSON object", .remedy = "send one"});
    }
    return std::make_shared<const http::JsonDocument>(*std::move(document));
}

DashboardOptions within(DashboardOptions options) {
    options.listeners_max = std::clamp<std::size_t>(options.listeners_max, 1, 1000);
    options.heartbeat =
        std::clamp<Duration>(options.heartbeat, std::chrono::seconds(1), std::chrono::minutes(1));
    return options;
}

bool asks(const http::Request& request) {
    return request.method() == "GET" || request.method() == "HEAD";
}

}  // namespace

struct Dashboard::Impl {
    Impl(const Parts& parts, Rng& chance, const DashboardOptions& options)
        : context{.parts = parts,
                  .options = options,
                  .chance = chance,
                  .guard = Guard({.token = parts.config.dashboard_token,
                                  .hosts = parts.config.hosts,
                                  .session_life = options.session_life},
                                 chance),
                  .hub = std::make_shared<internal::LiveHub>(
                      parts.scheduler, fmt::format("{:016x}", chance.next()), options.heartbeat),
                  .index = {},
                  .runs = {},
                  .runs_made = {}} {
        parts.calls.on_call = [this](const CallHistory::Entry& entry) {
            if (context.hub->listeners() > 0) {
                context.hub->publish("call", internal::answer_text(internal::call_line(entry)));
            }
        };
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() {
        context.parts.calls.on_call = nullptr;
        context.hub->end();
    }

    [[nodiscard]] Task<Response> answer(http::Request request, runtime::CallContext from,
                                        std::shared_ptr<runtime::LiveAnswer> live);
    [[nodiscard]] Task<Response> answer_api(http::Request request, runtime::CallContext from,
                                            std::shared_ptr<runtime::LiveAnswer> live);
    [[nodiscard]] Response file(const http::Request& request, const runtime::CallContext& from);
    [[nodiscard]] Response session(const http::Request& request, const runtime::CallContext& from);
    [[nodiscard]] Response session_answer(const Guard::Pass& pass) const;
    [[nodiscard]] Response follow(const http::Request& request,
                                  const std::shared_ptr<runtime::LiveAnswer>& live);

    DashboardContext context;
};

Response Dashboard::Impl::file(const http::Request& request, const runtime::CallContext& from) {
    const auto now = context.parts.scheduler.system_now();
    if (auto admitted = context.guard.admit(request, from, Guard::Wants::page, now); !admitted) {
        return refusal(admitted.error());
    }
    const auto* found = find_file(request.url().path());
    if (found == nullptr) {
        return refusal(internal::not_found("page"));
    }
    if (!asks(request)) {
        return refusal({.status = 405, .why = "a page is asked for", .remedy = "GET it"});
    }
    return Response(200, std::string(found->bytes),
                    {{"content-type", std::string(type_of(found->name))}});
}

Response Dashboard::Impl::session_answer(const Guard::Pass& pass) const {
    json::object out{{"by", to_string(pass.visitor.by)},
                     {"csrf", pass.csrf},
                     {"simulated", context.parts.config.simulated}};
    auto response = Response::json(200, internal::answer_text(out));
    if (!pass.set_cookie.empty()) {
        response.header("set-cookie", pass.set_cookie);
    }
    return response;
}

// Who am I; the token, shown once; good-bye.
Response Dashboard::Impl::session(const http::Request& request, const runtime::CallContext& from) {
    const auto now = context.parts.scheduler.system_now();
    auto& guard = context.guard;
    if (asks(request)) {
        auto visitor = guard.admit(request, from, Guard::Wants::data, now);
        return visitor ? session_answer(guard.pass(request, from, *std::move(visitor), now))
                       : refusal(visitor.error());
    }
    const bool ends = request.url().path() == "/api/session/end";
    auto visitor =
        guard.admit(request, from, ends ? Guard::Wants::action : Guard::Wants::entry, now);
    if (!visitor) {
        return refusal(visitor.error());
    }
    if (ends) {
        Response response(204);
        response.header("set-cookie", Guard::farewell(request));
        return response;
    }
    auto body = read_body(request);
    if (!body) {
        return refusal(body.error());
    }
    auto pass = guard.enter(request, from,
                            Secret(std::string((*body)->root()["token"].string_or(""))), now);
    return pass ? session_answer(*pass) : refusal(pass.error());
}

Response Dashboard::Impl::follow(const http::Request& request,
                                 const std::shared_ptr<runtime::LiveAnswer>& live) {
    if (!live) {
        return refusal({.status = 501,
                        .why = "events need an answer that goes on",
                        .remedy = "ask over a connection"});
    }
    if (context.hub->listeners() >= context.options.listeners_max) {
        return refusal({.status = 503,
                        .why = "too many pages follow what happens",
                        .remedy = "close some, or load the page by hand"});
    }
    live->source = std::make_shared<internal::LiveReader>(context.hub,
                                                          request.headers().value("last-event-id"));
    return Response(200, {}, {{"content-type", "text/event-stream"}});
}

Task<Response> Dashboard::Impl::answer_api(http::Request request, runtime::CallContext from,
                                           std::shared_ptr<runtime::LiveAnswer> live) {
    const std::string path = request.url().path();
    if (path == "/api/session" || path == "/api/session/end") {
        co_return session(request, from);
    }
    const bool acts = !asks(request);
    auto visitor =
        context.guard.admit(request, from, acts ? Guard::Wants::action : Guard::Wants::data,
                            context.parts.scheduler.system_now());
    if (!visitor) {
        co_return refusal(visitor.error());
    }
    if (path == "/api/stream" && !acts) {
        co_return follow(request, live);
    }
    constexpr std::string_view har = "/har";
    if (!acts && path.starts_with("/api/calls/") && path.ends_with(har)) {
        std::string_view line = path;
        line.remove_suffix(har.size());
        const auto number = place_of("/api/calls/*", line);
        auto text = number ? internal::har_of(context, *number) : std::nullopt;
        if (!text) {
            co_return refusal(internal::not_found("call"));
        }
        co_return Response(200, *std::move(text),
                           {{"content-type", "application/json"},
                            {"content-disposition",
                             fmt::format("attachment; filename=\"call-{}.har\"", *number)}});
    }
    ApiCall call{.query = query_of(request.url().query()), .visitor = *std::move(visitor)};
    for (const Route& route : routes) {
        const auto place = place_of(route.path, path);
        if (!place || (route.method == "POST") != acts) {
            continue;
        }
        call.id = *place;
        if (acts) {
            auto body = read_body(request);
            if (!body) {
                co_return refusal(body.error());
            }
            call.body = *std::move(body);
        }
        auto answer = co_await route.answer(&context, std::move(call));
        co_return answer ? Response::json(200, internal::answer_text(*answer))
                         : refusal(answer.error());
    }
    co_return refusal(internal::not_found("page of the API"));
}

Task<Response> Dashboard::Impl::answer(http::Request request, runtime::CallContext from,
                                       std::shared_ptr<runtime::LiveAnswer> live) {
    if (!request.url().path().starts_with("/api/")) {
        co_return file(request, from);
    }
    co_return co_await answer_api(std::move(request), std::move(from), std::move(live));
}

Dashboard::Dashboard(const Parts& parts, Rng& chance, DashboardOptions options)
    : impl_(std::make_unique<Impl>(parts, chance, within(options))) {}

Dashboard::~Dashboard() = default;

bool Dashboard::serves(std::string_view path) {
    return path == "/" || path.starts_with("/api/") || find_file(path) != nullptr;
}

void Dashboard::stop() {
    impl_->context.hub->end();
}

Task<Result<Response>> Dashboard::call(http::Request request, runtime::CallContext context) {
    return call_live(std::move(request), std::move(context), nullptr);
}

Task<Result<Response>> Dashboard::call_live(http::Request request, runtime::CallContext context,
                                            std::shared_ptr<runtime::LiveAnswer> live) {
    auto response = co_await impl_->answer(std::move(request), std::move(context), std::move(live));
    Guard::protect(response);
    co_return response;
}

}  // namespace apilab::radar
