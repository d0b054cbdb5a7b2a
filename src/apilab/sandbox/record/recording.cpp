#include "apilab/sandbox/record/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/base/try.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/fields.hpp"

namespace apilab::sandbox {

namespace json = boost::json;

namespace {

std::string to_hex(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return text;
}

int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

Result<std::string> from_hex(std::string_view text, const std::string& pointer) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0) {
            return internal::bad_field(pointer, "expected pairs of hex digits in lower case");
        }
        bytes += static_cast<char>(high * 16 + low);
    }
    if (text.size() % 2 != 0) {
        return internal::bad_field(pointer, "expected pairs of hex digits in lower case");
    }
    return bytes;
}

json::object to_json(const RecordedExchange& exchange) {
    json::array headers;
    for (const auto& [name, value] : exchange.headers) {
        headers.push_back(json::array{name, value});
    }
    json::object object{{"method", exchange.method}, {"path", exchange.path},
                        {"query", exchange.query},   {"body_sha256", exchange.body_sha256},
                        {"status", exchange.status}, {"headers", std::move(headers)}};
    if (valid_utf8(exchange.body)) {
        object["body"] = exchange.body;
    } else {
        object["body_hex"] = to_hex(exchange.body);
    }
    return object;
}

Result<http::Headers> read_headers(http::Json json, const std::string& pointer) {
    http::Headers headers;
    if (!json.is_array()) {
        return internal::bad_field(pointer, "expected an array of pairs");
    }
    for (const auto pair : json.elements()) {
        const auto name = pair.at_pointer("/0").string();
        const auto value = pair.at_pointer("/1").string();
        if (!name || !value || !http::valid_field_name(*name) || !http::valid_field_value(*value)) {
            return internal::bad_field(pointer, "expected pairs of a field's name and its value");
        }
        headers.add(std::string(*name), std::string(*value));
    }
    return headers;
}

Result<RecordedExchange> read_exchange(http::Json json, const std::string& pointer) {
    APILAB_CHECK(internal::only_keys(
        json, pointer,
        {"method", "path", "query", "body_sha256", "status", "headers", "body", "body_hex"}));
    RecordedExchange exchange;
    APILAB_TRY(exchange.method, internal::read_string(json["method"], pointer + "/method"));
    APILAB_TRY(exchange.path, internal::read_string(json["path"], pointer + "/path"));
    if (!http::valid_field_name(exchange.method) || !exchange.path.starts_with('/')) {
        return internal::bad_field(pointer + "/path", "expected a method and a path from / on");
    }
    exchange.query = json["query"].string_or("");
    exchange.body_sha256 = json["body_sha256"].string_or("");
    APILAB_TRY(const auto status,
               internal::read_integer(json["status"], pointer + "/status", 200, 599));
    exchange.status = static_cast<int>(status);
    APILAB_TRY(exchange.headers, read_headers(json["headers"], pointer + "/headers"));
    if (const auto hex = json["body_hex"].string()) {
        APILAB_TRY(exchange.body, from_hex(*hex, pointer + "/body_hex"));
    } else {
        exchange.body = json["body"].string_or("");
    }
    return exchange;
}

bool is_provider_name(std::string_view name) {
    return !name.empty() && name.size() <= 40 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace

std::string recording_json(const Recording& recording) {
    std::string text =
        fmt::format("{{\"version\":1,\"name\":{},\"upstream\":{},\"exchanges\":[",
                    http::json_quote(recording.name), http::json_quote(recording.upstream));
    for (const auto& exchange : recording.exchanges) {
        text += &exchange == recording.exchanges.data() ? "\n" : ",\n";
        text += json::serialize(to_json(exchange));
    }
    return text + "\n]}\n";
}

Result<Recording> parse_recording(std::string_view text) {
    const auto document =
        http::JsonDocument::parse(text, {.size_max = 4 * Recording::bytes_max, .depth_max = 16});
    if (!document) {
        return internal::bad_field("", document.error().message());
    }
    const auto root = document->root();
    APILAB_CHECK(internal::only_keys(root, "", {"version", "name", "upstream", "exchanges"}));
    APILAB_TRY([[maybe_unused]] const auto version,
               internal::read_integer(root["version"], "/version", 1, 1));
    Recording recording;
    APILAB_TRY(recording.name, internal::read_string(root["name"], "/name"));
    if (!is_provider_name(recording.name)) {
        return internal::bad_field("/name", "expected small letters, digits and -, 40 at most");
    }
    recording.upstream = root["upstream"].string_or("");
    const auto list = root["exchanges"];
    if (!list.is_array() || list.size() > Recording::exchanges_max) {
        return internal::bad_field("/exchanges", "expected an array of at most 10,000 exchanges");
    }
    std::size_t bytes = 0;
    for (const auto each : list.elements()) {
        APILAB_TRY(auto exchange,
                   read_exchange(each, fmt::format("/exchanges/{}", recording.exchanges.size())));
        bytes += exchange.body.size();
        recording.exchanges.push_back(std::move(exchange));
    }
    if (bytes > Recording::bytes_max) {
        return internal::bad_field("/exchanges", "expected at most 64 MiB of bodies");
    }
    return recording;
}

}  // namespace apilab::sandbox
