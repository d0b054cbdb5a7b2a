#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "apilab/base/result.hpp"
#include "apilab/base/try.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/work/store.hpp"

namespace apilab::work {

struct StoreWriterOptions {
    /// So many operations go into one transaction at most. 1 to 10,000.
    std::size_t batch_max = 256;
    /// So many may wait, those that are being committed among them; one more is refused with
    /// `overloaded` at once. 1 to 1,000,000.
    std::size_t waiting_max = 10'000;
    /// Waits for the disk in a thread of its own, so that the scheduler's goes on (a
    /// `RealScheduler`; a virtual clock knows of no other threads). Off in tests and exercises:
    /// then everything happens on the scheduler's thread, once what is ready has run, and a run
    /// with a virtual clock is the same every time.
    bool own_thread = true;
};

/// The one writer of a store: takes operations from many tasks, does all that wait in one
/// transaction, and tells each when it is on the disk. One sync of the disk then serves as many as
/// came while the last one took place.
///
///     StoreWriter writer(scheduler, *store);
///     auto put = co_await writer.run<PutResult>([event, job, now](Store& store) {
///         return store.put(event, job, now);
///     });  // committed, or an error
///
/// Operations run in the order of their coming, one after another; each is called once. Where
/// somebody else's transaction was in the way of one (`busy`: a deadlock of two batches), all of
/// the batch is taken back and done again, each in a transaction of its own and called at most
/// `repeats_max` times more: what an operation holds has to stay as it is. One that
/// fails leaves the others alone, and what it did before that stays: one that makes several calls
/// makes the one that can be refused first. Where the database itself fails (`io`), at the commit
/// or within an operation, or an operation throws (`internal`), nothing of the batch is kept and
/// all of it fail with that error. An option out of range counts as the nearest one in it.
///
/// A task that is cancelled while it waits still gets its operation done or not as a whole, and is
/// told only of the cancellation. Belongs to the scheduler's thread; the store belongs to the
/// writer as long as it lives, so nobody else calls it, and operations touch nothing but it and
/// what they hold themselves.
class StoreWriter {
public:
    static constexpr int repeats_max = 2;

    StoreWriter(runtime::Scheduler& scheduler, Store& store, StoreWriterOptions options = {});
    StoreWriter(const StoreWriter&) = delete;
    StoreWriter& operator=(const StoreWriter&) = delete;
    /// Does what was accepted, then ends; blocks for as long as that takes. Who still waits is told
    /// by the scheduler afterwards.
    ~StoreWriter();

    /// Errors: the operation's own; `overloaded` (nothing was done; detail `waiting_max`);
    /// `cancelled`; `io` or `internal` where the batch failed.
    template <class T>
    [[nodiscard]] runtime::Task<Result<T>> run(std::function<Result<T>(Store&)> operation) {
        struct Waiter {
            runtime::Event told;
            std::optional<Result<T>> result;
        };
        const auto waiter = std::make_shared<Waiter>();
        post<T>(std::move(operation), [waiter](Result<T> result) {
            waiter->result.emplace(std::move(result));
            waiter->told.set();
        });
        if (!waiter->result) {
            APILAB_CO_CHECK(co_await until(&waiter->told));
        }
        co_return *std::move(waiter->result);
    }

    /// The same for who does not wait in a task: `told` is called with what `run` would have
    /// returned, on the scheduler's thread and once; at once where it is `overloaded`, and never
    /// where the scheduler ends before. It does not throw, and lives as long as the operation.
    template <class T, class Operation, class Told>
    void post(Operation operation, Told told) {
        accept(std::make_unique<Posted<T, Operation, Told>>(std::move(operation), std::move(told)));
    }

    struct Stats {
        /// Committed, those with an error of their own among them.
        std::uint64_t operations = 0;
        /// Committed: so many syncs of the disk at most.
        std::uint64_t transactions = 0;
        std::uint64_t failed_transactions = 0;
        /// Batches that were taken back, and each operation done in a transaction of its own.
        std::uint64_t apart = 0;
        /// Refused, because too many waited.
        std::uint64_t overloaded = 0;
        /// Accepted and not told yet.
        std::size_t waiting = 0;
        std::size_t largest_batch = 0;
    };
    [[nodiscard]] Stats stats() const;
    /// As they are in force.
    [[nodiscard]] const StoreWriterOptions& options() const;

private:
    // An operation and who is told of it: one allocation.
    class Entry {
    public:
        Entry() = default;
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        virtual ~Entry() = default;
        /// On the store's thread; the error, where there is one.
        [[nodiscard]] virtual const Error* act(Store& store) = 0;
        /// On the scheduler's, with what became of the batch.
        virtual void tell(const Result<void>& done) = 0;
    };

    template <class T, class Operation, class Told>
    class Posted final : public Entry {
    public:
        Posted(Operation operation, Told told)
            : operation_(std::move(operation)), told_(std::move(told)) {}
        const Error* act(Store& store) override {
            result_.emplace(operation_(store));
            return result_->has_value() ? nullptr : &result_->error();
        }
        void tell(const Result<void>& done) override {
            if (done) {
                told_(*std::move(result_));
            } else {
                told_(fail(done.error()));
            }
        }

    private:
        Operation operation_;
        Told told_;
        std::optional<Result<T>> result_;
    };

    void accept(std::unique_ptr<Entry> entry);
    [[nodiscard]] runtime::Task<Result<void>> until(runtime::Event* told);

    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace apilab::work
