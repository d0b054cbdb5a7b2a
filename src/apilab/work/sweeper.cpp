#include "apilab/work/sweeper.hpp"

#include <algorithm>
#include <utility>

#include "apilab/work/internal/bell.hpp"
#include "apilab/work/internal/store_pause.hpp"
#include "apilab/work/retention.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

SweeperOptions in_range(SweeperOptions options) {
    if (!validate(options.times)) {
        options.times = {};
    }
    options.batch = std::clamp<std::size_t>(options.batch, 1, 10'000);
    options.pause = std::clamp<Duration>(options.pause, 1ms, 1min);
    options.every = std::clamp<Duration>(options.every, 1s, 24h);
    return options;
}

}  // namespace

class Sweeper::Impl {
public:
    Impl(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng, SweeperOptions options)
        : scheduler_(scheduler), writer_(writer), options_(in_range(options)), pause_(rng) {}

    [[nodiscard]] runtime::Task<void> run() {
        while (!stopping_ && !co_await runtime::cancelled()) {
            const Duration pause = co_await batch();
            if (!stopping_) {
                co_await bell_.wait(scheduler_, scheduler_.now() + pause);
            }
        }
    }
    void stop() {
        stopping_ = true;
        bell_.ring();
    }
    [[nodiscard]] const Stats& stats() const { return stats_; }

private:
    /// How long to wait for the next one.
    [[nodiscard]] runtime::Task<Duration> batch() {
        const auto swept = co_await writer_.run<Swept>(
            [times = options_.times, batch = options_.batch, now = scheduler_.system_now()](
                Store& store) { return store.sweep(times, batch, now); });
        if (!swept) {
            ++stats_.store_errors;
            stats_.store_error = swept.error().to_string();
            co_return pause_.next();
        }
        pause_.reset();
        stats_.store_error.clear();
        ++stats_.batches;
        stats_.rows += swept->rows;
        stats_.sweeps += swept->more ? 0U : 1U;
        co_return swept->more ? options_.pause : options_.every;
    }

    runtime::Scheduler& scheduler_;
    StoreWriter& writer_;
    const SweeperOptions options_;
    internal::StorePause pause_;
    internal::Bell bell_;
    Stats stats_;
    bool stopping_ = false;
};

Sweeper::Sweeper(runtime::Scheduler& scheduler, StoreWriter& writer, Rng& rng,
                 SweeperOptions options)
    : impl_(std::make_unique<Impl>(scheduler, writer, rng, options)) {}

Sweeper::~Sweeper() = default;

runtime::Task<void> Sweeper::run() {
    return impl_->run();
}

void Sweeper::stop() {
    impl_->stop();
}

const Sweeper::Stats& Sweeper::stats() const {
    return impl_->stats();
}

}  // namespace apilab::work
