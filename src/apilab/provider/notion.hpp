#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/provider/endpoint.hpp"

namespace apilab::provider {

/// Rows of one Notion data source, found by a text property that the caller keeps unique. Sends
/// `Notion-Version: 2025-09-03`. Every request can also be had as a value, for whoever sends it by
/// other means. Source: developers.notion.com/reference (query a data source, create a page, update
/// page properties, request limits).
class Notion {
public:
    struct Options {
        Secret token;
        /// The data source (not the database) that rows stand in.
        std::string data_source;
        /// The property of type `rich_text` that identifies a row.
        std::string key_property = "Key";
    };
    /// So many UTF-16 units go into one piece of a text; longer texts are sent in pieces.
    static constexpr std::size_t piece_max = 2000;
    /// So many pieces are taken.
    static constexpr std::size_t pieces_max = 100;

    /// `base`: what `/v1/...` is appended to.
    Notion(Endpoint endpoint, Options options)
        : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

    /// The row of that key; nothing where there is none.
    [[nodiscard]] runtime::Task<Result<std::optional<http::JsonDocument>>> find(
        std::string key) const;
    /// Makes a row once, without looking first; `properties` is a JSON object. After an unknown
    /// outcome nothing is sent again: look first.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> create(std::string properties) const;
    /// Sets these properties and leaves the others; may be repeated.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> update(std::string page,
                                                                   std::string properties) const;

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
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> ask(http::Request request,
                                                                runtime::Operation operation) const;
    [[nodiscard]] http::Request request(std::string method, std::string_view path,
                                        std::string body) const;
    Endpoint endpoint_;
    Options options_;
};

}  // namespace apilab::provider
