#include "apilab/client/oauth2.hpp"

#include <fmt/format.h>

#include <list>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/http/json.hpp"

namespace apilab::client {

using runtime::Task;

namespace {

constexpr std::size_t answer_size_max = std::size_t{1} << 20U;

Error refused(std::string_view code, int status) {
    auto error = Error(ErrorKind::auth, fmt::format("the token endpoint said {} {}", status, code))
                     .with_status(status)
                     .with_outcome(Outcome::answered)
                     .with_provider_code(std::string(code));
    switch (policy::classify_token_error(code)) {
        case policy::TokenRefusal::consent:
            return std::move(error)
                .with_ending(Ending::permanent)
                .with_remedy("the user has to consent again; the refresh token is dead");
        case policy::TokenRefusal::configuration:
            return std::move(error)
                .with_ending(Ending::permanent)
                .with_remedy("check client id, client secret and scope");
        case policy::TokenRefusal::transient:
            break;
    }
    return error;
}

}  // namespace

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
    const bool basic = options.client_auth == OAuth2Options::ClientAuth::basic;
    if (!basic) {
        form.add("client_id", options.client_id)
            .add("client_secret", options.client_secret.reveal());
    }
    auto request = http::Request::post(options.token_url, form.to_string(),
                                       "application/x-www-form-urlencoded");
    request.header("accept", "application/json");
    if (basic) {
        request.header(
            "authorization",
            "Basic " + base64_encode(http::percent_encode(options.client_id) + ":" +
                                     http::percent_encode(options.client_secret.reveal())));
    }
    return request;
}

Result<TokenSet> read_token_answer(const Result<http::Response>& answer) {
    if (!answer) {
        return fail(answer.error());
    }
    const auto document =
        http::JsonDocument::parse(answer->body(), {.size_max = answer_size_max, .depth_max = 16});
    const auto root = document ? document->root() : http::Json();
    if (const auto code = root["error"].string_or(""); !code.empty()) {
        return fail(refused(code.substr(0, 64), answer->status()));
    }
    if (!answer->ok()) {
        APILAB_TRY([[maybe_unused]] const auto never, answer->error_for_status());
    }
    const auto access = root["access_token"].string_or("");
    const auto type = root["token_type"].string_or("bearer");
    if (access.empty() || !http::iequals(type, "bearer")) {
        return fail(Error(ErrorKind::decode, "the token endpoint gave no bearer token")
                        .with_outcome(Outcome::answered)
                        .with_detail(access.empty() ? "/access_token" : "/token_type"));
    }
    return TokenSet{.access_token = Secret(std::string(access)),
                    .refresh_token = Secret(std::string(root["refresh_token"].string_or(""))),
                    .lifetime = policy::read_expires_in(root["expires_in"]),
                    .scope = std::string(root["scope"].string_or(""))};
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

}  // namespace apilab::client
