#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apilab/client/call_driver.hpp"
#include "apilab/policy/retry.hpp"

namespace apilab::client {

/// All that one call needs, kept in the driver coroutine's frame until the call is over.
struct CallDriver::Call {
    Call(http::Request its_request, runtime::CallContext its_context, std::string its_origin,
         const policy::RetryOptions& how_to_retry, std::shared_ptr<policy::RetryBudget> its_budget)
        : request(std::move(its_request)),
          context(std::move(its_context)),
          origin(std::move(its_origin)),
          budget(std::move(its_budget)),
          retry(how_to_retry, budget.get()) {
        if (budget) {
            budget->call_began();
        }
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
        if (budget) {
            budget->call_ended();
        }
    }

    http::Request request;
    runtime::CallContext context;
    std::string origin;
    policy::CallFacts facts{};
    // Shared, so that a call in flight keeps its budget when the origin is forgotten.
    std::shared_ptr<policy::RetryBudget> budget;
    policy::RetryPolicy retry;
    http::CallRecord* record = nullptr;
    int number = 0;
    /// The answer came from where a redirect led.
    bool redirected = false;
};

/// One attempt of a call, with its redirects.
struct CallDriver::Side {
    /// It runs beside another.
    bool hedge = false;
    /// It was not made: a policy or the deadline forbade it.
    bool refused = false;
    /// When its first request was sent.
    std::optional<SteadyTime> sent;
    std::optional<Result<http::Response>> result;
    /// Set when it is sent, and when it has ended; null: nobody waits for that.
    runtime::Event* news = nullptr;

    void tell() {
        if (news != nullptr) {
            news->set();
        }
    }
};

}  // namespace apilab::client
