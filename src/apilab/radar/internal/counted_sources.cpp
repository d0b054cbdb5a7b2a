#include "apilab/radar/internal/counted_sources.hpp"

#include <memory>
#include <utility>

#include "apilab/http/record.hpp"

namespace apilab::radar::internal {

runtime::Task<Result<http::Response>> CountedCalls::call(http::Request request,
                                                         runtime::CallContext context) {
    if (!context.record) {
        context.record = std::make_shared<http::CallRecord>();
    }
    const auto record = context.record;
    auto answer = co_await inner_.call(std::move(request), std::move(context));
    stats_.on_call(*record);
    co_return answer;
}

}  // namespace apilab::radar::internal
