#include "behaving_service.hpp"

#include <algorithm>
#include <memory>

#include "apilab/http/wire.hpp"

namespace apilab::contract {

namespace {

http::WirePlan plan_of(const Behaviour& behaviour) {
    using Fault = Behaviour::Fault;
    using Reset = http::WirePlan::Reset;
    constexpr std::size_t inside_the_head = 20;
    constexpr std::size_t a_body_that_never_ends = 4096;
    switch (behaviour.fault) {
        case Fault::none:
            return {};
        case Fault::reset_before:
            return {.reset = Reset::before_response};
        case Fault::reset_in_head:
            return {.reset = Reset::mid_headers};
        case Fault::reset_in_body:
            return {.reset = Reset::mid_body};
        case Fault::close_before:
            return {.close_before_response = true};
        case Fault::truncate:
            return {.truncate_body_at = 1};
        case Fault::silence:
            return {.stall_at = 0};
        case Fault::stall_in_head:
            return {.stall_at = inside_the_head};
        case Fault::stall_in_body:
            return {.stall_at = a_body_that_never_ends};
        case Fault::close_after:
            return {.close_after = true};
    }
    return {};
}

}  // namespace

http::Response with_plan(const Behaviour& behaviour) {
    http::Response response = behaviour.response;
    if (behaviour.fault == Behaviour::Fault::stall_in_body) {
        response.body(std::string(16'384, 'x'));
    }
    response.wire(std::make_shared<const http::WirePlan>(plan_of(behaviour)));
    return response;
}

runtime::Task<Result<http::Response>> BehavingService::call(http::Request request,
                                                            runtime::CallContext /*context*/) {
    const auto& behaviour = behaviours_[std::min(seen_.size(), behaviours_.size() - 1)];
    seen_.push_back(std::move(request));
    co_return with_plan(behaviour);
}

}  // namespace apilab::contract
