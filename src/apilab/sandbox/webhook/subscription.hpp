#pragma once

#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::webhook {

/// Can be delivered to? Errors (`invalid_argument`) name the field: `/from`, `/url` (http or https,
/// of this machine unless `anywhere`, at most 2048 characters), `/secret` (of a form that its
/// sender signs with), `/events` (at most 100).
[[nodiscard]] Result<void> check_subscription(const Subscription& subscription, bool anywhere);
/// Did it ask for events of this type? `message.channels` is how one subscribes to Slack's
/// `message`.
[[nodiscard]] bool wants(const Subscription& subscription, const Event& event);
/// Is it of this sender and scope (empty: of any)?
[[nodiscard]] bool concerns(const Subscription& subscription, std::string_view from,
                            std::string_view scope);

}  // namespace apilab::sandbox::webhook
