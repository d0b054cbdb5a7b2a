#include "apilab/transport/internal/download.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/transport/internal/within.hpp"

namespace apilab::transport::internal {

using runtime::Task;

namespace {

std::unexpected<Error> in_download(Error error, Outcome outcome) {
    return fail(std::move(error).with_outcome(outcome).in("storing the body of the answer"));
}

}  // namespace

Download::Download(runtime::Scheduler& scheduler, std::shared_ptr<runtime::BodySink> sink)
    : scheduler_(scheduler), sink_(std::move(sink)) {}

Task<Result<void>> Download::begin(http::Response head, Limit limit) {
    begun_ = true;
    head.body({});
    auto begun =
        co_await within(scheduler_, sink_->begin(std::move(head)), limit, Outcome::unknown);
    if (!begun) {
        co_return in_download(std::move(begun).error(), Outcome::unknown);
    }
    co_return begun;
}

Task<Result<void>> Download::write(std::string bytes, Limit limit) {
    if (bytes.empty()) {
        co_return Result<void>();
    }
    auto written =
        co_await within(scheduler_, sink_->write(std::move(bytes)), limit, Outcome::unknown);
    if (!written) {
        co_return in_download(std::move(written).error(), Outcome::unknown);
    }
    co_return written;
}

Task<Result<void>> Download::finish(Limit limit) {
    auto finished = co_await within(scheduler_, sink_->finish(), limit, Outcome::answered);
    if (!finished) {
        co_return in_download(std::move(finished).error(), Outcome::answered);
    }
    co_return finished;
}

Task<Result<http::Response>> pour(runtime::Scheduler& scheduler,
                                  std::shared_ptr<runtime::BodySink> sink, http::Response response,
                                  AttemptLimits limits) {
    Download download(scheduler, std::move(sink));
    if (!download.takes(response.status())) {
        co_return response;
    }
    std::string body = response.body();
    response.body({});
    APILAB_CO_CHECK(co_await download.begin(response, limits.idle(scheduler.now())));
    APILAB_CO_CHECK(co_await download.write(std::move(body), limits.idle(scheduler.now())));
    APILAB_CO_CHECK(co_await download.finish(limits.idle(scheduler.now())));
    co_return response;
}

}  // namespace apilab::transport::internal
