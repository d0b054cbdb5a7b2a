// What the token endpoint gives for each grant.

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/oauth/discovery.hpp"
#include "apilab/sandbox/oauth/internal/names.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/oauth/wire.hpp"

namespace apilab::sandbox::oauth {
namespace {

using internal::name_of;

constexpr std::string_view device_grant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view exchange_grant = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view access_type = "urn:ietf:params:oauth:token-type:access_token";

constexpr OAuthError too_wide{400, "invalid_scope", "more than was consented to"};

http::Response missing(std::string_view what) {
    return error_answer({400, "invalid_request", fmt::format("{} is missing", what)});
}

http::Response invalid_grant(const Incoming& incoming, std::string_view why) {
    incoming.note("error", "invalid_grant");
    return error_answer({400, "invalid_grant", why});
}

std::optional<std::string_view> value_in(const Form& form, std::string_view name) {
    const auto found = form.find(name);
    return found == form.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

}  // namespace

http::Response OAuthProvider::issue(const Incoming& incoming, Grant grant, bool with_refresh,
                                    const Authorization* authorization, std::uint64_t* family) {
    const bool identity = !grant.subject.empty() && has_scope(grant.scope, "openid");
    const auto issued = store_.issue(std::move(grant), with_refresh, incoming.now);
    incoming.note("credential", name_of(issued.grant, issued.family));
    incoming.note("issued", std::to_string(issued.number));
    if (family != nullptr) {
        *family = issued.family;
    }
    if (!identity) {
        return token_answer(issued);
    }
    IdTokenFacts facts{.issuer = incoming.base_url,
                       .client = issued.grant.client,
                       .user = issued.grant.subject,
                       .access_token = issued.access_token,
                       .consented = incoming.system_now,
                       .now = incoming.system_now};
    if (authorization != nullptr) {
        facts.nonce = authorization->nonce;
        facts.consented = authorization->consented;
    }
    return token_answer(issued, ",\"id_token\":" + http::json_quote(id_token(facts)));
}

http::Response OAuthProvider::own_token(const Incoming& incoming, const Form& form,
                                        const OAuthClient& client) {
    const Grant grant{.client = client.id};
    incoming.note("credential", name_of(grant, 0));
    if (client.is_public()) {
        return error_answer(
            {400, "unauthorized_client", "a public client has no token of its own"});
    }
    const auto scope = granted_scope(form_value(form, "scope"), internal::client_scopes);
    if (!scope) {
        return error_answer({400, "invalid_scope", "a client of its own may have documents.read"});
    }
    return issue(incoming, {.client = client.id, .scope = *scope}, false);
}

http::Response OAuthProvider::refresh(const Incoming& incoming, const Form& form,
                                      const OAuthClient& client) {
    const auto old = form_value(form, "refresh_token");
    if (old.empty()) {
        return missing("refresh_token");
    }
    if (incoming.auth == "revoke") {
        store_.revoke_family(old);
    } else if (incoming.auth == "expire") {
        store_.expire(old);
    }
    const auto known = store_.refresh_token(old);
    if (!granted_scope(form_value(form, "scope"), known.grant.scope) && known.family != 0) {
        return error_answer(too_wide);
    }
    auto rules = options_.refresh;
    rules.revoke_family = rules.revoke_family || incoming.auth == "rotate";
    const auto refreshed = store_.refresh(old, client.id, rules, incoming.now);
    incoming.note("credential",
                  refreshed.family == 0 ? "unknown" : name_of(known.grant, refreshed.family));
    if (refreshed.replay_of != 0) {
        incoming.note("replay_of", std::to_string(refreshed.replay_of));
    }
    if (!refreshed.issued) {
        return invalid_grant(incoming, "the refresh token is invalid, expired or revoked");
    }
    incoming.note("issued", std::to_string(refreshed.issued->number));
    return token_answer(*refreshed.issued);
}

http::Response OAuthProvider::by_code(const Incoming& incoming, const Form& form,
                                      const OAuthClient& client) {
    const auto code = form_value(form, "code");
    if (code.empty()) {
        return missing("code");
    }
    if (incoming.auth == "expire" || incoming.auth == "revoke") {
        codes_.expire(code);
    }
    const auto redeemed = codes_.redeem(code, client.id, value_in(form, "redirect_uri"),
                                        value_in(form, "code_verifier"), incoming.now);
    if (redeemed.number != 0) {
        incoming.note("code", std::to_string(redeemed.number));
    }
    if (!redeemed.granted) {
        store_.end_family(redeemed.replay_of);
        incoming.note("why", std::string(redeemed.why));
        return invalid_grant(incoming, redeemed.why);
    }
    const Authorization& asked = *redeemed.granted;
    std::uint64_t family = 0;
    auto answer =
        issue(incoming, {.client = client.id, .subject = asked.user, .scope = asked.scope}, true,
              &asked, &family);
    codes_.use(code, family);
    return answer;
}

http::Response OAuthProvider::device_authorization(const Incoming& incoming, const Form& form,
                                                   const OAuthClient& client) {
    const auto scope = granted_scope(form_value(form, "scope"), internal::user_scopes);
    if (!scope) {
        return error_answer({400, "invalid_scope", "a scope that there is not"});
    }
    const auto fresh = devices_.add(client.id, *scope, incoming.now);
    incoming.note("device", std::to_string(fresh.number));
    const auto page = incoming.base_url + "/device";
    const auto& options = devices_.options();
    auto answer = http::Response::json(
        200,
        fmt::format(R"({{"device_code":{},"user_code":"{}","verification_uri":{},)"
                    R"("verification_uri_complete":{},"expires_in":{},"interval":{}}})",
                    http::json_quote(fresh.device_code), fresh.user_code, http::json_quote(page),
                    http::json_quote(page + "?user_code=" + fresh.user_code),
                    options.lifetime / std::chrono::seconds(1),
                    options.interval / std::chrono::seconds(1)));
    answer.header("cache-control", "no-store");
    return answer;
}

http::Response OAuthProvider::by_device(const Incoming& incoming, const Form& form,
                                        const OAuthClient& client) {
    const auto code = form_value(form, "device_code");
    if (code.empty()) {
        return missing("device_code");
    }
    if (incoming.auth == "revoke") {
        devices_.deny(code);
    } else if (incoming.auth == "expire") {
        devices_.expire(code);
    }
    const auto poll = devices_.poll(code, client.id, incoming.now);
    if (poll.number != 0) {
        incoming.note("device", std::to_string(poll.number));
    }
    if (poll.state != DevicePoll::State::approved) {
        const auto error = error_of(poll.state);
        incoming.note("error", std::string(error));
        return error_answer({400, error, "the device code is not good for a token"});
    }
    return issue(incoming, {.client = client.id, .subject = options_.user, .scope = poll.scope},
                 true);
}

http::Response OAuthProvider::by_assertion(const Incoming& incoming, const Form& form) {
    incoming.note("grant", std::string(internal::jwt_bearer));
    const auto text = form_value(form, "assertion");
    if (text.empty()) {
        return missing("assertion");
    }
    const auto assertion = clients_.grant_of(incoming, text);
    if (!assertion) {
        return invalid_grant(incoming, assertion.error().message());
    }
    const auto scope = granted_scope(form_value(form, "scope"), internal::user_scopes);
    if (!scope) {
        return error_answer(too_wide);
    }
    // Whoever has the key comes back with another assertion (RFC 7523 section 3.1).
    return issue(incoming,
                 {.client = assertion->issuer, .subject = assertion->subject, .scope = *scope},
                 false);
}

http::Response OAuthProvider::exchange(const Incoming& incoming, const Form& form,
                                       const OAuthClient& client) {
    const auto subject = form_value(form, "subject_token");
    const auto wanted = form_value(form, "requested_token_type");
    if (subject.empty() || form_value(form, "subject_token_type") != access_type) {
        return error_answer(
            {400, "invalid_request", "subject_token is missing or is no access token by its type"});
    }
    if ((!wanted.empty() && wanted != access_type) ||
        form.contains("actor_token") != form.contains("actor_token_type")) {
        return error_answer({400, "invalid_request", "only access tokens are given"});
    }
    const auto audience = form_value(form, "audience");
    const auto target = form_value(form, "resource");
    if ((!audience.empty() && audience != "documents") ||
        (!target.empty() && !target.starts_with(incoming.base_url))) {
        return error_answer({400, "invalid_target", "no resource of this server"});
    }
    const auto known = store_.access(subject, incoming.now);
    if (known.state != TokenState::live) {
        return error_answer({400, "invalid_request", "subject_token is not good"});
    }
    const auto scope = granted_scope(form_value(form, "scope"), known.grant.scope);
    if (!scope) {
        return error_answer(too_wide);
    }
    // Ends with the token that it was given for: one family.
    const auto issued = store_.issue_beside(
        subject, {.client = client.id, .subject = known.grant.subject, .scope = *scope},
        incoming.now);
    // No `credential`: nothing was renewed.
    incoming.note("issued", std::to_string(issued.number));
    return token_answer(issued, fmt::format(R"(,"issued_token_type":"{}")", access_type));
}

http::Response OAuthProvider::token(const Incoming& incoming, const Form& form,
                                    const OAuthClient& client) {
    const auto type = form_value(form, "grant_type");
    if (type.empty()) {
        return missing("grant_type");
    }
    if (type == "authorization_code") {
        return by_code(incoming, form, client);
    }
    if (type == "refresh_token") {
        return refresh(incoming, form, client);
    }
    if (type == "client_credentials") {
        return own_token(incoming, form, client);
    }
    if (type == device_grant) {
        return by_device(incoming, form, client);
    }
    if (type == internal::jwt_bearer) {
        return by_assertion(incoming, form);
    }
    if (type == exchange_grant) {
        return exchange(incoming, form, client);
    }
    return error_answer({400, "unsupported_grant_type", "the metadata lists what is supported"});
}

}  // namespace apilab::sandbox::oauth
