#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/webhook/letter.hpp"
#include "apilab/sandbox/webhook/webhooks.hpp"

namespace apilab::sandbox::webhook {

/// One delivery, before it is known how often it must be tried.
struct Delivery {
    /// After the sender's beginning.
    Duration at{};
    Truth truth = Truth::genuine;
    /// `first`, `again` (a duplicate, later), `twin` (a duplicate in the same instant),
    /// `redelivery` (asked for by a person, because the first was lost).
    std::string copy = "first";
    /// The first attempt never arrives.
    bool lost = false;
    /// Bytes that a parser and writer of JSON would not give back.
    bool odd = false;
    /// `push`, `ping`, `event_callback`, `url_verification`, `invoice.paid`.
    std::string type;
    /// What the receiver knows it by: equal for copies of one event.
    std::string event;
    /// What `url_verification` wants back.
    std::string challenge;
    std::string body;
    /// Which way of being forged or having no signature.
    std::uint64_t variant = 0;
    bool slow = false;
    bool huge = false;
    /// Of an unknown type: nothing is to come of it.
    bool quiet = false;
    /// What it tells of, and how its states follow one another: a higher one is a later one.
    std::string object;
    std::uint64_t order = 0;
    /// As the body says it.
    std::string version;
    /// A later state of its object was told before it.
    bool late = false;
    /// What an answer to it names (`Body::ts`).
    std::string ts;
    std::string words;
    /// The receiver's own words.
    bool own = false;
    /// Its URLs lead elsewhere.
    bool lure = false;
    /// Signed with the secret that was good before, too.
    bool both = false;
    /// 0: as many as the sender makes.
    std::uint64_t attempts = 0;

    [[nodiscard]] bool handshake() const {
        return type == "ping" || type == "url_verification" || type == "verification_token";
    }
};

/// Everything that one sender will deliver, in order of time. `started` is the date of its
/// beginning; `foreign` is where URLs lead that lure. The same seed gives the same plan.
[[nodiscard]] std::vector<Delivery> plan_deliveries(const Webhooks& webhooks, std::uint64_t seed,
                                                    SystemTime started,
                                                    std::string_view foreign = {});

/// The request as the real sender makes it, signed now (or, where the plan says so, not rightly).
[[nodiscard]] http::Request make_request(const Webhooks& webhooks, const Delivery& delivery,
                                         const Attempt& attempt, std::uint64_t seed, SystemTime now,
                                         const http::Url& base);

}  // namespace apilab::sandbox::webhook
