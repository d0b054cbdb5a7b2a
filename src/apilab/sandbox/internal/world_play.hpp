#pragma once

#include <string>
#include <string_view>

#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/transport/transport.hpp"

namespace apilab::sandbox::internal {

/// The world of a scenario (visitors, senders of webhooks) playing against a program that listens
/// somewhere on this machine, because the admin port was asked to.
class WorldPlay {
public:
    /// `way` leads to addresses; null: nothing can be played. Both outlive this.
    WorldPlay(Sandbox& sandbox, transport::Transport* way)
        : sandbox_(sandbox), way_(way), tasks_(sandbox.scheduler()) {}

    /// Begins; what was begun before goes on. Errors (`invalid_argument`, with detail `/base`): no
    /// URL, or one of another machine, for the sandbox calls nobody but programs under test.
    [[nodiscard]] Result<void> start(std::string_view base);
    /// `idle`, `playing` or `over`.
    [[nodiscard]] std::string_view state() const;
    /// Cancels what plays and waits for its end.
    [[nodiscard]] runtime::Task<void> stop();

private:
    Sandbox& sandbox_;
    transport::Transport* way_;
    runtime::TaskGroup tasks_;
    bool begun_ = false;
};

}  // namespace apilab::sandbox::internal
