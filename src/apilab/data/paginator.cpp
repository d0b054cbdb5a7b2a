#include "apilab/data/paginator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/internal/query_text.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/policy/redirect.hpp"

namespace apilab::data {

using internal::parameter_of;
using internal::whole_number;
using internal::with_parameter;

namespace {

std::unexpected<Error> not_asked(std::string why) {
    return fail(Error(ErrorKind::protocol, "the next page is not asked for: " + std::move(why))
                    .with_outcome(Outcome::answered)
                    .with_detail("next"));
}

std::unexpected<Error> no_such_page(std::string_view what) {
    return fail(ErrorKind::invalid_argument, fmt::format("no page of this list: {}", what));
}

bool by_url(PageKind kind) {
    return kind == PageKind::link_header || kind == PageKind::next_url;
}

}  // namespace

Paginator::Paginator(http::Request first, PageRules rules)
    : first_(std::move(first)), rules_(std::move(rules)) {
    if (rules_.size > 0) {
        const auto size = std::to_string(rules_.size);
        const bool in_body = rules_.place == CursorPlace::body ||
                             (rules_.place == CursorPlace::by_method && first_.method() == "POST");
        auto body = in_body ? internal::with_member(first_.body(), rules_.size_parameter, size)
                            : Result<std::string>(first_.body());
        if (in_body && body) {
            first_.body(*std::move(body));
        } else if (!in_body) {
            first_.url(with_parameter(first_.url(), rules_.size_parameter, size));
        }
    }
    const auto body = first_.hidden_body() ? std::string("***") : first_.body();
    fingerprint_ = to_hex(sha256(fmt::format(
        "{}\n{}\n{}\n{}", first_.method(),
        http::shown_url(first_.url(), first_.hidden_parameters()), body, rules_.describe())));
}

Result<Paginator> Paginator::create(http::Request first, PageRules rules) {
    APILAB_CHECK(rules.validate());
    Paginator paginator(std::move(first), std::move(rules));
    if (paginator.rules_.kind == PageKind::batch_tokens) {
        APILAB_CHECK(paginator.take_queries());
    }
    return paginator;
}

Result<void> Paginator::take_queries() {
    APILAB_TRY(const auto document, http::JsonDocument::parse(first_.body()));
    const auto queries = document.root()[rules_.queries];
    if (!queries.is_array()) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("the body of a batch needs an array /{}", rules_.queries));
    }
    for (const auto& query : queries.elements()) {
        queries_.push_back(query.to_text());
    }
    return {};
}

std::optional<PagePosition> Paginator::start() const {
    PagePosition position;
    if (rules_.kind != PageKind::batch_tokens) {
        return position;
    }
    for (std::size_t i = 0; i < queries_.size(); ++i) {
        position.open.push_back({.query = i, .token = {}});
    }
    return queries_.empty() ? std::nullopt : std::optional(std::move(position));
}

Result<void> Paginator::use_detected(PageRules rules, std::string why) {
    rules.name = rules_.name;
    rules.next_origin = rules_.next_origin;
    APILAB_CHECK(rules.validate());
    rules_ = std::move(rules);
    detected_ = std::move(why);
    return {};
}

Result<http::Request> Paginator::request(const PagePosition& position) const {
    if (rules_.kind == PageKind::batch_tokens) {
        return batch_request(position);
    }
    if (position.first) {
        return first_;
    }
    if (position.token.size() > token_max) {
        return no_such_page("its token is too long");
    }
    if (by_url(rules_.kind)) {
        return url_request(position);
    }
    if (rules_.kind == PageKind::detect || rules_.kind == PageKind::single) {
        return no_such_page("there is only one");
    }
    if (rules_.kind != PageKind::cursor && !whole_number(position.token)) {
        return no_such_page("its token is no number");
    }
    return token_request(position.token);
}

// Everything that leads to another URL passes here, also what a kept checkpoint says.
Result<http::Url> Paginator::checked_url(const http::Url& from, std::string_view target,
                                         bool& foreign) const {
    if (target.size() > token_max) {
        return not_asked(
            fmt::format("its URL has {} bytes, more than {}", target.size(), token_max));
    }
    if (target.empty()) {
        return not_asked("its URL is empty");
    }
    auto url = from.resolve(target.substr(0, target.find('#')));
    if (!url) {
        return not_asked("its URL cannot be asked: " + url.error().message());
    }
    const auto& home = first_.url();
    if (from.secure() && !url->secure()) {
        return not_asked("it leads from https to http");
    }
    if (policy::is_private_host(url->host()) && !policy::is_private_host(home.host())) {
        return not_asked("it leads into a private network");
    }
    if (url->origin() == home.origin()) {
        return url;
    }
    if (rules_.next_origin == NextOrigin::same) {
        return not_asked(fmt::format("it is at another origin, {}", url->origin()));
    }
    if (first_.hidden_body()) {
        return not_asked("the body holds credentials, which are for " + home.origin() + " alone");
    }
    foreign = true;
    return url;
}

Result<http::Request> Paginator::url_request(const PagePosition& position) const {
    bool foreign = position.foreign;
    APILAB_TRY(auto url, checked_url(first_.url(), position.token, foreign));
    http::Request request = first_;
    request.url(std::move(url));
    if (foreign) {
        policy::drop_credentials(request);
    }
    return request;
}

Result<http::Request> Paginator::token_request(const std::string& token) const {
    http::Request request = first_;
    const bool in_body = rules_.place == CursorPlace::body ||
                         (rules_.place == CursorPlace::by_method && first_.method() == "POST");
    if (!in_body) {
        request.url(with_parameter(first_.url(), rules_.parameter, token));
        return request;
    }
    const bool number = rules_.kind != PageKind::cursor;
    APILAB_TRY(auto body, internal::with_member(first_.body(), rules_.parameter,
                                                number ? token : http::json_quote(token)));
    request.body(std::move(body));
    return request;
}

Result<http::Request> Paginator::batch_request(const PagePosition& position) const {
    std::string queries;
    const auto count = std::min(position.open.size(), rules_.batch_max);
    for (const auto& open : std::span(position.open).first(count)) {
        if (open.query >= queries_.size() || open.token.size() > token_max) {
            return no_such_page(fmt::format("query {} of {}", open.query, queries_.size()));
        }
        auto text = queries_[open.query];
        if (!open.token.empty()) {
            APILAB_TRY(text,
                       internal::with_member(text, rules_.parameter, http::json_quote(open.token)));
        }
        queries += queries.empty() ? "[" : ",";
        queries += text;
    }
    if (queries.empty()) {
        return no_such_page("it asks for no query");
    }
    APILAB_TRY(auto body, internal::with_member(first_.body(), rules_.queries, queries + "]"));
    http::Request request = first_;
    request.body(std::move(body));
    return request;
}

std::vector<PagePosition> Paginator::ahead(const PageAnswer& answer, std::size_t count) {
    std::vector<PagePosition> positions;
    if (!answer.next || count == 0) {
        return positions;
    }
    positions.push_back(*answer.next);
    const auto& known = answer.forecast;
    for (auto at = known.next; positions.size() < count && at <= known.last; at += known.stride) {
        PagePosition position = *answer.next;
        position.token = known.before + std::to_string(at) + known.behind;
        positions.push_back(std::move(position));
    }
    return positions;
}

bool Paginator::is_secret(std::string_view parameter) const {
    return http::names_a_secret(parameter) ||
           std::ranges::find(first_.hidden_parameters(), parameter) !=
               first_.hidden_parameters().end();
}

Result<PagePosition> Paginator::for_keeping(PagePosition position) const {
    if (!by_url(rules_.kind) || position.first) {
        return position;
    }
    APILAB_TRY(auto url, http::Url::parse(position.token));
    const auto with_secrets = url;
    for (const auto& field : internal::query_fields(with_secrets.query())) {
        const auto name = http::percent_decode(field.name);
        if (!is_secret(name)) {
            continue;
        }
        if (parameter_of(first_.url(), name) != http::percent_decode(field.value)) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("the next page's URL holds a credential of the server's own "
                                    "(parameter {}), which is not kept: this walk cannot be "
                                    "continued later",
                                    name));
        }
        url = internal::without_parameter(url, name);
    }
    position.token = url.to_string();
    return position;
}

PagePosition Paginator::from_keeping(PagePosition position) const {
    if (!by_url(rules_.kind) || position.first || position.foreign) {
        return position;
    }
    auto url = http::Url::parse(position.token);
    if (!url || url->origin() != first_.url().origin()) {
        return position;
    }
    for (const auto& field : internal::query_fields(first_.url().query())) {
        const auto name = http::percent_decode(field.name);
        if (is_secret(name)) {
            *url = with_parameter(*url, name, http::percent_decode(field.value));
        }
    }
    position.token = url->to_string();
    return position;
}

Result<http::JsonDocument> parse_page(const http::Response& response, http::JsonLimits limits) {
    const bool empty = response.body().find_first_not_of(" \t\r\n") == std::string::npos;
    auto document = http::JsonDocument::parse(empty ? "null" : response.body(), limits);
    if (!document) {
        return fail(std::move(document).error().with_outcome(Outcome::answered));
    }
    return document;
}

}  // namespace apilab::data
