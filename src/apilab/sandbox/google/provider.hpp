#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/google/tokens.hpp"
#include "apilab/sandbox/internal/token_bucket.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/router.hpp"

namespace apilab::sandbox::google {

struct State;
struct Upload;

struct GoogleOptions {
    std::uint64_t seed = 1;
    TokenOptions tokens;
    /// Quota units a minute for one user: the limit of projects made since May 2026.
    double units_per_minute = 6000;
};

/// The emulated Gmail API with Google's token endpoint (providers/gmail). What is copied and what
/// is not is in `fidelity()`. Served at `/gmail`, `/upload` and `/batch` too: Google's own client
/// takes an origin, and drops a path behind it.
class GoogleProvider final : public Provider {
public:
    explicit GoogleProvider(GoogleOptions options = {});
    ~GoogleProvider() override;

    [[nodiscard]] std::string_view name() const override { return "google"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] std::vector<std::string> root_segments() const override {
        return {"gmail", "upload", "batch"};
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
    /// By token.
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    /// Quota units of the method (providers/gmail, "Quota"); of a batch, those of its calls.
    [[nodiscard]] std::int64_t limit_cost(const Incoming& incoming) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    bool end_token(std::string_view token, std::string_view how) override;
    [[nodiscard]] FidelityCard fidelity() const override;
    void reset() override;
    /// `token requests`, `mails fetched`, `mails missed` (in the inbox and never fetched), `mails
    /// sent`, `mails doubled` (sent with one Message-ID).
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;

private:
    [[nodiscard]] std::optional<http::Response> refuse_at_the_door(const Incoming& incoming);
    [[nodiscard]] http::Response gmail(const Incoming& incoming);
    [[nodiscard]] http::Response batch(const Incoming& incoming);
    [[nodiscard]] http::Response handle(const Incoming& incoming, std::optional<Upload> upload);
    [[nodiscard]] http::Response take_mail(const Incoming& incoming);

    GoogleOptions options_;
    std::unique_ptr<State> state_;
    Tokens tokens_;
    internal::TokenBucket units_;
    Router router_;
};

}  // namespace apilab::sandbox::google
