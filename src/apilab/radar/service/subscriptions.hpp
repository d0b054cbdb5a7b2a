#pragma once

#include <span>
#include <string_view>

namespace apilab::radar {

/// What is worth subscribing to at a sender: something is done because of each of these.
struct Subscription {
    /// As in `WebhookSource`.
    std::string_view sender;
    std::span<const std::string_view> events;
};

/// By the senders' own names for them. Everything else is taken as well, kept and ignored.
[[nodiscard]] std::span<const Subscription> subscriptions();

}  // namespace apilab::radar
