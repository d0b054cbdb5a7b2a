#include "apilab/auth/device_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/auth/internal/form.hpp"
#include "apilab/auth/internal/places.hpp"
#include "apilab/auth/internal/refusal.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/retry_after.hpp"
#include "apilab/policy/token_life.hpp"

namespace apilab::auth {
namespace {

using std::chrono::seconds;

constexpr std::size_t answer_size_max = std::size_t{64} * 1024;
constexpr std::size_t user_code_max = 64;
constexpr Duration lifetime_max = std::chrono::hours(24);
constexpr Duration interval_default = seconds(5);
constexpr Duration interval_min = seconds(1);
constexpr Duration interval_max = std::chrono::minutes(5);
constexpr Duration slower_by = seconds(5);
constexpr Duration doubled_max = std::chrono::minutes(1);

Error unreadable(std::string_view member, std::string_view why) {
    return Error(ErrorKind::decode, fmt::format("device authorization: {} {}", member, why))
        .with_outcome(Outcome::answered)
        .with_detail(http::pointer_step(member));
}

Result<std::string> user_code_of(http::Json root) {
    const auto text = root["user_code"].string_or("");
    if (text.empty() || internal::shown(text, user_code_max) != text) {
        return fail(unreadable("user_code", fmt::format("is missing, longer than {} characters or "
                                                        "not printable",
                                                        user_code_max)));
    }
    return std::string(text);
}

Result<http::Url> verification_uri_of(http::Json root) {
    const auto text = root["verification_uri"].string_or(root["verification_url"].string_or(""));
    auto url = http::Url::parse(text);
    if (!url || !internal::trusted_place(*url)) {
        return fail(unreadable("verification_uri", "is missing or no https URL"));
    }
    return url;
}

std::optional<http::Url> complete_of(http::Json root, const http::Url& plain) {
    auto url = http::Url::parse(root["verification_uri_complete"].string_or(
        root["verification_url_complete"].string_or("")));
    if (!url || url->origin() != plain.origin()) {
        return std::nullopt;
    }
    return *std::move(url);
}

Result<DeviceCode> read_document(http::Json root) {
    const auto device_code = root["device_code"].string_or("");
    if (device_code.empty()) {
        return fail(unreadable("device_code", "is missing"));
    }
    APILAB_TRY(auto user_code, user_code_of(root));
    APILAB_TRY(const auto uri, verification_uri_of(root));
    const auto lifetime = policy::read_expires_in(root["expires_in"]);
    if (!lifetime || *lifetime == Duration::zero()) {
        return fail(unreadable("expires_in", "is missing or no positive number of seconds"));
    }
    return DeviceCode{
        .device_code = Secret(std::string(device_code)),
        .user_code = std::move(user_code),
        .verification_uri = uri,
        .verification_uri_complete = complete_of(root, uri),
        .lifetime = std::min(*lifetime, lifetime_max),
        .interval = std::clamp(policy::read_expires_in(root["interval"]).value_or(interval_default),
                               interval_min, interval_max)};
}

// What the server would have us wait from now on, where its answer says so (GitHub's slow_down).
Duration interval_named(const Result<http::Response>& answer) {
    const auto document = answer
                              ? http::JsonDocument::parse(
                                    answer->body(), {.size_max = answer_size_max, .depth_max = 8})
                              : fail(answer.error());
    const auto named = document ? policy::read_expires_in(document->root()["interval"])
                                : std::optional<Duration>();
    return std::min(named.value_or(Duration::zero()), interval_max);
}

// What the server would have us wait this once.
Duration wait_named(const Result<http::Response>& answer, SystemTime date) {
    const auto named = answer ? http::parse_retry_after(answer->headers(), date).wait
                              : answer.error().retry_after();
    return std::max(named.value_or(Duration::zero()), Duration::zero());
}

bool is(const Error& error, std::string_view code) {
    return error.provider_code() == code;
}

// Nobody answered, or somebody who had no time: the same request may go better later.
bool may_recover(const Error& error) {
    return error.ending() != Ending::permanent &&
           (error.retryable() || error.kind() == ErrorKind::deadline || error.status() >= 500 ||
            is(error, "temporarily_unavailable") || is(error, "server_error"));
}

}  // namespace

Result<http::Request> device_request(const http::Url& endpoint, const ClientAuthentication& client,
                                     std::string_view scope, SystemTime now) {
    http::Query form;
    if (!scope.empty()) {
        form.add("scope", scope);
    }
    return form_request(endpoint, std::move(form), client, now);
}

Result<DeviceCode> read_device_answer(const Result<http::Response>& answer) {
    if (!answer) {
        return fail(answer.error());
    }
    const auto document =
        http::JsonDocument::parse(answer->body(), {.size_max = answer_size_max, .depth_max = 8});
    const auto root = document ? document->root() : http::Json();
    if (const auto code = root["error"].string_or(""); !code.empty()) {
        return fail(internal::refusal("device authorization endpoint", code, answer->status()));
    }
    if (!answer->ok()) {
        APILAB_TRY([[maybe_unused]] const auto never, answer->error_for_status());
    }
    if (!document) {
        return fail(Error(document.error())
                        .with_outcome(Outcome::answered)
                        .in("reading the device authorization"));
    }
    return read_document(root);
}

DeviceCodeGrant::DeviceCodeGrant(http::Url token_url, ClientAuthentication client,
                                 Secret device_code)
    : token_url_(std::move(token_url)),
      client_(std::move(client)),
      device_code_(std::move(device_code)) {}

Result<http::Request> DeviceCodeGrant::request(const TokenSet& /*current*/, SystemTime now) const {
    if (device_code_.empty()) {
        return fail(Error(ErrorKind::invalid_argument, "device code grant: there is no device code")
                        .with_detail("device_code"));
    }
    http::Query form;
    form.add("grant_type", "urn:ietf:params:oauth:grant-type:device_code")
        .add("device_code", device_code_.reveal());
    return form_request(token_url_, std::move(form), client_, now);
}

DevicePolling::DevicePolling(Duration interval, Duration lifetime, SteadyTime asked)
    : interval_(std::clamp(interval, interval_min, interval_max)),
      end_(asked + std::clamp(lifetime, Duration::zero(), lifetime_max)),
      next_(asked + interval_) {}

std::optional<SteadyTime> DevicePolling::next() const {
    return next_ < end_ ? std::optional(next_) : std::nullopt;
}

std::optional<Result<TokenSet>> DevicePolling::take(const Result<http::Response>& answer,
                                                    SteadyTime now, SystemTime date) {
    auto tokens = read_token_answer(answer);
    if (tokens) {
        return tokens;
    }
    const Error& error = tokens.error();
    Duration at_least = Duration::zero();
    if (is(error, "slow_down") || is(error, "rate_limit_exceeded")) {
        interval_ = std::max(interval_ + slower_by, interval_named(answer));
    } else if (is(error, "access_denied") || is(error, "expired_token")) {
        return fail(Error(error)
                        .with_ending(Ending::permanent)
                        .with_remedy(is(error, "access_denied") ? "the person said no"
                                                                : "begin again with a new code"));
    } else if (!is(error, "authorization_pending")) {
        if (!may_recover(error)) {
            return tokens;
        }
        interval_ = std::max(interval_, std::min(interval_ * 2, doubled_max));
        at_least = std::min(wait_named(answer, date), lifetime_max);
    }
    next_ = now + std::max(interval_, at_least);
    return std::nullopt;
}

Error DevicePolling::expired() {
    return Error(ErrorKind::auth, "the device code ended before anybody consented")
        .with_ending(Ending::permanent)
        .with_detail("expired_token")
        .with_remedy("begin again with a new code");
}

}  // namespace apilab::auth
