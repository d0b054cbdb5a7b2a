#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/transport/internal/attempt_limits.hpp"
#include "apilab/transport/internal/connection.hpp"

namespace apilab::transport::internal {

struct PoolLimits {
    std::size_t per_origin = 16;
    std::size_t total = 256;
    std::size_t waiting_max = 10'000;
    Duration idle_keep_alive = std::chrono::seconds(30);
    Duration lifetime = std::chrono::minutes(10);
};

/// Connections kept for reuse, by origin, and the places for new ones. Who finds none waits in
/// line: first come, first served among those that the same limit holds up.
class Pool {
public:
    Pool(runtime::RealScheduler& scheduler, PoolLimits limits);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    /// A place in the pool, with a connection. Gives the place back when it goes, and the
    /// connection too where `keep()` was called; else it is closed.
    class Lease {
    public:
        Lease() = default;
        Lease(Lease&& other) noexcept;
        Lease& operator=(Lease&& other) noexcept;
        ~Lease();

        [[nodiscard]] Connection& connection() const { return *connection_; }
        /// It has carried a request before.
        [[nodiscard]] bool reused() const { return reused_; }
        /// Another request may go out on it.
        void keep() { keep_ = true; }
        /// Puts a fresh, unconnected one in the same place.
        void renew();

    private:
        friend class Pool;
        Pool* pool_ = nullptr;
        std::string origin_;
        std::shared_ptr<Connection> connection_;
        bool reused_ = false;
        bool keep_ = false;
    };

    /// Errors, all `not_sent`: the limit's own (detail `pool`, or `total`); `too_large` (detail
    /// `pool`) where too many wait already; `cancelled`.
    [[nodiscard]] runtime::Task<Result<Lease>> acquire(std::string origin, Limit limit);

    [[nodiscard]] std::size_t connections() const { return total_; }
    [[nodiscard]] std::size_t idle() const;
    [[nodiscard]] std::size_t waiting() const { return waiters_.size(); }

private:
    struct Origin {
        /// In use and idle.
        std::size_t connections = 0;
        /// The one used last stands last and is used first.
        std::vector<std::shared_ptr<Connection>> idle;
    };
    // A place in the line. It goes with the frame that waits, also when that is torn down.
    struct Waiter {
        Waiter(std::list<Waiter*>& waiters, const std::string& of)
            : line(waiters), origin(of), place(waiters.insert(waiters.end(), this)) {}
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter() {
            if (!served) {
                line.erase(place);
            }
        }

        std::list<Waiter*>& line;
        const std::string& origin;
        std::list<Waiter*>::iterator place;
        runtime::Event event;
        bool served = false;
        std::optional<Lease> lease;
    };

    [[nodiscard]] std::optional<Lease> try_take(const std::string& name);
    [[nodiscard]] std::shared_ptr<Connection> take_idle(const std::string& name);
    [[nodiscard]] bool make_room(const std::string& name);
    void give_back(const std::string& name, std::shared_ptr<Connection> connection, bool keep);
    void forget(const std::string& name);
    void drop_idle(const std::string& name, const Connection* connection);
    void serve_waiters();

    runtime::RealScheduler& scheduler_;
    PoolLimits limits_;
    std::size_t total_ = 0;
    std::map<std::string, Origin> origins_;
    std::list<Waiter*> waiters_;
};

}  // namespace apilab::transport::internal
