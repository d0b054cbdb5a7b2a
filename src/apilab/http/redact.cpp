#include "apilab/http/redact.hpp"

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"

namespace apilab::http {

namespace {

constexpr std::string_view stars = "***";

// In lower case and in order: they are searched by bisection.
constexpr std::array harmless_headers{
    std::string_view("accept"),
    std::string_view("accept-encoding"),
    std::string_view("accept-language"),
    std::string_view("accept-ranges"),
    std::string_view("age"),
    std::string_view("allow"),
    std::string_view("cache-control"),
    std::string_view("connection"),
    std::string_view("content-encoding"),
    std::string_view("content-length"),
    std::string_view("content-range"),
    std::string_view("content-type"),
    std::string_view("date"),
    std::string_view("etag"),
    std::string_view("expect"),
    std::string_view("expires"),
    std::string_view("host"),
    std::string_view("idempotency-key"),
    std::string_view("if-match"),
    std::string_view("if-modified-since"),
    std::string_view("if-none-match"),
    std::string_view("if-unmodified-since"),
    std::string_view("keep-alive"),
    std::string_view("last-modified"),
    std::string_view("notion-version"),
    std::string_view("range"),
    std::string_view("ratelimit"),
    std::string_view("ratelimit-policy"),
    std::string_view("retry-after"),
    std::string_view("retry-after-ms"),
    std::string_view("server"),
    std::string_view("te"),
    std::string_view("traceparent"),
    std::string_view("trailer"),
    std::string_view("transfer-encoding"),
    std::string_view("user-agent"),
    std::string_view("vary"),
    std::string_view("via"),
    std::string_view("x-accepted-oauth-scopes"),
    std::string_view("x-github-api-version"),
    std::string_view("x-github-delivery"),
    std::string_view("x-github-event"),
    std::string_view("x-github-media-type"),
    std::string_view("x-github-request-id"),
    std::string_view("x-oauth-scopes"),
    std::string_view("x-request-id"),
    std::string_view("x-slack-req-id"),
    std::string_view("x-slack-request-timestamp"),
    std::string_view("x-slack-retry-num"),
    std::string_view("x-slack-retry-reason"),
};

bool is_harmless(std::string_view lower_name) {
    return std::ranges::binary_search(harmless_headers, lower_name) ||
           lower_name.starts_with("x-ratelimit-") || lower_name.starts_with("ratelimit-");
}

// Undoing only what matters for a name: %5F and + could hide it.
bool form_name_is_secret(std::string_view name, std::span<const std::string> hidden) {
    const auto plain = percent_decode(name);
    return names_a_secret(plain) || std::ranges::find(hidden, plain) != hidden.end();
}

void append_shown(std::string& out, Json json, bool secret) {
    if (json.is_object()) {
        const char* comma = "";
        out += '{';
        for (const auto& [name, value] : json.members()) {
            ((out += comma) += json_quote(name)) += ':';
            append_shown(out, value, secret || names_a_secret(name));
            comma = ",";
        }
        out += '}';
    } else if (json.is_array()) {
        const char* comma = "";
        out += '[';
        for (const auto element : json.elements()) {
            out += comma;
            append_shown(out, element, secret);
            comma = ",";
        }
        out += ']';
    } else if (secret && !json.is_null()) {
        out += "\"***\"";
    } else {
        out += json.to_text();
    }
}

}  // namespace

bool names_a_secret(std::string_view name) {
    static constexpr std::array parts{
        "token",     "secret",     "password",   "passwd",  "authorization", "assertion", "apikey",
        "accesskey", "privatekey", "credential", "session", "cookie",        "signature"};
    static constexpr std::array whole{"key",        "code",     "codeverifier",
                                      "pwd",        "sig",      "auth",
                                      "devicecode", "usercode", "verificationuricomplete"};
    std::string plain;  // without what separates words: api-key, api_key and apiKey are one
    for (const char c : ascii_lowered(name)) {
        if (ascii_alnum(c)) {
            plain += c;
        }
    }
    if (plain.contains("page") || plain.contains("cursor") || plain == "tokentype") {
        return false;
    }
    const auto in_name = [&](std::string_view part) { return plain.contains(part); };
    return std::ranges::any_of(parts, in_name) ||
           std::ranges::find(whole, std::string_view(plain)) != whole.end();
}

std::string shown_header(std::string_view name, std::string_view value) {
    const auto lower = ascii_lowered(name);
    if (lower == "location" || lower == "link" || lower == "content-location") {
        // Addresses with their queries: those of a redirect may hold a code.
        return std::string(value.substr(0, value.find('?'))) + (value.contains('?') ? "?***" : "");
    }
    return is_harmless(lower) ? std::string(value) : std::string(stars);
}

std::string shown_form(std::string_view text, std::span<const std::string> hidden) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto field = text.substr(0, end);
        const auto equals = field.find('=');
        const auto name = field.substr(0, equals);
        out += name;
        if (equals != std::string_view::npos) {
            out += '=';
            out += form_name_is_secret(name, hidden) ? stars : field.substr(equals + 1);
        }
        text.remove_prefix(end);
        if (!text.empty()) {
            out += '&';
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string shown_url(const Url& url, std::span<const std::string> hidden) {
    return url.query().empty() ? url.without_query()
                               : url.without_query() + "?" + shown_form(url.query(), hidden);
}

std::string shown_body(std::string_view content_type, std::string_view body, std::size_t size_max) {
    const auto type = ascii_lowered(content_type.substr(0, content_type.find(';')));
    if (type.ends_with("json")) {
        const auto document = JsonDocument::parse(body, {.size_max = size_max, .depth_max = 128});
        std::string out;
        if (document) {
            append_shown(out, document->root(), false);
        }
        return out;
    }
    if (type == "application/x-www-form-urlencoded") {
        return shown_form(body.substr(0, size_max));
    }
    return type.starts_with("text/") ? std::string(body.substr(0, size_max)) : std::string();
}

}  // namespace apilab::http
