#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/osv/query.hpp"
#include "apilab/sandbox/osv/record.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::osv {

struct OsvOptions {
    /// Results of one query per page. Default 1000 as the real service; at least 1. Smaller values
    /// make a small world page.
    std::size_t page_size = 1000;
    /// Results of one batch over all its queries. Default 3000; at least 1.
    std::size_t batch_size = 3000;
    /// A page ends before it holds more bytes of records than this, but for its first record.
    /// Default 10 MiB; so no answer comes near the 32 MiB that HTTP/1.1 may carry there.
    std::size_t page_bytes = std::size_t{10} << 20U;
    /// The first page of a query that has results holds only a token, which the real service may do
    /// under load (providers/osv, "POST /v1/query").
    bool first_page_empty = false;
};

/// The emulated OSV.dev API (providers/osv); `fidelity()` says how true it is. No credentials, no
/// rate limit of its own.
class OsvProvider final : public Provider {
public:
    explicit OsvProvider(std::shared_ptr<const Database> database, OsvOptions options = {});

    [[nodiscard]] std::string_view name() const override { return "osv"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] std::optional<http::Response> expired_page(
        const Incoming& incoming) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void reset() override {}

private:
    [[nodiscard]] http::Response query(const Incoming& incoming) const;
    [[nodiscard]] http::Response query_batch(const Incoming& incoming) const;
    [[nodiscard]] http::Response vulnerability(const Incoming& incoming) const;
    [[nodiscard]] std::vector<const Record*> found(const Query& query) const;

    std::shared_ptr<const Database> database_;
    OsvOptions options_;
};

}  // namespace apilab::sandbox::osv
