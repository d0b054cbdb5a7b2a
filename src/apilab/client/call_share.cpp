// One answer for several calls that ask the same at the same time.

#include <utility>

#include "apilab/client/call_driver.hpp"
#include "apilab/client/internal/call.hpp"
#include "apilab/client/internal/flight.hpp"

namespace apilab::client {

using http::DecisionRecord;
using internal::Flight;
using runtime::Event;
using runtime::Scheduler;
using runtime::Task;

namespace {

// Somebody who waits, until it goes.
class Interest {
public:
    explicit Interest(Flight& flight) : flight_(flight), place_(flight.waiting.end()) {
        ++flight_.interested;
        place_ = flight_.waiting.insert(flight_.waiting.end(), &landed_);
    }
    Interest(const Interest&) = delete;
    Interest& operator=(const Interest&) = delete;
    ~Interest() {
        flight_.waiting.erase(place_);
        --flight_.interested;
    }
    [[nodiscard]] Event& landed() { return landed_; }

private:
    Flight& flight_;
    Event landed_;
    std::list<Event*>::iterator place_;
};

Error left_early(bool cancelled) {
    return cancelled ? Error(ErrorKind::cancelled, "the call was cancelled while another asked")
                           .with_outcome(Outcome::unknown)
                           .with_ending(Ending::cancelled)
                     : Error(ErrorKind::deadline, "the deadline passed while another call asked")
                           .with_outcome(Outcome::unknown)
                           .with_ending(Ending::deadline);
}

}  // namespace

Task<void> CallDriver::fly(std::shared_ptr<Flight> flight) {
    std::string origin = flight->request.url().origin();
    const auto budget = budget_of(origin);
    Call call(flight->request, flight->context, std::move(origin), options_.retry, budget);
    call.context.record = flight->record;
    start(call, options_.deadline);
    flight->result = co_await run(call);
    if (*flight->result) {
        (void)(*flight->result)->share_body();  // one body for all who wait
    }
    const auto found = flights_.find(flight->key);
    if (found != flights_.end() && found->second == flight) {
        flights_.erase(found);
    }
    for (Event* event : flight->waiting) {
        event->set();
    }
}

Task<Result<http::Response>> CallDriver::share(Call& call, std::string key) {
    std::shared_ptr<Flight> flight;
    if (const auto found = flights_.find(key); found != flights_.end()) {
        flight = found->second;
        note(call, {.verdict = DecisionRecord::Verdict::coalesced, .target = flight->leader});
        if (call.record->cache) {
            call.record->cache->collapsed = true;
        }
    } else {
        auto context = call.context;
        // It flies for whoever may join: with all the time that a call has.
        context.deadline = scheduler_.now() + options_.deadline;
        flight = std::make_shared<Flight>(scheduler_, call.request, std::move(context));
        flight->key = key;
        flight->leader = call.record->id;
        flights_.emplace(std::move(key), flight);
        flight->tasks.spawn(fly(flight));  // which may land at once
    }
    auto woken = Scheduler::Woken::event;
    {
        Interest interest(*flight);
        if (!flight->result) {
            woken = co_await scheduler_.wait(&interest.landed(), call.context.deadline);
        }
    }
    if (flight->interested == 0) {
        // The last to leave: nobody wants to know any more, or it has landed.
        const auto place = flights_.find(flight->key);
        if (place != flights_.end() && place->second == flight) {
            flights_.erase(place);
        }
        flight->tasks.cancel();
        co_await flight->tasks.join();
    }
    if (flight->leader == call.record->id) {
        // Added, for a call may ask twice (a cache that was told of something else).
        const auto append = [](auto& into, const auto& from) {
            into.insert(into.end(), from.begin(), from.end());
        };
        append(call.record->attempts, flight->record->attempts);
        append(call.record->waits, flight->record->waits);
        append(call.record->decisions, flight->record->decisions);
        call.number = flight->record->attempts.empty() ? 0 : flight->record->attempts.back().number;
    }
    const auto& attempts = flight->record->attempts;
    call.redirected = !attempts.empty() && attempts.back().hop > 0;
    if (!flight->result || woken != Scheduler::Woken::event) {
        co_return fail(left_early(woken == Scheduler::Woken::cancelled));
    }
    co_return *flight->result;
}

}  // namespace apilab::client
