#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/message.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::durability {

/// One request on its way to the receiver.
struct Delivery {
    /// The event's, or who forges it says so.
    std::string id;
    http::Request request;
    bool forged = false;
    /// A body that was caught, under another id, which its sender does not sign: told 200, since
    /// the receiver does not say that it knows it, and nothing comes of it.
    bool replay = false;
};

/// Those who send webhooks, and those who would like to pass for them. They are other machines: no
/// power cut here makes them forget, and they send again what nobody said 2xx to (GitHub does not
/// by itself; then somebody asks it to).
///
/// So many events per second, by turns GitHub's, Slack's and of Standard Webhooks. Of ten, one goes
/// out twice; each is late by up to a second, so that they overtake each other; to twenty comes a
/// forgery: under a wrong secret, a body changed under its signature, or a copy under a new id.
class Senders {
public:
    Senders(std::uint64_t seed, double per_second, SteadyTime start);

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

    /// Names as `work::find_sender` knows them, and the secret that the receiver shares with each.
    [[nodiscard]] static const std::map<std::string, std::string, std::less<>>& secrets();
    /// The event that a body is about.
    [[nodiscard]] static std::string event_of(std::string_view body);

private:
    enum class Kind : std::uint8_t { first, copy, forgery };
    struct Plan {
        std::string id;
        Kind kind = Kind::first;
    };
    void make_events(SteadyTime now);
    [[nodiscard]] http::Request signed_request(const std::string& sender, bool truly,
                                               const std::string& id, std::string body,
                                               SystemTime date) const;
    [[nodiscard]] Delivery genuine(const std::string& id, SystemTime date) const;
    [[nodiscard]] Delivery forgery(const std::string& id, SystemTime date);
    [[nodiscard]] SteadyTime later(SteadyTime time, Duration least, Duration most);

    SeededRng rng_;
    double per_second_;
    SteadyTime start_;
    std::map<std::string, work::SignatureSigner> signers_;
    std::map<std::string, work::SignatureSigner> forgers_;
    std::multimap<SteadyTime, Plan> plans_;
    std::set<std::string> acknowledged_;
    std::size_t made_ = 0;
    std::size_t deliveries_ = 0;
    std::size_t forgeries_ = 0;
    bool stopped_ = false;
};

}  // namespace apilab::durability
