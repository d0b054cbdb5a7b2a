#pragma once

// Day 14: a service with switches. What its runbook speaks of: commands, one line each.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/work/sqlite_store.hpp"
#include "exercise.hpp"

namespace exercise {

/// Slack tells it of events; for each it reads an item with a key, asks npm, and has one effect.
/// What is refused for good is a dead letter.
class Operated final : public apilab::runtime::Service {
public:
    /// `lab` outlives it.
    explicit Operated(Lab& lab);
    ~Operated() override;

    [[nodiscard]] Task<Result<Response>> call(Request request,
                                              apilab::runtime::CallContext context) override;
    /// Works until `close` and until nothing is left to do.
    [[nodiscard]] Task<void> work();
    void close() { closed_ = true; }

    /// Does what a line says and returns what it printed; nothing: there is no such command.
    ///
    /// - `key rotate`: a new key for the old one
    /// - `jobs redrive`: the dead letters are tried again
    /// - `queue drain`: not ready any more, and no new work; returns when nothing is under way
    /// - `queue resume`: as before
    /// - `source off npm`, `source on npm`: it is not asked, or asked again
    /// - `store snapshot`: a copy of the store beside it; the queue has to be drained
    /// - `store lose`: for drills; the store is gone
    /// - `store restore`: the store is as it was in the snapshot
    [[nodiscard]] Task<std::optional<std::string>> command(std::string line);

private:
    [[nodiscard]] Task<void> do_job(apilab::work::Job job);
    [[nodiscard]] Task<bool> fetch(Request request);
    [[nodiscard]] Task<std::string> drain();
    [[nodiscard]] Task<std::string> rotate();
    [[nodiscard]] std::string snapshot(bool back);

    Lab& lab_;
    std::unique_ptr<apilab::work::SqliteStore> store_;
    std::string key_;
    bool npm_on_ = true;
    bool drained_ = false;
    bool closed_ = false;
    std::size_t under_way_ = 0;
};

/// An `integrations.toml` as it lies in a repository, of another service with every seed.
[[nodiscard]] std::string configuration_of(Lab& lab);

}  // namespace exercise
