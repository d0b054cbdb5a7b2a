#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/google/mailbox.hpp"
#include "apilab/sandbox/google/tokens.hpp"
#include "apilab/sandbox/internal/token_bucket.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::google {

struct GoogleOptions {
    std::uint64_t seed = 1;
    TokenOptions tokens;
    /// Quota units a minute for one user: the limit of projects made since May 2026.
    double units_per_minute = 6000;
};

/// The emulated Gmail API with Google's token endpoint (providers/gmail).
///
/// Copied: messages list, get (minimal, full, metadata, raw), send (as `raw`, or uploaded as media
/// or multipart) and modify; threads get; labels list and get; profile; history with paging, types,
/// and 404 for an id that is too old; errors with `reason`; quota units by method as 403
/// `rateLimitExceeded`; the token endpoint (refresh token, device code, service account's JWT: its
/// signature, account, audience, times and scope), `/device/code`, revoke and discovery. Served at
/// `/gmail` and `/upload` too: Google's own client takes an origin, and drops a path behind it. Not
/// copied: attachments on their own, import and insert, delete, batch, drafts, watch, filters,
/// search beyond eight operators, `fields`, resumable upload, the authorisation page.
class GoogleProvider final : public Provider {
public:
    explicit GoogleProvider(GoogleOptions options = {});

    [[nodiscard]] std::string_view name() const override { return "google"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] std::vector<std::string> root_segments() const override {
        return {"gmail", "upload"};
    }
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    /// Notes of a mail that is sent: `makes` (its Message-ID, else address and subject); of a list
    /// from its beginning without `q`: `full`.
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] std::optional<http::Response> expired_page(
        const Incoming& incoming) const override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    bool end_token(std::string_view token, std::string_view how) override {
        return tokens_.end(token, how);
    }
    void reset() override;
    /// `token requests`, `mails fetched`, `mails missed` (in the inbox and never fetched), `mails
    /// sent`, `mails doubled` (sent with one Message-ID).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] http::Response gmail(const Incoming& incoming);
    [[nodiscard]] http::Response list_messages(const Incoming& incoming) const;
    [[nodiscard]] http::Response of_message(const Incoming& incoming);
    [[nodiscard]] http::Response get_thread(const Incoming& incoming) const;
    [[nodiscard]] http::Response send(const Incoming& incoming);
    [[nodiscard]] http::Response of_labels(const Incoming& incoming) const;
    [[nodiscard]] http::Response history(const Incoming& incoming) const;

    GoogleOptions options_;
    Mailbox mailbox_;
    Tokens tokens_;
    internal::TokenBucket units_;
    std::set<std::string, std::less<>> fetched_;
    std::map<std::string, std::int64_t> sent_;
};

}  // namespace apilab::sandbox::google
