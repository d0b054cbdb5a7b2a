#include "apilab/provider/notion_errors.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/http/retry_after.hpp"
#include "apilab/provider/internal/one_line.hpp"

namespace apilab::provider {
namespace {

constexpr std::size_t code_max = 100;
constexpr std::size_t words_max = 200;
constexpr int overloaded = 529;

ErrorKind kind_of(int status) {
    if (status == 429 || status == overloaded) {
        return ErrorKind::rate_limited;
    }
    return status == 401 || status == 403 ? ErrorKind::auth : ErrorKind::status;
}

std::string words_of(std::string_view text) {
    auto words = internal::one_line(text, words_max);
    return words.size() < text.size() ? words + "..." : words;
}

}  // namespace

Error notion_error(const http::Response& answer) {
    const auto checked = answer.error_for_status();
    const auto told = checked ? Error(ErrorKind::status, "a 304 is no answer") : checked.error();
    const auto document = http::JsonDocument::parse(answer.body(), {.size_max = 1U << 20U});
    const auto root = document ? document->root() : http::Json();
    const auto code = root["code"].string_or("").substr(0, code_max);
    std::string message = told.message();
    if (!code.empty()) {
        message += fmt::format(": {}", words_of(code));
    }
    if (const auto words = root["message"].string_or(""); !words.empty()) {
        message += fmt::format(" ({})", words_of(words));
    }
    auto error = Error(kind_of(answer.status()), std::move(message))
                     .with_status(answer.status())
                     .with_outcome(Outcome::answered)
                     .with_attempts(told.attempts())
                     .with_ending(told.ending())
                     .with_first_cause(told.first_cause())
                     .with_provider_code(words_of(code));
    auto id = root["request_id"].string_or(answer.headers().value("x-notion-request-id"));
    if (!id.empty() && id.size() <= code_max) {
        error = std::move(error).with_request_id(words_of(id));
    }
    // Seconds need no clock. A date does: the answer's own, or it is not believed.
    const auto said = http::parse_retry_after(answer.headers(), SystemTime());
    const bool by_date = said.source == http::RetryAfter::Source::date;
    if (said.wait && (!by_date || !answer.headers().value("date").empty())) {
        error = std::move(error).with_retry_after(*said.wait);
    } else if (told.retry_after()) {
        error = std::move(error).with_retry_after(*told.retry_after());
    }
    return error;
}

runtime::Task<Result<http::Response>> NotionVoice::call(http::Request request,
                                                        runtime::CallContext context) {
    context.trace = trace_;
    auto answer = co_await client_.call(std::move(request), std::move(context));
    if (answer && !answer->ok()) {
        co_return fail(notion_error(*answer));
    }
    co_return answer;
}

}  // namespace apilab::provider
