#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/headers.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/judge/trials/trial.hpp"
#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::trials {

/// What a client saw of one attempt.
struct Seen {
    /// 0: no complete answer.
    int status = 0;
    http::Headers headers;
    std::string body;
    [[nodiscard]] bool complete() const { return status != 0; }
};

struct Call {
    std::string method = "GET";
    /// With the provider's prefix, or a whole URL.
    std::string target = "/api/items/itm_0001";
    std::string body = {};
    http::Headers headers = {};
    /// Calls of one number share a connection; 0: one of its own.
    std::uint64_t connection = 0;
};

/// The emulated providers under virtual time, one scenario, and a client's end of the wire without
/// a client library. Where nothing names the client, it is `trial/1`.
class Stage {
public:
    /// Throws where the scenario is refused: a mistake of who wrote the trial.
    explicit Stage(std::string_view scenario, Providers providers = Providers::small,
                   std::uint64_t seed = 1);
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    /// One attempt, to its end.
    Seen send(Call call);
    Seen get(std::string target) { return send({.target = std::move(target)}); }
    /// All at once, each over a connection of its own.
    std::vector<Seen> send_together(std::vector<Call> calls);
    void wait(Duration duration) { scheduler.advance(duration); }
    /// The scenario's webhooks and visitors come to a program.
    void receive(runtime::Service& program);
    /// The newest row of the journal; there is one.
    [[nodiscard]] Exchange& last_row();
    /// A fact of the newest row, or nothing.
    [[nodiscard]] std::string fact(const std::string& name);

    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;
    /// How long an attempt waits for its answer before it closes the connection.
    Duration patience = std::chrono::seconds(5);

private:
    [[nodiscard]] runtime::Task<void> attempt(Call call, std::uint64_t connection, Seen* seen);
    [[nodiscard]] runtime::Task<void> attempt_all(std::vector<Call> calls, std::vector<Seen>* seen);
    std::uint64_t connections_ = first_of_its_own;
    /// How many requests each connection has carried.
    std::map<std::uint64_t, std::uint64_t> carried_;
    static constexpr std::uint64_t first_of_its_own = 1000;
};

}  // namespace apilab::sandbox::trials
