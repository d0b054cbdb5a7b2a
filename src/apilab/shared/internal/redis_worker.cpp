#include "apilab/shared/internal/redis_worker.hpp"

#include <signal.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace apilab::shared::internal {

namespace asio = boost::asio;

struct RedisWorker::Core : std::enable_shared_from_this<Core> {
    Core(runtime::Scheduler& its_scheduler, RedisUrl url, Duration timeout)
        : scheduler(its_scheduler),
          executor(its_scheduler.executor()),
          redis(std::move(url), timeout) {}

    void work() {
        // hiredis writes to a socket that may be closed at its other end.
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
        while (true) {
            std::unique_lock lock(mutex);
            arrived.wait(lock, [this] { return stopping || !steps.empty(); });
            if (stopping) {
                return;
            }
            Step step = std::move(steps.front());
            steps.pop_front();
            lock.unlock();
            auto tell = step(redis);
            step = nullptr;  // what it holds belongs to the scheduler's thread from here on
            asio::post(executor, [self = weak_from_this(), tell = std::move(tell)] {
                if (const auto core = self.lock()) {
                    core->told();
                }
                tell();
            });
        }
    }

    // The scheduler has something to wait for while the thread is about it.
    void told() {
        --waiting;
        if (waiting == 0) {
            busy.reset();
        }
    }

    runtime::Scheduler& scheduler;
    asio::any_io_executor executor;
    RedisConnection redis;
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<Step> steps;
    bool stopping = false;
    std::size_t waiting = 0;
    std::optional<asio::executor_work_guard<asio::any_io_executor>> busy;
    std::thread thread;
};

RedisWorker::RedisWorker(runtime::Scheduler& scheduler, RedisUrl url, Duration timeout)
    : core_(std::make_shared<Core>(scheduler, std::move(url), timeout)) {
    core_->thread = std::thread([core = core_.get()] { core->work(); });
}

RedisWorker::~RedisWorker() {
    {
        const std::scoped_lock lock(core_->mutex);
        core_->stopping = true;
    }
    core_->arrived.notify_one();
    core_->thread.join();
}

bool RedisWorker::begin(Step step) {
    if (core_->waiting >= waiting_max) {
        return false;
    }
    if (core_->waiting++ == 0) {
        core_->busy.emplace(core_->executor);
    }
    {
        const std::scoped_lock lock(core_->mutex);
        core_->steps.push_back(std::move(step));
    }
    core_->arrived.notify_one();
    return true;
}

runtime::Scheduler& RedisWorker::scheduler() {
    return core_->scheduler;
}

}  // namespace apilab::shared::internal
