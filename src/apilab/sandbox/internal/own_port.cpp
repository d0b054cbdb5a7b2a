#include "apilab/sandbox/internal/own_port.hpp"

namespace apilab::sandbox::internal {

runtime::Task<Result<http::Response>> OwnPort::call(http::Request request,
                                                    runtime::CallContext context) {
    const auto& url = request.url();
    const auto prefix = "/" + provider_;
    const bool prefixed = url.path() == prefix || url.path().starts_with(prefix + "/");
    if (!prefixed) {
        request.url(url.with(url.path() == "/" ? prefix : prefix + url.path(), url.query()));
    }
    return all_.call(std::move(request), std::move(context));
}

}  // namespace apilab::sandbox::internal
