#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "apilab/base/clock.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/runtime/scheduler.hpp"

namespace apilab::radar::internal {

class LiveReader;

/// What happened lately, and who follows it as server-sent events (WHATWG HTML, section 9.2). The
/// latest `kept_max` are kept: who comes again with `Last-Event-ID` misses none of them, and who
/// missed more is told `reset`. Nobody has a queue of his own.
class LiveHub {
public:
    static constexpr std::size_t kept_max = 256;

    /// `boot`: another one means that numbers began anew.
    LiveHub(runtime::Scheduler& scheduler, std::string boot, Duration heartbeat)
        : scheduler_(scheduler), boot_(std::move(boot)), heartbeat_(heartbeat) {}

    /// `data` has no line ends.
    void publish(std::string name, std::string data);
    [[nodiscard]] std::size_t listeners() const { return readers_.size(); }
    /// Ends them all, and whoever comes.
    void end();

private:
    friend class LiveReader;
    struct Said {
        std::uint64_t number = 0;
        std::string name;
        std::string data;
    };

    runtime::Scheduler& scheduler_;
    std::string boot_;
    Duration heartbeat_;
    std::deque<Said> said_;
    std::uint64_t number_ = 0;
    std::set<LiveReader*> readers_;
    bool over_ = false;
};

/// One follower: an answer that goes on.
class LiveReader final : public runtime::BodySource {
public:
    /// `last_id`: what `Last-Event-ID` says; empty: from now on.
    LiveReader(std::shared_ptr<LiveHub> hub, std::string_view last_id);
    ~LiveReader() override;

    [[nodiscard]] std::optional<std::uint64_t> length() const override { return std::nullopt; }
    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] runtime::Task<Result<void>> start() override;
    [[nodiscard]] runtime::Task<Result<std::string>> read(std::size_t max) override;
    void wake();

private:
    [[nodiscard]] std::string take();

    std::shared_ptr<LiveHub> hub_;
    std::uint64_t seen_ = 0;
    bool begun_ = false;
    bool reset_ = false;
    std::optional<runtime::Event> change_;
};

}  // namespace apilab::radar::internal
