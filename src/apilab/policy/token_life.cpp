#include "apilab/policy/token_life.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace apilab::policy {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds lifetime_max = hours(24 * 3650);
constexpr int doublings_max = 6;
constexpr int suspects_max = 6;
constexpr double margin_share = 0.1;

std::unexpected<Error> out_of_range(std::string_view option, std::string_view range) {
    return fail(Error(ErrorKind::invalid_argument,
                      "token life: " + std::string(option) + " must be from " + std::string(range))
                    .with_detail(std::string(option)));
}

Duration scaled(Duration span, double factor) {
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double, std::nano>(static_cast<double>(span.count()) * factor));
}

}  // namespace

Result<void> TokenLifeOptions::validate() const {
    const auto within = [](auto value, auto low, auto high) {
        return value >= low && value <= high;
    };
    constexpr Duration none = Duration::zero();
    if (!within(early_share, 0.0, 0.5)) {
        return out_of_range("early_share", "0 to 0.5");
    }
    if (!within(early_max, none, Duration(hours(1)))) {
        return out_of_range("early_max", "0 to 1 h");
    }
    if (!within(jitter, 0.0, 0.9)) {
        return out_of_range("jitter", "0 to 0.9");
    }
    if (!within(margin, none, Duration(minutes(5)))) {
        return out_of_range("margin", "0 to 5 min");
    }
    if (!within(pause, none, Duration(minutes(1)))) {
        return out_of_range("pause", "0 to 1 min");
    }
    if (!within(pause_max, pause, Duration(hours(1)))) {
        return out_of_range("pause_max", "pause to 1 h");
    }
    if (!within(young, Duration(seconds(1)), Duration(minutes(10)))) {
        return out_of_range("young", "1 s to 10 min");
    }
    return {};
}

std::optional<Duration> read_expires_in(http::Json value) {
    std::int64_t seconds = 0;
    if (const auto text = value.string()) {
        const auto* const end = text->data() + text->size();
        const auto [last, error] = std::from_chars(text->data(), end, seconds);
        if (text->empty() || error != std::errc() || last != end) {
            return std::nullopt;
        }
    } else if (const auto whole = value.integer()) {
        seconds = *whole;
    } else if (const auto number = value.number()) {
        seconds = static_cast<std::int64_t>(
            std::clamp(*number, 0.0, static_cast<double>(lifetime_max.count())));
    } else {
        return std::nullopt;
    }
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, lifetime_max.count()));
}

TokenRefusal classify_token_error(std::string_view error) {
    constexpr std::array configuration{"invalid_client", "unauthorized_client", "invalid_request",
                                       "unsupported_grant_type", "invalid_scope"};
    if (error == "invalid_grant") {
        return TokenRefusal::consent;
    }
    return std::ranges::find(configuration, error) != configuration.end()
               ? TokenRefusal::configuration
               : TokenRefusal::transient;
}

TokenLife::Action TokenLife::ask(SteadyTime now) const {
    if (now < use_until_) {
        return Action::use;
    }
    const bool may_ask = !ended_ && now >= next_try_;
    if (now < renew_first_) {
        return may_ask ? Action::use_and_renew : Action::use;
    }
    if (may_ask) {
        return Action::renew;
    }
    return still_good(now) ? Action::use : Action::refuse;
}

void TokenLife::renewed(SteadyTime asked, SteadyTime now, std::optional<Duration> lifetime,
                        double chance) {
    obtained_ = now;
    proven_ = false;
    failures_ = 0;
    ended_ = false;
    next_try_ = SteadyTime::min();
    if (!lifetime) {
        use_until_ = renew_first_ = expires_ = SteadyTime::max();
        return;
    }
    const Duration early = std::min(options_.early_max, scaled(*lifetime, options_.early_share));
    expires_ = asked + *lifetime;
    use_until_ = expires_ - scaled(early, 1.0 - options_.jitter * chance);
    renew_first_ = expires_ - std::min(options_.margin, scaled(early, margin_share));
}

void TokenLife::failed(SteadyTime now, std::optional<Duration> retry_after) {
    // While the old token serves nobody waits for a new one, so there is no hurry. Without one
    // every call fails meanwhile, so the pause stays short.
    const int doublings = still_good(now) ? std::min(failures_, doublings_max) : 0;
    ++failures_;
    const Duration pause = std::min(options_.pause * (1 << doublings), options_.pause_max);
    const Duration told = std::min(retry_after.value_or(Duration::zero()), options_.pause_max);
    next_try_ = std::max(next_try_, now + std::max(pause, told));
}

void TokenLife::ended() {
    ended_ = true;
}

void TokenLife::refused(SteadyTime now) {
    const bool was_young = !proven_ && obtained_ > now - options_.young;
    suspects_ = was_young ? std::min(suspects_ + 1, suspects_max) : 0;
    use_until_ = renew_first_ = expires_ = SteadyTime::min();
    if (suspects_ > 1) {
        next_try_ = std::max(next_try_, now + options_.young * (1 << (suspects_ - 2)));
    }
}

bool TokenLife::still_good(SteadyTime now) const {
    return now < expires_;
}

}  // namespace apilab::policy
