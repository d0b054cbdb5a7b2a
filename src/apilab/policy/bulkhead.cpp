#include "apilab/policy/bulkhead.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace apilab::policy {

namespace {

// An attempt's number, and whether it has its permit.
constexpr Slot has_permit = 1;
constexpr Slot number_step = 2;

Slot number_of(Slot slot) {
    return slot & ~has_permit;
}

}  // namespace

Result<void> BulkheadOptions::validate() const {
    if (concurrent < 1 || concurrent > 100'000) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("bulkhead.concurrent is {}, outside 1 to 100000", concurrent));
    }
    if (waiting_max > 1'000'000) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("bulkhead.waiting_max is {}, outside 0 to 1000000", waiting_max));
    }
    return {};
}

std::string BulkheadOptions::describe() const {
    return fmt::format("{} under way, {} waiting", concurrent, waiting_max);
}

std::string Bulkhead::describe() const {
    return "bulkhead per origin: " + options_.describe();
}

Action Bulkhead::before(const CallFacts& call, Slot& slot, SteadyTime /*now*/) {
    if ((slot & has_permit) != 0) {
        return Proceed{};
    }
    auto place = compartments_.find(call.origin);
    if (place == compartments_.end()) {
        place = compartments_.emplace(std::string(call.origin), Compartment()).first;
    }
    Compartment& here = place->second;
    if (slot != 0) {
        // It asks again: its turn has come, unless it still stands in the queue.
        const bool waits = std::ranges::find(here.queue, slot) != here.queue.end();
        if (waits) {
            return WaitTurn{.until = call.deadline, .cause = http::WaitCause::bulkhead};
        }
        slot |= has_permit;
        return Proceed{};
    }
    if (here.under_way < options_.concurrent) {
        slot = (last_ += number_step) | has_permit;
        ++here.under_way;
        return Proceed{};
    }
    if (here.queue.size() >= options_.waiting_max) {
        return Refuse{Error(ErrorKind::overloaded, fmt::format("{} calls wait for {} already",
                                                               here.queue.size(), call.origin))
                          .with_outcome(Outcome::not_sent)
                          .with_ending(Ending::overload)
                          .with_detail("bulkhead")};
    }
    slot = last_ += number_step;
    here.queue.push_back(slot);
    return WaitTurn{.until = call.deadline, .cause = http::WaitCause::bulkhead};
}

void Bulkhead::leave(Compartments::iterator place, Slot slot) {
    Compartment& here = place->second;
    if ((slot & has_permit) == 0 && std::erase(here.queue, number_of(slot)) > 0) {
        return;  // it had only waited
    }
    // Its permit goes to the next at once, so that nobody who comes now is faster.
    std::erase(turns_, number_of(slot));
    if (here.queue.empty()) {
        --here.under_way;
    } else {
        turns_.push_back(here.queue.front());
        here.queue.pop_front();
    }
    if (here.under_way == 0 && compartments_.size() > kept_max) {
        compartments_.erase(place);
    }
}

void Bulkhead::after(const CallFacts& call, Slot slot, const AttemptOutcome& outcome) {
    withdraw(call, slot, outcome.at);
}

void Bulkhead::withdraw(const CallFacts& call, Slot slot, SteadyTime /*now*/) {
    const auto place = compartments_.find(call.origin);
    if (slot != 0 && place != compartments_.end()) {
        leave(place, slot);
    }
}

std::optional<Slot> Bulkhead::next_turn() {
    if (turns_.empty()) {
        return std::nullopt;
    }
    const Slot slot = turns_.front();
    turns_.pop_front();
    return slot;
}

std::size_t Bulkhead::under_way(std::string_view origin) const {
    const auto place = compartments_.find(origin);
    return place == compartments_.end() ? 0 : place->second.under_way;
}

std::size_t Bulkhead::waiting(std::string_view origin) const {
    const auto place = compartments_.find(origin);
    return place == compartments_.end() ? 0 : place->second.queue.size();
}

}  // namespace apilab::policy
