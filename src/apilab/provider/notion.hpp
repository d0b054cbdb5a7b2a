#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/data/decode.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/provider/endpoint.hpp"
#include "apilab/provider/notion_blocks.hpp"
#include "apilab/provider/notion_errors.hpp"
#include "apilab/provider/notion_filter.hpp"
#include "apilab/provider/notion_models.hpp"
#include "apilab/provider/notion_values.hpp"

namespace apilab::provider {

/// What a query is to find; all of it may be left out.
struct NotionQuery {
    std::optional<NotionFilter> filter;
    std::vector<NotionSort> sorts;
    /// What was thrown away instead of what was not.
    bool in_trash = false;
    /// Ids of the properties that are wanted; empty: all.
    std::vector<std::string> properties;
    /// More than so many are not read; Notion ends a query after 10,000 itself. Default 10,000,
    /// at least 1.
    std::size_t rows_max = 10'000;
    /// Empty: `Notion::Options::data_source`.
    std::string data_source;
};

/// A list of several pages, read to its end or to a limit.
template <class T>
struct NotionList {
    std::vector<T> items;
    /// False: there is more. Only a complete list says what is not there.
    bool complete = true;
    /// Why there is more: `items_max`, or Notion's word (`query_result_limit_reached`).
    std::string why;
};

/// What `Notion::upsert` did.
struct NotionUpserted {
    notion::Page page;
    bool created = false;
    /// Ids of further rows with the same key: somebody made them meanwhile, or before.
    std::vector<std::string> twins;
};

/// Notion's API: rows of a data source found by a property that is kept unique, pages, blocks,
/// search, users. Every request can also be had as a value, for whoever sends it by other means.
///
/// Errors of all calls: those of the client, and for a refusal `rate_limited` (429, 529), `auth`
/// (401, 403) or `status`, with Notion's `code` in `provider_code()` (`validation_error`,
/// `conflict_error`, `object_not_found`: not there or not shared) and its `request_id()`; `decode`
/// for an answer that is none of the model's. docs/providers/notion.md has the table.
///
/// An endpoint that is not here is a few lines (`ask`, `list`):
///
///     struct Comment { std::string id; };
///     BOOST_DESCRIBE_STRUCT(Comment, (), (id))
///     auto comment = co_await notion.ask<Comment>(notion.request("GET", "/v1/comments/" + id),
///                                                 {.name = "get_comment",
///                                                  .url_template = "/v1/comments/{id}"});
///
/// Source: developers.notion.com/reference (intro, versioning, status codes, request limits).
class Notion {
public:
    struct Options {
        Secret token;
        /// The data source (not the database) that rows stand in.
        std::string data_source;
        /// The property of type `rich_text` that identifies a row.
        std::string key_property = "Key";
        /// Sent as `Notion-Version`. 2025-09-03 or later: before, there were no data sources.
        std::string version = "2025-09-03";
        /// Told where an answer was not as its model says; null: nobody. The operation's name
        /// first.
        std::function<void(std::string_view operation, const data::DriftReport& drift)> on_drift =
            nullptr;

        /// Error: `invalid_argument` for an empty token or a version that is too old or no date.
        [[nodiscard]] Result<void> validate() const;
    };
    /// So many UTF-16 units go into one piece of a text; longer texts are sent in pieces.
    static constexpr std::size_t piece_max = 2000;
    /// So many pieces are taken.
    static constexpr std::size_t pieces_max = 100;

    /// `base`: what `/v1/...` is appended to.
    Notion(Endpoint endpoint, Options options)
        : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

    /// The same API with no call beyond `deadline`.
    [[nodiscard]] Notion until(SteadyTime deadline) const {
        auto copy = *this;
        copy.endpoint_.deadline = deadline;
        return copy;
    }
    /// The same API with its calls within `trace`.
    [[nodiscard]] Notion within(const http::TraceContext& trace) const {
        auto copy = *this;
        copy.endpoint_.trace = trace;
        return copy;
    }
    [[nodiscard]] const Options& options() const { return options_; }

    // --- rows

    /// Rows of a data source, all pages up to the query's limit. Entries of other kinds (a wiki has
    /// data sources among its rows) are left out. Rows that were written in the last seconds may be
    /// missing: the index lags. Beyond 10,000 rows ask for windows of `created_time`.
    [[nodiscard]] runtime::Task<Result<NotionList<notion::Page>>> query(NotionQuery query) const;
    /// The row of that key (the oldest of several); nothing where there is none, or none yet.
    [[nodiscard]] runtime::Task<Result<std::optional<notion::Page>>> find(std::string key) const;
    /// All rows of that key, the oldest first, 100 at most. `property`: where the key stands.
    [[nodiscard]] runtime::Task<Result<std::vector<notion::Page>>> find_all(
        std::string key, std::string property, bool in_trash = false) const;
    /// Makes a row once, without looking first; `properties` as of `notion_properties`. After an
    /// unknown outcome nothing is sent again: look first.
    [[nodiscard]] runtime::Task<Result<notion::Page>> create(std::string properties) const;
    /// Sets these properties and leaves the others; may be repeated.
    [[nodiscard]] runtime::Task<Result<notion::Page>> update(std::string page,
                                                             std::string properties) const;
    /// Finds the row of that key and updates it, or makes it with that key.
    ///
    /// It promises that a row which can be found is not made again, and that nothing is sent twice.
    /// It does not promise that there is one row: Notion has no unique properties, its index lags
    /// by seconds, so two upserts of one new key within that time make two rows, and so do two
    /// processes. `twins` tells of it afterwards. Who needs more keeps the id of the page
    /// (`radar::NotionTarget`). An error with outcome `unknown` comes from the write.
    [[nodiscard]] runtime::Task<Result<NotionUpserted>> upsert(
        std::string key, std::vector<std::pair<std::string, std::string>> values) const;
    /// Throws a page away, or takes it back.
    [[nodiscard]] runtime::Task<Result<notion::Page>> set_trash(std::string page, bool trash) const;

    // --- pages, data sources, databases

    [[nodiscard]] runtime::Task<Result<notion::Page>> get_page(std::string page) const;
    /// All of a `title` or `rich_text` property, which a page shows 25 pieces of.
    [[nodiscard]] runtime::Task<Result<std::string>> text_of(std::string page,
                                                             std::string property_id) const;
    [[nodiscard]] runtime::Task<Result<notion::DataSource>> get_data_source(std::string id) const;
    /// Adds, renames or changes columns: `{"Score":{"number":{}}}`.
    [[nodiscard]] runtime::Task<Result<notion::DataSource>> update_data_source(
        std::string id, std::string properties) const;
    [[nodiscard]] runtime::Task<Result<notion::Database>> get_database(std::string id) const;

    // --- blocks

    /// What stands directly below a page or block.
    [[nodiscard]] runtime::Task<Result<NotionList<notion::Block>>> children(
        std::string block, std::size_t items_max = 10'000) const;
    /// Appends to a page or block, in order, in as many requests as the limits ask for
    /// (`notion_batches`). Not repeated after an unknown outcome: a block has no key that it could
    /// be found by. How far it came is told, an error too.
    [[nodiscard]] runtime::Task<NotionAppended> append(std::string parent,
                                                       std::vector<NotionBlock> blocks) const;

    // --- search, users

    /// Pages whose title has these words, those edited last first. Eventual: what is new may be
    /// missing. Default: the first 100.
    [[nodiscard]] runtime::Task<Result<NotionList<notion::Page>>> search_pages(
        std::string words, std::size_t items_max = 100) const;
    [[nodiscard]] runtime::Task<Result<NotionList<notion::DataSource>>> search_data_sources(
        std::string words, std::size_t items_max = 100) const;
    /// Whom the token stands for.
    [[nodiscard]] runtime::Task<Result<notion::User>> me() const;
    [[nodiscard]] runtime::Task<Result<notion::User>> user(std::string id) const;
    /// People and bots of the workspace, guests apart.
    [[nodiscard]] runtime::Task<Result<NotionList<notion::User>>> users() const;

    // --- any other endpoint

    /// A request with token and version; `query` without its question mark. `path` is a part of the
    /// URL: ids in it are encoded by whoever writes it.
    [[nodiscard]] http::Request request(std::string method, std::string_view path,
                                        std::string body = {}, std::string_view query = {}) const;
    /// Sends it and reads the answer as a `T`. Without an effect, the method decides.
    template <class T>
    [[nodiscard]] runtime::Task<Result<T>> ask(http::Request request,
                                               runtime::Operation operation) const {
        operation.provider = "notion";
        const auto name = operation.name;
        auto answer = co_await call_checked(std::move(request), std::move(operation));
        if (!answer) {
            co_return fail(std::move(answer).error());
        }
        auto decoded = data::decode<T>(answer->body());
        if (!decoded) {
            co_return fail(
                std::move(decoded).error().with_outcome(Outcome::answered).in("notion " + name));
        }
        tell(name, decoded->drift);
        co_return std::move(decoded->value);
    }
    /// The same for a list, all pages up to `items_max` (at least 1). `key`: where an item's id
    /// stands, by which copies are left out; empty: none is.
    template <class T>
    [[nodiscard]] runtime::Task<Result<NotionList<T>>> list(http::Request request,
                                                            runtime::Operation operation,
                                                            std::size_t items_max,
                                                            std::string key = "/id") const {
        const auto name = operation.name;
        NotionVoice voice(*endpoint_.client, endpoint_.trace);
        data::ItemDecoder<T> decoder = [this, &name](const http::Json& item) -> Result<T> {
            auto decoded = data::decode<T>(item);
            if (!decoded) {
                return fail(std::move(decoded).error());
            }
            tell(name, decoded->drift);
            return std::move(decoded->value);
        };
        auto pages =
            data::Pages<T>::create(voice, std::move(request), rules(items_max), std::move(decoder),
                                   walk_options(std::move(operation), items_max, std::move(key)));
        if (!pages) {
            co_return fail(std::move(pages).error());
        }
        NotionList<T> list;
        while (auto item = co_await pages->next()) {
            if (!*item) {
                co_return fail(std::move(*item).error().in("notion " + name));
            }
            list.items.push_back(**std::move(item));
        }
        finish(pages->summary(), list.complete, list.why);
        co_return list;
    }

    // --- requests as values

    [[nodiscard]] http::Request find_request(std::string_view key) const;
    [[nodiscard]] http::Request create_request(const std::string& properties) const;
    [[nodiscard]] http::Request update_request(std::string_view page,
                                               const std::string& properties) const;
    /// The id of the page that an answer is about: the one made or changed, or the first one found.
    /// Empty: none.
    [[nodiscard]] static std::string page_id(const Result<http::Response>& answer);
    /// `[{"text":{"content":"..."}}, ...]`: a text in pieces of at most `piece` UTF-16 units, never
    /// cut within a character.
    [[nodiscard]] static std::string rich_text(std::string_view utf8,
                                               std::size_t piece = piece_max);
    /// A row's properties of type `rich_text` by their names, as `create` and `update` take them:
    /// `{"Key":{"rich_text":[...]},...}`; long texts in pieces of at most `piece`.
    [[nodiscard]] static std::string text_properties(
        const std::vector<std::pair<std::string, std::string>>& texts,
        std::size_t piece = piece_max);
    /// One property of type `checkbox`, in the same form.
    [[nodiscard]] static std::string checkbox_property(std::string_view name, bool ticked);
    /// Is that checkbox ticked on the page that an answer is about (see `page_id`)?
    [[nodiscard]] static bool is_ticked(const Result<http::Response>& answer,
                                        std::string_view name);

private:
    [[nodiscard]] runtime::Task<Result<http::Response>> call_checked(
        http::Request request, runtime::Operation operation) const;
    [[nodiscard]] runtime::Task<void> append_to(std::string parent, std::vector<NotionBlock> blocks,
                                                std::size_t depth, NotionAppended* done) const;
    [[nodiscard]] static data::PageRules rules(std::size_t items_max);
    [[nodiscard]] data::PageOptions walk_options(runtime::Operation operation,
                                                 std::size_t items_max, std::string key) const;
    static void finish(const data::WalkSummary& summary, bool& complete, std::string& why);
    void tell(std::string_view operation, const data::DriftReport& drift) const;

    Endpoint endpoint_;
    Options options_;
};

}  // namespace apilab::provider
