#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "apilab/http/record.hpp"

namespace apilab::client {

/// Sums of what calls did, by provider: the numbers behind "the story of the calls".
struct CallTotals {
    std::uint64_t calls = 0;
    std::uint64_t attempts = 0;
    /// Calls that ended with an error or a status of 400 and above.
    std::uint64_t failed = 0;
    /// Calls answered 304, those included whose 304 a cache turned into the answer it stands for.
    std::uint64_t not_modified = 0;
    /// Attempts refused with 429 or without a complete answer, and those answered 5xx.
    std::uint64_t attempts_limited = 0;
    std::uint64_t attempts_broken = 0;
    std::uint64_t attempts_server_error = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    struct Wait {
        std::uint64_t count = 0;
        Duration total{};
    };
    std::map<http::WaitCause, Wait> waits;
    /// From the first call's start to the last call's end.
    SteadyTime first_start = SteadyTime::max();
    SteadyTime last_end = SteadyTime::min();

    [[nodiscard]] Duration span() const {
        return calls == 0 ? Duration::zero() : last_end - first_start;
    }
    CallTotals& operator+=(const CallTotals& other);
};

/// Keeps the totals of every provider that was called. An observer: give it to the client.
class CallStats final : public http::Observer {
public:
    void on_call(const http::CallRecord& call) override;

    [[nodiscard]] const std::map<std::string, CallTotals>& by_provider() const {
        return by_provider_;
    }
    [[nodiscard]] CallTotals total() const;
    void clear() { by_provider_.clear(); }

private:
    std::map<std::string, CallTotals> by_provider_;
};

}  // namespace apilab::client
