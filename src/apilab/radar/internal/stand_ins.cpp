#include "apilab/radar/internal/stand_ins.hpp"

#include <utility>

#include "apilab/observe/metrics_observer.hpp"
#include "apilab/radar/service/call_history.hpp"

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

namespace apilab::radar {

void CallHistory::take(observe::Story story) {
    calls_.push_back({.number = ++number_, .story = std::move(story)});
    while (calls_.size() > limits_.calls_max) {
        calls_.pop_front();
    }
    if (on_call) {
        on_call(calls_.back());
    }
}

}  // namespace apilab::radar
