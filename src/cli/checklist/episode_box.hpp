#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "checklist/episode_run.hpp"
#include "checklist/observed.hpp"
#include "checklist/placeholders.hpp"

namespace apilab::cli::checklist {

/// The sandbox of one episode on sockets of its own, and what its service is told of it.
class EpisodeBox {
public:
    /// `folder` is the episode's own. The ground outlives it.
    EpisodeBox(Ground& ground, std::filesystem::path folder);
    /// `port` is where the service will listen. Errors: no such scenario, or one that is wrong;
    /// `io`. Once; `close` comes after it in any case.
    [[nodiscard]] Result<void> open(const EpisodePlan& plan, std::uint16_t port);
    [[nodiscard]] runtime::Task<void> close();

    [[nodiscard]] sandbox::Sandbox& sandbox() { return *sandbox_; }
    /// Of all placeholders.
    [[nodiscard]] const Values& values() const { return values_; }
    /// Of the manifest's secrets, by their names there: what may be seen nowhere.
    [[nodiscard]] const Values& secrets() const { return secrets_; }
    [[nodiscard]] Duration now() const;

    /// One event of the trigger's sender, as its subscription says, with the answer. Bounded by the
    /// sender's patience.
    [[nodiscard]] runtime::Task<Probe> trigger();
    /// `Step::rotate`.
    [[nodiscard]] Result<void> rotate(std::string_view what);

private:
    [[nodiscard]] Result<void> subscribe();
    [[nodiscard]] Result<void> write_secrets();
    [[nodiscard]] Result<void> sign_with(std::string secret);
    [[nodiscard]] Result<void> put_in_file(const std::string& name, std::string_view value);

    Ground& ground_;
    std::filesystem::path folder_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<sandbox::SandboxHost> host_;
    Values values_;
    Values secrets_;
    /// Whom the trigger goes to.
    sandbox::webhook::Subscription to_;
    std::uint64_t events_ = 0;
};

}  // namespace apilab::cli::checklist
