#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "apilab/runtime/service.hpp"
#include "apilab/work/receiver.hpp"

namespace apilab::cli {

/// One request that came, and what became of it.
struct Arrival {
    /// Of what is known to be no webhook, or not to be genuine, the path alone.
    std::string path;
    std::string source;
    std::string type;
    std::string sender_id;
    /// `stored`, `duplicate`, `unverified`, ...
    std::string_view verdict;
    int status = 0;
    Duration took{};
    /// It is a verification token of Notion's, and was not taken.
    bool other_token = false;
};

/// The receiver, and after each answer somebody is told of it. Belongs to the scheduler's thread;
/// the receiver outlives it.
class HookInlet final : public runtime::Service {
public:
    HookInlet(runtime::Scheduler& scheduler, work::WebhookReceiver& receiver,
              std::function<void(const Arrival&)> told)
        : scheduler_(scheduler), receiver_(receiver), told_(std::move(told)) {}

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Scheduler& scheduler_;
    work::WebhookReceiver& receiver_;
    std::function<void(const Arrival&)> told_;
    work::ReceiverStats known_;
};

}  // namespace apilab::cli
