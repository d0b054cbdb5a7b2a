#include "apilab/policy/token_life.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace apilab::policy {

namespace {

constexpr std::chrono::seconds lifetime_max = std::chrono::hours(24 * 3650);

}  // namespace

Result<void> TokenLifeOptions::validate() const {
    if (early < Duration::zero() || early > std::chrono::hours(1)) {
        return fail(ErrorKind::invalid_argument, "token life: early must be from 0 to 1 h");
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

SteadyTime renew_token_at(SteadyTime asked, std::optional<Duration> lifetime,
                          const TokenLifeOptions& options) {
    if (!lifetime) {
        return SteadyTime::max();
    }
    return asked + *lifetime - std::min(options.early, *lifetime / 4);
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

}  // namespace apilab::policy
