#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::durability {

/// One request on its way to the receiver.
struct Delivery {
    /// The event's id, which stands in the body too.
    std::string id;
    std::string body;
    http::Headers headers;
    bool forged = false;
};

/// Those who send webhooks, and those who would like to pass for them. They are other machines: no
/// power cut here makes them forget, and they send again what nobody said 2xx to.
///
/// So many events per second, signed as Slack signs. Of ten, one goes out twice; each is late by up
/// to a second, so that they overtake each other; to twenty comes a forgery: under a wrong secret,
/// a body changed under its signature, or a copy of what was sent an hour ago with a new id.
class Senders {
public:
    Senders(std::uint64_t seed, double per_second, SteadyTime start)
        : rng_(seed), per_second_(per_second), start_(start) {}

    /// What arrives up to `now`. `date` is what the clocks of people say.
    [[nodiscard]] std::vector<Delivery> due(SteadyTime now, SystemTime date);
    /// They were told 2xx.
    void acknowledged(const std::string& id) { acknowledged_.insert(id); }
    /// They were told something else, or nothing.
    void refused(const std::string& id, SteadyTime now);
    /// No new events from now on; what is not acknowledged goes on.
    void stop() { stopped_ = true; }

    [[nodiscard]] bool idle() const {
        return stopped_ && plans_.empty() && acknowledged_.size() == made_;
    }
    /// Events that were sent by who they say; `e0` and so on.
    [[nodiscard]] std::size_t made() const { return made_; }
    [[nodiscard]] const std::set<std::string>& acknowledgements() const { return acknowledged_; }
    [[nodiscard]] std::size_t deliveries() const { return deliveries_; }
    [[nodiscard]] std::size_t forgeries() const { return forgeries_; }

    /// The receiver's secret.
    [[nodiscard]] static std::string secret() { return "the-senders-secret"; }

private:
    enum class Kind : std::uint8_t { first, copy, forgery };
    struct Plan {
        std::string id;
        Kind kind = Kind::first;
    };
    void make_events(SteadyTime now);
    [[nodiscard]] Delivery genuine(const std::string& id, SystemTime date) const;
    [[nodiscard]] Delivery forgery(const std::string& id, SystemTime date);
    [[nodiscard]] SteadyTime later(SteadyTime time, Duration least, Duration most);

    SeededRng rng_;
    double per_second_;
    SteadyTime start_;
    std::multimap<SteadyTime, Plan> plans_;
    std::set<std::string> acknowledged_;
    std::size_t made_ = 0;
    std::size_t deliveries_ = 0;
    std::size_t forgeries_ = 0;
    bool stopped_ = false;
};

}  // namespace apilab::durability
