#pragma once

#include <memory>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::runtime {

/// Where a service puts the rest of an answer that goes on (events, a log that is followed): the
/// server sends head and body of the answer, then the pieces of `source` as they come, and closes.
struct LiveAnswer {
    /// Null: the answer is whole.
    std::shared_ptr<BodySource> source;
};

/// A service whose answers may go on without end. A server calls `call_live`; whoever takes whole
/// answers only calls `call`.
class LiveService : public Service {
public:
    [[nodiscard]] virtual Task<Result<http::Response>> call_live(
        http::Request request, CallContext context, std::shared_ptr<LiveAnswer> live) = 0;
};

}  // namespace apilab::runtime
