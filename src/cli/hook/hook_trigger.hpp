#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/sandbox/webhook/letter.hpp"
#include "apilab/transport/transport.hpp"
#include "hook/hook_types.hpp"

namespace apilab::cli {

/// What a careful receiver does with a delivery.
enum class Expected : std::uint8_t {
    /// 2xx.
    taken,
    /// Any 4xx.
    refused,
    /// Either: it is genuine, but bigger than one has to take.
    taken_or_too_large,
};

/// One delivery that `hook trigger` makes.
struct Shot {
    sandbox::webhook::Letter letter;
    /// `altered`, `duplicate`; empty: nothing is wrong with it.
    std::string hostile;
    Expected expected = Expected::taken;
    /// The body takes 2 s.
    bool slow = false;
    /// It leaves together with the next one.
    bool with_next = false;
};

struct ShotPlan {
    HookType type;
    /// Empty: nothing is signed.
    std::vector<std::string> secrets;
    /// Of the table of `hostile_names`, each in turn; empty: all are as they should be.
    std::vector<std::string> hostile;
    int count = 1;
    std::uint64_t seed = 1;
};

/// `altered, forged, ...`, for messages.
[[nodiscard]] std::string hostile_names();
/// The deliveries in their order; the same for the same plan and time. Error (`invalid_argument`):
/// an unknown way of being hostile, or one that this sender has not (`stale` where no time is
/// signed).
[[nodiscard]] Result<std::vector<Shot>> plan_shots(const ShotPlan& plan, SystemTime now);

/// What came of a delivery: a status, or why there is none.
struct Landed {
    Result<int> status = 0;
    Duration took{};
};
[[nodiscard]] bool as_expected(Expected expected, const Result<int>& status);

/// Signs and sends it, with the sender's patience. All outlive the task.
[[nodiscard]] runtime::Task<void> shoot(runtime::RealScheduler& scheduler,
                                        transport::Transport& way, const Shot& shot,
                                        const http::Url& to, Landed& landed);

}  // namespace apilab::cli
