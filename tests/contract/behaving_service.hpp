#pragma once

#include <utility>
#include <vector>

#include "apilab/runtime/service.hpp"
#include "subject.hpp"

namespace apilab::contract {

/// Answers with the behaviours' responses and wire plans.
class BehavingService final : public runtime::Service {
public:
    explicit BehavingService(std::vector<Behaviour> behaviours)
        : behaviours_(std::move(behaviours)) {}

    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override;
    [[nodiscard]] const std::vector<http::Request>& seen() const { return seen_; }

private:
    std::vector<Behaviour> behaviours_;
    std::vector<http::Request> seen_;
};

}  // namespace apilab::contract
