#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::transport {

/// Answers from a list, one step per attempt, and remembers what it was asked and when. For tests
/// of policies and drivers; nothing leaves the process.
///
///     ScriptedTransport transport(scheduler);
///     transport.reply(http::Response(503)).reply(http::Response(200, "ok"));
///
/// A step's delay counts as the wait for the first byte: one that passes a limit of the attempt
/// ends in that limit's error, outcome `unknown`, and cancellation in `cancelled`. With no step
/// left the answer is `otherwise`, or the error `internal` that says which request had no step.
/// Requests are seen as given, an upload as their body: nothing is checked, no header is added.
/// Bytes and phases other than `first_byte` stay zero. The scheduler outlives the transport.
class ScriptedTransport final : public Transport {
public:
    explicit ScriptedTransport(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}

    /// The next step: this answer after `delay`.
    ScriptedTransport& reply(http::Response response, Duration delay = {});
    /// The next step: this error (its kind, outcome and detail as given) after `delay`.
    ScriptedTransport& fail_with(Error error, Duration delay = {});
    /// The next step: silence until a limit passes or the caller cancels.
    ScriptedTransport& never_answer();
    /// What every request gets after the last step.
    ScriptedTransport& otherwise(http::Response response);

    struct Seen {
        http::Request request;
        SteadyTime time;
        runtime::Operation operation;
        std::string idempotency_key;
        SteadyTime deadline;
        SteadyTime attempt_deadline;
    };
    [[nodiscard]] const std::vector<Seen>& seen() const { return seen_; }
    /// Steps that no request has used.
    [[nodiscard]] std::size_t steps_left() const { return steps_.size(); }

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] std::string describe() const override;

private:
    struct Step {
        Result<http::Response> result;
        Duration delay{};
    };
    [[nodiscard]] Step next_step(const http::Request& request);
    runtime::Task<Result<http::Response>> play(Step step, runtime::CallContext context);

    runtime::Scheduler& scheduler_;
    std::deque<Step> steps_;
    std::optional<http::Response> otherwise_;
    std::vector<Seen> seen_;
};

}  // namespace apilab::transport
