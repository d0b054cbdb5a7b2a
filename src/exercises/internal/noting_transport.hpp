#pragma once

#include "apilab/transport/transport.hpp"
#include "internal/stage.hpp"

namespace exercise::internal {

/// Notes what goes through in `outcome.sent`, and in `outcome.trace` where there is one. Everything
/// that a variant sends passes here, the library's calls too. All three outlive it.
class NotingTransport final : public apilab::transport::Transport {
public:
    NotingTransport(apilab::runtime::Scheduler& scheduler, apilab::transport::Transport& inner,
                    Outcome& outcome)
        : scheduler_(scheduler), inner_(inner), outcome_(outcome) {}

    Task<Result<Response>> call(Request request, apilab::runtime::CallContext context) override;
    std::string describe() const override { return inner_.describe(); }

private:
    apilab::runtime::Scheduler& scheduler_;
    apilab::transport::Transport& inner_;
    Outcome& outcome_;
};

}  // namespace exercise::internal
