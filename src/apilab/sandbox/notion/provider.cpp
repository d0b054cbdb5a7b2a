#include "apilab/sandbox/notion/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/filter.hpp"
#include "apilab/sandbox/notion/internal/schema.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {
namespace {

namespace json = boost::json;

const std::array<Route, 11> table{{
    {"GET", "/v1/users/me", "get_bot"},
    {"GET", "/v1/databases/{id}", "get_database"},
    {"POST", "/v1/databases/{id}/query", "query_database", http::Effect::read},
    {"GET", "/v1/data_sources/{id}", "get_data_source"},
    {"POST", "/v1/data_sources/{id}/query", "query_data_source", http::Effect::read},
    {"POST", "/v1/pages", "create_page", http::Effect::write},
    {"GET", "/v1/pages/{id}", "get_page"},
    {"PATCH", "/v1/pages/{id}", "update_page", http::Effect::idempotent},
    {"GET", "/v1/blocks/{id}/children", "list_blocks"},
    {"PATCH", "/v1/blocks/{id}/children", "append_blocks", http::Effect::write},
    {"POST", "/v1/search", "search", http::Effect::read},
}};

constexpr std::array<std::string_view, 5> versions = {"2021-08-16", "2022-02-22", "2022-06-28",
                                                      "2025-09-03", "2026-03-11"};
constexpr std::size_t children_max = 100;
constexpr std::size_t payload_max = std::size_t{500} * 1000;

std::string_view version_of(const Incoming& incoming) {
    return incoming.request->headers().value("notion-version");
}

std::string text_in(http::Json property) {
    const auto pieces = property.is_array()            ? property
                        : property["title"].is_array() ? property["title"]
                                                       : property["rich_text"];
    std::string text;
    for (const auto piece : pieces.elements()) {
        text += piece["text"]["content"].string_or("");
    }
    return text;
}

// The properties of a request, put over those of the page; the error is a validation message.
std::expected<json::object, std::string> read_properties(http::Json sent, json::object properties) {
    for (const auto& [name, value] : sent.members()) {
        // A page that stands on its own has only a title, and calls it so.
        const auto* property = find_property(name == "title" ? "Name" : name);
        if (property == nullptr || !properties.contains(property->name)) {
            return std::unexpected(fmt::format("{} is not a property that exists.", name));
        }
        auto read = read_value(*property, value, fmt::format("body.properties.{}", name));
        if (!read) {
            return std::unexpected(std::move(read).error());
        }
        properties[property->name] = *std::move(read);
    }
    return properties;
}

// Blocks as they are kept; the error is a validation message.
std::expected<std::vector<json::object>, std::string> read_blocks(http::Json children,
                                                                  Store& store) {
    if (children.size() > children_max) {
        return std::unexpected(fmt::format(
            "body failed validation: body.children.length should be ≤ `{}`, instead was `{}`.",
            children_max, children.size()));
    }
    std::vector<json::object> blocks;
    for (const auto child : children.elements()) {
        const auto type = child["type"].string_or("paragraph");
        auto text =
            read_rich_text(child[type]["rich_text"],
                           fmt::format("body.children[{}].{}.rich_text", blocks.size(), type));
        if (!text) {
            return std::unexpected(std::move(text).error());
        }
        blocks.push_back({{"object", "block"},
                          {"id", store.next_id()},
                          {"has_children", false},
                          {"in_trash", false},
                          {"type", type},
                          {type, json::object{{"rich_text", *std::move(text)}}}});
    }
    return blocks;
}

http::Response answer_with(const json::object& object) {
    return http::Response::json(200, json::serialize(object));
}

}  // namespace

NotionProvider::NotionProvider(NotionOptions options)
    : options_(std::move(options)), store_(std::make_unique<Store>(options_.seed)) {}

NotionProvider::~NotionProvider() = default;

std::span<const Route> NotionProvider::routes() const {
    return table;
}

void NotionProvider::describe(const Incoming& incoming) const {
    const auto& operation = incoming.route->operation;
    if (operation != "create_page" && operation != "update_page") {
        return;
    }
    const auto document = http::JsonDocument::parse(incoming.request->body());
    if (!document) {
        return;
    }
    const auto sent = document->root()["properties"];
    if (operation == "create_page") {
        const auto key = text_in(sent["Key"]);
        std::size_t longest = 0;
        for (const auto& [name, value] : sent.members()) {
            longest = std::max(longest, text_in(value).size());
        }
        const auto title = sent["Name"].missing() ? sent["title"] : sent["Name"];
        incoming.note("makes", key.empty() ? text_in(title) : key);
        incoming.note("longest_text", std::to_string(longest));
        return;
    }
    const auto id = canonical_id(path_value(incoming, "id"));
    const auto page = std::ranges::find(store_->pages(), id, &Page::id);
    for (const auto& [name, value] : sent.members()) {
        if (value["checkbox"].boolean().value_or(false) && page != store_->pages().end()) {
            incoming.note("acks", plain_text(page->properties, "Key"));
        }
    }
}

http::Response NotionProvider::answer(const Incoming& incoming) {
    const auto& request = *incoming.request;
    const auto document = http::JsonDocument::parse(request.body().empty() ? "{}" : request.body());
    auto answer = [&] {
        const auto field = request.headers().value("authorization");
        const auto token = field.substr(std::min(field.find(' ') + 1, field.size()));
        if (!ascii_lowered(field).starts_with("bearer ") ||
            std::ranges::find(options_.tokens, token) == options_.tokens.end()) {
            return error(401, "unauthorized", "API token is invalid.");
        }
        auto& bucket =
            buckets_.try_emplace(std::string(token), options_.burst, options_.requests_per_second)
                .first->second;
        if (const auto wait = bucket.take(incoming.now); wait > Duration::zero()) {
            return refuse(
                {.status = 429, .retry_after = std::to_string(internal::retry_after_seconds(wait))},
                incoming.system_now);
        }
        const auto version = version_of(incoming);
        if (version.empty()) {
            return error(400, "missing_version",
                         "Notion-Version header failed validation: Notion-Version header should "
                         "be defined, instead was `undefined`.");
        }
        if (std::ranges::find(versions, version) == versions.end()) {
            return validation_error(fmt::format(
                "Notion-Version header failed validation: `{}` is no version.", version));
        }
        if (request.body().size() > payload_max) {
            return error(413, "validation_error", "Request body is too large.");
        }
        return document ? dispatch(incoming, document->root())
                        : error(400, "invalid_json", "Error parsing JSON body.");
    }();
    // Every body has the request's id at its end.
    const auto id = canonical_id(fmt::format("{:032x}", 0x5eed0000'00000000U + ++answers_));
    auto body = answer.body();
    body.insert(body.size() - 1, fmt::format(",\"request_id\":\"{}\"", id));
    answer.body(std::move(body));
    answer.header("content-type", "application/json; charset=utf-8");
    answer.header("x-notion-request-id", id);
    return answer;
}

http::Response NotionProvider::dispatch(const Incoming& incoming, http::Json body) {
    const auto& operation = incoming.route->operation;
    const auto version = version_of(incoming);
    const auto id = canonical_id(path_value(incoming, "id"));
    if (operation == "get_bot") {
        return answer_with(bot_object());
    }
    if (operation == "search") {
        return search(incoming, body);
    }
    if (operation == "create_page") {
        return create(incoming, body);
    }
    if (operation.ends_with("_database")) {
        if (operation == "query_database" && version >= data_sources_since) {
            return error(400, "invalid_request_url", "Invalid request URL.");
        }
        if (id != store_->database_id()) {
            return not_found("database", path_value(incoming, "id"));
        }
        return operation == "query_database" ? query(incoming, body)
                                             : answer_with(database_object(*store_, version));
    }
    if (operation.ends_with("_data_source")) {
        if (version < data_sources_since) {
            return error(400, "invalid_request_url", "Invalid request URL.");
        }
        if (id != store_->data_source_id()) {
            return not_found("data source", path_value(incoming, "id"));
        }
        return operation == "query_data_source" ? query(incoming, body)
                                                : answer_with(data_source_object(*store_));
    }
    return of_page(incoming, body);
}

http::Response NotionProvider::of_page(const Incoming& incoming, http::Json body) {
    const auto& operation = incoming.route->operation;
    Page* page = store_->find(path_value(incoming, "id"));
    if (page == nullptr) {
        return not_found(operation.ends_with("_blocks") ? "block" : "page",
                         path_value(incoming, "id"));
    }
    if (operation == "get_page") {
        return answer_with(page_object(*page, *store_, version_of(incoming)));
    }
    if (operation == "update_page") {
        return update(incoming, *page, body);
    }
    if (operation == "append_blocks") {
        return append(incoming, *page, body);
    }
    json::object arguments;
    if (const auto cursor = incoming.param("start_cursor")) {
        arguments["start_cursor"] = *cursor;
    }
    if (const auto size = query_number(incoming, "page_size")) {
        arguments["page_size"] = *size;
    }
    const auto document = http::JsonDocument::parse(json::serialize(arguments));
    return list_answer(page->blocks, document->root(), "block");
}

http::Response NotionProvider::query(const Incoming& incoming, http::Json body) const {
    std::vector<json::object> found;
    for (const auto& page : store_->pages()) {
        if (!page.parent_page.empty() ||
            page.in_trash != body["in_trash"].boolean().value_or(false)) {
            continue;
        }
        const auto passed = passes(body["filter"], page);
        if (!passed) {
            return validation_error(passed.error());
        }
        if (*passed) {
            found.push_back(page_object(page, *store_, version_of(incoming)));
        }
    }
    for (const auto sort : body["sorts"].elements()) {
        if (sort["timestamp"].missing()) {
            return validation_error("this sandbox sorts by timestamp only");
        }
        if (sort["direction"].string_or("") == "descending") {
            std::ranges::reverse(found);  // pages stand in the order of creation
        }
    }
    return list_answer(
        found, body,
        version_of(incoming) < data_sources_since ? "page_or_database" : "page_or_data_source");
}

http::Response NotionProvider::create(const Incoming& incoming, http::Json body) {
    const auto parent = body["parent"];
    const auto source = canonical_id(parent["data_source_id"].string_or(""));
    const auto database = canonical_id(parent["database_id"].string_or(""));
    Page page{.created = minute_of(incoming.system_now), .edited = {}, .ours = true};
    page.edited = page.created;
    page.properties = empty_properties();
    if (source != store_->data_source_id() && database != store_->database_id()) {
        const auto below = canonical_id(parent["page_id"].string_or(""));
        if (parent["page_id"].missing()) {
            return parent.is_object()
                       ? not_found("database", parent["database_id"].string_or(""))
                       : validation_error(
                             "body failed validation: body.parent should be defined, "
                             "instead was `undefined`.");
        }
        if (store_->find(below) == nullptr) {
            return not_found("page", parent["page_id"].string_or(""));
        }
        page.parent_page = below;
        page.properties = json::object{{"Name", page.properties["Name"]}};
    }
    auto properties = read_properties(body["properties"], std::move(page.properties));
    if (!properties) {
        return validation_error(properties.error());
    }
    auto blocks = read_blocks(body["children"], *store_);
    if (!blocks) {
        return validation_error(blocks.error());
    }
    page.properties = *std::move(properties);
    page.blocks = *std::move(blocks);
    return answer_with(page_object(store_->add(std::move(page)), *store_, version_of(incoming)));
}

http::Response NotionProvider::update(const Incoming& incoming, Page& page, http::Json body) {
    auto properties = read_properties(body["properties"], page.properties);
    if (!properties) {
        return validation_error(properties.error());
    }
    page.properties = *std::move(properties);
    page.edited = minute_of(incoming.system_now);
    const auto trash = body["in_trash"].missing() ? body["archived"] : body["in_trash"];
    page.in_trash = trash.boolean().value_or(page.in_trash);
    return answer_with(page_object(page, *store_, version_of(incoming)));
}

http::Response NotionProvider::append(const Incoming& incoming, Page& page, http::Json body) {
    auto blocks = read_blocks(body["children"], *store_);
    if (!blocks) {
        return validation_error(blocks.error());
    }
    const auto first = page.blocks.size();
    const auto now = minute_of(incoming.system_now);
    for (auto& block : *blocks) {
        block["parent"] = json::object{{"type", "page_id"}, {"page_id", page.id}};
        block["created_time"] = now;
        block["last_edited_time"] = now;
        page.blocks.push_back(std::move(block));
    }
    const std::vector<json::object> added(page.blocks.begin() + static_cast<std::ptrdiff_t>(first),
                                          page.blocks.end());
    return list_answer(added, http::Json(), "block");
}

http::Response NotionProvider::search(const Incoming& incoming, http::Json body) const {
    const auto wanted = ascii_lowered(body["query"].string_or(""));
    std::vector<json::object> found;
    for (const auto& page : store_->pages()) {
        if (!page.in_trash && ascii_lowered(plain_text(page.properties, "Name")).contains(wanted)) {
            found.push_back(page_object(page, *store_, version_of(incoming)));
        }
    }
    return list_answer(found, body, "page_or_data_source");
}

const PageShape* NotionProvider::pages_of(std::string_view operation) const {
    static constexpr PageShape list{
        .items = "results",
        .next = "/next_cursor",
        .asked = "start_cursor",
        .size = "page_size",
        .more = "has_more",
        .cap = "request_status",
        .cap_text = R"({"type":"incomplete","incomplete_reason":"query_result_limit_reached"})"};
    return operation.starts_with("query_") || operation == "list_blocks" || operation == "search"
               ? &list
               : nullptr;
}

std::optional<http::Response> NotionProvider::expired_page(const Incoming& /*incoming*/) const {
    return validation_error("The start_cursor provided is invalid.");
}

http::Response NotionProvider::unknown_path(const http::Request& /*request*/) const {
    return error(400, "invalid_request_url", "Invalid request URL.");
}

http::Response NotionProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    struct Known {
        int status;
        std::string_view code;
        std::string_view message;
    };
    static constexpr std::array<Known, 10> known{{
        {400, "validation_error", "body failed validation."},
        {401, "unauthorized", "API token is invalid."},
        {403, "restricted_resource", "Insufficient permissions for this endpoint."},
        {404, "object_not_found", "Could not find the object."},
        {409, "conflict_error", "Conflict occurred while saving. Please try again."},
        {429, "rate_limited", "You have been rate limited. Please try again in a few minutes."},
        {503, "service_unavailable", "Public API service is temporarily unavailable."},
        {504, "gateway_timeout", "The request took too long."},
        {529, "service_overload", "The service is overloaded. Please try again later."},
        {500, "internal_server_error", "Unexpected error occurred."},
    }};
    const int status = refusal.status != 0 ? refusal.status : 429;
    const auto* found = std::ranges::find(known, status, &Known::status);
    const auto& words = found == known.end() ? known.back() : *found;
    auto answer = error(status, words.code, words.message);
    if (status == 429) {
        answer = http::Response::json(
            429, fmt::format(R"({{"object":"error","status":429,"code":"rate_limited",)"
                             R"("message":"{}","additional_data":{{"rate_limit_reason":)"
                             R"("public_api_request_rate_limit"}}}})",
                             words.message));
    }
    if (status == 429 || !refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after.empty() ? "1" : refusal.retry_after);
    }
    return answer;
}

void NotionProvider::reset() {
    store_->reset();
    buckets_.clear();
    answers_ = 0;
}

std::map<std::string, std::int64_t> NotionProvider::numbers() const {
    std::map<std::string, std::int64_t> keys;
    std::int64_t rows = 0;
    for (const auto& page : store_->pages()) {
        if (page.ours && !page.in_trash && page.parent_page.empty()) {
            const auto key = plain_text(page.properties, "Key");
            ++keys[key.empty() ? plain_text(page.properties, "Name") : key];
            ++rows;
        }
    }
    return {{"rows", rows}, {"rows doubled", rows - static_cast<std::int64_t>(keys.size())}};
}

}  // namespace apilab::sandbox::notion
