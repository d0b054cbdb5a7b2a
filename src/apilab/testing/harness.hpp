#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/testing/call_log.hpp"
#include "apilab/transport/scripted_transport.hpp"

namespace apilab::testing {

struct HarnessOptions {
    client::ClientOptions client;
    /// Jitter is the same for the same seed.
    std::uint64_t seed = 1;
};

/// A client under virtual time with a scripted other side: a test says what comes back, runs a
/// call, and reads what the client decided. Nothing sleeps and nothing is sent.
///
///     Harness harness;
///     harness.transport().reply(Response(503)).reply(Response(200, "ok"));
///     auto reply = harness.get("http://api.test/things");
///     EXPECT_EQ(harness.log().last().attempts.size(), 2);
class Harness {
public:
    /// Asserts that the client's options are valid.
    explicit Harness(HarnessOptions options = {});

    [[nodiscard]] runtime::VirtualScheduler& scheduler() { return scheduler_; }
    [[nodiscard]] transport::ScriptedTransport& transport() { return transport_; }
    [[nodiscard]] client::Client& client() { return *client_; }
    [[nodiscard]] const CallLog& log() const { return log_; }

    /// Runs one call to its end.
    Result<http::Response> send(http::Request request, client::CallOptions options = {});
    Result<http::Response> get(std::string url, client::CallOptions options = {});
    Result<http::Response> post(std::string url, std::string body,
                                client::CallOptions options = {});

private:
    runtime::VirtualScheduler scheduler_;
    transport::ScriptedTransport transport_;
    SeededRng rng_;
    CallLog log_;
    std::unique_ptr<client::Client> client_;
};

}  // namespace apilab::testing
