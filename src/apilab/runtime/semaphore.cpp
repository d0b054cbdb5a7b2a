#include "apilab/runtime/semaphore.hpp"

#include <list>
#include <utility>

namespace apilab::runtime {

// Shared by the semaphore, its permits and those who wait, so that the order in which they go (when
// a scheduler is torn down, any) does not matter.
struct Semaphore::State {
    struct Waiter;
    std::size_t available = 0;
    std::list<Waiter*> waiters;

    void release();
};

struct Semaphore::State::Waiter {
    explicit Waiter(State& owner)
        : state(owner), place(owner.waiters.insert(owner.waiters.end(), this)) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
        if (!granted) {
            state.waiters.erase(place);
        } else if (!taken) {
            state.release();
        }
    }

    State& state;
    std::list<Waiter*>::iterator place;
    Event event;
    bool granted = false;
    bool taken = false;
};

void Semaphore::State::release() {
    if (waiters.empty()) {
        ++available;
        return;
    }
    Waiter* next = waiters.front();
    waiters.pop_front();
    next->granted = true;
    next->event.set();
}

Semaphore::Semaphore(Scheduler& scheduler, std::size_t permits)
    : scheduler_(scheduler), state_(std::make_shared<State>()) {
    state_->available = permits;
}

Semaphore::~Semaphore() = default;

std::size_t Semaphore::available() const {
    return state_->available;
}

std::size_t Semaphore::waiting() const {
    return state_->waiters.size();
}

Task<Result<Semaphore::Permit>> Semaphore::acquire(SteadyTime deadline) {
    const std::shared_ptr<State> state = state_;
    if (state->available > 0) {  // then nobody waits: a permit that comes back goes to the first
        --state->available;
        co_return Permit(state);
    }
    if (co_await cancelled()) {
        co_return fail(ErrorKind::cancelled, "cancelled while waiting for a permit");
    }
    State::Waiter waiter(*state);
    const auto woken = co_await scheduler_.wait(&waiter.event, deadline);
    if (waiter.granted) {  // even when a cancellation came at the same moment: never lose a permit
        waiter.taken = true;
        co_return Permit(state);
    }
    if (woken == Scheduler::Woken::cancelled) {
        co_return fail(ErrorKind::cancelled, "cancelled while waiting for a permit");
    }
    co_return fail(ErrorKind::deadline, "no permit came free before the deadline");
}

Semaphore::Permit::Permit(std::shared_ptr<State> owner) : owner_(std::move(owner)) {}

Semaphore::Permit& Semaphore::Permit::operator=(Permit&& other) noexcept {
    Permit taken(std::move(other));
    owner_.swap(taken.owner_);  // what this one held goes back now
    return *this;
}

Semaphore::Permit::~Permit() {
    if (owner_) {
        owner_->release();
    }
}

}  // namespace apilab::runtime
