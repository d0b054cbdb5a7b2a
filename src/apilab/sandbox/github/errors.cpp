#include "apilab/sandbox/github/errors.hpp"

#include <chrono>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/http/retry_after.hpp"
#include "apilab/sandbox/github/limits.hpp"

namespace apilab::sandbox::github {
namespace {

constexpr std::string_view limits_page =
    "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";
// How long until the hour ends when a fault plays an exhausted primary limit and does not say it.
constexpr std::chrono::seconds played_reset(60);

// A wait that the fault announces is also when the window ends: one answer does not name two times.
std::chrono::seconds until_reset(const Refusal& refusal, SystemTime now) {
    const auto said = http::parse_retry_after({{"retry-after", refusal.retry_after}}, now);
    return said.wait ? std::chrono::ceil<std::chrono::seconds>(*said.wait) : played_reset;
}

std::string_view message_for(int status) {
    switch (status) {
        case 401:
            return "Bad credentials";
        case 403:
            return "Resource not accessible by personal access token";
        case 404:
            return "Not Found";
        case 422:
            return "Validation Failed";
        case 500:
        case 502:
            return "Server Error";
        default:
            return http::reason_phrase(status);
    }
}

}  // namespace

http::Response error(int status, std::string_view message, std::string_view documentation) {
    return http::Response::json(
        status, "{\"message\":" + http::json_quote(message) +
                    ",\"documentation_url\":" + http::json_quote(documentation) + ",\"status\":\"" +
                    std::to_string(status) + "\"}");
}

http::Response validation_error(const Invalid& what, std::string_view documentation) {
    std::string entry = "\"resource\":" + http::json_quote(what.resource) +
                        ",\"code\":" + http::json_quote(what.code);
    if (!what.field.empty()) {
        entry += ",\"field\":" + http::json_quote(what.field);
    }
    if (!what.message.empty()) {
        entry += ",\"message\":" + http::json_quote(what.message);
    }
    return http::Response::json(422, "{\"message\":\"Validation Failed\",\"errors\":[{" + entry +
                                         "}],\"documentation_url\":" +
                                         http::json_quote(documentation) + ",\"status\":\"422\"}");
}

http::Response simple_validation_error(std::string_view message) {
    return http::Response::json(
        422, "{\"message\":\"Validation Failed\",\"errors\":[" + http::json_quote(message) +
                 "],\"documentation_url\":\"https://docs.github.com/rest/security-advisories/"
                 "global-advisories\",\"status\":\"422\"}");
}

http::Response primary_limit(bool authenticated) {
    return error(403,
                 authenticated
                     ? "API rate limit exceeded for user ID 1."
                     : "API rate limit exceeded for this address. (Requests with credentials get a "
                       "higher rate limit.)",
                 limits_page);
}

http::Response refusal(const Refusal& refusal, SystemTime now) {
    auto answer = [&] {
        if (refusal.limit == "secondary") {
            return error(
                refusal.status != 0 ? refusal.status : 403,
                "You have exceeded a secondary rate limit. Please wait a few minutes before "
                "you try again.",
                limits_page);
        }
        if (!refusal.limit.empty()) {
            auto limited = primary_limit(true);
            if (refusal.status != 0) {
                limited.status(refusal.status);
            }
            const auto reset =
                std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()) +
                until_reset(refusal, now);
            write_quota(limited, {.limit = 5000, .used = 5000, .reset = reset.count()});
            return limited;
        }
        const int status = refusal.status != 0 ? refusal.status : 503;
        return error(status, message_for(status));
    }();
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    answer.header("content-type", "application/json; charset=utf-8");
    answer.header("server", "github.com");
    return answer;
}

}  // namespace apilab::sandbox::github
