#include "internal/supervisor.hpp"

#include <exception>
#include <memory>

#include "internal/life_lab.hpp"

namespace exercise::internal {

namespace runtime = apilab::runtime;

Task<void> Supervisor::run(Task<void> (*life)(Lab&)) {
    runtime::TaskGroup world(lab_.scheduler());
    std::exception_ptr failure;
    try {
        co_await lives(life, world);
    } catch (...) {
        failure = std::current_exception();
        world.cancel();
    }
    co_await world.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

Task<void> Supervisor::lives(Task<void> (*life)(Lab&), runtime::TaskGroup& world) {
    runtime::Scheduler& scheduler = lab_.scheduler();
    const SteadyTime begin = scheduler.now();
    auto kill = plan_.kills.begin();
    while (true) {
        Life& one = plan_.lives.begin(scheduler, lab_.transport());
        const auto lab = std::make_shared<LifeLab>(
            lab_, one, [this, &world](Life& it, runtime::Service& service) {
                return meet(it, service, world);
            });
        one.lab = lab;
        alive_ = &one;
        one.tasks.spawn(breathe(life(*lab), one));
        const bool last = kill == plan_.kills.end();
        const SteadyTime until = last ? SteadyTime::max() : begin + *kill++;
        while (!one.ended.is_set() && scheduler.now() < until) {
            co_await scheduler.wait(&one.ended, until);
        }
        alive_ = nullptr;
        doorway_.close();
        if (one.ended.is_set()) {
            co_await one.tasks.join();
            co_return;
        }
        one.scheduler.kill();
        plan_.killed();
        (void)co_await scheduler.sleep_for(plan_.away);
    }
}

Task<void> Supervisor::breathe(Task<void> task, Life& life) {
    try {
        co_await std::move(task);
    } catch (...) {
        life.ended.set();
        throw;
    }
    life.ended.set();
}

Task<void> Supervisor::meet(Life& life, runtime::Service& service, runtime::TaskGroup& world) {
    doorway_.open(life, service);
    if (!world_begun_) {
        world_begun_ = true;
        world.spawn(play());
    }
    while (!world_over_) {
        co_await life.scheduler.wait(&life.world_over, SteadyTime::max());
    }
    doorway_.close();
}

Task<void> Supervisor::play() {
    co_await plan_.world(doorway_);
    world_over_ = true;
    if (alive_ != nullptr) {
        alive_->world_over.set();
    }
}

}  // namespace exercise::internal
