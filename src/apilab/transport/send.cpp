#include "apilab/transport/send.hpp"

#include <utility>

namespace apilab::transport {

runtime::Task<Result<http::Response>> send(Transport& transport, http::Request request,
                                           SendOptions options) {
    runtime::CallContext context;
    context.timeouts = options.timeouts;
    context.idempotency_key = std::move(options.idempotency_key);
    context.operation.effect = options.effect;
    context.upload = std::move(options.upload);
    context.download = std::move(options.download);
    context.attempt = options.attempt;
    return transport.call(std::move(request), std::move(context));
}

}  // namespace apilab::transport
