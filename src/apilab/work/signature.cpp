#include "apilab/work/signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "apilab/base/try.hpp"
#include "apilab/work/hmac.hpp"

namespace apilab::work {
namespace {

constexpr std::size_t secrets_max = 10;
constexpr std::size_t hex_digits = 64;
constexpr std::size_t timestamp_digits_max = 12;

std::unexpected<Error> refuse(std::string why, std::string message) {
    return fail(Error(ErrorKind::auth, std::move(message))
                    .with_detail(std::move(why))
                    .with_remedy("answer 401 and do nothing"));
}

Result<std::string_view> only_one(const http::Headers& headers, std::string_view name) {
    const auto values = headers.get_all(name);
    if (values.empty() || values.front().empty()) {
        return refuse("missing", fmt::format("the webhook has no {}", name));
    }
    if (values.size() > 1) {
        return refuse("repeated", fmt::format("the webhook has {} twice", name));
    }
    return values.front();
}

// The digits behind `prefix`, in lower case.
Result<std::string> read_digits(std::string_view value, std::string_view prefix) {
    if (!value.starts_with(prefix) || value.size() != prefix.size() + hex_digits) {
        return refuse("malformed", fmt::format("the signature is not {}<64 hex digits>", prefix));
    }
    std::string digits(value.substr(prefix.size()));
    for (char& c : digits) {
        c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return refuse("malformed", "the signature has something that is no hex digit");
        }
    }
    return digits;
}

Result<void> check_time(std::string_view text, SystemTime now, Duration tolerance) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || text.size() > timestamp_digits_max || read.ec != std::errc()) {
        return refuse("malformed", "the webhook's timestamp is not a number of seconds");
    }
    // In milliseconds: twelve digits of seconds do not fit into nanoseconds.
    using std::chrono::milliseconds;
    const auto ours = std::chrono::duration_cast<milliseconds>(now.time_since_epoch());
    const auto off = ours - std::chrono::seconds(seconds);
    if (std::chrono::abs(off) > std::chrono::duration_cast<milliseconds>(tolerance)) {
        return refuse("timestamp",
                      fmt::format("the webhook was signed {} s {}", std::abs(off.count()) / 1000,
                                  off.count() > 0 ? "ago" : "ahead"));
    }
    return {};
}

}  // namespace

SignatureVerifier::SignatureVerifier(SignatureScheme scheme, SignatureOptions options)
    : scheme_(scheme), options_(std::move(options)) {}

Result<SignatureVerifier> SignatureVerifier::create(SignatureScheme scheme,
                                                    SignatureOptions options) {
    const auto& secrets = options.secrets;
    if (secrets.empty() || secrets.size() > secrets_max ||
        std::ranges::any_of(secrets, &Secret::empty)) {
        return fail(Error(ErrorKind::invalid_argument,
                          "secrets: expected 1 to 10 webhook secrets, none of them empty")
                        .with_detail("secrets"));
    }
    if (options.tolerance < std::chrono::seconds(1) || options.tolerance > std::chrono::hours(1)) {
        return fail(Error(ErrorKind::invalid_argument, "tolerance: expected 1 s to 1 h")
                        .with_detail("tolerance"));
    }
    return SignatureVerifier(scheme, std::move(options));
}

Result<void> SignatureVerifier::verify(const http::Headers& headers, std::string_view body,
                                       SystemTime now) const {
    const bool slack = scheme_ == SignatureScheme::slack;
    APILAB_TRY(const auto header,
               only_one(headers, slack ? "x-slack-signature" : "x-hub-signature-256"));
    APILAB_TRY(const auto given, read_digits(header, slack ? "v0=" : "sha256="));
    std::string signed_bytes;
    if (slack) {
        APILAB_TRY(const auto timestamp, only_one(headers, "x-slack-request-timestamp"));
        APILAB_CHECK(check_time(timestamp, now, options_.tolerance));
        signed_bytes = fmt::format("v0:{}:", timestamp);
    }
    signed_bytes += body;
    bool matched = false;
    for (const Secret& secret : options_.secrets) {  // all of them: no early way out to be timed
        const bool same = equal_in_constant_time(hmac_sha256_hex(secret, signed_bytes), given);
        matched = matched || same;
    }
    return matched ? Result<void>() : refuse("mismatch", "the webhook's signature is not its own");
}

}  // namespace apilab::work
