#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/webhook/webhooks.hpp"

namespace apilab::sandbox::webhook {

/// What the sender knows of a delivery and the receiver has to find out.
enum class Truth : std::uint8_t { genuine, altered, forged, without_signature, stale, future };
[[nodiscard]] std::string_view to_string(Truth truth);

/// One delivery, before it is known how often it must be tried.
struct Delivery {
    /// After the sender's beginning.
    Duration at{};
    Truth truth = Truth::genuine;
    /// `first`, `again` (a duplicate, later), `twin` (a duplicate in the same instant).
    std::string copy = "first";
    /// The first attempt never arrives.
    bool lost = false;
    /// Bytes that a parser and writer of JSON would not give back.
    bool odd = false;
    /// `push`, `ping`, `event_callback`, `url_verification`.
    std::string type;
    /// `X-GitHub-Delivery`, or Slack's `event_id`: equal for copies of one event.
    std::string event;
    /// What `url_verification` wants back.
    std::string challenge;
    std::string body;
    /// Which way of having no signature (`without_signature`).
    std::uint64_t variant = 0;

    [[nodiscard]] bool handshake() const { return type == "ping" || type == "url_verification"; }
};

/// Everything that one sender will deliver, in order of time. `started` is the date of its
/// beginning. The same seed gives the same plan.
[[nodiscard]] std::vector<Delivery> plan_deliveries(const Webhooks& webhooks, std::uint64_t seed,
                                                    SystemTime started);

/// Why a delivery is made once more: Slack's `X-Slack-Retry-Reason`.
struct Attempt {
    /// From 1.
    std::uint64_t number = 1;
    std::string reason;
};

/// The request as the real sender makes it, signed now (or, where the plan says so, not rightly).
[[nodiscard]] http::Request make_request(const Webhooks& webhooks, const Delivery& delivery,
                                         const Attempt& attempt, std::uint64_t seed, SystemTime now,
                                         const http::Url& base);

}  // namespace apilab::sandbox::webhook
