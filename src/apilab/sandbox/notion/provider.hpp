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

struct NotionOptions {
    std::uint64_t seed = 1;
    /// Integration tokens that are accepted.
    std::vector<std::string> tokens = {"ntn_stub"};
    /// Of those, the ones that may read and nothing else: they get 403 `restricted_resource`.
    std::vector<std::string> readers = {};
    /// On average a second, and how many at once. The average is the provider's word ("three
    /// requests a second, some bursts allowed"), the burst is our choice.
    double requests_per_second = 3;
    double burst = 30;
    /// Rows that a query finds at most (the real one's number).
    std::size_t rows_max = 10'000;
};

/// The emulated Notion API (providers/notion), versions 2021-08-16 to 2026-03-11: pages, databases,
/// data sources, blocks, search, users, comments, file uploads. What is copied and what is not is
/// in `fidelity()`.
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
    /// From 10,000 on the data source has one page more than a query finds, below that its 130.
    void set_items(std::size_t items) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    /// 429 with `additional_data.rate_limit_reason`: of the connection, or for a secondary limit of
    /// the workspace, whose `Retry-After` is longer than a minute.
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    /// By token.
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void reset() override;
    /// `rows` made by clients, and `rows doubled` (of one key).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] http::Response admit(const Incoming& incoming);
    [[nodiscard]] http::Response finish(http::Response answer) const;
    [[nodiscard]] Store& store() const;

    NotionOptions options_;
    // Filled with the seed when somebody first asks: most runs never do, and it is the dearest part
    // of a sandbox.
    mutable std::unique_ptr<Store> store_;
    std::map<std::string, internal::TokenBucket> buckets_;
    std::size_t pages_;
    // Counts answers, for their ids; refusals are answers too.
    mutable std::uint64_t answers_ = 0;
};

}  // namespace apilab::sandbox::notion
