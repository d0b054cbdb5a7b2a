#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"

namespace apilab::transport::internal {

/// A request's body on its way out of a `BodySource`: asks for the pieces, holds the source to what
/// it announced, and frames them.
class Upload {
public:
    struct Options {
        /// Beyond: `too_large`, detail `upload`.
        std::uint64_t bytes_max = 0;
        /// Frame the pieces as chunks (RFC 9112 section 7.1).
        bool chunked = false;
    };
    Upload(runtime::Scheduler& scheduler, std::shared_ptr<runtime::BodySource> source,
           Options options);

    /// Before anything is sent, once per try. Errors, `not_sent`: the source's own; `too_large`;
    /// the limit's; `cancelled`.
    [[nodiscard]] runtime::Task<Result<void>> start(Limit limit);
    /// The next bytes for the wire; empty when the body is complete. Errors: as above with
    /// `outcome`, and `io`, detail `upload_length`, for a source that gives more or fewer bytes
    /// than it announced.
    [[nodiscard]] runtime::Task<Result<std::string>> next(Limit limit, Outcome outcome);
    /// Everything that is left, without framing, piece after piece within the idle limit.
    [[nodiscard]] runtime::Task<Result<std::string>> read_all(AttemptLimits limits);

    /// Could it be sent again from its first byte?
    [[nodiscard]] bool replayable() const { return !read_ || source_->replayable(); }

private:
    [[nodiscard]] Result<void> check(std::uint64_t piece, Outcome outcome) const;
    runtime::Scheduler& scheduler_;
    std::shared_ptr<runtime::BodySource> source_;
    Options options_;
    bool read_ = false;
    bool over_ = false;
    std::uint64_t bytes_ = 0;
};

}  // namespace apilab::transport::internal
