#include "apilab/sandbox/oauth/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "apilab/base/base64.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string form_decode(std::string_view text) {
    std::string spaced(text);
    std::ranges::replace(spaced, '+', ' ');
    return http::percent_decode(spaced);
}

// What follows the scheme in `Authorization`, where it is that scheme.
std::optional<std::string_view> credentials(const http::Request& request, std::string_view scheme) {
    const std::string_view field = request.headers().value("authorization");
    const auto space = std::min(field.find(' '), field.size());
    if (!http::iequals(field.substr(0, space), scheme) || space == field.size()) {
        return std::nullopt;
    }
    return field.substr(space + 1);
}

void not_stored(http::Response& answer) {
    answer.header("cache-control", "no-store");
    answer.header("pragma", "no-cache");
}

}  // namespace

std::string_view form_value(const Form& form, std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string_view() : found->second;
}

std::optional<Form> read_form(const http::Request& request) {
    const std::string_view type = request.headers().value("content-type");
    auto media = type.substr(0, type.find(';'));
    while (media.ends_with(' ')) {
        media.remove_suffix(1);
    }
    if (!http::iequals(media, form_type)) {
        return std::nullopt;
    }
    Form form;
    for (auto& [name, value] : split_query(request.body())) {
        if (!form.emplace(std::move(name), std::move(value)).second) {
            return std::nullopt;
        }
    }
    return form;
}

std::optional<ClientCredentials> read_client(const http::Request& request, const Form& form) {
    const auto id = form.find("client_id");
    const auto secret = form.find("client_secret");
    const auto basic = credentials(request, "basic");
    if (!basic) {
        if (id == form.end() || secret == form.end()) {
            return std::nullopt;
        }
        return ClientCredentials{.id = id->second, .secret = secret->second};
    }
    const auto text = base64_decode(*basic);
    const auto colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos || secret != form.end()) {
        return std::nullopt;
    }
    return ClientCredentials{.id = form_decode(std::string_view(*text).substr(0, colon)),
                             .secret = form_decode(std::string_view(*text).substr(colon + 1)),
                             .basic = true};
}

http::Response token_answer(const Issued& issued, std::string_view more) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(issued.lifetime).count();
    std::string body = fmt::format(R"({{"access_token":{},"token_type":"Bearer","expires_in":{})",
                                   http::json_quote(issued.access_token), seconds);
    if (!issued.refresh_token.empty()) {
        body += ",\"refresh_token\":" + http::json_quote(issued.refresh_token);
    }
    if (!issued.grant.scope.empty()) {
        body += ",\"scope\":" + http::json_quote(issued.grant.scope);
    }
    auto answer = http::Response::json(200, body + std::string(more) + "}");
    not_stored(answer);
    return answer;
}

http::Response error_answer(const OAuthError& error, bool basic) {
    auto answer =
        http::Response::json(error.status, fmt::format(R"({{"error":{},"error_description":{}}})",
                                                       http::json_quote(error.error),
                                                       http::json_quote(error.description)));
    not_stored(answer);
    if (error.status == 401 && basic) {
        answer.header("www-authenticate", "Basic realm=\"oauth\"");
    }
    return answer;
}

http::Response bearer_challenge(std::string_view error, std::string_view description,
                                std::string_view scope) {
    std::string challenge = "Bearer realm=\"oauth\"";
    if (!error.empty()) {
        challenge += fmt::format(R"(, error="{}", error_description="{}")", error, description);
    }
    if (!scope.empty()) {
        challenge += fmt::format(R"(, scope="{}")", scope);
    }
    auto answer = http::Response::json(
        error == "insufficient_scope" ? 403 : 401,
        error.empty()
            ? std::string("{}")
            : fmt::format(R"({{"error":"{}","error_description":"{}"}})", error, description));
    answer.header("www-authenticate", challenge);
    return answer;
}

std::optional<std::string_view> bearer_token(const http::Request& request) {
    return credentials(request, "bearer");
}

std::optional<std::string> granted_scope(std::string_view asked, std::string_view allowed) {
    if (asked.empty()) {
        return std::string(allowed);
    }
    const auto all = asked;
    while (!asked.empty()) {
        const auto one = asked.substr(0, asked.find(' '));
        if (!has_scope(allowed, one)) {
            return std::nullopt;
        }
        asked.remove_prefix(std::min(one.size() + 1, asked.size()));
    }
    return std::string(all);
}

bool has_scope(std::string_view scope, std::string_view wanted) {
    while (!scope.empty()) {
        const auto one = scope.substr(0, scope.find(' '));
        if (one == wanted) {
            return true;
        }
        scope.remove_prefix(std::min(one.size() + 1, scope.size()));
    }
    return false;
}

}  // namespace apilab::sandbox::oauth
