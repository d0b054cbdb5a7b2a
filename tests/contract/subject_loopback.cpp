#include <optional>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "behaving_service.hpp"
#include "subject.hpp"

namespace apilab::contract {
namespace {

class Loopback final : public Subject {
public:
    explicit Loopback(std::vector<Behaviour> behaviours) : service_(std::move(behaviours)) {
        transport_.emplace(scheduler_, service_);
    }
    runtime::Scheduler& scheduler() override { return scheduler_; }
    transport::Transport& transport() override { return *transport_; }
    http::Url url(std::string_view target) override {
        return *http::Url::parse("http://api.test:4010" + std::string(target));
    }
    [[nodiscard]] const std::vector<http::Request>& seen() const override {
        return service_.seen();
    }
    std::size_t in_use() override { return 0; }
    void destroy_transport() override { transport_.reset(); }

private:
    runtime::VirtualScheduler scheduler_;
    BehavingService service_;
    std::optional<transport::LoopbackTransport> transport_;
};

}  // namespace

Implementation loopback() {
    return {.name = "Loopback",
            .make =
                [](std::vector<Behaviour> behaviours) {
                    return std::make_unique<Loopback>(std::move(behaviours));
                },
            .has_sockets = false};
}

}  // namespace apilab::contract
