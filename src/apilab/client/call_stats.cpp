#include "apilab/client/call_stats.hpp"

#include <algorithm>

namespace apilab::client {

CallTotals& CallTotals::operator+=(const CallTotals& other) {
    calls += other.calls;
    attempts += other.attempts;
    failed += other.failed;
    not_modified += other.not_modified;
    attempts_limited += other.attempts_limited;
    attempts_broken += other.attempts_broken;
    attempts_server_error += other.attempts_server_error;
    bytes_sent += other.bytes_sent;
    bytes_received += other.bytes_received;
    for (const auto& [cause, wait] : other.waits) {
        waits[cause].count += wait.count;
        waits[cause].total += wait.total;
    }
    first_start = std::min(first_start, other.first_start);
    last_end = std::max(last_end, other.last_end);
    return *this;
}

namespace {

bool is_not_modified(const http::CallRecord& call) {
    return call.status == 304 ||
           (call.cache && call.cache->use == http::CacheRecord::Use::revalidated);
}

}  // namespace

void CallStats::on_call(const http::CallRecord& call) {
    CallTotals one{.calls = 1,
                   .attempts = call.attempts.size(),
                   .failed = call.error || call.status >= 400 ? 1U : 0U,
                   .not_modified = is_not_modified(call) ? 1U : 0U,
                   .first_start = call.started,
                   .last_end = call.started + call.elapsed};
    for (const auto& attempt : call.attempts) {
        one.attempts_limited += attempt.status == 429 ? 1 : 0;
        one.attempts_broken += attempt.error ? 1 : 0;
        one.attempts_server_error += attempt.status >= 500 ? 1 : 0;
        one.bytes_sent += attempt.bytes_sent;
        one.bytes_received += attempt.bytes_received;
    }
    for (const auto& wait : call.waits) {
        auto& sum = one.waits[wait.cause];
        ++sum.count;
        sum.total += wait.elapsed;
    }
    by_provider_[call.provider] += one;
}

CallTotals CallStats::total() const {
    CallTotals sum;
    for (const auto& [provider, totals] : by_provider_) {
        sum += totals;
    }
    return sum;
}

}  // namespace apilab::client
