#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/shared/internal/redis_connection.hpp"

namespace apilab::shared::internal {

/// A thread that talks to Redis, so that the scheduler's does not wait for it. At most
/// `waiting_max` conversations wait; one more is `overloaded`.
class RedisWorker {
public:
    static constexpr std::size_t waiting_max = 1'000;

    RedisWorker(runtime::Scheduler& scheduler, RedisUrl url, Duration timeout);
    RedisWorker(const RedisWorker&) = delete;
    RedisWorker& operator=(const RedisWorker&) = delete;
    /// Ends the conversation under way; those that wait are not begun, and nobody is told.
    ~RedisWorker();

    template <class T>
    using Talk = std::function<Result<T>(RedisConnection&)>;

    /// On the worker's thread; what `talk` holds is its own.
    template <class T>
    [[nodiscard]] runtime::Task<Result<T>> run(Talk<T> talk) {
        struct Waiter {
            runtime::Event told;
            std::optional<Result<T>> result;
        };
        const auto waiter = std::make_shared<Waiter>();
        const bool taken = begin([waiter, talk = std::move(talk)](RedisConnection& redis) {
            // Told on the scheduler's thread; until then nobody else looks at it.
            waiter->result.emplace(talk(redis));
            return std::function<void()>([waiter] { waiter->told.set(); });
        });
        if (!taken) {
            co_return fail(ErrorKind::overloaded, "too many wait for Redis");
        }
        if (co_await scheduler().wait(&waiter->told, SteadyTime::max()) !=
            runtime::Scheduler::Woken::event) {
            co_return fail(ErrorKind::cancelled, "cancelled while Redis was asked");
        }
        co_return *std::move(waiter->result);
    }

private:
    using Step = std::function<std::function<void()>(RedisConnection&)>;
    [[nodiscard]] bool begin(Step step);
    [[nodiscard]] runtime::Scheduler& scheduler();

    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace apilab::shared::internal
