#include "apilab/policy/hedge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apilab/base/duration.hpp"

namespace apilab::policy {

namespace {

BucketView operation_of(const CallFacts& call) {
    return {call.origin, call.provider, call.operation};
}

}  // namespace

Result<void> HedgeOptions::validate() const {
    if (!(quantile >= 0.5 && quantile <= 0.999)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("hedge.quantile is {}, outside 0.5 to 0.999", quantile));
    }
    if (latencies_min < 1 || latencies_min > 100) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("hedge.latencies_min is {}, outside 1 to 100", latencies_min));
    }
    if (delay_min < Duration::zero() || delay_min > std::chrono::minutes(1)) {
        return fail(
            ErrorKind::invalid_argument,
            fmt::format("hedge.delay_min is {}, outside 0 to 1 min", format_duration(delay_min)));
    }
    if (operations_max == 0) {
        return fail(ErrorKind::invalid_argument, "hedge.operations_max is 0");
    }
    return {};
}

std::string HedgeOptions::describe() const {
    return fmt::format("after the {:.1f} % quantile of at least {} latencies, not before {}",
                       quantile * 100, latencies_min, format_duration(delay_min));
}

std::string HedgePolicy::describe() const {
    return "hedge: " + options_.describe();
}

std::optional<Duration> HedgePolicy::delay(const CallFacts& call) const {
    // Of two DELETEs one would answer 404, and nobody could say whose.
    if (call.effect == http::Effect::write || call.method == "DELETE" || !call.body_replayable) {
        return std::nullopt;
    }
    const auto found = operations_.find(operation_of(call));
    if (found == operations_.end() ||
        found->second.count < static_cast<std::size_t>(options_.latencies_min)) {
        return std::nullopt;
    }
    auto sorted = found->second.latest;
    const auto end =
        sorted.begin() + static_cast<std::ptrdiff_t>(std::min(found->second.count, sorted.size()));
    // The nearest rank: the smallest latency that so large a share does not exceed.
    const auto rank =
        std::lround(options_.quantile * static_cast<double>(end - sorted.begin() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + rank, end);
    return std::max(*(sorted.begin() + rank), options_.delay_min);
}

void HedgePolicy::learn(const CallFacts& call, Duration latency) {
    auto found = operations_.find(operation_of(call));
    if (found == operations_.end()) {
        if (operations_.size() >= options_.operations_max) {
            operations_.erase(std::ranges::min_element(
                operations_, {}, [](const auto& entry) { return entry.second.last_used; }));
        }
        BucketKey key{std::string(call.origin), std::string(call.provider),
                      std::string(call.operation)};
        found = operations_.emplace(std::move(key), Latencies()).first;
    }
    Latencies& known = found->second;
    known.latest.at(known.count % known.latest.size()) = latency;
    ++known.count;
    known.last_used = ++uses_;
}

}  // namespace apilab::policy
