#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::radar {

/// The latest calls to others with what was said in them, in memory: for the dashboard; and when
/// each of them last answered, for the status page. Give `take` to an `observe::StoryObserver` as
/// its sink:
///
///     CallHistory calls;
///     observe::StoryObserver stories(scheduler, [&](observe::Story s) { calls.take(std::move(s));
///     }); auto client = client::Client::create(scheduler, transport, rng, options, {&stories});
class CallHistory {
public:
    struct Limits {
        /// Calls that are kept. Default 500.
        std::size_t calls_max = 500;
        /// Bytes of all exchanges' bodies. Default 16 MiB; the oldest calls go.
        std::size_t bytes_max = std::size_t{16} << 20U;
    };
    CallHistory() = default;
    explicit CallHistory(Limits limits) : limits_(limits) {}

    struct Entry {
        /// From 1, in the order in which they ended.
        std::uint64_t number = 0;
        observe::Story story;
    };

    /// One of those who are called, over all calls since the beginning.
    struct Source {
        std::uint64_t calls = 0;
        /// Ended without an answer, or with 401, 403, 429 or a 5xx.
        std::uint64_t failures = 0;
        /// When the last call of each kind was over. Nothing: there was none.
        std::optional<SystemTime> last_success;
        std::optional<SystemTime> last_failure;
        /// Of the last failure: `503`, or an error's name. Empty: there was none.
        std::string last_problem;
        /// Since the last success.
        std::uint64_t failures_in_a_row = 0;
    };
    /// By provider (`npm`, `github`, ...), at most 100; calls that name none are under their
    /// origin.
    [[nodiscard]] const std::map<std::string, Source, std::less<>>& sources() const {
        return sources_;
    }

    void take(observe::Story story);
    /// The newest last.
    [[nodiscard]] const std::deque<Entry>& calls() const { return calls_; }
    /// Null: it is not kept any more.
    [[nodiscard]] const Entry* find(std::uint64_t number) const;
    /// Called for each new one, on the client's thread, where it is in place. It may keep what it
    /// needs, not the reference. Null: nobody.
    std::function<void(const Entry&)> on_call;

private:
    Limits limits_{};
    std::deque<Entry> calls_;
    std::size_t bytes_ = 0;
    std::uint64_t number_ = 0;
    std::map<std::string, Source, std::less<>> sources_;
};

}  // namespace apilab::radar
