#pragma once

#include <set>
#include <string>

#include "apilab/radar/service/config.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::radar::internal {

/// The origins that are configured, and no other, are asked: a redirect that leads elsewhere is not
/// followed, whoever says so. Nothing is sent then; the error is `protocol`, its detail `origin`.
class KnownOrigins final : public runtime::Service {
public:
    /// `beyond` outlives it.
    KnownOrigins(const ApiUrls& urls, runtime::Service& beyond);

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    std::set<std::string, std::less<>> origins_;
    runtime::Service& beyond_;
};

}  // namespace apilab::radar::internal
