#pragma once

#include <functional>
#include <map>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::radar::internal {

/// What an answer says besides its body: what their support will ask for.
struct HeardAnswer {
    /// Ours, as it was sent (`x-request-id`: `r-000001.2`).
    std::string request_id;
    std::string trace_context;
    std::string provider;
    std::string operation;
    int status = 0;
    /// What they call the request; empty: they did not say.
    std::string their_id;
    /// Of a refusal: what they call it, and what they say about it.
    std::string code;
    std::string words;
};

/// Between the clients and what sends: hears every answer, also those that a retry or a redirect
/// hides from whoever asked.
class AnswersHeard final : public runtime::Service {
public:
    /// Origins whose clocks are kept; of more nothing is known.
    static constexpr std::size_t origins_max = 64;

    /// Told of each answer that bears an id of theirs or refuses. Both outlive it.
    AnswersHeard(runtime::Service& beyond, const Clock& clock,
                 std::function<void(const HeardAnswer&)> told)
        : beyond_(beyond), clock_(clock), told_(std::move(told)) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// How far their clocks were ahead of ours when they answered last, by origin: to the second,
    /// which is how `Date` says it. Below zero: behind.
    [[nodiscard]] const std::map<std::string, Duration>& clocks() const { return clocks_; }

private:
    void hear_clock(const std::string& origin, const http::Response& response, SystemTime asked);

    runtime::Service& beyond_;
    const Clock& clock_;
    std::function<void(const HeardAnswer&)> told_;
    std::map<std::string, Duration> clocks_;
};

}  // namespace apilab::radar::internal
