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
#include <span>
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

struct Ended {
    Result<void> result;
    /// Of each, where they were done apart.
    std::vector<Result<void>> apart;
};

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

    using Entries = std::span<const std::unique_ptr<Entry>>;

    // One transaction. An error is that of all. `in_the_way`: it was somebody else's doing.
    static Result<void> do_once(Entries entries, Store& store, bool* in_the_way) {
        APILAB_CHECK(store.begin());
        for (const auto& entry : entries) {
            if (auto done = do_operation(*entry, store); !done) {
                store.rollback();
                *in_the_way = done.error().detail() == "busy";
                return done;
            }
        }
        return store.commit();
    }

    static Result<void> do_alone(const std::unique_ptr<Entry>& entry, Store& store) {
        for (int again = 1;; ++again) {
            bool in_the_way = false;
            auto result = do_once({&entry, 1}, store, &in_the_way);
            if (!in_the_way || again == StoreWriter::repeats_max) {
                return result;
            }
        }
    }

    // The first that fails ends the rest: each of them could wait as long.
    static std::vector<Result<void>> do_apart(const Batch& batch, Store& store) {
        std::vector<Result<void>> results;
        results.reserve(batch.size());
        for (const auto& entry : batch) {
            const bool over = !results.empty() && !results.back();
            results.push_back(over ? results.back() : do_alone(entry, store));
        }
        return results;
    }

    // Two batches of two processes that have the same rows in another order wait for each other,
    // and the database ends one of them. As a whole that one could meet the other one again and
    // again; a single operation holds nothing while it waits. (At the begin, where SQLite waits for
    // all others at once, `busy` means that it has waited long enough.)
    static Ended do_batch(const Batch& batch, Store& store) {
        bool in_the_way = false;
        Ended ended{.result = do_once(batch, store, &in_the_way), .apart = {}};
        if (in_the_way) {
            ended.apart = do_apart(batch, store);
        }
        return ended;
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

    void tell(Batch batch, const Ended& ended) {
        stats_.waiting -= batch.size();
        stats_.largest_batch = std::max(stats_.largest_batch, batch.size());
        count(batch.size(), ended);
        if (stats_.waiting == 0) {
            busy_.reset();
        }
        if (scheduler_.is_closing()) {  // nobody waits any more
            return;
        }
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i]->tell(ended.apart.empty() ? ended.result : ended.apart[i]);
        }
    }

    void count(std::size_t operations, const Ended& ended) {
        if (!ended.apart.empty()) {
            const auto good = static_cast<std::uint64_t>(std::ranges::count_if(
                ended.apart, [](const Result<void>& one) { return one.has_value(); }));
            ++stats_.apart;
            stats_.transactions += good;
            stats_.operations += good;
            stats_.failed_transactions += good < operations ? 1U : 0U;
        } else if (ended.result) {
            ++stats_.transactions;
            stats_.operations += operations;
        } else {
            ++stats_.failed_transactions;
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
