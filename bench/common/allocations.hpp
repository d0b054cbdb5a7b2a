#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>

namespace bench {

/// Since the program began: `operator new`, and where Asio takes its coroutine frames from when its
/// small cache is empty. Link common/allocations.cpp.
[[nodiscard]] std::size_t allocations();

/// Counts what happens between its birth and its end, per iteration.
class Counted {
public:
    explicit Counted(benchmark::State& state) : state_(state), before_(allocations()) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() {
        state_.counters["allocations"] = benchmark::Counter(
            static_cast<double>(allocations() - before_), benchmark::Counter::kAvgIterations);
    }

private:
    benchmark::State& state_;
    std::size_t before_;
};

}  // namespace bench
