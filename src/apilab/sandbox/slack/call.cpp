#include "apilab/sandbox/slack/call.hpp"

#include <charconv>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox::slack {
namespace {

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
        call.error = "invalid_json";
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

void read_body(Call& call, const Incoming& incoming, bool takes_json) {
    const auto type = incoming.request->headers().value("content-type");
    const auto charset = charset_of(type);
    if (!charset.empty() && charset != "utf-8" && charset != "iso-8859-1") {
        call.error = "invalid_charset";
        return;
    }
    const auto media = ascii_lowered(type.substr(0, type.find(';')));
    if (media.starts_with("application/x-www-form-urlencoded")) {
        for (auto& [name, value] : split_query(incoming.request->body())) {
            call.arguments.insert_or_assign(std::move(name), std::move(value));
        }
    } else if (media.starts_with("application/json")) {
        if (charset.empty()) {
            call.warnings.emplace_back("missing_charset");
        }
        if (takes_json) {
            add_json(call, incoming.request->body());
        }
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

std::optional<std::size_t> Call::limit(std::size_t fallback, std::size_t max) const {
    const auto text = argument("limit");
    if (text.empty()) {
        return fallback;
    }
    std::size_t number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc() || end != text.data() + text.size() || number < 1 || number > max) {
        return std::nullopt;
    }
    return number;
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

http::Response fine(std::string_view members, const Call& call) {
    std::string body = "{\"ok\":true";
    body += members.empty() ? "" : ",";
    body += members;
    if (!call.warnings.empty()) {
        const auto& warning = call.warnings.front();
        body += ",\"warning\":" + http::json_quote(warning);
        if (!members.contains("\"response_metadata\"")) {
            body += ",\"response_metadata\":{\"warnings\":[" + http::json_quote(warning) + "]}";
        }
    }
    return http::Response::json(200, body + "}");
}

http::Response refused(std::string_view error) {
    return http::Response::json(200, "{\"ok\":false,\"error\":" + http::json_quote(error) + "}");
}

}  // namespace apilab::sandbox::slack
