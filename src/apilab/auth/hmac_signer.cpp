#include "apilab/auth/hmac_signer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/internal/server_clock.hpp"
#include "apilab/base/ascii.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"

namespace apilab::auth {

using runtime::Task;

namespace {

constexpr std::size_t key_id_max = 256;

bool is_lower_name(std::string_view name) {
    return http::valid_field_name(name) && ascii_lowered(name) == name;
}

std::string value_of(const http::Request& request, const std::string& name) {
    if (name == "host" && !request.headers().contains("host")) {
        return request.url().authority();
    }
    return fmt::format("{}", fmt::join(request.headers().get_all(name), ", "));
}

bool is_refusal(const Result<http::Response>& answer) {
    return answer && (answer->status() == 401 || answer->status() == 403);
}

}  // namespace

Result<void> HmacSignerOptions::validate() const {
    std::string_view wrong;
    if (!http::valid_field_name(key_id) || key_id.size() > key_id_max) {
        wrong = "key_id must be a token of 1 to 256 characters";
    } else if (key.empty()) {
        wrong = "key is empty";
    } else if (!is_lower_name(date_header) || !std::ranges::all_of(headers, is_lower_name)) {
        wrong = "date_header and headers must be field names in lower case";
    } else if (std::ranges::any_of(headers, [&](const std::string& name) {
                   return name == "host" || name == "authorization" || name == date_header;
               })) {
        wrong = "headers must not have host, authorization or the date";
    } else if (tolerance < std::chrono::seconds(1) || tolerance > std::chrono::hours(1)) {
        wrong = "tolerance must be from 1 s to 1 h";
    } else if (skew_max < tolerance) {
        wrong = "skew_max must not be below tolerance";
    }
    return wrong.empty() ? Result<void>()
                         : fail(ErrorKind::invalid_argument, fmt::format("HMAC signer: {}", wrong));
}

std::string hmac_text(const http::Request& request, const std::vector<std::string>& names) {
    std::string text = request.method() + "\n" + request.url().target() + "\n";
    for (const auto& name : names) {
        text += name + ":" + value_of(request, name) + "\n";
    }
    return text + to_hex(sha256(request.body()));
}

// Sets both headers; returns what was signed.
std::string HmacSigner::sign(http::Request& request, SystemTime time) const {
    request.header(options_.date_header, http::format_http_date(time));
    std::vector<std::string> names{"host", options_.date_header};
    std::ranges::copy_if(options_.headers, std::back_inserter(names),
                         [&](const auto& name) { return request.headers().contains(name); });
    auto text = hmac_text(request, names);
    request.header(
        "authorization",
        fmt::format("HMAC-SHA256 keyId={}, signedheaders={}, signature={}", options_.key_id,
                    fmt::join(names, ";"), to_hex(hmac_sha256(options_.key, text))));
    return text;
}

// The correction that would have been right, where it is another one than was used. Compared with
// what this request used: another may have learned in the meantime.
std::optional<Duration> HmacSigner::learn(const http::Response& answer, SystemTime now,
                                          Duration used) const {
    const auto ahead = internal::clock_ahead(answer.headers(), now + used, options_.tolerance);
    if (!ahead) {
        return std::nullopt;
    }
    const Duration right = used - *ahead;
    return std::chrono::abs(right) <= options_.skew_max ? std::optional(right) : std::nullopt;
}

Task<Result<http::Response>> HmacSigner::call(http::Request request, runtime::CallContext context) {
    if (request.url().origin() != options_.origin || request.headers().contains("authorization")) {
        co_return co_await inner_.call(std::move(request), std::move(context));
    }
    APILAB_CO_CHECK(options_.validate());
    if (context.upload) {
        co_return fail(ErrorKind::invalid_argument,
                       "a streamed body cannot be signed: give it with the request");
    }
    Duration used = correction_;
    auto text = sign(request, clock_.system_now() + used);
    auto answer = co_await inner_.call(request, context);
    if (!is_refusal(answer)) {
        co_return answer;
    }
    const SystemTime now = clock_.system_now();
    if (const auto right = learn(*answer, now, used)) {
        used = *right;
        correction_ = used;
        text = sign(request, now + used);
        answer = co_await inner_.call(std::move(request), std::move(context));
    }
    if (is_refusal(answer)) {
        last_refusal_ = HmacRefusal{.status = answer->status(),
                                    .text = std::move(text),
                                    .server_date = std::string(answer->headers().value("date")),
                                    .correction = used};
    }
    co_return answer;
}

}  // namespace apilab::auth
