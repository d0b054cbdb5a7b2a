#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/message.hpp"
#include "apilab/http/url.hpp"

namespace apilab::sandbox::webhook {

/// What the sender knows of a delivery and the receiver has to find out.
enum class Truth : std::uint8_t {
    genuine,
    /// One byte of the body was changed after it was signed.
    altered,
    /// Signed by somebody else; from Standard Webhooks every other time with the right secret, but
    /// for another id.
    forged,
    /// No signature, an empty one, or only one that proves nothing any more.
    without_signature,
    /// Rightly signed, six minutes ago.
    stale,
    /// Rightly signed, dated six minutes ahead.
    future,
    /// Signed with a secret that is no longer good.
    retired,
};
[[nodiscard]] std::string_view to_string(Truth truth);

/// Which attempt a delivery is, and why it is made once more (Slack's `X-Slack-Retry-Reason`).
struct Attempt {
    /// From 1.
    std::uint64_t number = 1;
    std::string reason;
};

/// One delivery as its sender is about to make it.
struct Letter {
    /// Whose way of writing it is (`find_dialect`).
    std::string from;
    /// `X-GitHub-Event`; elsewhere it stands in the body.
    std::string type;
    /// `X-GitHub-Delivery`, `webhook-id`; elsewhere it stands in the body.
    std::string id;
    std::string body;
    /// What signs, in this order; empty: nothing is signed. More than one only where the dialect
    /// `overlaps`.
    std::vector<std::string> secrets;
    /// `X-GitHub-Hook-ID`.
    std::string hook = "30";
    /// GitHub: the body as the form field `payload`.
    bool form = false;
    Truth truth = Truth::genuine;
    /// Which way of being forged or not signed.
    std::uint64_t variant = 0;
    /// With five MiB more in it, which mean nothing.
    bool huge = false;
};

/// The request as the real sender makes it, signed now (or, where the letter says so, not rightly).
[[nodiscard]] http::Request write_letter(const Letter& letter, const Attempt& attempt,
                                         SystemTime now, http::Url url);

}  // namespace apilab::sandbox::webhook
