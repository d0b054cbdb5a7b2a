// Deliveries over real sockets. The receiver is the sandbox's own data port: it takes `POST
// /effects` with a body that names an event.

#include <gtest/gtest.h>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/effects/provider.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"

namespace apilab::sandbox::webhook {
namespace {

using runtime::Task;

Task<void> settle(SandboxHost& host, DeliveryHub& hub) {
    co_await hub.settled();
    co_await host.stop(Duration::zero());
}

TEST(DeliveryOverSockets, leaves_the_sandbox_and_arrives_also_where_its_body_drips) {
    runtime::RealScheduler scheduler(5);
    SandboxOptions options;
    options.providers.push_back(std::make_unique<effects::EffectsProvider>());
    auto sandbox = *Sandbox::make(scheduler, std::move(options));
    SandboxHost host(scheduler, *sandbox, {.port = 0, .admin_port = 0});
    ASSERT_TRUE(host.start());
    const Subscription to{
        .from = "github", .url = host.origin() + "/effects", .secret = Secret("s3cr3t")};
    const Event event{.type = "push", .body = R"({"event":"e-1","text":"twenty pieces of it"})"};
    for (const std::string_view what : {"", "slow"}) {
        ASSERT_TRUE(sandbox->hub().trigger(to, event, what));
    }
    runtime::run(scheduler, settle(host, sandbox->hub()));
    const auto kept = sandbox->hub().deliveries("");
    ASSERT_EQ(kept.size(), 2);
    for (const auto& record : kept) {
        EXPECT_EQ(record.status, 201) << record.error << record.response_body;
    }
    EXPECT_EQ(sandbox->journal().rows().size(), 2);
}

}  // namespace
}  // namespace apilab::sandbox::webhook
