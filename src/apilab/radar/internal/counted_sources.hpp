#pragma once

#include "apilab/client/call_stats.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/runtime/context.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::radar::internal {

/// Adds up the records of the calls that go through it, of these alone. Both outlive its calls.
class CountedCalls final : public runtime::Service {
public:
    CountedCalls(runtime::Service& inner, client::CallStats& stats)
        : inner_(inner), stats_(stats) {}
    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

private:
    runtime::Service& inner_;
    client::CallStats& stats_;
};

/// The sources as one job asks them: within its trace, its calls counted apart from those of jobs
/// beside it, which share the client. Outlives what asks them.
class CountedSources {
public:
    CountedSources(const Sources& sources, const http::TraceContext& trace)
        : npm_(sources.npm.client(), stats_),
          osv_(sources.osv.client(), stats_),
          github_(sources.github.client(), stats_),
          sources_{.npm = sources.npm.over(npm_).within(trace),
                   .osv = sources.osv.over(osv_).within(trace),
                   .github = sources.github.over(github_).within(trace)} {}
    CountedSources(const CountedSources&) = delete;
    CountedSources& operator=(const CountedSources&) = delete;
    ~CountedSources() = default;

    [[nodiscard]] const Sources& sources() const { return sources_; }
    [[nodiscard]] const client::CallStats& stats() const { return stats_; }

private:
    client::CallStats stats_;
    CountedCalls npm_;
    CountedCalls osv_;
    CountedCalls github_;
    Sources sources_;
};

}  // namespace apilab::radar::internal
