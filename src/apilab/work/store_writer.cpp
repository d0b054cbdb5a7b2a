#include "apilab/work/store_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "apilab/base/try.hpp"

namespace apilab::work {

namespace asio = boost::asio;

namespace {

constexpr std::size_t batch_limit = 10'000;
constexpr std::size_t waiting_limit = 1'000'000;

StoreWriterOptions in_range(StoreWriterOptions options) {
    options.batch_max = std::clamp<std::size_t>(options.batch_max, 1, batch_limit);
    options.waiting_max = std::clamp<std::size_t>(options.waiting_max, 1, waiting_limit);
    return options;
}

// After these nobody knows what of the transaction is left: SQLite, for one, may have taken all of
// it back.
bool ends_the_batch(const Error& error) {
    return error.kind() == ErrorKind::io || error.kind() == ErrorKind::internal;
}

}  // namespace

// Shared with what it posts to the scheduler, which may come after the writer. Everything but the
// queue belongs to the scheduler's thread; the store belongs to whoever does the batches.
class StoreWriter::Impl : public std::enable_shared_from_this<Impl> {
public:
    using Batch = std::vector<std::unique_ptr<Entry>>;

    Impl(runtime::Scheduler& scheduler, Store& store, StoreWriterOptions options)
        : scheduler_(scheduler),
          executor_(scheduler.executor()),
          store_(store),
          options_(in_range(options)) {}

    void start() {
        if (options_.own_thread) {
            thread_ = std::thread([this] { work(); });
        }
    }

    [[nodiscard]] bool is_full() {
        const bool full = stats_.waiting >= options_.waiting_max;
        stats_.overloaded += full ? 1U : 0U;
        return full;
    }

    void accept(std::unique_ptr<Entry> entry) {
        ++stats_.waiting;
        bool first = false;
        {
            const std::scoped_lock lock(mutex_);
            first = queue_.empty();
            queue_.push_back(std::move(entry));
        }
        if (options_.own_thread) {
            if (!busy_) {  // the scheduler has something to wait for, even where no task waits
                busy_.emplace(executor_);
            }
            if (first) {
                arrived_.notify_one();
            }
        } else if (first) {
            next_turn();
        }
    }

    /// Does what was accepted.
    void finish() {
        if (thread_.joinable()) {
            {
                const std::scoped_lock lock(mutex_);
                stopping_ = true;
            }
            arrived_.notify_one();
            thread_.join();
        }
        for (Batch batch = take(); !batch.empty(); batch = take()) {
            const auto done = do_batch(batch, store_);
            tell(std::move(batch), done);
        }
        busy_.reset();
    }

    [[nodiscard]] runtime::Scheduler& scheduler() { return scheduler_; }
    [[nodiscard]] const Stats& stats() const { return stats_; }
    [[nodiscard]] const StoreWriterOptions& options() const { return options_; }

private:
    // Whatever is ready now runs before, and may add to it.
    void next_turn() {
        asio::post(executor_, [self = weak_from_this()] {
            if (const auto impl = self.lock()) {
                impl->turn();
            }
        });
    }

    void turn() {
        Batch batch = take();
        if (batch.empty()) {  // the writer has gone, and did it
            return;
        }
        const auto done = do_batch(batch, store_);
        tell(std::move(batch), done);
        const std::scoped_lock lock(mutex_);
        if (!queue_.empty()) {
            next_turn();
        }
    }

    Batch take() {
        const std::scoped_lock lock(mutex_);
        return take_locked();
    }

    Batch take_locked() {
        const auto count = std::min(queue_.size(), options_.batch_max);
        const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
        Batch batch(std::move_iterator(queue_.begin()), std::move_iterator(end));
        queue_.erase(queue_.begin(), end);
        return batch;
    }

    static Result<void> do_operation(Entry& entry, Store& store) {
        try {
            if (const Error* error = entry.act(store); error != nullptr && ends_the_batch(*error)) {
                return fail(*error);
            }
            return {};
        } catch (const std::exception& error) {
            return fail(ErrorKind::internal,
                        fmt::format("an operation on the store threw: {}", error.what()));
        }
    }

    // One transaction. An error is that of all.
    static Result<void> do_batch(const Batch& batch, Store& store) {
        APILAB_CHECK(store.begin());
        for (const auto& entry : batch) {
            if (auto done = do_operation(*entry, store); !done) {
                store.rollback();
                return done;
            }
        }
        return store.commit();
    }

    // The thread. Waits only where nothing waits for it, and ends only then.
    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            Batch batch = take_locked();
            if (batch.empty()) {
                return;
            }
            lock.unlock();
            auto done = do_batch(batch, store_);
            asio::post(executor_,
                       [self = shared_from_this(), batch = std::move(batch),
                        done = std::move(done)]() mutable { self->tell(std::move(batch), done); });
            lock.lock();
        }
    }

    void tell(Batch batch, const Result<void>& done) {
        stats_.waiting -= batch.size();
        stats_.largest_batch = std::max(stats_.largest_batch, batch.size());
        if (done) {
            ++stats_.transactions;
            stats_.operations += batch.size();
        } else {
            ++stats_.failed_transactions;
        }
        if (stats_.waiting == 0) {
            busy_.reset();
        }
        if (scheduler_.is_closing()) {  // nobody waits any more
            return;
        }
        for (const auto& entry : batch) {
            entry->tell(done);
        }
    }

    runtime::Scheduler& scheduler_;
    asio::any_io_executor executor_;
    Store& store_;
    const StoreWriterOptions options_;
    Stats stats_;
    std::optional<asio::executor_work_guard<asio::any_io_executor>> busy_;
    std::thread thread_;

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<Entry>> queue_;
    bool stopping_ = false;
};

StoreWriter::StoreWriter(runtime::Scheduler& scheduler, Store& store, StoreWriterOptions options)
    : impl_(std::make_shared<Impl>(scheduler, store, options)) {
    impl_->start();
}

StoreWriter::~StoreWriter() {
    impl_->finish();
}

void StoreWriter::accept(std::unique_ptr<Entry> entry) {
    if (impl_->is_full()) {
        entry->tell(fail(
            Error(ErrorKind::overloaded, fmt::format("{} operations wait for the store already",
                                                     impl_->options().waiting_max))
                .with_detail("waiting_max")));
        return;
    }
    impl_->accept(std::move(entry));
}

runtime::Task<Result<void>> StoreWriter::until(runtime::Event* told) {
    const auto impl = impl_;  // the writer may go while we wait
    const auto woken = co_await impl->scheduler().wait(told, SteadyTime::max());
    if (woken != runtime::Scheduler::Woken::event) {
        co_return fail(ErrorKind::cancelled, "cancelled while the store was waited for");
    }
    co_return Result<void>();
}

StoreWriter::Stats StoreWriter::stats() const {
    return impl_->stats();
}

const StoreWriterOptions& StoreWriter::options() const {
    return impl_->options();
}

}  // namespace apilab::work
