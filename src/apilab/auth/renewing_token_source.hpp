#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "apilab/auth/grant.hpp"
#include "apilab/auth/token_source.hpp"
#include "apilab/auth/token_store.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/policy/token_life.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "apilab/runtime/task_group.hpp"

namespace apilab::auth {

struct RenewalOptions {
    policy::TokenLifeOptions life;
    /// Of one renewal: waiting for another process and one token request, with all that the service
    /// below does for it. Default 30 s, range 1 s to 10 min.
    Duration deadline = std::chrono::seconds(30);
    /// Shares the tokens with other processes, and keeps them over a restart. Null: neither.
    /// Outlives the source.
    TokenStore* store = nullptr;
    /// The entry's name in the store.
    std::string name = "default";

    /// Error (`invalid_argument`): names the option.
    [[nodiscard]] Result<void> validate() const;
};

enum class CredentialState : std::uint8_t {
    /// None was fetched yet, or the last one is over.
    none,
    good,
    /// The user has to consent again; nobody is asked any more.
    needs_consent,
    /// The token endpoint refuses this client or what it asks for; nobody is asked any more.
    misconfigured,
};
[[nodiscard]] std::string_view to_string(CredentialState state);

/// What can be told about a credential without telling it.
struct CredentialStatus {
    CredentialState state = CredentialState::none;
    /// Of the access token; empty: none.
    std::string fingerprint;
    /// Until it ends; nothing: there is none, or its server did not say.
    std::optional<Duration> left;
    std::uint64_t generation = 0;
    bool renewing = false;
};

/// Tokens that are renewed by a `Grant`, once for all who wait, in this process and, with a store,
/// in all.
///
/// - Shortly before its end a token is renewed beside the calls that still use it; when it is over
///   they wait for the next one (policy::TokenLife). A renewal that fails leaves a token that still
///   serves in use.
/// - The request is nobody's in particular: a caller who is cancelled leaves and the others still
///   get the token (with rotation a refresh that is cut off would cost the session).
/// - With a store the entry's lock is taken and the entry read again first: where another process
///   has renewed it, its token is used and no request is made. What comes is saved before it is
///   used. A refresh token that the answer leaves out stays.
/// - Where the reply to a request that spends a refresh token was lost, the same request is made
///   once more (a server may have a time of grace). Whether or not it helps, there is no loop.
/// - `replace` renews once for a token, however many callers saw it refused. Where one new token
///   after the other is refused and never taken, the pauses grow (TokenLifeOptions::young).
/// - After `invalid_grant`, or where the configuration is refused, no more requests are made: calls
///   get that error (`auth`, ending `permanent`, the server's word in `provider_code()`) as soon as
///   the present token is over. With a store all processes know it,
///   and look there every 30 s for a newer login.
///
/// `inner` carries the token requests (a `Client`: then a 429 is waited out and an unknown outcome
/// is not repeated). Scheduler, inner service, rng and store outlive it. `close()` it before it
/// goes where a renewal may be under way.
class RenewingTokenSource : public TokenSource {
public:
    /// `configured` is what the program was given: mostly a refresh token, or nothing. An option
    /// out of range is what every call gets.
    RenewingTokenSource(runtime::Scheduler& scheduler, runtime::Service& inner, Rng& rng,
                        std::shared_ptr<const Grant> grant, TokenSet configured = {},
                        RenewalOptions options = {});
    ~RenewingTokenSource() override;

    [[nodiscard]] const Secret* ready() const override;
    [[nodiscard]] runtime::Task<Result<Secret>> token(
        SteadyTime deadline = SteadyTime::max()) override;
    [[nodiscard]] runtime::Task<Result<Secret>> replace(
        Secret refused, SteadyTime deadline = SteadyTime::max()) override;

    void accepted(const Secret& token) override;

    [[nodiscard]] CredentialStatus status() const;
    /// Waits for the renewal under way, if there is one.
    [[nodiscard]] runtime::Task<void> close();

private:
    struct Flight;
    struct Fresh {
        TokenSet tokens;
        SteadyTime asked;
    };
    void take_off();
    [[nodiscard]] runtime::Task<Result<Secret>> join(SteadyTime deadline);
    [[nodiscard]] runtime::Task<void> fly(std::shared_ptr<Flight> flight);
    [[nodiscard]] runtime::Task<Result<void>> renew();
    [[nodiscard]] runtime::Task<Result<std::unique_ptr<TokenStore::Lock>>> lock(
        SteadyTime deadline);
    [[nodiscard]] Result<bool> adopt();
    [[nodiscard]] runtime::Task<Result<Fresh>> ask(SteadyTime deadline);
    [[nodiscard]] Result<void> put_to_use();
    [[nodiscard]] Result<void> keep(const TokenSet& tokens, std::string refusal);
    [[nodiscard]] bool revived();
    void take_error(const Error& error, bool answered);
    [[nodiscard]] Error refusal() const;

    runtime::Scheduler& scheduler_;
    runtime::Service& inner_;
    Rng& rng_;
    std::shared_ptr<const Grant> grant_;
    RenewalOptions options_;
    std::string seed_;
    policy::TokenLife life_;
    TokenSet tokens_;
    std::uint64_t generation_ = 0;
    // The store's entry began with another refresh token than ours.
    bool of_the_past_ = false;
    // A server has said 401 to the present token.
    bool refused_ = false;
    // What came and is not yet in the store.
    std::optional<Fresh> fresh_;
    // Set once nothing more can be had.
    std::optional<Error> ended_;
    // When the store is looked at again for another login.
    SteadyTime next_look_ = SteadyTime::min();
    std::optional<Error> last_error_;
    std::shared_ptr<Flight> flight_;
    runtime::TaskGroup group_;
};

}  // namespace apilab::auth
