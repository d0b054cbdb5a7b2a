#include "apilab/provider/notion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/query.hpp"

namespace apilab::provider {
namespace {

using http::json_quote;
using http::percent_encode;

Result<http::JsonDocument> json_of(const Result<http::Response>& answer) {
    return http::JsonDocument::parse(answer && answer->ok() ? answer->body() : "{}");
}
// The first row of a query, or the page itself.
http::Json page_in(const Result<http::JsonDocument>& document) {
    const auto root = document ? document->root() : http::Json();
    const auto found = root.at_pointer("/results/0");
    return found.missing() ? root : found;
}

// Operations, as the journal and the limits know them.
runtime::Operation operation(std::string name, std::string url, http::Effect effect) {
    return {.provider = "notion",
            .name = std::move(name),
            .url_template = std::move(url),
            .effect = effect};
}

constexpr std::size_t page_max = 100;

}  // namespace

Result<void> Notion::Options::validate() const {
    constexpr std::string_view oldest = "2025-09-03";
    if (token.empty()) {
        return fail(
            Error(ErrorKind::invalid_argument, "Notion: the token is empty").with_detail("token"));
    }
    if (version.size() != oldest.size() || version < oldest || !http::parse_iso_time(version)) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("Notion: version: expected {} or later", oldest))
                        .with_detail("version"));
    }
    return {};
}

http::Request Notion::request(std::string method, std::string_view path, std::string body,
                              std::string_view query) const {
    http::Request request(std::move(method), query.empty() ? endpoint_.base.with(path)
                                                           : endpoint_.base.with(path, query));
    if (request.method() != "GET") {
        request.header("content-type", "application/json").body(std::move(body));
    }
    request.header("authorization", "Bearer " + std::string(options_.token.reveal()));
    request.header("notion-version", options_.version);
    return request;
}

http::Request Notion::find_request(std::string_view key) const {
    return request(
        "POST", "/v1/data_sources/" + percent_encode(options_.data_source) + "/query",
        "{\"page_size\":1,\"filter\":{\"property\":" + json_quote(options_.key_property) +
            ",\"rich_text\":{\"equals\":" + json_quote(key) + "}}}");
}

http::Request Notion::create_request(const std::string& properties) const {
    return request("POST", "/v1/pages",
                   "{\"parent\":{\"type\":\"data_source_id\",\"data_source_id\":" +
                       json_quote(options_.data_source) + "},\"properties\":" + properties + "}");
}

http::Request Notion::update_request(std::string_view page, const std::string& properties) const {
    return request("PATCH", "/v1/pages/" + percent_encode(page),
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
    for (const auto one : notion_pieces(utf8, piece)) {
        pieces += pieces.empty() ? "" : ",";
        pieces += "{\"text\":{\"content\":" + json_quote(one) + "}}";
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

// --- how all calls are made

runtime::Task<Result<http::Response>> Notion::call_checked(http::Request request,
                                                           runtime::Operation operation) const {
    const auto what = "notion " + operation.name;
    runtime::CallContext context;
    context.operation = std::move(operation);
    context.deadline = endpoint_.deadline;
    NotionVoice voice(*endpoint_.client, endpoint_.trace);
    auto answer = co_await voice.call(std::move(request), std::move(context));
    if (!answer) {
        co_return fail(std::move(answer).error().in(what));
    }
    co_return answer;
}

data::PageRules Notion::rules(std::size_t items_max) {
    auto rules = data::page_rules::notion();
    rules.size = static_cast<std::int64_t>(std::clamp(items_max, std::size_t(1), page_max));
    return rules;
}

data::PageOptions Notion::walk_options(runtime::Operation operation, std::size_t items_max,
                                       std::string key) const {
    data::PageOptions options{.walk = "notion " + operation.name};
    options.items_max = std::max(items_max, std::size_t(1));
    options.at_cap = data::AtCap::end;
    options.key = std::move(key);
    operation.provider = "notion";
    operation.effect = http::Effect::read;
    options.operation = std::move(operation);
    options.deadline = endpoint_.deadline;
    return options;
}

void Notion::finish(const data::WalkSummary& summary, bool& complete, std::string& why) {
    complete = summary.end == data::WalkEnd::complete;
    why = summary.end == data::WalkEnd::capped ? summary.capped_by : summary.incomplete;
}

void Notion::tell(std::string_view operation, const data::DriftReport& drift) const {
    if (options_.on_drift && !drift.none()) {
        options_.on_drift(operation, drift);
    }
}

// --- rows

runtime::Task<Result<NotionList<notion::Page>>> Notion::query(NotionQuery query) const {
    std::string body;
    const auto add = [&](std::string_view member) {
        body += body.empty() ? "{" : ",";
        body += member;
    };
    if (query.filter) {
        APILAB_CO_TRY(const auto filter, query.filter->to_json());
        add("\"filter\":" + filter);
    }
    if (!query.sorts.empty()) {
        APILAB_CO_TRY(const auto sorts, to_json(query.sorts));
        add("\"sorts\":" + sorts);
    }
    if (query.in_trash) {
        add("\"in_trash\":true");
    }
    body += body.empty() ? "{}" : "}";
    http::Query wanted;
    wanted.add("filter_properties", query.properties, http::ArrayStyle::brackets);
    const auto& source = query.data_source.empty() ? options_.data_source : query.data_source;
    auto first = request("POST", "/v1/data_sources/" + percent_encode(source) + "/query",
                         std::move(body), wanted.to_string());
    APILAB_CO_TRY(auto rows, co_await list<notion::Page>(
                                 std::move(first),
                                 operation("query_data_source", "/v1/data_sources/{id}/query",
                                           http::Effect::read),
                                 query.rows_max));
    std::erase_if(rows.items, [](const notion::Page& page) { return page.object != "page"; });
    co_return rows;
}

runtime::Task<Result<std::vector<notion::Page>>> Notion::find_all(std::string key,
                                                                  std::string property,
                                                                  bool in_trash) const {
    NotionQuery wanted{.filter = NotionFilter::text(property).equals(key),
                       .sorts = {{.timestamp = "created_time"}},
                       .in_trash = in_trash,
                       .rows_max = page_max};
    APILAB_CO_TRY(auto rows, co_await query(std::move(wanted)));
    // What a filter takes for equal is its own matter.
    std::erase_if(rows.items, [&](const notion::Page& page) {
        const auto* value = notion::find_property(page, property);
        return value == nullptr || notion::to_text(*value) != key;
    });
    co_return std::move(rows.items);
}

runtime::Task<Result<std::optional<notion::Page>>> Notion::find(std::string key) const {
    APILAB_CO_TRY(auto rows, co_await find_all(std::move(key), options_.key_property));
    if (rows.empty()) {
        co_return std::nullopt;
    }
    co_return std::optional<notion::Page>(std::move(rows.front()));
}

runtime::Task<Result<notion::Page>> Notion::create(std::string properties) const {
    co_return co_await ask<notion::Page>(
        create_request(properties), operation("create_page", "/v1/pages", http::Effect::write));
}

runtime::Task<Result<notion::Page>> Notion::update(std::string page, std::string properties) const {
    co_return co_await ask<notion::Page>(
        update_request(page, properties),
        operation("update_page", "/v1/pages/{id}", http::Effect::idempotent));
}

runtime::Task<Result<NotionUpserted>> Notion::upsert(
    std::string key, std::vector<std::pair<std::string, std::string>> values) const {
    APILAB_CO_TRY(auto rows, co_await find_all(key, options_.key_property));
    NotionUpserted done;
    std::erase_if(values, [&](const auto& value) { return value.first == options_.key_property; });
    if (rows.empty()) {
        values.emplace_back(options_.key_property, NotionValue::text(key));
        APILAB_CO_TRY(done.page, co_await create(notion_properties(values)));
        done.created = true;
        co_return done;
    }
    for (std::size_t i = 1; i < rows.size(); ++i) {
        done.twins.push_back(rows[i].id);
    }
    APILAB_CO_TRY(done.page, co_await update(rows.front().id, notion_properties(values)));
    co_return done;
}

runtime::Task<Result<notion::Page>> Notion::set_trash(std::string page, bool trash) const {
    auto change = request("PATCH", "/v1/pages/" + percent_encode(page),
                          trash ? R"({"in_trash":true})" : R"({"in_trash":false})");
    co_return co_await ask<notion::Page>(
        std::move(change), operation("update_page", "/v1/pages/{id}", http::Effect::idempotent));
}

// --- pages, data sources, databases

runtime::Task<Result<notion::Page>> Notion::get_page(std::string page) const {
    co_return co_await ask<notion::Page>(
        request("GET", "/v1/pages/" + percent_encode(page)),
        operation("get_page", "/v1/pages/{id}", http::Effect::read));
}

runtime::Task<Result<std::string>> Notion::text_of(std::string page,
                                                   std::string property_id) const {
    // The id is URL-encoded text already, and part of a path: encoded once more.
    APILAB_CO_TRY(const auto items,
                  co_await list<notion::PropertyItem>(
                      request("GET", "/v1/pages/" + percent_encode(page) + "/properties/" +
                                         percent_encode(property_id)),
                      operation("get_page_property", "/v1/pages/{id}/properties/{property}",
                                http::Effect::read),
                      10'000, ""));
    std::string text;
    for (const auto& item : items.items) {
        const auto& piece = item.title ? item.title : item.rich_text;
        text += piece ? piece->plain_text : "";
    }
    co_return text;
}

runtime::Task<Result<notion::DataSource>> Notion::get_data_source(std::string id) const {
    co_return co_await ask<notion::DataSource>(
        request("GET", "/v1/data_sources/" + percent_encode(id)),
        operation("get_data_source", "/v1/data_sources/{id}", http::Effect::read));
}

runtime::Task<Result<notion::DataSource>> Notion::update_data_source(std::string id,
                                                                     std::string properties) const {
    co_return co_await ask<notion::DataSource>(
        request("PATCH", "/v1/data_sources/" + percent_encode(id),
                "{\"properties\":" + properties + "}"),
        operation("update_data_source", "/v1/data_sources/{id}", http::Effect::idempotent));
}

runtime::Task<Result<notion::Database>> Notion::get_database(std::string id) const {
    co_return co_await ask<notion::Database>(
        request("GET", "/v1/databases/" + percent_encode(id)),
        operation("get_database", "/v1/databases/{id}", http::Effect::read));
}

// --- blocks

runtime::Task<Result<NotionList<notion::Block>>> Notion::children(std::string block,
                                                                  std::size_t items_max) const {
    co_return co_await list<notion::Block>(
        request("GET", "/v1/blocks/" + percent_encode(block) + "/children"),
        operation("list_blocks", "/v1/blocks/{id}/children", http::Effect::read), items_max);
}

runtime::Task<NotionAppended> Notion::append(std::string parent,
                                             std::vector<NotionBlock> blocks) const {
    NotionAppended done;
    co_await append_to(std::move(parent), std::move(blocks), 0, &done);
    co_return done;
}

// The answer to an append, as far as it is needed.
struct AppendedBlock {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(AppendedBlock, (), (id))
struct AppendedList {
    std::vector<AppendedBlock> results;
};
BOOST_DESCRIBE_STRUCT(AppendedList, (), (results))

}  // namespace apilab::provider

namespace apilab::data {
template <>
struct Model<provider::AppendedBlock> {
    static constexpr bool partial = true;
};
template <>
struct Model<provider::AppendedList> {
    static constexpr bool partial = true;
};
}  // namespace apilab::data

namespace apilab::provider {

runtime::Task<void> Notion::append_to(std::string parent, std::vector<NotionBlock> blocks,
                                      std::size_t depth, NotionAppended* done) const {
    auto batches = notion_batches(blocks);
    if (!batches) {
        done->error = std::move(batches).error();
        co_return;
    }
    for (auto& batch : *batches) {
        auto made = co_await ask<AppendedList>(
            request("PATCH", "/v1/blocks/" + percent_encode(parent) + "/children",
                    "{\"children\":" + batch.children + "}"),
            operation("append_blocks", "/v1/blocks/{id}/children", http::Effect::write));
        if (!made) {
            done->error = std::move(made).error();
            co_return;
        }
        done->blocks += batch.blocks;
        for (const auto& block : made->results) {
            if (depth == 0) {
                done->ids.push_back(block.id);
            }
        }
        for (auto& [at, inner] : batch.later) {
            if (at >= made->results.size() || made->results[at].id.empty()) {
                done->error =
                    Error(ErrorKind::decode,
                          fmt::format("notion append_blocks: /results/{}/id is missing", at))
                        .with_outcome(Outcome::answered);
                co_return;
            }
            co_await append_to(made->results[at].id, std::move(inner), depth + 1, done);
            if (done->error) {
                co_return;
            }
        }
    }
}

// --- search, users

runtime::Task<Result<NotionList<notion::Page>>> Notion::search_pages(std::string words,
                                                                     std::size_t items_max) const {
    auto first =
        request("POST", "/v1/search",
                "{\"query\":" + json_quote(words) +
                    R"(,"filter":{"property":"object","value":"page"},)"
                    R"("sort":{"timestamp":"last_edited_time","direction":"descending"}})");
    co_return co_await list<notion::Page>(
        std::move(first), operation("search", "/v1/search", http::Effect::read), items_max);
}

runtime::Task<Result<NotionList<notion::DataSource>>> Notion::search_data_sources(
    std::string words, std::size_t items_max) const {
    auto first = request("POST", "/v1/search",
                         "{\"query\":" + json_quote(words) +
                             R"(,"filter":{"property":"object","value":"data_source"}})");
    co_return co_await list<notion::DataSource>(
        std::move(first), operation("search", "/v1/search", http::Effect::read), items_max);
}

runtime::Task<Result<notion::User>> Notion::me() const {
    co_return co_await ask<notion::User>(request("GET", "/v1/users/me"),
                                         operation("get_bot", "/v1/users/me", http::Effect::read));
}

runtime::Task<Result<notion::User>> Notion::user(std::string id) const {
    co_return co_await ask<notion::User>(
        request("GET", "/v1/users/" + percent_encode(id)),
        operation("get_user", "/v1/users/{id}", http::Effect::read));
}

runtime::Task<Result<NotionList<notion::User>>> Notion::users() const {
    co_return co_await list<notion::User>(request("GET", "/v1/users"),
                                          operation("list_users", "/v1/users", http::Effect::read),
                                          10'000);
}

}  // namespace apilab::provider
