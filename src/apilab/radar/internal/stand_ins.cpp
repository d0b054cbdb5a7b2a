#include "apilab/radar/internal/stand_ins.hpp"

#include <utility>

#include "apilab/observe/metrics_observer.hpp"

namespace apilab::radar::internal {

runtime::Task<Result<http::Response>> PlainOperations::call(http::Request request,
                                                            runtime::CallContext /*context*/) {
    if (request.url().path() == "/metrics") {
        co_return http::Response(
            200, parts_.metrics.text(),
            {{"content-type", std::string(observe::MetricsObserver::content_type)}});
    }
    if (request.url().path() == "/readyz" && (!parts_.phase.started || parts_.phase.stopping)) {
        co_return http::Response(503, "not ready\n", {{"content-type", "text/plain"}});
    }
    co_return http::Response(200, "ok\n", {{"content-type", "text/plain"}});
}

}  // namespace apilab::radar::internal
