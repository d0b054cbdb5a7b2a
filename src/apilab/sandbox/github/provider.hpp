#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/github/app_tokens.hpp"
#include "apilab/sandbox/github/limits.hpp"
#include "apilab/sandbox/github/store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

class Workspace;
struct Call;
struct Operation;

struct GitHubOptions {
    /// Requests per hour without credentials. Default 60, as the real one has per address.
    std::int64_t anonymous_per_hour = 60;
    /// Requests per hour and token. Default 5000.
    std::int64_t token_per_hour = 5000;
    /// Tokens that are accepted; each belongs to the user `octo`, who owns the repositories of that
    /// name.
    std::vector<std::string> tokens = {"ghp_stubtoken", "apilab-sandbox-token"};
    GitHubApp app;
    std::uint64_t seed = 1;
};

/// The emulated GitHub REST API (providers/github): what it copies and what not says `fidelity()`.
/// What clients write is there until `reset()`.
class GitHubProvider final : public Provider {
public:
    explicit GitHubProvider(std::shared_ptr<const Store> store, GitHubOptions options = {});
    ~GitHubProvider() override;

    [[nodiscard]] std::string_view name() const override { return "github"; }
    [[nodiscard]] std::span<const Route> routes() const override;
    [[nodiscard]] http::Response answer(const Incoming& incoming) override;
    [[nodiscard]] http::Response unknown_path(const http::Request& request) const override;
    [[nodiscard]] http::Response refuse(const Refusal& refusal, SystemTime now) const override;
    /// By credential and resource (`core`, `search`).
    [[nodiscard]] std::string limit_bucket(const Incoming& incoming) const override;
    /// Points of the secondary limits: 1, of a write 5.
    [[nodiscard]] std::int64_t limit_cost(const Incoming& incoming) const override;
    void show_limit(const LimitView& view, http::Response& answer, SystemTime now) const override;
    [[nodiscard]] bool keeps_tokens() const override { return true; }
    bool end_token(std::string_view token, std::string_view how) override {
        return app_.end(token, how);
    }
    /// Notes the installation token that a request bears: `token`, `token_state`, `credential`, as
    /// oauth/wire.hpp has them; `grant` where one is asked for; of what is created, `makes`.
    void describe(const Incoming& incoming) const override;
    [[nodiscard]] const PageShape* pages_of(std::string_view operation) const override;
    [[nodiscard]] FidelityCard fidelity() const override;
    /// `issues` that clients made, and `issues doubled` (of one title); `comments`. Those that are
    /// 0 are left out.
    [[nodiscard]] std::map<std::string, std::int64_t> numbers() const override;
    void reset() override;

private:
    [[nodiscard]] http::Response dispatch(const Incoming& incoming, const std::string& credential);
    [[nodiscard]] http::Response operate(const Incoming& incoming, const std::string& credential,
                                         const Operation& operation, bool newer);
    /// What keeps the caller from an operation, in the words of the API.
    [[nodiscard]] std::optional<http::Response> refused(const Call& call,
                                                        const std::string& credential,
                                                        const Operation& operation) const;
    /// The token, empty for none, or nothing for one that is not accepted.
    [[nodiscard]] std::optional<std::string> credential_of(const Incoming& incoming);
    void finish(const Incoming& incoming, http::Response& answer, std::string_view credential);

    std::shared_ptr<const Store> store_;
    GitHubOptions options_;
    AppTokens app_;
    Limits limits_;
    std::unique_ptr<Workspace> workspace_;
    std::uint64_t answers_ = 0;
};

}  // namespace apilab::sandbox::github
