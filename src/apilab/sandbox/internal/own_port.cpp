#include "apilab/sandbox/internal/own_port.hpp"

namespace apilab::sandbox::internal {

runtime::Task<Result<http::Response>> OwnPort::call(http::Request request,
                                                    runtime::CallContext context) {
    const auto& url = request.url();
    const auto prefix = "/" + provider_;
    const bool prefixed = url.path() == prefix || url.path().starts_with(prefix + "/");
    if (!prefixed) {
        const auto target = url.target();
        auto moved = http::Url::parse(url.origin() + prefix + (target == "/" ? "" : target));
        if (moved) {
            request.url(*std::move(moved));
        }
    }
    return all_.call(std::move(request), std::move(context));
}

}  // namespace apilab::sandbox::internal
