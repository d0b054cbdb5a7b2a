#include "apilab/http/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apilab/http/record.hpp"

namespace apilab::http {

Request Request::post(Url url, std::string body, std::string content_type) {
    Request request("POST", std::move(url));
    request.body(std::move(body)).header("content-type", std::move(content_type));
    return request;
}

Request& Request::header(std::string_view name, std::string value) & {
    headers_.set(name, std::move(value));
    return *this;
}
Request&& Request::header(std::string_view name, std::string value) && {
    headers_.set(name, std::move(value));
    return std::move(*this);
}
Request& Request::body(std::string bytes) & {
    body_ = std::move(bytes);
    return *this;
}
Request&& Request::body(std::string bytes) && {
    body_ = std::move(bytes);
    return std::move(*this);
}
Request& Request::url(Url url) & {
    url_ = std::move(url);
    return *this;
}
Request& Request::hide_parameter(std::string name) & {
    if (std::ranges::find(hidden_, name) == hidden_.end()) {
        hidden_.push_back(std::move(name));
    }
    return *this;
}

Request& Request::hide_header(std::string name) & {
    if (std::ranges::find(hidden_headers_, name) == hidden_headers_.end()) {
        hidden_headers_.push_back(std::move(name));
    }
    return *this;
}

Response Response::json(int status, std::string body) {
    return Response(status, std::move(body), {{"content-type", "application/json; charset=utf-8"}});
}

Response& Response::header(std::string_view name, std::string value) & {
    headers_.set(name, std::move(value));
    return *this;
}
Response&& Response::header(std::string_view name, std::string value) && {
    headers_.set(name, std::move(value));
    return std::move(*this);
}
Response& Response::status(int status) & {
    status_ = status;
    return *this;
}
Response& Response::body(std::string bytes) & {
    body_ = std::move(bytes);
    shared_.reset();
    return *this;
}
Response& Response::shared_body(std::shared_ptr<const std::string> bytes) & {
    body_.clear();
    shared_ = std::move(bytes);
    return *this;
}
std::shared_ptr<const std::string> Response::share_body() {
    if (!shared_) {
        shared_ = std::make_shared<const std::string>(std::move(body_));
        body_.clear();
    }
    return shared_;
}
Response& Response::decoded_from(std::string codings) & {
    decoded_from_ = std::move(codings);
    return *this;
}

Response& Response::reason(std::string text) & {
    reason_ = std::move(text);
    return *this;
}
Response& Response::record(std::shared_ptr<const CallRecord> record) & {
    record_ = std::move(record);
    return *this;
}
Response& Response::wire(std::shared_ptr<const WirePlan> plan) & {
    wire_ = std::move(plan);
    return *this;
}

Error Response::as_error() const {
    auto kind = ErrorKind::status;
    if (status_ == 429) {
        kind = ErrorKind::rate_limited;
    } else if (status_ == 401) {
        kind = ErrorKind::auth;
    }
    const std::string_view phrase = reason_phrase(status_);
    Error error(kind, phrase.empty() ? fmt::format("HTTP {}", status_)
                                     : fmt::format("HTTP {} {}", status_, phrase));
    error = std::move(error).with_status(status_).with_outcome(Outcome::answered);
    return record_ ? with_story(std::move(error), *record_) : error;
}

Result<Response> Response::error_for_status() const& {
    return is_error() ? Result<Response>(fail(as_error())) : *this;
}
Result<Response> Response::error_for_status() && {
    return is_error() ? Result<Response>(fail(as_error())) : std::move(*this);
}

std::string_view reason_phrase(int status) {
    struct Phrase {
        int status;
        std::string_view text;
    };
    static constexpr std::array<Phrase, 46> phrases = {{
        {100, "Continue"},
        {101, "Switching Protocols"},
        {103, "Early Hints"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    }};
    const auto* found = std::ranges::find(phrases, status, &Phrase::status);
    return found == phrases.end() ? std::string_view() : found->text;
}

}  // namespace apilab::http
