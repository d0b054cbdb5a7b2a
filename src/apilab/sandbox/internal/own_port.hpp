#pragma once

#include <string>

#include "apilab/runtime/service.hpp"

namespace apilab::sandbox::internal {

/// One provider at the root of a port of its own: `/api/chat.postMessage` there is
/// `/slack/api/chat.postMessage` of the sandbox. What begins with the prefix all the same, as links
/// in answers do, stays as it is.
class OwnPort final : public runtime::Service {
public:
    /// `all` outlives it.
    OwnPort(runtime::Service& all, std::string provider)
        : all_(all), provider_(std::move(provider)) {}
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Service& all_;
    std::string provider_;
};

}  // namespace apilab::sandbox::internal
