#include "apilab/data/internal/query_text.hpp"

#include <algorithm>
#include <charconv>

#include "apilab/base/try.hpp"

namespace apilab::data::internal {
namespace {

bool is(const QueryField& field, std::string_view name) {
    return field.name == name || http::percent_decode(field.name) == name;
}

void append(std::string& query, std::string_view name, std::string_view value, bool equals) {
    query += query.empty() ? "" : "&";
    query += name;
    if (equals) {
        query += '=';
        query += value;
    }
}

// `value` nothing: the parameter goes.
http::Url changed(const http::Url& url, std::string_view name,
                  const std::optional<std::string>& value) {
    std::string query;
    bool placed = !value;
    for (const auto& field : query_fields(url.query())) {
        if (!is(field, name)) {
            append(query, field.name, field.value, field.value.data() != nullptr);
        } else if (!placed) {
            append(query, field.name, *value, true);
            placed = true;
        }
    }
    if (!placed) {
        append(query, http::percent_encode(name), *value, true);
    }
    // `with` would take a trailing slash off the path.
    return url.path().ends_with('/') ? url.with("/", query) : url.with("", query);
}

}  // namespace

std::vector<QueryField> query_fields(std::string_view query) {
    std::vector<QueryField> fields;
    for (std::size_t at = 0; at < query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto field = query.substr(at, end - at);
        const auto equals = field.find('=');
        if (equals == std::string_view::npos) {
            fields.push_back({.name = field, .value = {}, .at = end});
        } else {
            fields.push_back({.name = field.substr(0, equals),
                              .value = field.substr(equals + 1),
                              .at = at + equals + 1});
        }
        at = end + 1;
    }
    return fields;
}

std::optional<std::string> parameter_of(const http::Url& url, std::string_view name) {
    for (const auto& field : query_fields(url.query())) {
        if (is(field, name)) {
            return http::percent_decode(field.value);
        }
    }
    return std::nullopt;
}

http::Url with_parameter(const http::Url& url, std::string_view name, std::string_view value) {
    return changed(url, name, http::percent_encode(value));
}

http::Url without_parameter(const http::Url& url, std::string_view name) {
    return changed(url, name, std::nullopt);
}

Result<std::string> with_member(std::string_view object, std::string_view name,
                                std::string_view value) {
    APILAB_TRY(const auto document, http::JsonDocument::parse(object.empty() ? "{}" : object));
    if (!document.root().is_object()) {
        return fail(ErrorKind::invalid_argument,
                    "the request's body is no JSON object that could take a member");
    }
    std::string text;
    for (const auto& [key, kept] : document.root().members()) {
        if (key != name) {
            text += text.empty() ? "{" : ",";
            text += http::json_quote(key) + ":" + kept.to_text();
        }
    }
    text += text.empty() ? "{" : ",";
    return text + http::json_quote(name) + ":" + std::string(value) + "}";
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || text.size() > 15 || error != std::errc() || at != end || number < 0) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::string> word_of(const http::Json& value) {
    if (const auto text = value.string()) {
        return std::string(*text);
    }
    if (const auto number = value.integer()) {
        return std::to_string(*number);
    }
    if (const auto number = value.unsigned_integer()) {
        return std::to_string(*number);
    }
    return std::nullopt;
}

}  // namespace apilab::data::internal
