#pragma once

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::runtime {

/// The one shape of everything that answers a request: transports, the client, the sandbox, a
/// webhook endpoint. A service outlives the tasks it returned.
class Service {
public:
    Service() = default;
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    virtual ~Service() = default;

    [[nodiscard]] virtual Task<Result<http::Response>> call(http::Request request,
                                                            CallContext context) = 0;
};

}  // namespace apilab::runtime
