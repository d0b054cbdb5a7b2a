#include "apilab/auth/renewing_token_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::auth {

using Action = policy::TokenLife::Action;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// How often another process's lock is looked at: a renewal needs about a hundred milliseconds.
constexpr milliseconds look_again(20);
// How often a process that was told to stop looks whether somebody has logged in again.
constexpr seconds look_for_login(30);
// An entry that seems to come from the future by more than this was written before the clock was
// set back: its age is unknown.
constexpr seconds clock_slack(2);

bool says_consent(const Error& error) {
    return policy::classify_token_error(error.provider_code()) == policy::TokenRefusal::consent;
}

}  // namespace

std::string_view to_string(CredentialState state) {
    switch (state) {
        case CredentialState::none:
            return "none";
        case CredentialState::good:
            return "good";
        case CredentialState::needs_consent:
            return "needs_consent";
        case CredentialState::misconfigured:
            return "misconfigured";
    }
    return "";
}

Result<void> RenewalOptions::validate() const {
    if (deadline < seconds(1) || deadline > minutes(10)) {
        return fail(
            Error(ErrorKind::invalid_argument, "token source: deadline must be from 1 s to 10 min")
                .with_detail("deadline"));
    }
    APILAB_CHECK(check_token_name(name));
    return life.validate();
}

// One renewal and those who wait for it. Shared, so that the order in which they go does not
// matter.
struct RenewingTokenSource::Flight {
    struct Waiter {
        explicit Waiter(Flight& joined)
            : flight(joined), place(joined.waiters.insert(joined.waiters.end(), this)) {}
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter() { flight.waiters.erase(place); }
        Flight& flight;
        std::list<Waiter*>::iterator place;
        runtime::Event event;
    };
    std::list<Waiter*> waiters;
    std::optional<Result<void>> result;
};

RenewingTokenSource::RenewingTokenSource(runtime::Scheduler& scheduler, runtime::Service& inner,
                                         Rng& rng, std::shared_ptr<const Grant> grant,
                                         TokenSet configured, RenewalOptions options)
    : scheduler_(scheduler),
      inner_(inner),
      rng_(rng),
      grant_(std::move(grant)),
      options_(std::move(options)),
      life_(options_.life),
      tokens_(std::move(configured)),
      group_(scheduler) {
    if (!tokens_.refresh_token.empty()) {
        seed_ = tokens_.refresh_token.fingerprint();
    }
    if (!tokens_.access_token.empty()) {
        life_.renewed(scheduler_.now(), scheduler_.now(), tokens_.lifetime, rng_.uniform());
    }
    if (auto valid = options_.validate(); !valid) {
        ended_ = std::move(valid).error();
        life_.ended();
    }
}

RenewingTokenSource::~RenewingTokenSource() = default;

const Secret* RenewingTokenSource::ready() const {
    const Action action = life_.ask(scheduler_.now());
    const bool good =
        action == Action::use || (action == Action::use_and_renew && flight_ != nullptr);
    return good ? &tokens_.access_token : nullptr;
}

Task<Result<Secret>> RenewingTokenSource::token(SteadyTime deadline) {
    switch (life_.ask(scheduler_.now())) {
        case Action::use_and_renew:
            take_off();
            [[fallthrough]];
        case Action::use:
            co_return tokens_.access_token;
        case Action::renew:
            break;
        case Action::refuse:
            if (!revived()) {
                co_return fail(refusal());
            }
            co_return co_await token(deadline);
    }
    co_return co_await join(deadline);
}

Task<Result<Secret>> RenewingTokenSource::replace(Secret refused, SteadyTime deadline) {
    // The first who comes back with it says so for all; whoever comes later finds the next one.
    if (tokens_.access_token == refused && !refused_) {
        refused_ = true;
        life_.refused(scheduler_.now());
    }
    return token(deadline);
}

void RenewingTokenSource::accepted(const Secret& token) {
    if (token == tokens_.access_token) {
        life_.accepted();
    }
}

// Somebody may have logged in again: then there is a newer entry, and nobody has to restart us.
bool RenewingTokenSource::revived() {
    const SteadyTime now = scheduler_.now();
    const bool told_to_stop = ended_ && ended_->kind() == ErrorKind::auth;
    if (!told_to_stop || options_.store == nullptr || now < next_look_) {
        return false;
    }
    next_look_ = now + look_for_login;
    return adopt().has_value() && !ended_;
}

Error RenewingTokenSource::refusal() const {
    if (ended_) {
        return *ended_;
    }
    constexpr int unauthorized = 401;
    Error error = last_error_
                      ? *last_error_
                      : Error(ErrorKind::auth,
                              fmt::format("{} new tokens in a row were refused", life_.suspects()))
                            .with_status(unauthorized)
                            .with_outcome(Outcome::answered)
                            .with_remedy(
                                "see whether the server's clock, audience or "
                                "permissions are what refuses them");
    const Duration left = life_.next_try() - scheduler_.now();
    return std::move(error).with_retry_after(std::max(left, Duration::zero()));
}

void RenewingTokenSource::take_off() {
    if (!flight_) {
        flight_ = std::make_shared<Flight>();
        group_.spawn(fly(flight_));
    }
}

Task<Result<Secret>> RenewingTokenSource::join(SteadyTime deadline) {
    take_off();
    // Null where it is over already, without anything to wait for.
    if (const auto flight = flight_; flight) {
        Flight::Waiter waiter(*flight);
        switch (co_await scheduler_.wait(&waiter.event, deadline)) {
            case runtime::Scheduler::Woken::event:
                break;
            case runtime::Scheduler::Woken::time:
                co_return fail(Error(ErrorKind::deadline, "no token came before the deadline")
                                   .with_ending(Ending::deadline));
            case runtime::Scheduler::Woken::cancelled:
                co_return fail(Error(ErrorKind::cancelled, "cancelled while waiting for a token")
                                   .with_ending(Ending::cancelled));
        }
        if (!*flight->result && !life_.still_good(scheduler_.now())) {
            co_return fail(flight->result->error());
        }
        co_return tokens_.access_token;
    }
    if (life_.still_good(scheduler_.now())) {
        co_return tokens_.access_token;
    }
    co_return fail(refusal());
}

Task<void> RenewingTokenSource::fly(std::shared_ptr<Flight> flight) {
    auto result = co_await renew();
    if (!result) {
        last_error_ = result.error();
    } else {
        last_error_.reset();
    }
    flight->result = std::move(result);
    flight_.reset();
    for (Flight::Waiter* waiter : flight->waiters) {
        waiter->event.set();
    }
}

Task<Result<void>> RenewingTokenSource::renew() {
    const SteadyTime deadline = scheduler_.now() + options_.deadline;
    std::unique_ptr<TokenStore::Lock> held;
    if (options_.store != nullptr) {
        auto locked = co_await lock(deadline);
        auto adopted = locked ? adopt() : Result<bool>(fail(locked.error()));
        if (!adopted) {
            take_error(adopted.error(), false);
            co_return fail(std::move(adopted).error().in("the store of tokens"));
        }
        if (*adopted) {
            co_return Result<void>();
        }
        if (ended_) {
            co_return fail(*ended_);
        }
        held = *std::move(locked);
    }
    if (!fresh_) {
        APILAB_CO_TRY(fresh_, co_await ask(deadline));
    }
    co_return put_to_use();
}

Task<Result<std::unique_ptr<TokenStore::Lock>>> RenewingTokenSource::lock(SteadyTime deadline) {
    while (true) {
        APILAB_CO_TRY(auto held, options_.store->try_lock(options_.name));
        if (held) {
            co_return held;
        }
        if (scheduler_.now() + look_again >= deadline) {
            co_return fail(Error(ErrorKind::deadline, "another process is renewing this token")
                               .with_ending(Ending::deadline));
        }
        APILAB_CO_CHECK(co_await scheduler_.sleep_for(look_again));
    }
}

// Takes what another process, or an earlier life of this one, has put there. True: that is good
// enough, and nobody need be asked.
Result<bool> RenewingTokenSource::adopt() {
    APILAB_TRY(auto stored, options_.store->load(options_.name));
    if (!stored || stored->generation <= generation_) {
        return false;
    }
    generation_ = stored->generation;
    of_the_past_ = !seed_.empty() && stored->seed != seed_;
    if (of_the_past_) {
        return false;
    }
    fresh_.reset();
    const bool same = stored->tokens.access_token == tokens_.access_token;
    tokens_ = std::move(stored->tokens);
    if (!same) {
        refused_ = false;
        const Duration age = scheduler_.system_now() - stored->obtained;
        const bool known = age >= -clock_slack;
        const SteadyTime came = scheduler_.now() - std::max(age, Duration::zero());
        life_.renewed(came, came, known ? tokens_.lifetime : Duration::zero(), rng_.uniform());
    }
    ended_.reset();
    if (!stored->refusal.empty()) {
        ended_ = Error(ErrorKind::auth, fmt::format("the token endpoint said {}, to us or to "
                                                    "another process",
                                                    stored->refusal))
                     .with_outcome(Outcome::answered)
                     .with_provider_code(stored->refusal)
                     .with_ending(Ending::permanent)
                     .with_remedy("the user has to consent again; the refresh token is dead");
        life_.ended();
        return false;
    }
    return life_.ask(scheduler_.now()) == Action::use;
}

Task<Result<RenewingTokenSource::Fresh>> RenewingTokenSource::ask(SteadyTime deadline) {
    auto request = grant_->request(tokens_, scheduler_.system_now());
    if (!request) {
        take_error(request.error(), true);
        co_return fail(std::move(request).error());
    }
    std::optional<Error> lost;
    while (true) {
        const SteadyTime asked = scheduler_.now();
        runtime::CallContext context;
        context.deadline = deadline;
        context.operation.name = "oauth2_token";
        context.operation.effect =
            grant_->spends() ? http::Effect::write : http::Effect::idempotent;
        const auto answer = co_await inner_.call(*request, std::move(context));
        auto tokens = grant_->read(answer, scheduler_.system_now());
        if (tokens) {
            co_return Fresh{.tokens = *std::move(tokens), .asked = asked};
        }
        Error error = std::move(tokens).error();
        if (!answer && error.outcome() == Outcome::unknown && grant_->spends() && !lost) {
            lost = std::move(error);
            continue;
        }
        if (lost) {
            error = std::move(error).with_first_cause(lost->message());
        }
        take_error(error, answer.has_value());
        co_return fail(std::move(error).in("asking for a token"));
    }
}

// Only the server's word ends it: what did not arrive may arrive the next time.
void RenewingTokenSource::take_error(const Error& error, bool answered) {
    if (!answered || error.ending() != Ending::permanent) {
        life_.failed(scheduler_.now(), error.retry_after());
        return;
    }
    ended_ = error;
    life_.ended();
    if (says_consent(error) && !of_the_past_) {
        // Where it cannot be said the next process asks once, too: that is all.
        (void)keep(tokens_, error.provider_code());
    }
}

Result<void> RenewingTokenSource::keep(const TokenSet& tokens, std::string refusal) {
    if (options_.store != nullptr) {
        APILAB_CHECK(options_.store->save(options_.name, {.tokens = tokens,
                                                          .obtained = scheduler_.system_now(),
                                                          .generation = generation_ + 1,
                                                          .seed = seed_,
                                                          .refusal = std::move(refusal)}));
    }
    ++generation_;
    of_the_past_ = false;
    return {};
}

// First to the disk, then to the callers: the refresh token before it is spent.
Result<void> RenewingTokenSource::put_to_use() {
    if (fresh_->tokens.refresh_token.empty()) {
        fresh_->tokens.refresh_token = tokens_.refresh_token;
    }
    if (auto kept = keep(fresh_->tokens, {}); !kept) {
        life_.failed(scheduler_.now());
        return fail(std::move(kept).error().in("storing a new token"));
    }
    tokens_ = std::move(fresh_->tokens);
    life_.renewed(fresh_->asked, scheduler_.now(), tokens_.lifetime, rng_.uniform());
    fresh_.reset();
    refused_ = false;
    return {};
}

CredentialStatus RenewingTokenSource::status() const {
    CredentialStatus status{.generation = generation_, .renewing = flight_ != nullptr};
    const SteadyTime now = scheduler_.now();
    if (ended_) {
        // An assertion that is refused is nobody's consent.
        const bool consent = says_consent(*ended_) && grant_->name() != "jwt_bearer";
        status.state = consent ? CredentialState::needs_consent : CredentialState::misconfigured;
    } else if (life_.still_good(now)) {
        status.state = CredentialState::good;
    }
    if (!tokens_.access_token.empty()) {
        status.fingerprint = tokens_.access_token.fingerprint();
    }
    if (life_.still_good(now) && life_.expires() != SteadyTime::max()) {
        status.left = life_.expires() - now;
    }
    return status;
}

Task<void> RenewingTokenSource::close() {
    co_await group_.join();
}

}  // namespace apilab::auth
