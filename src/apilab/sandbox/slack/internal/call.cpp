#include "apilab/sandbox/slack/internal/call.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/query.hpp"
#include "apilab/sandbox/slack/internal/multipart.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

// The value of `charset=` in a content type, lower case; empty where there is none.
std::string charset_of(std::string_view content_type) {
    const auto type = ascii_lowered(content_type);
    const auto at = type.find("charset=");
    if (at == std::string::npos) {
        return {};
    }
    auto value = type.substr(at + 8);
    value = value.substr(0, value.find_first_of("; "));
    std::erase(value, '"');
    return value;
}

void add_json(Call& call, std::string_view body) {
    const auto document = http::JsonDocument::parse(body);
    if (!document || !document->root().is_object()) {
        call.error = document ? "json_not_object" : "invalid_json";
        return;
    }
    for (const auto& [name, value] : document->root().members()) {
        if (!value.is_null()) {
            const auto text = value.string();
            call.arguments.insert_or_assign(std::string(name),
                                            text ? std::string(*text) : value.to_text());
        }
    }
    call.arguments.erase("token");
}

void add_form(Call& call, std::string_view body, std::string_view charset) {
    if (!charset.empty()) {
        call.warnings.emplace_back("superfluous_charset");
    }
    for (auto& [name, value] : split_query(body)) {
        call.arguments.insert_or_assign(std::move(name), std::move(value));
    }
}

void add_multipart(Call& call, std::string_view body, std::string_view type) {
    const auto parts = internal::read_multipart(body, type);
    if (!parts) {
        call.error = "invalid_form_data";
        return;
    }
    for (const auto& part : *parts) {
        call.arguments.insert_or_assign(part.name, std::string(part.body));
    }
}

void read_body(Call& call, const Incoming& incoming, bool takes_json) {
    const auto type = incoming.request->headers().value("content-type");
    const std::string_view body = incoming.request->body();
    if (type.empty()) {
        call.error = body.empty() ? "" : "missing_post_type";
        return;
    }
    const auto charset = charset_of(type);
    if (!charset.empty() && charset != "utf-8" && charset != "iso-8859-1") {
        call.error = "invalid_charset";
        return;
    }
    const auto media = ascii_lowered(type.substr(0, type.find(';')));
    if (media.starts_with("application/x-www-form-urlencoded")) {
        add_form(call, body, charset);
    } else if (media.starts_with("multipart/form-data")) {
        add_multipart(call, body, type);
    } else if (media.starts_with("application/json")) {
        if (charset.empty()) {
            call.warnings.emplace_back("missing_charset");
        }
        if (takes_json && !body.empty()) {
            add_json(call, body);
        }
    } else if (!media.starts_with("text/plain")) {
        call.error = "invalid_post_type";
    }
}

}  // namespace

std::string_view Call::argument(std::string_view name) const {
    const auto found = arguments.find(name);
    return found == arguments.end() ? std::string_view() : found->second;
}

bool Call::flag(std::string_view name) const {
    const auto text = argument(name);
    return text == "true" || text == "1";
}

std::optional<std::int64_t> Call::number(std::string_view name) const {
    const auto text = argument(name);
    std::int64_t number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || wrong != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::size_t> Call::limit(std::size_t fallback, std::size_t max) const {
    if (argument("limit").empty()) {
        return fallback;
    }
    const auto given = number("limit");
    if (!given || *given < 1 || *given > static_cast<std::int64_t>(max)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(*given);
}

std::vector<std::string> Call::list(std::string_view name) const {
    auto text = argument(name);
    std::vector<std::string> out;
    if (text.starts_with('[')) {
        if (const auto document = http::JsonDocument::parse(text)) {
            for (const auto one : document->root().elements()) {
                out.emplace_back(one.string_or(""));
            }
        }
        return out;
    }
    while (!text.empty()) {
        const auto comma = text.find(',');
        auto part = text.substr(0, comma);
        part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
        if (!part.empty()) {
            out.emplace_back(part);
        }
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return out;
}

Call read_call(const Incoming& incoming, bool takes_json) {
    Call call;
    constexpr std::string_view prefix = "/api/";
    call.method = std::string_view(incoming.route->path_template).substr(prefix.size());
    for (const auto& [name, value] : incoming.query) {
        call.arguments.emplace(name, value);
    }
    if (incoming.request->method() == "POST") {
        read_body(call, incoming, takes_json);
    }
    const auto field = incoming.request->headers().value("authorization");
    constexpr std::string_view scheme = "bearer ";
    call.token =
        field.size() > scheme.size() && http::iequals(field.substr(0, scheme.size()), scheme)
            ? std::string(field.substr(scheme.size()))
            : std::string(call.argument("token"));
    return call;
}

http::Response fine(json::object members, const Call& call) {
    json::object body{{"ok", true}};
    for (auto& [name, value] : members) {
        body[name] = std::move(value);
    }
    if (!call.warnings.empty()) {
        body["warning"] = fmt::format("{}", fmt::join(call.warnings, ","));
        auto& metadata = body["response_metadata"];
        if (!metadata.is_object()) {
            metadata = json::object();
        }
        metadata.get_object()["warnings"] = json::array(call.warnings.begin(), call.warnings.end());
    }
    return http::Response::json(200, json::serialize(body));
}

http::Response refused(std::string_view error, json::object more) {
    json::object body{{"ok", false}, {"error", error}};
    for (auto& [name, value] : more) {
        body[name] = std::move(value);
    }
    return http::Response::json(200, json::serialize(body));
}

http::Response refused_because(std::string_view error, std::string_view message) {
    return refused(error,
                   {{"response_metadata",
                     json::object{{"messages", json::array{fmt::format("[ERROR] {}", message)}}}}});
}

}  // namespace apilab::sandbox::slack
