#include "apilab/transport/internal/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <set>
#include <string_view>
#include <utility>

#include "apilab/transport/internal/attempt.hpp"

namespace apilab::transport::internal {

using runtime::Scheduler;
using runtime::Task;

Pool::Pool(runtime::RealScheduler& scheduler, PoolLimits limits)
    : scheduler_(scheduler), limits_(limits) {}

Pool::~Pool() {
    assert(waiters_.empty() && total_ == idle() && "a transport outlives its tasks");
}

Pool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      origin_(std::move(other.origin_)),
      connection_(std::move(other.connection_)),
      reused_(other.reused_),
      keep_(other.keep_) {}

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(origin_, other.origin_);
    std::swap(connection_, other.connection_);
    std::swap(reused_, other.reused_);
    std::swap(keep_, other.keep_);
    return *this;
}

Pool::Lease::~Lease() {
    if (pool_ != nullptr) {
        pool_->give_back(origin_, std::move(connection_), keep_);
    }
}

void Pool::Lease::renew() {
    connection_ = std::make_shared<Connection>(pool_->scheduler_);
    reused_ = false;
    keep_ = false;
}

Task<Result<Pool::Lease>> Pool::acquire(std::string origin, Limit limit) {
    const bool others_first = std::ranges::any_of(
        waiters_, [&](const Waiter* waiter) { return waiter->origin == origin; });
    if (!others_first) {
        if (auto lease = try_take(origin)) {
            co_return std::move(*lease);
        }
    }
    if (waiters_.size() >= limits_.waiting_max) {
        co_return fail(Error(ErrorKind::too_large,
                             fmt::format("{} calls wait for a connection already", waiters_.size()))
                           .with_detail("pool"));
    }
    Waiter waiter(waiters_, origin);
    const auto woken = co_await scheduler_.wait(&waiter.event, limit.time);
    if (waiter.lease) {  // even when a cancellation came at the same moment: never lose a place
        co_return std::move(*waiter.lease);
    }
    if (woken == Scheduler::Woken::cancelled) {
        co_return fail(cancelled_attempt(Outcome::not_sent));
    }
    co_return fail(limit.error(Outcome::not_sent));
}

std::optional<Pool::Lease> Pool::try_take(const std::string& name) {
    Lease lease;
    if (auto connection = take_idle(name)) {
        lease.connection_ = std::move(connection);
        lease.reused_ = true;
    } else if (make_room(name)) {
        lease.connection_ = std::make_shared<Connection>(scheduler_);
        ++origins_[name].connections;
        ++total_;
    } else {
        return std::nullopt;
    }
    lease.pool_ = this;
    lease.origin_ = name;
    return lease;
}

std::shared_ptr<Connection> Pool::take_idle(const std::string& name) {
    const SteadyTime now = scheduler_.now();
    for (auto origin = origins_.find(name); origin != origins_.end();
         origin = origins_.find(name)) {
        auto& idle = origin->second.idle;
        if (idle.empty()) {
            return nullptr;
        }
        auto connection = std::move(idle.back());
        idle.pop_back();
        if (now - connection->made() < limits_.lifetime && connection->is_alive()) {
            connection->wake();
            return connection;
        }
        connection->close();
        forget(name);
    }
    return nullptr;
}

// May another connection be made? Where only the total is in the way, the connection that has been
// idle longest anywhere gives way.
bool Pool::make_room(const std::string& name) {
    const auto own = origins_.find(name);
    if (own != origins_.end() && own->second.connections >= limits_.per_origin) {
        return false;
    }
    if (total_ < limits_.total) {
        return true;
    }
    const std::string* oldest_of = nullptr;
    SteadyTime oldest = SteadyTime::max();
    for (const auto& [other, origin] : origins_) {
        if (!origin.idle.empty() && origin.idle.front()->resting_since() < oldest) {
            oldest = origin.idle.front()->resting_since();
            oldest_of = &other;
        }
    }
    if (oldest_of == nullptr) {
        return false;
    }
    const std::string evicted = *oldest_of;
    drop_idle(evicted, origins_[evicted].idle.front().get());
    return true;
}

void Pool::drop_idle(const std::string& name, const Connection* connection) {
    auto& idle = origins_[name].idle;
    const auto found = std::ranges::find(idle, connection, &std::shared_ptr<Connection>::get);
    if (found != idle.end()) {
        (*found)->close();
        idle.erase(found);
        forget(name);
    }
}

// One connection fewer.
void Pool::forget(const std::string& name) {
    --total_;
    if (--origins_[name].connections == 0) {
        origins_.erase(name);
    }
}

void Pool::give_back(const std::string& name, std::shared_ptr<Connection> connection, bool keep) {
    const SteadyTime now = scheduler_.now();
    if (keep && connection->is_open() && limits_.idle_keep_alive > Duration::zero() &&
        now - connection->made() < limits_.lifetime) {
        const SteadyTime until = limit_after(now, limits_.idle_keep_alive);
        connection->rest(until, [this, name, gone = connection.get()] {
            drop_idle(name, gone);
            serve_waiters();
        });
        origins_[name].idle.push_back(std::move(connection));
    } else {
        connection->close();
        forget(name);
    }
    serve_waiters();
}

void Pool::serve_waiters() {
    std::set<std::string_view> blocked;
    for (auto place = waiters_.begin(); place != waiters_.end();) {
        Waiter& waiter = **place;
        if (!blocked.contains(waiter.origin)) {
            waiter.lease = try_take(waiter.origin);
        }
        if (waiter.lease) {
            waiter.served = true;
            place = waiters_.erase(place);
            waiter.event.set();
        } else {
            blocked.insert(waiter.origin);
            ++place;
        }
    }
}

std::size_t Pool::idle() const {
    std::size_t count = 0;
    for (const auto& [name, origin] : origins_) {
        count += origin.idle.size();
    }
    return count;
}

}  // namespace apilab::transport::internal
