#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "apilab/observe/story.hpp"

namespace apilab::radar {

/// The latest calls to others with what was said in them, in memory: for the dashboard. Give
/// `take` to an `observe::StoryObserver` as its sink.
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

    void take(observe::Story story);
    /// The newest last.
    [[nodiscard]] const std::deque<Entry>& calls() const { return calls_; }
    /// Null: it is not kept any more.
    [[nodiscard]] const Entry* find(std::uint64_t number) const;
    /// Called for each new one. Null: nobody.
    std::function<void(const Entry&)> on_call;

private:
    Limits limits_{};
    std::deque<Entry> calls_;
    std::size_t bytes_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace apilab::radar
