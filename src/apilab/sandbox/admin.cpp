#include "apilab/sandbox/admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "apilab/sandbox/admin/internal/live_rows.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/admin/internal/routes.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/world_play.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {

using http::Response;
using internal::problem;
using runtime::Task;

namespace {

constexpr std::string_view prefix = "/_sandbox";

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host == "::1" ||
           host.ends_with(".localhost") ||
           (host.starts_with("127.") &&
            std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

std::vector<Route> routes_of(const admin::Routes& table) {
    std::vector<Route> routes;
    routes.reserve(table.size());
    for (const auto& entry : table) {
        routes.push_back({.method = std::string(entry.method),
                          .path_template = std::string(entry.path),
                          .operation = std::string(entry.operation)});
    }
    return routes;
}

}  // namespace

struct Admin::Impl {
    Impl(Sandbox& judged, Secret secret, transport::Transport* way, AdminOptions given)
        : options(std::move(given)),
          token(std::move(secret)),
          world(judged, way),
          context{.sandbox = judged, .world = world},
          table(admin::all_routes(context)),
          routes(routes_of(table)),
          router(*Router::make(routes)) {
        context.table = &table;
    }

    AdminOptions options;
    Secret token;
    internal::WorldPlay world;
    admin::Context context;
    admin::Routes table;
    std::vector<Route> routes;
    Router router;

    /// 403, 401, 413, 404 or 405; nothing: `entry` and `call` are what it means.
    [[nodiscard]] std::optional<Response> refused(const http::Request& request,
                                                  const admin::Entry*& entry,
                                                  admin::Call& call) const;
    [[nodiscard]] bool is_ours(const http::Request& request) const;
    [[nodiscard]] bool allowed(const http::Request& request) const;
    [[nodiscard]] Response not_routed(std::span<const std::string> segments) const;
};

// A page of another origin reaches this port in two ways: it says so in `Origin` or
// `Sec-Fetch-Site`, or its own name was made to lead here (DNS rebinding), which `Host` shows.
bool Admin::Impl::is_ours(const http::Request& request) const {
    const auto& url = request.url();
    if (!is_loopback(url.host()) && (options.host.empty() || url.host() != options.host)) {
        return false;
    }
    const auto origin = request.headers().value("origin");
    const auto site = request.headers().value("sec-fetch-site");
    return (origin.empty() || origin == url.origin()) &&
           (site.empty() || site == "same-origin" || site == "none");
}

bool Admin::Impl::allowed(const http::Request& request) const {
    // Two of them, and which one counts is anybody's guess.
    const auto values = request.headers().get_all("authorization");
    if (values.size() != 1) {
        return false;
    }
    const std::string_view value = values.front();
    constexpr std::string_view scheme = "bearer ";
    return value.size() > scheme.size() && http::iequals(value.substr(0, scheme.size()), scheme) &&
           Secret(std::string(value.substr(scheme.size()))) == token;
}

Response Admin::Impl::not_routed(std::span<const std::string> segments) const {
    std::string allow;
    for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        if (router.find(method, segments).route != nullptr) {
            allow += fmt::format("{}{}", allow.empty() ? "" : ", ", method);
        }
    }
    if (allow.empty()) {
        return problem(404, "not found",
                       "no such path below /_sandbox/; GET /_sandbox/openapi.json has them all");
    }
    auto response = problem(405, "method not allowed", "allowed are: " + allow);
    response.header("allow", allow);
    return response;
}

std::optional<Response> Admin::Impl::refused(const http::Request& request,
                                             const admin::Entry*& entry, admin::Call& call) const {
    if (!is_ours(request)) {
        return problem(403, "another origin",
                       "the admin API answers requests to this machine's own address that come "
                       "from no page of another origin");
    }
    if (!allowed(request)) {
        auto response = problem(401, "unauthorized",
                                "send 'Authorization: Bearer <token>'; the ready file has the "
                                "token as APILAB_ADMIN_TOKEN");
        response.header("www-authenticate", "Bearer");
        return response;
    }
    const std::string_view path = request.url().path();
    if (!path.starts_with(prefix)) {
        return problem(404, "not found", "everything is below /_sandbox/");
    }
    const auto segments = split_path(path.substr(prefix.size()));
    auto match = router.find(request.method(), segments);
    if (match.route == nullptr) {
        return not_routed(segments);
    }
    entry = &table[static_cast<std::size_t>(match.route - routes.data())];
    if (entry->takes != "text" && request.body().size() > admin::body_max) {
        return problem(413, "too large",
                       fmt::format("a body has at most {} bytes", admin::body_max));
    }
    call.request = &request;
    call.path = std::move(match.values);
    call.query = split_query(request.url().query());
    return std::nullopt;
}

Admin::Admin(Sandbox& sandbox, Secret token, transport::Transport* way, AdminOptions options)
    : impl_(std::make_unique<Impl>(sandbox, std::move(token), way, std::move(options))) {}

Admin::~Admin() = default;

Task<void> Admin::stop() {
    impl_->context.stopping = true;
    for (auto* reader : impl_->context.readers) {
        reader->end();
    }
    return impl_->world.stop();
}

Task<Result<Response>> Admin::call(http::Request request, runtime::CallContext context) {
    return call_live(std::move(request), std::move(context), nullptr);
}

Task<Result<Response>> Admin::call_live(http::Request request, runtime::CallContext /*context*/,
                                        std::shared_ptr<runtime::LiveAnswer> live) {
    const admin::Entry* entry = nullptr;
    admin::Call call;
    if (auto refused = impl_->refused(request, entry, call)) {
        co_return *std::move(refused);
    }
    call.live = std::move(live);
    if (entry->wait) {
        co_return co_await entry->wait(std::move(call));
    }
    co_return entry->answer(call);
}

}  // namespace apilab::sandbox
