#include "internal/life.hpp"

#include <utility>

namespace exercise::internal {

using apilab::Result;
using apilab::SteadyTime;
using apilab::http::Request;
using apilab::http::Response;
using apilab::runtime::CallContext;
using apilab::runtime::Event;
using apilab::runtime::Task;

Task<MortalScheduler::Woken> MortalScheduler::wait(Event* event, SteadyTime time) {
    co_await still_alive();
    const auto woken = co_await inner_.wait(event, time);
    co_await still_alive();
    co_return woken;
}

boost::asio::any_io_executor MortalScheduler::executor() {
    return inner_.executor();
}

void MortalScheduler::run_until_complete(Task<void> task) {
    inner_.run_until_complete(std::move(task));
}

Task<void> MortalScheduler::still_alive() {
    while (dead_) {  // a cancellation wakes the wait, and changes nothing
        Event never;
        co_await inner_.wait(&never, SteadyTime::max());
    }
}

Task<Result<Response>> MortalTransport::call(Request request, CallContext context) {
    co_await scheduler_.still_alive();
    auto answer = co_await inner_.call(std::move(request), std::move(context));
    co_await scheduler_.still_alive();
    co_return answer;
}

Life& Lives::begin(apilab::runtime::Scheduler& scheduler, apilab::transport::Transport& transport) {
    return lives_.emplace_back(scheduler, transport);
}

void Lives::close() {
    for (Life& life : lives_) {
        life.scheduler.close();
    }
}

void Doorway::open(Life& life, apilab::runtime::Service& service) {
    life.door = std::make_unique<apilab::transport::LoopbackTransport>(life.scheduler, service);
    listening_ = &life;
}

void Doorway::close() {
    listening_ = nullptr;
    for (const auto& visit : visits_) {
        visit->over.set();
    }
}

Task<void> Doorway::carry(apilab::transport::Transport& door, std::shared_ptr<Visit> visit,
                          Request request, CallContext context) {
    visit->answer = co_await door.call(std::move(request), std::move(context));
    visit->over.set();
}

Task<Result<Response>> Doorway::call(Request request, CallContext context) {
    if (listening_ == nullptr) {
        co_return apilab::fail(apilab::ErrorKind::connect, "connection refused: nobody listens");
    }
    const auto place = visits_.insert(visits_.end(), std::make_shared<Visit>());
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): it outlives its place
    const auto visit = *place;
    listening_->tasks.spawn(
        carry(*listening_->door, visit, std::move(request), std::move(context)));
    while (!visit->over.is_set()) {
        co_await scheduler_.wait(&visit->over, SteadyTime::max());
    }
    visits_.erase(place);
    if (!visit->answer) {
        co_return apilab::fail(apilab::Error(apilab::ErrorKind::connection_lost,
                                             "the program went away before it answered")
                                   .with_outcome(apilab::Outcome::unknown)
                                   .with_detail("reset"));
    }
    co_return *std::move(visit->answer);
}

}  // namespace exercise::internal
