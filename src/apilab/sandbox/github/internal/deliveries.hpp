#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/sandbox/github/internal/call.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::github {

/// The hook of the path, where it is one of this repository.
[[nodiscard]] std::optional<webhook::Subscription> find_hook(const Call& call);
/// An id of the hub as this API writes it.
[[nodiscard]] std::int64_t hook_number(std::string_view id);
/// Was it taken: an answer of 2xx.
[[nodiscard]] bool delivered(const webhook::DeliveryRecord& record);
/// `OK`, `Invalid HTTP Response: 500`, or why there was no answer.
[[nodiscard]] std::string delivery_status(const webhook::DeliveryRecord& record);
/// Does it ask for none, for too many, or for some that there are not?
[[nodiscard]] bool unknown_events(const webhook::Subscription& hook);

}  // namespace apilab::sandbox::github
