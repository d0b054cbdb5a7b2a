#include "apilab/radar/internal/radar_web.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace apilab::radar::internal {
namespace {

constexpr std::string_view webhooks = "/webhooks/";
constexpr std::array<std::string_view, 4> of_operations = {"/livez", "/readyz", "/status",
                                                           "/metrics"};

http::Response nobody() {
    return http::Response(404, "nothing is here\n", {{"content-type", "text/plain"}});
}

}  // namespace

runtime::Service* RadarWeb::service_for(const http::Request& request) const {
    const std::string_view path = request.url().path();
    if (path.starts_with(webhooks)) {
        return &webhooks_;
    }
    if (std::ranges::find(of_operations, path) != of_operations.end()) {
        return &operations_;
    }
    return dashboard_;
}

runtime::Task<Result<http::Response>> RadarWeb::call(http::Request request,
                                                     runtime::CallContext context) {
    auto* const service = service_for(request);
    if (service == nullptr) {
        co_return nobody();
    }
    co_return co_await service->call(std::move(request), std::move(context));
}

runtime::Task<Result<http::Response>> RadarWeb::call_live(
    http::Request request, runtime::CallContext context,
    std::shared_ptr<runtime::LiveAnswer> live) {
    auto* const service = service_for(request);
    if (service == nullptr) {
        co_return nobody();
    }
    if (service == dashboard_) {
        co_return co_await dashboard_->call_live(std::move(request), std::move(context),
                                                 std::move(live));
    }
    co_return co_await service->call(std::move(request), std::move(context));
}

runtime::Task<Result<http::Response>> MetricsAlone::call(http::Request request,
                                                         runtime::CallContext context) {
    if (request.url().path() != "/metrics") {
        co_return http::Response(404, "only /metrics is here\n",
                                 {{"content-type", "text/plain; charset=utf-8"}});
    }
    co_return co_await operations_.call(std::move(request), std::move(context));
}

}  // namespace apilab::radar::internal
