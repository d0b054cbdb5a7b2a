#pragma once

// What the tests of the client's policies share: calls that run side by side under virtual time.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apilab/runtime/task_group.hpp"
#include "apilab/testing/harness.hpp"

namespace apilab::client::internal {

inline const std::string url = "http://api.test/things";

struct Ended {
    std::optional<Result<http::Response>> result;
    SteadyTime at;
};

inline runtime::Task<void> call_into(testing::Harness& harness, std::string target,
                                     CallOptions options, Ended& ended) {
    ended.result = co_await harness.client().get(std::move(target), std::move(options));
    ended.at = harness.scheduler().now();
}

inline runtime::Task<void> after(testing::Harness& harness, Duration delay,
                                 runtime::Task<void> task) {
    (void)co_await harness.scheduler().sleep_for(delay);
    co_await std::move(task);
}

// So many calls of one URL at once.
inline std::vector<Ended> at_once(testing::Harness& harness, std::size_t count,
                                  const CallOptions& options = {}) {
    std::vector<Ended> all(count);
    const auto act = [](testing::Harness& its, std::vector<Ended>& into,
                        CallOptions how) -> runtime::Task<void> {
        runtime::TaskGroup group(its.scheduler());
        for (auto& ended : into) {
            group.spawn(call_into(its, url, how, ended));
        }
        co_await group.join();
    };
    runtime::run(harness.scheduler(), act(harness, all, options));
    return all;
}

inline std::size_t answered(const std::vector<Ended>& all) {
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](const Ended& one) { return one.result->has_value(); }));
}

inline Error lost(Outcome outcome = Outcome::unknown) {
    return Error(ErrorKind::connection_lost, "reset by peer").with_outcome(outcome);
}
inline Error unconnected() {
    return Error(ErrorKind::connect, "refused").with_outcome(Outcome::not_sent);
}

inline testing::HarnessOptions with(ClientOptions client) {
    return {.client = std::move(client)};
}

}  // namespace apilab::client::internal
