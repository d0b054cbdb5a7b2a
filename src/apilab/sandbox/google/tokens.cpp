#include "apilab/sandbox/google/tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/oauth/wire.hpp"
#include "apilab/sandbox/seed/keys.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::string_view scope =
    "https://mail.google.com/ https://www.googleapis.com/auth/gmail.modify";
constexpr std::string_view reading = "https://www.googleapis.com/auth/gmail.readonly";
constexpr std::size_t numbers_max = 10'000;
constexpr std::string_view jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::string_view device_grant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view audience = "https://oauth2.googleapis.com/token";
constexpr std::string_view account_domain = ".iam.gserviceaccount.com";
constexpr std::int64_t clock_skew = 300;
constexpr std::int64_t assertion_max = 3600;

// Whose token it is: a user's consent, or an account that signs.
std::string name_of(const oauth::Grant& grant, std::uint64_t family) {
    if (grant.client.ends_with(account_domain)) {
        return "google " + grant.client;
    }
    return family == 0 ? "unknown" : "google consent " + std::to_string(family);
}

http::Response invalid_grant(std::string_view description) {
    return oauth::error_answer({400, "invalid_grant", description});
}

http::Response unknown_client() {
    return oauth::error_answer({401, "invalid_client", "The OAuth client was not found."});
}

// RFC 8628 asks for 400 everywhere; Google has its own (providers/oauth2, "Device flow").
int status_of(oauth::DevicePoll::State state) {
    using State = oauth::DevicePoll::State;
    switch (state) {
        case State::pending:
            return 428;
        case State::too_fast:
        case State::denied:
            return 403;
        case State::unknown:
        case State::expired:
        case State::approved:
            break;
    }
    return 400;
}

// What is wrong with the claims, in Google's words; empty: nothing.
std::string_view wrong_with(http::Json claims, const Incoming& incoming) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(incoming.system_now.time_since_epoch())
            .count();
    const auto issued = claims["iat"].integer().value_or(0);
    const auto expires = claims["exp"].integer().value_or(0);
    // As differences: the numbers are the client's, and may be as large as they like.
    if (issued < 0 || issued > now + clock_skew || expires < now - clock_skew ||
        expires - issued > assertion_max) {
        return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
               "timeframe. Check your iat and exp values in the JWT claim.";
    }
    const auto aud = claims["aud"].string_or("");
    return aud == audience || aud == incoming.base_url + "/token"
               ? ""
               : "Invalid JWT: Failed audience check.";
}

}  // namespace

std::vector<ServiceAccount> seed_service_accounts() {
    return {{"apilab@sandbox.iam.gserviceaccount.com",
             std::string(seed::key("google-service-account"))},
            {"sa@stub.iam.gserviceaccount.com", ""}};
}

Tokens::Tokens(TokenOptions options)
    : options_(std::move(options)),
      store_({.seed = options_.seed,
              .access_prefix = "ya29.",
              .refresh_prefix = "1//",
              .lifetime = options_.lifetime}),
      devices_([this] {
          auto devices = options_.devices;
          devices.seed = options_.seed;
          return devices;
      }()) {
    reset();
}

void Tokens::reset() {
    requests_ = 0;
    by_number_.clear();
    devices_.reset();
    store_.reset();
    for (const auto& [token, client] : options_.refresh_tokens) {
        store_.add_consent(token, {.client = client, .subject = "me", .scope = std::string(scope)});
    }
}

bool Tokens::knows(const std::string& client, const std::string& secret) const {
    return std::ranges::find(options_.clients, std::pair(client, secret)) != options_.clients.end();
}

void Tokens::describe(const Incoming& incoming) const {
    const auto form = oauth::read_form(*incoming.request);
    if (!form) {
        return;
    }
    constexpr std::size_t shown = 64;
    const auto grant = oauth::form_value(*form, "grant_type");
    incoming.note("grant", std::string(grant.substr(0, shown)));
    if (grant == "refresh_token") {
        const auto known = store_.refresh_token(oauth::form_value(*form, "refresh_token"));
        incoming.note("credential", name_of(known.grant, known.family));
    }
}

http::Response Tokens::token(const Incoming& incoming) {
    ++requests_;
    const auto form = oauth::read_form(*incoming.request);
    if (!form) {
        return oauth::error_answer({400, "invalid_request", "The body is no form."});
    }
    const auto grant = oauth::form_value(*form, "grant_type");
    if (grant == jwt_bearer) {
        return by_assertion(oauth::form_value(*form, "assertion"), incoming);
    }
    const auto client = oauth::read_client(*incoming.request, *form);
    if (!client || !knows(client->id, client->secret)) {
        return unknown_client();
    }
    if (grant == "refresh_token") {
        return refresh(incoming, *form, client->id);
    }
    if (grant == device_grant) {
        return by_device(incoming, *form, client->id);
    }
    return oauth::error_answer(
        {400, "unsupported_grant_type", "Invalid grant_type: " + std::string(grant)});
}

http::Response Tokens::refresh(const Incoming& incoming, const oauth::Form& form,
                               const std::string& client) {
    const auto token = oauth::form_value(form, "refresh_token");
    if (incoming.auth == "revoke") {
        store_.revoke_family(token);
    }
    auto refreshed = store_.refresh(token, client, {.rotate = false}, incoming.now);
    incoming.note("credential", name_of({.client = client}, refreshed.family));
    if (!refreshed.issued) {
        incoming.note("error", "invalid_grant");
        return invalid_grant("Token has been expired or revoked.");
    }
    incoming.note("issued", std::to_string(refreshed.issued->number));
    // It stays as it is, and is not told again.
    refreshed.issued->refresh_token.clear();
    return give(*refreshed.issued);
}

http::Response Tokens::device_code(const Incoming& incoming) {
    const auto form = oauth::read_form(*incoming.request);
    const std::string client(form ? oauth::form_value(*form, "client_id") : "");
    const bool known =
        std::ranges::any_of(options_.clients, [&](const auto& one) { return one.first == client; });
    if (!known) {
        return unknown_client();
    }
    const auto asked = oauth::form_value(*form, "scope");
    if (asked.empty()) {
        return oauth::error_answer({400, "invalid_scope", "Missing required parameter: scope"});
    }
    const auto fresh = devices_.add(client, std::string(asked), incoming.now);
    incoming.note("device", std::to_string(fresh.number));
    return http::Response::json(
        200, fmt::format(R"({{"device_code":{},"user_code":"{}","verification_url":{},)"
                         R"("expires_in":{},"interval":{}}})",
                         http::json_quote(fresh.device_code), fresh.user_code,
                         http::json_quote("https://www.google.com/device"),
                         devices_.options().lifetime / std::chrono::seconds(1),
                         devices_.options().interval / std::chrono::seconds(1)));
}

http::Response Tokens::by_device(const Incoming& incoming, const oauth::Form& form,
                                 const std::string& client) {
    const auto code = oauth::form_value(form, "device_code");
    if (incoming.auth == "revoke") {
        devices_.deny(code);
    } else if (incoming.auth == "expire") {
        devices_.expire(code);
    }
    const auto poll = devices_.poll(code, client, incoming.now);
    if (poll.number != 0) {
        incoming.note("device", std::to_string(poll.number));
    }
    if (poll.state != oauth::DevicePoll::State::approved) {
        const auto error = oauth::error_of(poll.state);
        incoming.note("error", std::string(error));
        return oauth::error_answer({status_of(poll.state), error, "Precondition Required"});
    }
    const auto fresh =
        store_.issue({.client = client, .subject = "me", .scope = poll.scope}, true, incoming.now);
    incoming.note("credential", name_of(fresh.grant, fresh.family));
    incoming.note("issued", std::to_string(fresh.number));
    return give(fresh);
}

http::Response Tokens::by_assertion(std::string_view assertion, const Incoming& incoming) {
    const auto token = internal::read_jwt(assertion);
    if (!token || token->algorithm != "RS256" || token->signature.empty()) {
        return invalid_grant("Invalid JWT Signature.");
    }
    const auto claims = token->claims.root();
    const auto account = std::ranges::find(options_.service_accounts, claims["iss"].string_or(""),
                                           &ServiceAccount::email);
    if (account == options_.service_accounts.end()) {
        return invalid_grant("Invalid grant: account not found");
    }
    if (!account->key.empty()) {
        const auto key = internal::Key::from_pem(account->key);
        if (!key || !key->verify(*token)) {
            return invalid_grant("Invalid JWT Signature.");
        }
    }
    if (const auto wrong = wrong_with(claims, incoming); !wrong.empty()) {
        return invalid_grant(wrong);
    }
    const auto asked = claims["scope"].string_or("");
    if (asked.empty()) {
        return oauth::error_answer(
            {400, "invalid_scope", "Invalid OAuth scope or ID token audience provided."});
    }
    const auto fresh = store_.issue({.client = account->email,
                                     .subject = std::string(claims["sub"].string_or("")),
                                     .scope = std::string(asked)},
                                    false, incoming.now);
    incoming.note("credential", name_of(fresh.grant, fresh.family));
    incoming.note("issued", std::to_string(fresh.number));
    return give(fresh);
}

http::Response Tokens::revoke(const Incoming& incoming) {
    const auto form = oauth::read_form(*incoming.request);
    const auto found = form ? form->find("token") : decltype(form->end())();
    const auto asked = incoming.param("token");
    const auto token =
        form && found != form->end() ? found->second : std::string(asked.value_or(""));
    // Unlike RFC 7009, Google says so where it does not know the token.
    return store_.revoke(token)
               ? http::Response::json(200, "{}")
               : oauth::error_answer({400, "invalid_token", "Token expired or revoked"});
}

http::Response Tokens::give(const oauth::Issued& issued) {
    by_number_[issued.number] = issued.access_token;
    if (by_number_.size() > numbers_max) {
        by_number_.erase(by_number_.begin());
    }
    return oauth::token_answer(issued);
}

std::string Tokens::scope_of(const Incoming& incoming) const {
    if (incoming.auth == "reduce_scope") {
        return std::string(reading);
    }
    const auto bearer = oauth::bearer_token(*incoming.request);
    return bearer ? store_.access(*bearer, incoming.now).grant.scope : std::string();
}

http::Response Tokens::info(const Incoming& incoming) const {
    const auto token = store_.access(incoming.param("access_token").value_or(""), incoming.now);
    if (token.state != oauth::TokenState::live) {
        return oauth::error_answer({400, "invalid_token", "Invalid Value"});
    }
    const auto left = std::chrono::floor<std::chrono::seconds>(token.expires - incoming.now);
    const auto end =
        std::chrono::floor<std::chrono::seconds>((incoming.system_now + left).time_since_epoch());
    return http::Response::json(
        200, fmt::format(R"({{"azp":{0},"aud":{0},"scope":{1},"exp":"{2}","expires_in":"{3}",)"
                         R"("access_type":"offline"}})",
                         http::json_quote(token.grant.client), http::json_quote(token.grant.scope),
                         end.count(), left.count()));
}

bool Tokens::end(std::string_view token, std::string_view how) {
    std::string value(token);
    const bool digits =
        !token.empty() && token.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits) {
        const auto found = by_number_.find(std::stoull(value.substr(0, 18)));
        if (found == by_number_.end()) {
            return false;
        }
        value = found->second;
    }
    return how == "expire" ? store_.expire(value) : store_.revoke_family(value);
}

bool Tokens::accepts(const Incoming& incoming) {
    const auto bearer = oauth::bearer_token(*incoming.request);
    if (!bearer) {
        incoming.note("token", "none");
        return false;
    }
    if (incoming.auth == "expire") {
        store_.expire(*bearer);
    } else if (incoming.auth == "revoke") {
        store_.revoke_family(*bearer);
    }
    const auto token = store_.access(*bearer, incoming.now);
    incoming.note("token", token.number == 0 ? "unknown" : std::to_string(token.number));
    if (token.number != 0) {
        incoming.note("credential", name_of(token.grant, token.family));
    }
    return token.state == oauth::TokenState::live;
}

}  // namespace apilab::sandbox::google
