#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/client/options.hpp"
#include "apilab/http/record.hpp"
#include "apilab/policy/policy.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::client {

/// The one coroutine that acts: it asks the policies in their order, waits, sends single attempts
/// through the transport, and writes everything into the call's record.
///
/// Order, outermost first: record, deadline, retry (with budget), then per attempt: freeze, attempt
/// timeout, transport. The scheduler, transport, rng and observers outlive the driver; it outlives
/// its calls. Cancelling a call ends it with `cancelled` and the outcome of the attempt it hit.
class CallDriver final : public runtime::Service {
public:
    CallDriver(runtime::Scheduler& scheduler, runtime::Service& transport, Rng& rng,
               ClientOptions options, std::vector<http::Observer*> observers = {});
    ~CallDriver() override;

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// The policies in order, one a line.
    [[nodiscard]] std::string describe() const;

private:
    struct Call;
    struct OriginState {
        std::shared_ptr<policy::RetryBudget> budget;
        std::uint64_t last_used = 0;
    };
    void start(Call& call);
    [[nodiscard]] runtime::Task<Result<void>> wait(Call& call, SteadyTime until,
                                                   http::WaitCause cause);
    [[nodiscard]] runtime::Task<Result<void>> ask_before(Call& call);
    [[nodiscard]] runtime::Task<Result<http::Response>> attempt(Call& call);
    const http::DecisionRecord& decide(Call& call, const Result<http::Response>& result);
    void note_refusal(Call& call, const Error& error);
    void finish(Call& call, Result<http::Response>& result);
    [[nodiscard]] std::shared_ptr<policy::RetryBudget> budget_of(const std::string& origin);

    runtime::Scheduler& scheduler_;
    runtime::Service& transport_;
    Rng& rng_;
    ClientOptions options_;
    std::vector<http::Observer*> observers_;
    std::vector<std::unique_ptr<policy::Policy>> policies_;
    std::map<std::string, OriginState, std::less<>> origins_;
    std::uint64_t calls_ = 0;
};

}  // namespace apilab::client
