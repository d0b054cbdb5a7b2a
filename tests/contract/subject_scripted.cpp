#include <optional>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/scripted_transport.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

class Scripted final : public Subject {
public:
    explicit Scripted(const std::vector<Behaviour>& behaviours) {
        transport_.emplace(scheduler_);
        for (const auto& behaviour : behaviours) {
            if (behaviour.fault == Behaviour::Fault::silence) {
                transport_->never_answer();
            } else {
                transport_->reply(behaviour.response);
            }
        }
        transport_->otherwise(behaviours.back().response);
    }
    runtime::Scheduler& scheduler() override { return scheduler_; }
    transport::Transport& transport() override { return *transport_; }
    http::Url url(std::string_view target) override {
        return *http::Url::parse("http://api.test" + std::string(target));
    }
    [[nodiscard]] const std::vector<http::Request>& seen() const override {
        seen_.clear();
        for (const auto& seen : transport_->seen()) {
            seen_.push_back(seen.request);
        }
        return seen_;
    }
    std::size_t in_use() override { return 0; }
    void destroy_transport() override { transport_.reset(); }

private:
    runtime::VirtualScheduler scheduler_;
    std::optional<transport::ScriptedTransport> transport_;
    mutable std::vector<http::Request> seen_;
};

}  // namespace

Implementation scripted() {
    return {.name = "Scripted",
            .make =
                [](const std::vector<Behaviour>& behaviours) {
                    return std::make_unique<Scripted>(behaviours);
                },
            .has_wire = false,
            .has_sockets = false};
}

}  // namespace apilab::contract
