#include "apilab/auth/github_app_grant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/auth/internal/server_clock.hpp"
#include "apilab/auth/jwt.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::auth {
namespace {

constexpr std::size_t repositories_max = 500;
// With repositories named the answer describes each of them.
constexpr std::size_t answer_size_max = std::size_t{8} << 20U;
constexpr std::size_t message_max = 160;
constexpr std::chrono::seconds back(60);
constexpr std::chrono::minutes ahead(9);

std::string body_of(const GitHubAppOptions& options) {
    std::string text;
    for (const auto& name : options.repositories) {
        text += (text.empty() ? "\"repositories\":[" : ",") + http::json_quote(name);
    }
    text += text.empty() ? "" : "]";
    std::string permissions;
    for (const auto& [name, level] : options.permissions) {
        permissions += permissions.empty() ? "\"permissions\":{" : ",";
        permissions += http::json_quote(name) + ":" + http::json_quote(level);
    }
    if (!permissions.empty()) {
        text += (text.empty() ? "" : ",") + permissions + "}";
    }
    return text.empty() ? text : "{" + text + "}";
}

// What GitHub says, as far as it may stand in an error.
std::string said_by(const http::Response& answer) {
    const auto document =
        http::JsonDocument::parse(answer.body(), {.size_max = answer_size_max, .depth_max = 32});
    std::string text(
        (document ? document->root()["message"].string_or("") : "").substr(0, message_max));
    std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text.empty() ? text : ": " + text;
}

bool tells_to_wait(const http::Response& answer) {
    return answer.headers().contains("retry-after") ||
           answer.headers().value("x-ratelimit-remaining") == "0";
}

Error refused(const http::Response& answer, SystemTime now) {
    const int status = answer.status();
    auto error =
        Error(status == 403 && tells_to_wait(answer) ? ErrorKind::rate_limited : ErrorKind::auth,
              fmt::format("GitHub gave no installation token ({}{})", status, said_by(answer)))
            .with_status(status)
            .with_outcome(Outcome::answered);
    if (error.kind() == ErrorKind::rate_limited) {
        return error;
    }
    const auto off = internal::clock_ahead(answer.headers(), now, internal::clock_tolerance);
    if (status == 401 && off) {
        return std::move(error).with_remedy("set the clock: " + internal::tell_clock(*off));
    }
    error = std::move(error).with_ending(Ending::permanent);
    switch (status) {
        case 401:
            return std::move(error).with_remedy(
                "check that app and key belong together: the key may have been deleted");
        case 403:
            return std::move(error).with_remedy(
                "the installation is suspended, or an IP allow list keeps us out");
        case 404:
            return std::move(error).with_remedy(
                "check the installation's number: this app has none of it, or no more");
        default:
            return std::move(error).with_remedy(
                "ask only for repositories and permissions that the installation has");
    }
}

std::string scope_of(http::Json permissions) {
    std::string scope;
    for (const auto& [name, level] : permissions.members()) {
        scope += fmt::format("{}{}:{}", scope.empty() ? "" : " ", name, level.string_or(""));
    }
    return scope;
}

std::unexpected<Error> malformed(std::string_view member, std::string_view what) {
    return fail(Error(ErrorKind::decode, fmt::format("GitHub's installation token: {}", what))
                    .with_outcome(Outcome::answered)
                    .with_detail(std::string(member)));
}

}  // namespace

Result<void> GitHubAppOptions::validate() const {
    std::string_view wrong;
    if (app.empty()) {
        wrong = "app is empty (expected its client id or number)";
    } else if (installation <= 0) {
        wrong = "installation must be above 0";
    } else if (key.algorithm() != JwsAlgorithm::rs256) {
        wrong = "key must be RS256";
    } else if (repositories.size() > repositories_max) {
        wrong = "repositories: more than 500";
    } else if (std::ranges::any_of(repositories, &std::string::empty)) {
        wrong = "repositories: an empty name";
    }
    return wrong.empty() ? Result<void>()
                         : fail(ErrorKind::invalid_argument, fmt::format("GitHub App: {}", wrong));
}

Result<http::Request> GitHubAppGrant::request(const TokenSet& /*current*/, SystemTime now) const {
    APILAB_CHECK(options_.validate());
    APILAB_TRY(const auto jwt, sign_jwt(options_.key, {.issuer = options_.app,
                                                       .issued_at = now - back,
                                                       .expires_at = now + ahead}));
    auto request =
        http::Request("POST", options_.api.with(fmt::format("/app/installations/{}/access_tokens",
                                                            options_.installation)));
    request.header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .header("authorization", "Bearer " + std::string(jwt.reveal()));
    if (auto body = body_of(options_); !body.empty()) {
        request.body(std::move(body)).header("content-type", "application/json");
    }
    return request;
}

Result<TokenSet> GitHubAppGrant::read(const Result<http::Response>& answer, SystemTime now) const {
    if (!answer) {
        return fail(answer.error());
    }
    const int status = answer->status();
    if (status == 401 || status == 403 || status == 404 || status == 422) {
        return fail(refused(*answer, now));
    }
    APILAB_TRY(const auto good, answer->error_for_status());
    const auto document =
        http::JsonDocument::parse(good.body(), {.size_max = answer_size_max, .depth_max = 32});
    const auto root = document ? document->root() : http::Json();
    const auto token = root["token"].string_or("");
    if (token.empty()) {
        return malformed("/token", "the answer has none");
    }
    const auto ends = http::parse_iso_time(root["expires_at"].string_or(""));
    if (!ends) {
        return malformed("/expires_at", "no time (expected RFC 3339)");
    }
    const SystemTime from = internal::date_of(good.headers()).value_or(now);
    return TokenSet{.access_token = Secret(std::string(token)),
                    .lifetime = std::max(Duration::zero(), *ends - from),
                    .scope = scope_of(root["permissions"])};
}

}  // namespace apilab::auth
