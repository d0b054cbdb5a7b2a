#pragma once

#include <memory>

#include "apilab/runtime/live.hpp"

namespace apilab::radar::internal {

/// Who answers a request, by its path: `/webhooks/*` the receiver; `/livez`, `/readyz`, `/status`
/// and `/metrics` the operations; everything else the dashboard, where there is one, else 404. All
/// of them outlive it.
class RadarWeb final : public runtime::LiveService {
public:
    /// `dashboard` may be null.
    RadarWeb(runtime::Service& webhooks, runtime::Service& operations,
             runtime::LiveService* dashboard)
        : webhooks_(webhooks), operations_(operations), dashboard_(dashboard) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] runtime::Task<Result<http::Response>> call_live(
        http::Request request, runtime::CallContext context,
        std::shared_ptr<runtime::LiveAnswer> live) override;

private:
    /// Null: nobody.
    [[nodiscard]] runtime::Service* service_for(const http::Request& request) const;

    runtime::Service& webhooks_;
    runtime::Service& operations_;
    runtime::LiveService* dashboard_;
};

/// `/metrics` of the operations, which outlive it; 404 for everything else.
class MetricsAlone final : public runtime::Service {
public:
    explicit MetricsAlone(runtime::Service& operations) : operations_(operations) {}
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Service& operations_;
};

}  // namespace apilab::radar::internal
