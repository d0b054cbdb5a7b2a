#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "apilab/base/rng.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/transport/transport.hpp"
#include "site.hpp"

namespace apilab::fortnight {

/// Who would like to pass for GitHub, Slack and Stripe: under a wrong secret, with none, with a
/// body changed under its signature, with a signature that is old or dated ahead, and with
/// deliveries that were caught on their way, once more as they are or (GitHub, whose ids are not
/// signed) under another id. The last two are told 200 where they are known, and nothing comes of
/// them.
///
/// Not among these: a caught delivery of GitHub that comes before the genuine one ever arrived.
/// Nobody could tell the two apart.
class Intruder {
public:
    Intruder(runtime::Scheduler& scheduler, transport::Transport& way, const Site& site,
             http::Url base, std::uint64_t seed)
        : scheduler_(scheduler), way_(way), site_(site), base_(std::move(base)), seed_(seed) {}

    /// One attempt about every twenty minutes, for so long.
    [[nodiscard]] runtime::Task<void> run(Duration span);

    [[nodiscard]] std::size_t attempts() const { return attempts_; }
    /// Those that were told 2xx and should not have been.
    [[nodiscard]] std::size_t believed() const { return believed_; }

private:
    struct Attempt {
        http::Request request;
        bool may_be_told_ok = false;
    };
    [[nodiscard]] Attempt forgery(const std::string& sender);
    [[nodiscard]] std::optional<Attempt> replay(const std::string& sender);

    runtime::Scheduler& scheduler_;
    transport::Transport& way_;
    const Site& site_;
    http::Url base_;
    std::uint64_t seed_;
    SeededRng rng_{seed_ + 77};
    std::size_t attempts_ = 0;
    std::size_t believed_ = 0;
};

}  // namespace apilab::fortnight
