#include "apilab/auth/oauth2.hpp"

#include <list>
#include <utility>

namespace apilab::auth {

using runtime::Task;

http::Request token_request(const OAuth2Options& options, const Secret& refresh_token) {
    http::Query form;
    if (refresh_token.empty()) {
        form.add("grant_type", "client_credentials");
    } else {
        form.add("grant_type", "refresh_token").add("refresh_token", refresh_token.reveal());
    }
    if (!options.scope.empty()) {
        form.add("scope", options.scope);
    }
    const ClientAuthentication client{.method = options.client_auth,
                                      .client_id = options.client_id,
                                      .client_secret = options.client_secret};
    return *form_request(options.token_url, std::move(form), client, {});
}

// One token request and those who wait for it. Shared, so that the order in which they go does not
// matter.
struct OAuth2TokenSource::Flight {
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
    std::optional<Result<Secret>> result;
};

OAuth2TokenSource::OAuth2TokenSource(runtime::Scheduler& scheduler, runtime::Service& inner,
                                     OAuth2Options options)
    : scheduler_(scheduler), inner_(inner), options_(std::move(options)), group_(scheduler) {
    tokens_.refresh_token = options_.refresh_token;
    if (auto valid = options_.life.validate(); !valid) {
        ended_ = std::move(valid).error();
    }
}

OAuth2TokenSource::~OAuth2TokenSource() = default;

bool OAuth2TokenSource::usable() const {
    return !tokens_.access_token.empty() && scheduler_.now() < renew_at_;
}

Task<Result<Secret>> OAuth2TokenSource::token(SteadyTime deadline) {
    if (usable()) {
        co_return tokens_.access_token;
    }
    co_return co_await join(deadline);
}

Task<Result<Secret>> OAuth2TokenSource::replace(Secret refused, SteadyTime deadline) {
    if (usable() && !(tokens_.access_token == refused)) {
        co_return tokens_.access_token;
    }
    renew_at_ = scheduler_.now();  // whatever it was said to live
    co_return co_await join(deadline);
}

Task<Result<Secret>> OAuth2TokenSource::join(SteadyTime deadline) {
    if (ended_) {
        co_return fail(*ended_);
    }
    // Held here: the flight may be over as soon as it was begun, and flight_ with it.
    auto flight = flight_;
    if (!flight) {
        flight = std::make_shared<Flight>();
        flight_ = flight;
        group_.spawn(fly(flight));
    }
    if (flight->result) {
        co_return *flight->result;
    }
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
    co_return *flight->result;
}

Task<void> OAuth2TokenSource::fly(std::shared_ptr<Flight> flight) {
    const SteadyTime asked = scheduler_.now();
    runtime::CallContext context;
    context.deadline = asked + options_.deadline;
    context.operation.name = "oauth2_token";
    // Not to be repeated blindly: a rotated refresh token works once.
    context.operation.effect = http::Effect::write;
    const auto answer =
        co_await inner_.call(token_request(options_, tokens_.refresh_token), std::move(context));
    flight->result = take(answer, asked);
    flight_.reset();
    for (Flight::Waiter* waiter : flight->waiters) {
        waiter->event.set();
    }
}

Result<Secret> OAuth2TokenSource::take(const Result<http::Response>& answer, SteadyTime asked) {
    auto tokens = read_token_answer(answer);
    if (!tokens) {
        // Only the server's word ends it: what did not arrive may arrive the next time.
        if (answer && tokens.error().ending() == Ending::permanent) {
            ended_ = tokens.error();
        }
        return fail(std::move(tokens).error().in("asking for a token"));
    }
    if (tokens->refresh_token.empty()) {
        tokens->refresh_token = tokens_.refresh_token;
    }
    // Also where it cannot be stored: the old refresh token is spent.
    tokens_ = *std::move(tokens);
    renew_at_ = policy::renew_token_at(asked, tokens_.lifetime, options_.life);
    if (options_.keep) {
        if (auto kept = options_.keep(tokens_); !kept) {
            renew_at_ = asked;
            return fail(std::move(kept).error().in("storing a new token"));
        }
    }
    return tokens_.access_token;
}

Task<void> OAuth2TokenSource::close() {
    co_await group_.join();
}

}  // namespace apilab::auth
