#include "senders.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/work/sender.hpp"

namespace apilab::durability {

using namespace std::chrono_literals;

namespace {

// Whose event `e7` is.
std::string sender_of(const std::string& id) {
    static constexpr std::array<std::string_view, 3> names{"github", "slack", "standard"};
    std::size_t number = 0;
    std::from_chars(id.data() + 1, id.data() + id.size(), number);
    return std::string(names.at(number % names.size()));
}

// Bodies of many sizes, some beyond a page of the database.
std::string body_of(const std::string& id) {
    const std::size_t size = 60 + id.size() * 37 + (id.back() == '7' ? 5'000 : 0);
    return fmt::format(R"({{"event_id":"{}","type":"event_callback","pad":"{}"}})", id,
                       std::string(size, 'x'));
}

}  // namespace

const std::map<std::string, std::string, std::less<>>& Senders::secrets() {
    static const std::map<std::string, std::string, std::less<>> all{
        {"github", "the secret of github"},
        {"slack", "the secret of slack"},
        {"standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
    return all;
}

std::string Senders::event_of(std::string_view body) {
    const auto begin = body.find(":\"") + 2;
    return std::string(body.substr(begin, body.find('"', begin) - begin));
}

Senders::Senders(std::uint64_t seed, double per_second, SteadyTime start)
    : rng_(seed), per_second_(per_second), start_(start) {
    for (const auto& [name, secret] : secrets()) {
        const auto scheme = work::find_sender(name)->scheme;
        signers_.emplace(name, work::SignatureSigner::create(scheme, Secret(secret)).value());
        auto wrong = secret;
        wrong.at(wrong.size() - 5) = wrong.at(wrong.size() - 5) == 'A' ? 'B' : 'A';
        forgers_.emplace(name, work::SignatureSigner::create(scheme, Secret(wrong)).value());
    }
}

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

http::Request Senders::signed_request(const std::string& sender, bool truly, const std::string& id,
                                      std::string body, SystemTime date) const {
    const auto& signer = (truly ? signers_ : forgers_).at(sender);
    const auto headers = signer.sign(body, id, date).value();
    auto request = http::Request::post(
        http::Url::parse("http://127.0.0.1/webhooks/" + sender).value(), std::move(body));
    for (const auto& [name, value] : headers) {
        request.header(name, value);
    }
    if (sender == "github") {
        request.header("x-github-delivery", id);
        request.header("x-github-event", "push");
    }
    return request;
}

Delivery Senders::genuine(const std::string& id, SystemTime date) const {
    return {.id = id, .request = signed_request(sender_of(id), true, id, body_of(id), date)};
}

Delivery Senders::forgery(const std::string& id, SystemTime date) {
    ++forgeries_;
    const auto sender = sender_of(id);
    const auto name = "forged-" + id;
    switch (rng_.between(0, 2)) {
        case 0:
            return {.id = name,
                    .request = signed_request(sender, false, name, body_of(name), date),
                    .forged = true};
        case 1: {
            auto request = genuine(id, date).request;
            request.body(body_of(name));
            return {.id = name, .request = std::move(request), .forged = true};
        }
        default:
            break;
    }
    // Caught: where a time is signed, it is over; where none is, the body is known.
    return {.id = name,
            .request = signed_request(sender, true, name, body_of(sender == "github" ? id : name),
                                      date - 1h),
            .forged = true,
            .replay = sender == "github"};
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
