#pragma once

#include <memory>
#include <string>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"

namespace apilab::transport::internal {

/// An answer's body on its way into a `BodySink`, for one try. Without a sink it does nothing.
class Download {
public:
    Download(runtime::Scheduler& scheduler, std::shared_ptr<runtime::BodySink> sink);

    /// Does the body of an answer with this status go to the sink?
    [[nodiscard]] bool takes(int status) const {
        return sink_ != nullptr && status >= 200 && status < 300;
    }
    [[nodiscard]] bool begun() const { return begun_; }
    /// The answer begins; only its head is looked at. Errors of this and of `write`: the sink's
    /// own, the limit's and `cancelled`, all with outcome `unknown`.
    [[nodiscard]] runtime::Task<Result<void>> begin(http::Response head, Limit limit);
    [[nodiscard]] runtime::Task<Result<void>> write(std::string bytes, Limit limit);
    /// The answer is complete: an error of the sink has the outcome `answered`.
    [[nodiscard]] runtime::Task<Result<void>> finish(Limit limit);

private:
    runtime::Scheduler& scheduler_;
    std::shared_ptr<runtime::BodySink> sink_;
    bool begun_ = false;
};

/// A whole answer: its body is moved to the sink where that takes it.
[[nodiscard]] runtime::Task<Result<http::Response>> pour(runtime::Scheduler& scheduler,
                                                         std::shared_ptr<runtime::BodySink> sink,
                                                         http::Response response,
                                                         AttemptLimits limits);

}  // namespace apilab::transport::internal
