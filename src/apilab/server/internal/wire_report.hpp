#pragma once

#include <memory>
#include <utility>

#include "apilab/base/clock.hpp"
#include "apilab/http/wire.hpp"

namespace apilab::server::internal {

/// Sees to it that `WirePlan::on_finished` is called exactly once, also when the connection's task
/// is destroyed half-way.
class WireReport {
public:
    WireReport(std::shared_ptr<const http::WirePlan> plan, const Clock& clock)
        : plan_(std::move(plan)), clock_(clock) {}
    WireReport(const WireReport&) = delete;
    WireReport& operator=(const WireReport&) = delete;
    ~WireReport() { tell(); }

    [[nodiscard]] bool wanted() const { return plan_ && plan_->on_finished; }
    void tell() {
        const auto plan = std::exchange(plan_, nullptr);
        if (plan && plan->on_finished) {
            result.finished = clock_.now();
            plan->on_finished(result);
        }
    }

    http::WireResult result;

private:
    std::shared_ptr<const http::WirePlan> plan_;
    const Clock& clock_;
};

}  // namespace apilab::server::internal
