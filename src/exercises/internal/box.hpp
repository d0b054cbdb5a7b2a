#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/transport.hpp"
#include "exercise.hpp"

namespace exercise::internal {

/// The sandbox of a run, for all but the provider's requests: in this process or in another one.
class Box {
public:
    Box() = default;
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;
    virtual ~Box() = default;

    /// Has the world call the program that answers on `program`; ends when all of it is over.
    [[nodiscard]] virtual Task<void> play_world(apilab::transport::Transport& program) = 0;
    /// Throws `std::length_error` where it is too much.
    virtual void hand_in(std::string name, std::string text) = 0;
    /// The program was killed just now.
    virtual void note_kill() = 0;
    /// Null where it is in another process.
    [[nodiscard]] virtual apilab::sandbox::Sandbox* here() { return nullptr; }
};

/// What came of a run by the sandbox's own count and judgement.
struct Judged {
    std::map<std::string, std::int64_t> numbers;
    apilab::sandbox::RunReport report;
};

class LocalBox final : public Box {
public:
    /// `sandbox` outlives it.
    explicit LocalBox(apilab::sandbox::Sandbox& sandbox) : sandbox_(sandbox) {}
    [[nodiscard]] Task<void> play_world(apilab::transport::Transport& program) override;
    void hand_in(std::string name, std::string text) override;
    void note_kill() override { sandbox_.note_outbound({.from = "kill"}); }
    [[nodiscard]] apilab::sandbox::Sandbox* here() override { return &sandbox_; }

    /// Ends the run.
    [[nodiscard]] Result<Judged> judge(Duration deadline);

private:
    apilab::sandbox::Sandbox& sandbox_;
};

/// How far `--base-url` may go where a sandbox's admin port is known.
struct AdminAddress {
    apilab::http::Url url;
    apilab::Secret token;
};

/// A sandbox in another process, through its admin port. The world calls the program on a port of
/// this process's own.
class RemoteBox final : public Box {
public:
    /// The scheduler outlives it.
    RemoteBox(apilab::runtime::RealScheduler& scheduler, AdminAddress address);
    ~RemoteBox() override;

    /// What the other side says of a run when it has begun.
    struct Begun {
        std::map<std::string, std::string> credentials;
        std::vector<Duration> kills;
        Duration away{};
    };
    /// That sandbox's clock: how fast it goes (`apilab sandbox serve --speed`), and when its date
    /// was the machine's. Who has the same two agrees with it on what the time is.
    struct Clock {
        int speed = 1;
        apilab::SystemTime anchor;
    };
    [[nodiscard]] Task<Result<Clock>> clock();
    /// Begins a run there. Errors: of the transport; `invalid_argument` where the sandbox refuses
    /// (a scenario that is none of its own).
    [[nodiscard]] Task<Result<Begun>> begin(std::string scenario, std::uint64_t seed);
    [[nodiscard]] Task<void> play_world(apilab::transport::Transport& program) override;
    void hand_in(std::string name, std::string text) override;
    void note_kill() override;
    /// Ends the run. `deadline` is what the judge is told.
    [[nodiscard]] Task<Result<Judged>> judge(Duration deadline);

private:
    [[nodiscard]] Task<Result<std::string>> ask(std::string method, std::string path,
                                                std::string body = {});
    [[nodiscard]] Task<void> tell_kill();

    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace exercise::internal
