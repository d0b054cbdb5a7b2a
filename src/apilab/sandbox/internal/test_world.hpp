#pragma once

// For the tests of this module: a small provider, and a client's end of the wire without a client
// library (the judge's tests must not depend on the code that is judged).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

/// Things with names: list, get, create (not idempotent), put; and a search by POST that only
/// reads. A second instance under another name has its own.
class ThingsProvider final : public Provider {
public:
    explicit ThingsProvider(std::string name = "things");
    [[nodiscard]] std::string_view name() const override { return name_; }
    [[nodiscard]] std::span<const Route> routes() const override { return routes_; }
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    void reset() override { created_ = 0; }

    [[nodiscard]] int created() const { return created_; }
    [[nodiscard]] const Incoming& last() const { return last_; }

private:
    std::string name_;
    std::vector<Route> routes_;
    int created_ = 0;
    Incoming last_;
};

/// What a client saw of one attempt.
struct Seen {
    /// 0: no complete answer.
    int status = 0;
    http::Headers headers;
    std::string body;
    [[nodiscard]] bool complete() const { return status != 0; }
};

/// A sandbox under virtual time with one `things` provider, and attempts made by hand.
class World {
public:
    /// Throws where the scenario is refused: a test's mistake.
    explicit World(std::string_view scenario_toml = "name = \"none\"", std::uint64_t seed = 1,
                   std::string provider = "things");
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    runtime::VirtualScheduler scheduler;
    ThingsProvider* things = nullptr;
    std::unique_ptr<Sandbox> sandbox;
    /// How long an attempt waits in silence before it closes the connection.
    Duration patience = std::chrono::seconds(5);

    struct Call {
        std::string method = "GET";
        /// With the provider's prefix.
        std::string target = "/things/items/a";
        std::string body;
        http::Headers headers = {{"user-agent", "test/1"}};
        std::uint64_t connection = 1;
        std::uint64_t request_on_connection = 1;
        std::uint16_t port = 0;
        bool tls = false;
    };
    /// One attempt, played as its plan says.
    [[nodiscard]] runtime::Task<Seen> attempt(Call call);
    /// The same, run to its end.
    Seen send(Call call);
    Seen get(std::string target) { return send({.target = std::move(target)}); }
    void wait(Duration duration) { scheduler.advance(duration); }
    [[nodiscard]] const std::deque<Exchange>& rows() const { return sandbox->journal().rows(); }
};

}  // namespace apilab::sandbox::internal
