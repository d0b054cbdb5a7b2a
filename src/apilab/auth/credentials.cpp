#include "apilab/auth/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"

namespace apilab::auth {
namespace {

bool control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

// The query without the parameters of that name.
std::string without(std::string_view query, std::string_view name) {
    std::string kept;
    while (!query.empty()) {
        const auto field = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(field.size() + 1, query.size()));
        if (http::percent_decode(field.substr(0, field.find('='))) != name) {
            kept += (kept.empty() ? "" : "&") + std::string(field);
        }
    }
    return kept;
}

}  // namespace

Credentials::Credentials(std::string scheme, std::string header, Secret field)
    : scheme_(std::move(scheme)), header_(std::move(header)), field_(std::move(field)) {}

Credentials Credentials::api_key(Secret key, std::string header) {
    return {"API key", std::move(header), std::move(key)};
}

Credentials Credentials::api_key_in_query_unsafe(Secret key, std::string parameter) {
    Credentials made("API key", std::move(parameter), std::move(key));
    made.in_query_ = true;
    return made;
}

Credentials Credentials::basic(std::string_view user, const Secret& password) {
    const bool sound = !user.contains(':') && std::ranges::none_of(user, control) &&
                       std::ranges::none_of(password.reveal(), control);
    return {"Basic", "authorization",
            sound ? Secret("Basic " + base64_encode(fmt::format("{}:{}", user, password.reveal())))
                  : Secret()};
}

Credentials Credentials::bearer(const Secret& token) {
    return {"Bearer", "authorization",
            token.empty() ? Secret() : Secret(fmt::format("Bearer {}", token.reveal()))};
}

Credentials Credentials::only_for(const http::Url& origin) const {
    Credentials bound = *this;
    bound.origin_ = origin.origin();
    return bound;
}

Result<void> Credentials::put_on(http::Request& request) const {
    if (!origin_.empty() && origin_ != request.url().origin()) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("these credentials are for {}, not for {}", origin_,
                                request.url().origin()));
    }
    if (in_query_) {
        return put_in_query(request);
    }
    if (field_.empty() || !http::valid_field_value(field_.reveal()) ||
        !http::valid_field_name(header_)) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{} is empty or has a character that may not be sent", scheme_));
    }
    request.header(header_, std::string(field_.reveal()));
    request.hide_header(header_);
    return {};
}

Result<void> Credentials::put_in_query(http::Request& request) const {
    if (field_.empty() || header_.empty()) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{} or the name of its parameter is empty", scheme_));
    }
    std::string query = without(request.url().query(), header_);
    query += (query.empty() ? "" : "&") + http::percent_encode(header_) + "=" +
             http::percent_encode(field_.reveal());
    APILAB_TRY(auto url, http::Url::parse(request.url().without_query() + "?" + query));
    request.url(std::move(url)).hide_parameter(header_);
    return {};
}

bool Credentials::are_on(const http::Request& request) const {
    return in_query_
               ? without(request.url().query(), header_).size() != request.url().query().size()
               : request.headers().contains(header_);
}

std::string Credentials::describe() const {
    return fmt::format("{} in {}{}{}", scheme_, in_query_ ? "the query (unsafe), parameter " : "",
                       header_, origin_.empty() ? "" : fmt::format(", only for {}", origin_));
}

}  // namespace apilab::auth
