#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/token_bucket.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::notion {

class Store;
struct Page;

struct NotionOptions {
    std::uint64_t seed = 1;
    /// Integration tokens that are accepted.
    std::vector<std::string> tokens = {"ntn_stub"};
    /// On average a second, and how many at once. The average is the provider's word ("three
    /// requests a second, some bursts allowed"), the burst is our choice.
    double requests_per_second = 3;
    double burst = 30;
};

/// The emulated Notion API (providers/notion), versions 2021-08-16 to 2026-03-11.
///
/// Copied: `Notion-Version` required; query of a data source (from 2025-09-03) and of a database
/// (before), with filters, `start_cursor` and `page_size`; create, retrieve and update a page with
/// values of 12 property types; append and list blocks of a page; retrieve database, data source
/// and `users/me`; search by title; sizes (2,000 characters a text, 100 of a list, 100 blocks, 500
/// KB); times rounded to the minute; 429 with `Retry-After` above three requests a second; error
/// bodies with `request_id`. Not copied: comments, users, files, views, nested blocks, sorts other
/// than by time, templates, relations, rollups, formulas, the cap of 10,000 rows, schema changes,
/// webhooks.
class NotionProvider final : public Provider {
public:
    explicit NotionProvider(NotionOptions options = {});
    ~NotionProvider() override;

    [[nodiscard]] std::string_view name() const override { return "notion"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    /// Notes of a page that is created: `makes` (the text of `Key`, else the title) and
    /// `longest_text` (characters); of one whose checkbox is ticked: `acks` (its `Key`).
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] std::optional<http::Response> expired_page(
        const Incoming& incoming) const override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    /// By token.
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    void reset() override;
    /// `rows` made by clients, and `rows doubled` (of one key).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] http::Response dispatch(const Incoming& incoming, http::Json body);
    [[nodiscard]] http::Response query(const Incoming& incoming, http::Json body) const;
    [[nodiscard]] http::Response create(const Incoming& incoming, http::Json body);
    [[nodiscard]] http::Response update(const Incoming& incoming, Page& page, http::Json body);
    [[nodiscard]] http::Response of_page(const Incoming& incoming, http::Json body);
    [[nodiscard]] http::Response append(const Incoming& incoming, Page& page, http::Json body);
    [[nodiscard]] http::Response search(const Incoming& incoming, http::Json body) const;

    NotionOptions options_;
    std::unique_ptr<Store> store_;
    std::map<std::string, internal::TokenBucket> buckets_;
    std::uint64_t answers_ = 0;
};

}  // namespace apilab::sandbox::notion
