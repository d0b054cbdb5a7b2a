// What an answer says: one function for each kind of pages.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/data/internal/query_text.hpp"
#include "apilab/data/page_detector.hpp"
#include "apilab/data/paginator.hpp"
#include "apilab/http/link.hpp"

namespace apilab::data {

using internal::parameter_of;
using internal::query_fields;
using internal::whole_number;
using internal::word_of;

namespace {

constexpr std::int64_t number_max = 1'000'000'000'000'000;

Error wrong(std::string_view pointer, std::string_view what) {
    return Error(ErrorKind::decode,
                 fmt::format("{}: {}", pointer.empty() ? "the document" : pointer, what))
        .with_outcome(Outcome::answered)
        .with_detail(std::string(pointer));
}

Error stuck(std::string why) {
    return Error(ErrorKind::protocol, std::move(why))
        .with_outcome(Outcome::answered)
        .with_detail("next");
}

// A cursor in the body: nothing for absent and null.
Result<std::optional<std::string>> cursor_at(const http::Json& root, const std::string& pointer) {
    const auto value = root.at_pointer(pointer);
    if (value.missing() || value.is_null()) {
        return std::nullopt;
    }
    auto word = word_of(value);
    if (!word) {
        return fail(wrong(pointer, "expected the next cursor as text, or null"));
    }
    return word;
}

std::string text_at(const http::Json& root, const std::string& pointer) {
    const auto value = root.at_pointer(pointer);
    if (const auto flag = value.boolean()) {
        return *flag ? "true" : "false";
    }
    return word_of(value).value_or("");
}

// `next` and `last` of a Link header differ in one number: then the pages between are known.
std::optional<PageAnswer::Forecast> forecast_between(const http::Url& next, const http::Url& last) {
    if (next.without_query() != last.without_query()) {
        return std::nullopt;
    }
    const auto a = query_fields(next.query());
    const auto b = query_fields(last.query());
    std::optional<std::size_t> differs;
    for (std::size_t i = 0; i < a.size() && a.size() == b.size(); ++i) {
        if (a[i].name != b[i].name || (a[i].value != b[i].value && differs)) {
            return std::nullopt;
        }
        if (a[i].value != b[i].value) {
            differs = i;
        }
    }
    const auto from = differs ? whole_number(a[*differs].value) : std::nullopt;
    const auto to = differs ? whole_number(b[*differs].value) : std::nullopt;
    if (!from || !to) {
        return std::nullopt;
    }
    const auto query = std::string_view(next.query());
    const auto end = a[*differs].at + a[*differs].value.size();
    return PageAnswer::Forecast{
        .before = next.without_query() + "?" + std::string(query.substr(0, a[*differs].at)),
        .behind = std::string(query.substr(end)),
        .next = *from + 1,
        .last = *to};
}

ErrorKind kind_of(std::string_view code) {
    return code == "ratelimited" || code == "rate_limited" ? ErrorKind::rate_limited
                                                           : ErrorKind::status;
}

}  // namespace

Result<PageAnswer> Paginator::read(const PagePosition& position, const http::Request& sent,
                                   const http::Response& response, const http::Json& root) {
    if (auto refused = refusal(position, response, root)) {
        return fail(*std::move(refused));
    }
    if (rules_.kind == PageKind::detect) {
        APILAB_TRY(auto found, detect_pages(sent, response, root));
        APILAB_CHECK(use_detected(std::move(found.rules), std::move(found.why)));
    }
    PageAnswer answer;
    if (rules_.kind != PageKind::batch_tokens) {
        APILAB_CHECK(take_items(root, answer));
    }
    Step step;
    switch (rules_.kind) {
        case PageKind::detect:
        case PageKind::single:
            break;
        case PageKind::link_header:
            step = step_link(position, sent, response, answer);
            break;
        case PageKind::next_url:
            step = step_url(position, sent, root, answer);
            break;
        case PageKind::cursor:
            step = step_cursor(response, root, answer);
            break;
        case PageKind::page_number:
            step = step_page(position, root, answer);
            break;
        case PageKind::offset:
            step = step_offset(position, root, answer);
            break;
        case PageKind::batch_tokens:
            step = step_batch(position, root, answer);
            break;
    }
    APILAB_CHECK(std::move(step));
    for (const auto& sign : rules_.incomplete) {
        if (text_at(root, sign.pointer) == sign.value) {
            answer.incomplete =
                sign.reason.starts_with('/') ? text_at(root, sign.reason) : sign.reason;
            answer.incomplete = answer.incomplete.empty() ? sign.value : answer.incomplete;
        }
    }
    if (!rules_.sync_token.empty()) {
        answer.sync_token = text_at(root, rules_.sync_token);
    }
    if (answer.next && answer.tokens.empty()) {
        answer.tokens.push_back(answer.next->token);
    }
    return answer;
}

bool Paginator::says_expired(int status, const http::Json& root) const {
    return std::ranges::any_of(rules_.expired, [&](const ExpiredSign& sign) {
        return sign.status == status &&
               (sign.pointer.empty() || text_at(root, sign.pointer) == sign.value);
    });
}

std::optional<Error> Paginator::refusal(const PagePosition& position,
                                        const http::Response& response,
                                        const http::Json& root) const {
    std::optional<Error> error;
    const auto code = rules_.error_code.empty() ? "" : text_at(root, rules_.error_code);
    if (!response.ok()) {
        auto checked = response.error_for_status();
        error = checked
                    ? Error(ErrorKind::status, "a 304 is no page").with_outcome(Outcome::answered)
                    : std::move(checked).error();
    } else if (!rules_.ok.empty() && !root.at_pointer(rules_.ok).boolean().value_or(false)) {
        error = root.at_pointer(rules_.ok).boolean()
                    ? Error(kind_of(code), "refused inside a 200: " + code)
                          .with_outcome(Outcome::answered)
                          .with_status(response.status())
                    : wrong(rules_.ok, "expected true or false");
    }
    if (!error) {
        return std::nullopt;
    }
    if (!code.empty() && code.size() <= 100) {
        *error = std::move(*error).with_provider_code(code);
    }
    if (says_expired(response.status(), root)) {
        *error = std::move(*error).with_detail("cursor_expired");
        if (position.first) {
            *error = std::move(*error).with_remedy(
                "what the walk starts from is too old: read the whole list instead");
        }
    }
    return error;
}

Result<void> Paginator::take_items(const http::Json& root, PageAnswer& answer) const {
    if (root.is_null()) {
        return {};
    }
    const auto list = root.at_pointer(rules_.items);
    const bool none = list.missing() || list.is_null();
    if (!list.is_array() && !(none && rules_.items_may_be_absent)) {
        return fail(wrong(rules_.items, "expected the array of items"));
    }
    answer.items.reserve(list.size());
    for (const auto& item : list.elements()) {
        answer.items.push_back({.value = item});
    }
    return {};
}

Result<std::optional<bool>> Paginator::more(const http::Json& root) const {
    if (rules_.more.empty()) {
        return std::nullopt;
    }
    const auto flag = root.at_pointer(rules_.more);
    if (flag.missing() || flag.is_null()) {
        return std::nullopt;
    }
    if (!flag.boolean()) {
        return fail(wrong(rules_.more, "expected true or false"));
    }
    return flag.boolean();
}

Result<std::optional<std::int64_t>> Paginator::number_at(const http::Json& root,
                                                         const std::string& pointer) const {
    const auto value = pointer.empty() ? http::Json() : root.at_pointer(pointer);
    if (value.missing() || value.is_null()) {
        return std::nullopt;
    }
    const auto number = whole_number(word_of(value).value_or(""));
    if (!number) {
        return fail(wrong(pointer, "expected a whole number"));
    }
    return number;
}

std::int64_t Paginator::number_of(const PagePosition& position) const {
    if (!position.first) {
        return whole_number(position.token).value_or(0);
    }
    const std::int64_t otherwise = rules_.kind == PageKind::offset ? 0 : 1;
    const auto asked = whole_number(parameter_of(first_.url(), rules_.parameter).value_or(""));
    return asked.value_or(rules_.first >= 0 ? rules_.first : otherwise);
}

std::int64_t Paginator::asked_size() const {
    if (rules_.size > 0 || rules_.size_parameter.empty()) {
        return rules_.size;
    }
    return whole_number(parameter_of(first_.url(), rules_.size_parameter).value_or("")).value_or(0);
}

void Paginator::go_to(const http::Request& sent, std::string_view target,
                      const PagePosition& position, PageAnswer& answer) const {
    PagePosition next{.first = false, .token = {}, .foreign = position.foreign};
    auto url = checked_url(sent.url(), target, next.foreign);
    if (!url) {
        answer.problem = std::move(url).error();
        return;
    }
    next.token = url->to_string();
    answer.next = std::move(next);
}

Result<void> Paginator::step_link(const PagePosition& position, const http::Request& sent,
                                  const http::Response& response, PageAnswer& answer) const {
    const auto target = http::find_link(response.headers(), "next");
    if (!target) {
        return {};
    }
    go_to(sent, *target, position, answer);
    const auto last = http::find_link(response.headers(), "last");
    const auto end =
        last && answer.next ? sent.url().resolve(*last) : fail(ErrorKind::protocol, "no last page");
    const auto next =
        answer.next ? http::Url::parse(answer.next->token) : fail(ErrorKind::protocol, "none");
    if (end && next && end->origin() == next->origin()) {
        answer.forecast = forecast_between(*next, *end).value_or(PageAnswer::Forecast());
    }
    return {};
}

Result<void> Paginator::step_url(const PagePosition& position, const http::Request& sent,
                                 const http::Json& root, PageAnswer& answer) const {
    APILAB_TRY(const auto flag, more(root));
    APILAB_TRY(const auto target, cursor_at(root, rules_.next));
    if (flag == false || !target || (target->empty() && rules_.empty_ends)) {
        if (flag == true) {
            answer.problem = stuck("the page says there are more and names none");
        }
        return {};
    }
    go_to(sent, *target, position, answer);
    return {};
}

Result<void> Paginator::step_cursor(const http::Response& response, const http::Json& root,
                                    PageAnswer& answer) const {
    APILAB_TRY(const auto flag, more(root));
    if (flag == false || (!flag && !rules_.next_of_last_item.empty())) {
        return {};
    }
    std::optional<std::string> cursor;
    if (!rules_.next_header.empty()) {
        cursor = response.headers().get(rules_.next_header);
    } else if (!rules_.next.empty()) {
        APILAB_TRY(cursor, cursor_at(root, rules_.next));
    } else if (!answer.items.empty()) {
        APILAB_TRY(cursor, cursor_at(answer.items.back().value, rules_.next_of_last_item));
    }
    if (cursor && cursor->empty() && rules_.empty_ends) {
        cursor.reset();
    }
    if (cursor && cursor->size() > token_max) {
        answer.problem = stuck(
            fmt::format("the next cursor has {} bytes, more than {}", cursor->size(), token_max));
    } else if (cursor) {
        answer.next = PagePosition{.first = false, .token = *std::move(cursor)};
    } else if (flag == true) {
        answer.problem = stuck("the page says there are more and gives no cursor");
    }
    return {};
}

Result<void> Paginator::step_page(const PagePosition& position, const http::Json& root,
                                  PageAnswer& answer) const {
    APILAB_TRY(const auto flag, more(root));
    APILAB_TRY(auto pages, number_at(root, rules_.total_pages));
    APILAB_TRY(const auto total, number_at(root, rules_.total_items));
    const auto count = static_cast<std::int64_t>(answer.items.size());
    const auto size = asked_size() > 0 ? asked_size() : count;
    if (!pages && total && size > 0) {
        pages = (*total + size - 1) / size;
    }
    const auto number = number_of(position);
    const auto last =
        pages ? std::max<std::int64_t>(rules_.first, rules_.first < 0 ? 1 : 0) + *pages - 1
              : number_max;
    const bool empty_end = !pages && flag != true && count == 0;
    if (flag == false || number >= last || (empty_end && rules_.empty_page_ends)) {
        return {};
    }
    if (empty_end) {
        answer.problem = stuck("an empty page without a total: nothing says where the list ends");
        return {};
    }
    answer.next = PagePosition{.first = false, .token = std::to_string(number + 1)};
    if (pages) {
        answer.forecast = {.next = number + 2, .last = last};
    }
    return {};
}

Result<void> Paginator::step_offset(const PagePosition& position, const http::Json& root,
                                    PageAnswer& answer) const {
    APILAB_TRY(const auto flag, more(root));
    APILAB_TRY(const auto total, number_at(root, rules_.total_items));
    APILAB_TRY(const auto told, number_at(root, rules_.size_in_answer));
    const auto count = static_cast<std::int64_t>(answer.items.size());
    const auto at = number_of(position);
    // A server may cap the size that was asked for: going on behind what came loses no rows.
    auto stride = told.value_or(0) > 0 ? *told : count;
    stride = stride > 0 ? stride : asked_size();
    const bool end = total ? at + stride >= *total : flag != true && count == 0;
    if (flag == false || end || at >= number_max) {
        return {};
    }
    if (stride == 0) {
        answer.problem = stuck("an empty page of a list that should go on, and no page size");
        return {};
    }
    answer.next = PagePosition{.first = false, .token = std::to_string(at + stride)};
    if (total) {
        answer.forecast = {.next = at + (2 * stride), .last = *total - 1, .stride = stride};
    }
    return {};
}

Result<void> Paginator::step_batch(const PagePosition& position, const http::Json& root,
                                   PageAnswer& answer) const {
    const auto asked = std::min(position.open.size(), rules_.batch_max);
    const auto results = root.at_pointer(rules_.results);
    if (!results.is_array() || results.size() != asked) {
        return fail(wrong(rules_.results,
                          fmt::format("expected {} results, got {}", asked, results.size())));
    }
    PagePosition next{.first = false};
    next.open.assign(position.open.begin() + static_cast<std::ptrdiff_t>(asked),
                     position.open.end());
    std::size_t at = 0;
    for (const auto& result : results.elements()) {
        const auto query = position.open[at++].query;
        PageAnswer one;
        if (result.is_object() || !rules_.items_may_be_absent) {
            APILAB_CHECK(take_items(result, one));
        }
        for (const auto& item : one.items) {
            answer.items.push_back({.value = item.value, .query = query});
        }
        APILAB_TRY(auto token, cursor_at(result, rules_.next));
        if (token && !(token->empty() && rules_.empty_ends)) {
            answer.tokens.push_back(fmt::format("{} {}", query, *token));
            next.open.push_back({.query = query, .token = *std::move(token)});
        }
    }
    if (!next.open.empty()) {
        answer.next = std::move(next);
    }
    return {};
}

}  // namespace apilab::data
