#include "apilab/sandbox/notion/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/fidelity.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {
namespace {

using http::Effect;

const std::array<Route, 34> table{{
    {"GET", "/v1/users/me", "get_bot"},
    {"GET", "/v1/users/{id}", "get_user"},
    {"GET", "/v1/users", "list_users"},
    {"GET", "/v1/custom_emojis", "list_custom_emojis"},
    {"POST", "/v1/databases", "create_database", Effect::write},
    {"GET", "/v1/databases/{id}", "get_database"},
    {"PATCH", "/v1/databases/{id}", "update_database", Effect::idempotent},
    {"POST", "/v1/databases/{id}/query", "query_database", Effect::read},
    {"POST", "/v1/data_sources", "create_data_source", Effect::write},
    {"GET", "/v1/data_sources/{id}", "get_data_source"},
    {"PATCH", "/v1/data_sources/{id}", "update_data_source", Effect::idempotent},
    {"POST", "/v1/data_sources/{id}/query", "query_data_source", Effect::read},
    {"GET", "/v1/data_sources/{id}/templates", "list_templates"},
    {"POST", "/v1/pages", "create_page", Effect::write},
    {"GET", "/v1/pages/{id}", "get_page"},
    {"PATCH", "/v1/pages/{id}", "update_page", Effect::idempotent},
    {"POST", "/v1/pages/{id}/move", "move_page", Effect::idempotent},
    {"GET", "/v1/pages/{id}/properties/{property}", "get_page_property"},
    {"GET", "/v1/blocks/{id}", "get_block"},
    {"PATCH", "/v1/blocks/{id}", "update_block", Effect::idempotent},
    {"DELETE", "/v1/blocks/{id}", "delete_block", Effect::idempotent},
    {"GET", "/v1/blocks/{id}/children", "list_blocks"},
    {"PATCH", "/v1/blocks/{id}/children", "append_blocks", Effect::write},
    {"POST", "/v1/search", "search", Effect::read},
    {"POST", "/v1/comments", "create_comment", Effect::write},
    {"GET", "/v1/comments", "list_comments"},
    {"GET", "/v1/comments/{id}", "get_comment"},
    {"PATCH", "/v1/comments/{id}", "update_comment", Effect::idempotent},
    {"DELETE", "/v1/comments/{id}", "delete_comment", Effect::idempotent},
    {"POST", "/v1/file_uploads", "create_file_upload", Effect::write},
    {"POST", "/v1/file_uploads/{id}/send", "send_file_upload", Effect::write},
    {"POST", "/v1/file_uploads/{id}/complete", "complete_file_upload", Effect::idempotent},
    {"GET", "/v1/file_uploads/{id}", "get_file_upload"},
    {"GET", "/v1/file_uploads", "list_file_uploads"},
}};

// In the order of the table.
constexpr std::array<Handler, table.size()> handlers = {get_bot,
                                                        get_user,
                                                        list_users,
                                                        list_custom_emojis,
                                                        create_database,
                                                        get_database,
                                                        update_database,
                                                        query_database,
                                                        create_data_source,
                                                        get_data_source,
                                                        update_data_source,
                                                        query_data_source,
                                                        list_templates,
                                                        create_page,
                                                        get_page,
                                                        update_page,
                                                        move_page,
                                                        get_page_property,
                                                        get_block,
                                                        update_block,
                                                        delete_block,
                                                        list_blocks,
                                                        append_blocks,
                                                        search,
                                                        create_comment,
                                                        list_comments,
                                                        get_comment,
                                                        update_comment,
                                                        delete_comment,
                                                        create_file_upload,
                                                        send_file_upload,
                                                        complete_file_upload,
                                                        get_file_upload,
                                                        list_file_uploads};

constexpr std::array<std::string_view, 5> versions = {"2021-08-16", "2022-02-22", "2022-06-28",
                                                      "2025-09-03", "2026-03-11"};
constexpr std::size_t payload_max = std::size_t{500} * 1000;

std::string_view version_of(const Incoming& incoming) {
    return incoming.request->headers().value("notion-version");
}

// The token of the request; empty where there is none.
std::string_view token_of(const Incoming& incoming) {
    const auto field = incoming.request->headers().value("authorization");
    return ascii_lowered(field).starts_with("bearer ") ? field.substr(field.find(' ') + 1)
                                                       : std::string_view();
}

bool is_one_of(const std::vector<std::string>& all, std::string_view one) {
    return std::ranges::find(all, one) != all.end();
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

}  // namespace

NotionProvider::NotionProvider(NotionOptions options)
    : options_(std::move(options)), pages_(Store::seed_pages) {}

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
        if (!key.empty()) {
            incoming.note("row_key", key);
        }
        incoming.note("longest_text", std::to_string(longest));
        return;
    }
    const Store& held = store();
    const auto* page = held.pages.find(canonical_id(path_value(incoming, "id")));
    for (const auto& [name, value] : sent.members()) {
        if (value["checkbox"].boolean().value_or(false) && page != nullptr) {
            incoming.note("acks", held.text_of(*page, "Key"));
        }
    }
}

http::Response NotionProvider::admit(const Incoming& incoming) {
    const auto& request = *incoming.request;
    const auto token = token_of(incoming);
    const bool reads_only = is_one_of(options_.readers, token);
    if (!reads_only && !is_one_of(options_.tokens, token)) {
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
                     "Notion-Version header failed validation: Notion-Version header should be "
                     "defined, instead was `undefined`.");
    }
    if (std::ranges::find(versions, version) == versions.end()) {
        return validation_error(
            fmt::format("Notion-Version header failed validation: `{}` is no version.", version));
    }
    if (reads_only && incoming.route->effect != Effect::read) {
        return refuse({.status = 403}, incoming.system_now);
    }
    const bool form = incoming.route->operation == "send_file_upload";
    if (!form && request.body().size() > payload_max) {
        return error(413, "validation_error", "Request body is too large.");
    }
    const auto document =
        http::JsonDocument::parse(form || request.body().empty() ? "{}" : request.body());
    if (!document) {
        return error(400, "invalid_json", "Error parsing JSON body.");
    }
    if (!document->root().is_object()) {
        return validation_error(should_be("body", "an object", document->root()).error());
    }
    return handlers.at(static_cast<std::size_t>(incoming.route - table.data()))(
        {.incoming = &incoming,
         .store = &store(),
         .body = document->root(),
         .version = version,
         .rows_max = options_.rows_max});
}

http::Response NotionProvider::finish(http::Response answer) const {
    // Every body has the request's id at its end; but for a list that is not of objects.
    const auto id = canonical_id(fmt::format("{:032x}", 0x5eed0000'00000000U + ++answers_));
    auto body = answer.body();
    if (!body.starts_with(R"({"templates":)") && !body.contains(R"("request_id":)")) {
        body.insert(body.size() - 1, fmt::format(",\"request_id\":\"{}\"", id));
    }
    answer.body(std::move(body));
    answer.header("content-type", "application/json; charset=utf-8");
    answer.header("x-notion-request-id", id);
    return answer;
}

http::Response NotionProvider::answer(const Incoming& incoming) {
    return finish(admit(incoming));
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
    return operation.starts_with("query_") || operation == "list_blocks" || operation == "search" ||
                   operation == "list_users" || operation == "list_comments" ||
                   operation == "list_file_uploads"
               ? &list
               : nullptr;
}

std::optional<http::Response> NotionProvider::expired_page(const Incoming& /*incoming*/) const {
    return finish(validation_error("The start_cursor provided is invalid."));
}

void NotionProvider::set_items(std::size_t items) {
    pages_ = items < options_.rows_max ? Store::seed_pages : options_.rows_max + 1;
}

http::Response NotionProvider::unknown_path(const http::Request& /*request*/) const {
    return finish(invalid_request_url());
}

http::Response NotionProvider::refuse(const Refusal& refusal, SystemTime /*now*/) const {
    struct Known {
        int status;
        std::string_view code;
        std::string_view message;
    };
    static constexpr std::array<Known, 11> known{{
        {400, "validation_error", "body failed validation."},
        {401, "unauthorized", "API token is invalid."},
        {403, "restricted_resource", "Insufficient permissions for this endpoint."},
        {404, "object_not_found", "Could not find the object."},
        {409, "conflict_error", "Conflict occurred while saving. Please try again."},
        {413, "validation_error", "Request body is too large."},
        {429, "rate_limited", "You have been rate limited. Please try again in a few minutes."},
        {503, "service_unavailable", "Public API service is temporarily unavailable."},
        {504, "gateway_timeout", "The request took too long."},
        {529, "service_overload", "The service is overloaded. Please try again later."},
        {500, "internal_server_error", "Unexpected error occurred."},
    }};
    const int status = refusal.status != 0 ? refusal.status : 429;
    const auto* found = std::ranges::find(known, status, &Known::status);
    const auto& words = found == known.end() ? known.back() : *found;
    const bool workspace = refusal.limit == "secondary";
    boost::json::object more;
    if (status == 429) {
        more["rate_limit_reason"] =
            workspace ? "public_api_space_request_rate_limit" : "public_api_request_rate_limit";
    }
    auto answer = error(status, words.code, words.message, std::move(more));
    auto wait = refusal.retry_after;
    if (wait.empty() && refusal.view) {
        wait = std::to_string(internal::retry_after_seconds(refusal.view->reset_after));
    }
    if (wait.empty() && status == 429) {
        // A connection's window is a minute at most, the workspace's may be longer.
        wait = workspace ? "90" : "1";
    }
    if (!wait.empty()) {
        answer.header("retry-after", wait);
    }
    return finish(std::move(answer));
}

FidelityCard NotionProvider::fidelity() const {
    return fidelity_card();
}

void NotionProvider::reset() {
    store_.reset();
    buckets_.clear();
    answers_ = 0;
}

Store& NotionProvider::store() const {
    if (store_ == nullptr) {
        store_ = std::make_unique<Store>(options_.seed);
        if (pages_ != Store::seed_pages) {
            store_->reset(pages_);
        }
    }
    return *store_;
}

std::map<std::string, std::int64_t> NotionProvider::numbers() const {
    if (store_ == nullptr) {
        return {{"rows", 0}, {"rows doubled", 0}};  // nobody came
    }
    std::map<std::string, std::int64_t> keys;
    std::int64_t rows = 0;
    for (const auto& page : store_->pages.all()) {
        if (page.ours && !page.in_trash && page.parent.kind == "data_source_id") {
            const auto key = store_->text_of(page, "Key");
            ++keys[key.empty() ? store_->title_of(page) : key];
            ++rows;
        }
    }
    return {{"rows", rows}, {"rows doubled", rows - static_cast<std::int64_t>(keys.size())}};
}

}  // namespace apilab::sandbox::notion
