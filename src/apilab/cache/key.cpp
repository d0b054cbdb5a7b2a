#include "apilab/cache/key.hpp"

#include <algorithm>

#include "apilab/base/ascii.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/http/redact.hpp"

namespace apilab::cache {

using http::iequals;

namespace {

// Names of parameters have case.
bool has_exactly(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const std::string& one) { return iequals(one, name); });
}

}  // namespace

std::string KeyMaker::digest(std::string_view text) const {
    return to_hex(hmac_sha256(digest_key_, text));
}

const std::string& KeyMaker::digest_of(std::string credentials) const {
    Secret secret(std::move(credentials));
    if (known_.credentials != secret) {
        known_ = {.credentials = secret, .digest = digest(secret.reveal())};
    }
    return known_.digest;
}

bool KeyMaker::is_credential(const http::Request& request, std::string_view name) const {
    return iequals(name, "authorization") || iequals(name, "cookie") ||
           http::names_a_secret(name) || has(request.hidden_headers(), name) ||
           has(secret_headers_, name);
}

std::string KeyMaker::url_of(const http::Url& url, const std::vector<std::string>& hidden) const {
    std::string text = url.origin() + url.path();
    std::string_view rest = url.query();
    if (rest.empty()) {
        return text;
    }
    char separator = '?';
    while (true) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto pair = rest.substr(0, end);
        const auto equals = pair.find('=');
        const auto name = http::percent_decode(pair.substr(0, equals));
        text += separator;
        if (equals != std::string_view::npos &&
            (http::names_a_secret(name) || has_exactly(hidden, name))) {
            (text += pair.substr(0, equals + 1)) += digest(pair.substr(equals + 1));
        } else {
            text += pair;
        }
        if (end == rest.size()) {
            return text;
        }
        separator = '&';
        rest.remove_prefix(end + 1);
    }
}

CacheKey KeyMaker::key_of(const http::Request& request, std::string_view principal) const {
    CacheKey key{.url = url_of(request.url(), request.hidden_parameters()), .principal = {}};
    if (!principal.empty()) {
        (key.principal = "name:") += principal;
        return key;
    }
    std::string credentials;
    for (const auto& [name, value] : request.headers()) {
        if (is_credential(request, name)) {
            // Lengths before the texts: no two lists of fields read the same.
            credentials += std::to_string(name.size()) + ":" + std::to_string(value.size()) + ":";
            (credentials += ascii_lowered(name)) += value;
        }
    }
    if (!credentials.empty()) {
        key.principal = "key:" + digest_of(std::move(credentials));
    }
    return key;
}

std::optional<std::string> KeyMaker::vary_value(const http::Request& request,
                                                std::string_view name) const {
    const auto lines = request.headers().get_all(name);
    if (lines.empty()) {
        return std::nullopt;
    }
    // Lines of one field are one list (RFC 9110 section 5.3).
    std::string value;
    for (const auto line : lines) {
        (value += value.empty() ? "" : ", ") += line;
    }
    const bool harmless = http::shown_header(name, value) == value;
    return harmless ? value : "digest:" + digest(value);
}

std::vector<VaryField> KeyMaker::vary_of(const http::Request& request,
                                         const http::Headers& response) const {
    std::vector<VaryField> fields;
    for (auto& name : parse_vary(response)) {
        if (name == "*") {
            return {{"*", std::nullopt}};
        }
        if (iequals(name, "cookie") || !is_credential(request, name)) {
            auto value = vary_value(request, name);
            fields.emplace_back(std::move(name), std::move(value));
        }
    }
    return fields;
}

bool KeyMaker::matches(const http::Request& request, const std::vector<VaryField>& vary) const {
    return std::ranges::all_of(vary, [&](const VaryField& field) {
        return field.first != "*" && vary_value(request, field.first) == field.second;
    });
}

}  // namespace apilab::cache
