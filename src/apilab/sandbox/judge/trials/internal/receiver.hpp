#pragma once

#include <set>
#include <string>

#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::trials {

/// What a receiver of webhooks may do wrong.
struct Sins {
    bool reads_then_verifies = false;
    bool believes_everybody = false;
    /// Looks whether there is a signature, not what it says.
    bool believes_any_signature = false;
    bool ignores_time = false;
    bool forgets = false;
    bool checks_then_acts = false;
    bool works_first = false;
    bool drops_retries = false;
    bool refuses_copies = false;
    bool drops_half = false;
    bool keeps_challenge = false;
    bool refuses_unknown_types = false;
    bool acts_on_unknown_types = false;
    /// Of several signatures.
    bool looks_at_the_first_only = false;
    bool keeps_the_former_secret = false;
};

/// A receiver written by hand: verifies, remembers, answers, and then has its effect by `POST
/// /effects`.
class Receiver final : public runtime::Service {
public:
    Receiver(Sandbox& sandbox, Sins sins)
        : sandbox_(sandbox), sins_(sins), jobs_(sandbox.scheduler()) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;
    [[nodiscard]] runtime::Task<void> finish() { return jobs_.join(); }

private:
    [[nodiscard]] bool signed_rightly(const http::Request& request) const;
    [[nodiscard]] bool signed_by_standard(const http::Request& request, const std::string& body,
                                          bool former) const;
    [[nodiscard]] bool in_time(std::string_view stamp) const;
    [[nodiscard]] bool signed_at_all(const http::Request& request) const;
    [[nodiscard]] runtime::Task<void> work(std::string event);

    Sandbox& sandbox_;
    Sins sins_;
    std::set<std::string> seen_;
    int count_ = 0;
    runtime::TaskGroup jobs_;
};

}  // namespace apilab::sandbox::trials
