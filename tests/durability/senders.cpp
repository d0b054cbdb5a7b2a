#include "senders.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "apilab/base/secret.hpp"
#include "apilab/work/hmac.hpp"

namespace apilab::durability {

using namespace std::chrono_literals;

namespace {

Delivery signed_by(const std::string& secret, std::string id, std::string body, SystemTime date) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(date).time_since_epoch().count();
    const auto signature =
        work::hmac_sha256_hex(Secret(secret), fmt::format("v0:{}:{}", seconds, body));
    return {.id = std::move(id),
            .body = std::move(body),
            .headers = {{"X-Slack-Request-Timestamp", fmt::to_string(seconds)},
                        {"X-Slack-Signature", "v0=" + signature}}};
}

// Bodies of many sizes, some beyond a page of the database.
std::string body_of(const std::string& id) {
    const std::size_t size = 60 + id.size() * 37 + (id.back() == '7' ? 5'000 : 0);
    return fmt::format(R"({{"event_id":"{}","pad":"{}"}})", id, std::string(size, 'x'));
}

}  // namespace

SteadyTime Senders::later(SteadyTime time, Duration least, Duration most) {
    return time + Duration(rng_.between(least.count(), most.count()));
}

void Senders::make_events(SteadyTime now) {
    const auto interval = std::chrono::duration_cast<Duration>(1s / per_second_);
    for (; !stopped_ && start_ + static_cast<int>(made_) * interval <= now; ++made_) {
        const auto at = start_ + static_cast<int>(made_) * interval;
        auto id = fmt::format("e{}", made_);
        if (rng_.uniform() < 0.1) {
            plans_.emplace(later(at, 0s, 3s), Plan{.id = id, .kind = Kind::copy});
        }
        if (rng_.uniform() < 0.05) {
            plans_.emplace(later(at, 0s, 2s), Plan{.id = id, .kind = Kind::forgery});
        }
        plans_.emplace(later(at, 0s, 1s), Plan{.id = std::move(id)});
    }
}

Delivery Senders::genuine(const std::string& id, SystemTime date) const {
    return signed_by(secret(), id, body_of(id), date);
}

Delivery Senders::forgery(const std::string& id, SystemTime date) {
    ++forgeries_;
    auto name = "forged-" + id;
    Delivery delivery;
    switch (rng_.between(0, 2)) {
        case 0:
            delivery = signed_by("another-secret", name, body_of(name), date);
            break;
        case 1:
            delivery = genuine(id, date);
            delivery.body = body_of(name);
            break;
        default:
            delivery = signed_by(secret(), name, body_of(name), date - 1h);
            break;
    }
    delivery.id = std::move(name);
    delivery.forged = true;
    return delivery;
}

std::vector<Delivery> Senders::due(SteadyTime now, SystemTime date) {
    make_events(now);
    std::vector<Delivery> all;
    while (!plans_.empty() && plans_.begin()->first <= now) {
        const Plan plan = std::move(plans_.extract(plans_.begin()).mapped());
        ++deliveries_;
        all.push_back(plan.kind == Kind::forgery ? forgery(plan.id, date) : genuine(plan.id, date));
    }
    return all;
}

void Senders::refused(const std::string& id, SteadyTime now) {
    if (!acknowledged_.contains(id)) {
        plans_.emplace(later(now, 500ms, 3s), Plan{.id = id});
    }
}

}  // namespace apilab::durability
