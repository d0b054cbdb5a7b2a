#include "apilab/provider/notion.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::provider {
namespace {

using http::json_quote;

// Bytes of the character that begins here, and what it counts in UTF-16.
struct Character {
    std::size_t bytes = 1;
    std::size_t units = 1;
};
Character character_at(std::string_view utf8, std::size_t at) {
    const auto first = static_cast<unsigned char>(utf8[at]);
    const std::size_t bytes = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : first >= 0xC0U ? 2 : 1;
    return {.bytes = std::min(bytes, utf8.size() - at), .units = std::size_t(bytes == 4 ? 2 : 1)};
}

Result<http::JsonDocument> json_of(const Result<http::Response>& answer) {
    return http::JsonDocument::parse(answer && answer->ok() ? answer->body() : "{}");
}
// The first row of a query, or the page itself.
http::Json page_in(const Result<http::JsonDocument>& document) {
    const auto root = document ? document->root() : http::Json();
    const auto found = root.at_pointer("/results/0");
    return found.missing() ? root : found;
}

}  // namespace

http::Request Notion::request(std::string method, std::string_view path, std::string body) const {
    http::Request request(std::move(method), endpoint_.base.with(path));
    request.header("content-type", "application/json").body(std::move(body));
    request.header("authorization", "Bearer " + std::string(options_.token.reveal()));
    request.header("notion-version", "2025-09-03");
    return request;
}

http::Request Notion::find_request(std::string_view key) const {
    return request(
        "POST", "/v1/data_sources/" + http::percent_encode(options_.data_source) + "/query",
        "{\"page_size\":1,\"filter\":{\"property\":" + json_quote(options_.key_property) +
            ",\"rich_text\":{\"equals\":" + json_quote(key) + "}}}");
}

http::Request Notion::create_request(const std::string& properties) const {
    return request("POST", "/v1/pages",
                   "{\"parent\":{\"type\":\"data_source_id\",\"data_source_id\":" +
                       json_quote(options_.data_source) + "},\"properties\":" + properties + "}");
}

http::Request Notion::update_request(std::string_view page, const std::string& properties) const {
    return request("PATCH", "/v1/pages/" + http::percent_encode(page),
                   "{\"properties\":" + properties + "}");
}

std::string Notion::page_id(const Result<http::Response>& answer) {
    const auto document = json_of(answer);
    return std::string(page_in(document)["id"].string_or(""));
}

bool Notion::is_ticked(const Result<http::Response>& answer, std::string_view name) {
    const auto document = json_of(answer);
    return page_in(document)["properties"][name]["checkbox"].boolean().value_or(false);
}

std::string Notion::rich_text(std::string_view utf8, std::size_t piece) {
    std::string pieces;
    for (std::size_t at = 0; at < utf8.size();) {
        std::size_t end = at;
        for (std::size_t units = 0; end < utf8.size();) {
            const auto next = character_at(utf8, end);
            if (units + next.units > piece && end > at) {
                break;
            }
            units += next.units;
            end += next.bytes;
        }
        pieces += at == 0 ? "" : ",";
        pieces += "{\"text\":{\"content\":" + json_quote(utf8.substr(at, end - at)) + "}}";
        at = end;
    }
    return "[" + pieces + "]";
}

std::string Notion::text_properties(const std::vector<std::pair<std::string, std::string>>& texts,
                                    std::size_t piece) {
    std::string properties;
    for (const auto& [name, text] : texts) {
        properties += properties.empty() ? "" : ",";
        properties += json_quote(name) + ":{\"rich_text\":" + rich_text(text, piece) + "}";
    }
    return "{" + properties + "}";
}

std::string Notion::checkbox_property(std::string_view name, bool ticked) {
    return "{" + json_quote(name) + ":{\"checkbox\":" + (ticked ? "true" : "false") + "}}";
}

runtime::Task<Result<http::JsonDocument>> Notion::ask(http::Request request,
                                                      runtime::Operation operation) const {
    const auto what = "notion " + operation.name;
    APILAB_CO_TRY(auto answer, co_await call(endpoint_, std::move(request), std::move(operation)));
    co_return decode(answer, what);
}

runtime::Task<Result<std::optional<http::JsonDocument>>> Notion::find(std::string key) const {
    APILAB_CO_TRY(auto list,
                  co_await ask(find_request(key), {.provider = "notion",
                                                   .name = "query_data_source",
                                                   .url_template = "/v1/data_sources/{id}/query",
                                                   .effect = http::Effect::read}));
    const auto results = list.root()["results"];
    if (!results.is_array()) {
        co_return fail(ErrorKind::decode, "notion query_data_source: /results is no list");
    }
    if (results.size() == 0) {
        co_return std::nullopt;
    }
    APILAB_CO_TRY(auto row, http::JsonDocument::parse((*results.elements().begin()).to_text()));
    co_return std::optional<http::JsonDocument>(std::move(row));
}

runtime::Task<Result<http::JsonDocument>> Notion::create(std::string properties) const {
    co_return co_await ask(create_request(properties), {.provider = "notion",
                                                        .name = "create_page",
                                                        .url_template = "/v1/pages",
                                                        .effect = http::Effect::write});
}

runtime::Task<Result<http::JsonDocument>> Notion::update(std::string page,
                                                         std::string properties) const {
    co_return co_await ask(update_request(page, properties), {.provider = "notion",
                                                              .name = "update_page",
                                                              .url_template = "/v1/pages/{id}",
                                                              .effect = http::Effect::idempotent});
}

}  // namespace apilab::provider
