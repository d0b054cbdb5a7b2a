// The two pages at which a user says yes: the authorisation endpoint, and the one for devices.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "apilab/base/markup.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/oauth/internal/names.hpp"
#include "apilab/sandbox/oauth/provider.hpp"
#include "apilab/sandbox/oauth/wire.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::array<std::string_view, 4> prompts{"none", "login", "consent", "select_account"};
constexpr std::size_t s256_size = 43;

http::Response page(int status, std::string_view title, std::string_view body) {
    auto answer =
        http::Response(status, fmt::format("<!doctype html><html><head><title>{0}</title></head>"
                                           "<body><h1>{0}</h1>{1}</body></html>\n",
                                           title, body));
    answer.header("content-type", "text/html; charset=utf-8");
    answer.header("cache-control", "no-store");
    answer.header("x-frame-options", "DENY");
    return answer;
}

std::string form_with(const Form& fields) {
    std::string body = "<form method=\"post\">";
    for (const auto& [name, value] : fields) {
        body += fmt::format(R"(<input type="hidden" name="{}" value="{}">)", escape_markup(name),
                            escape_markup(value));
    }
    return body + R"(<button name="decision" value="allow">Allow</button>)"
                  R"(<button name="decision" value="deny">Deny</button></form>)";
}

// Nothing where a parameter stands there twice.
std::optional<Form> parameters(const Incoming& incoming) {
    if (incoming.request->method() == "POST") {
        return read_form(*incoming.request);
    }
    Form form;
    for (const auto& [name, value] : incoming.query) {
        if (!form.emplace(name, value).second) {
            return std::nullopt;
        }
    }
    return form;
}

http::Response back(std::string_view redirect_uri, const http::Query& query) {
    http::Response answer(302);
    answer.header("location",
                  fmt::format("{}{}{}", redirect_uri, redirect_uri.contains('?') ? '&' : '?',
                              query.to_string()));
    answer.header("cache-control", "no-store");
    return answer;
}

std::string redirect_of(const OAuthClient& client, const Form& asked) {
    const auto given = form_value(asked, "redirect_uri");
    return std::string(given.empty() ? std::string_view(client.redirect_uris.front()) : given);
}

// What is wrong with the request, by section 4.1.2.1; an empty error: nothing.
OAuthError wrong_with(const OAuthClient& client, const Form& asked, bool pkce_for_all) {
    const auto type = form_value(asked, "response_type");
    if (type.empty()) {
        return {400, "invalid_request", "response_type is missing"};
    }
    if (type != "code") {
        return {400, "unsupported_response_type", "only code is supported"};
    }
    if (asked.contains("request") || asked.contains("request_uri")) {
        return {400,
                asked.contains("request") ? "request_not_supported" : "request_uri_not_supported",
                "request objects are not supported"};
    }
    const auto mode = form_value(asked, "response_mode");
    if (!mode.empty() && mode != "query") {
        return {400, "invalid_request", "only response_mode query is supported"};
    }
    if (!granted_scope(form_value(asked, "scope"), internal::user_scopes)) {
        return {400, "invalid_scope", "a scope that there is not"};
    }
    const auto challenge = form_value(asked, "code_challenge");
    const auto method = form_value(asked, "code_challenge_method");
    if (challenge.empty()) {
        const bool needed = client.is_public() || pkce_for_all || !method.empty();
        return needed ? OAuthError{400, "invalid_request", "code_challenge is missing"}
                      : OAuthError{};
    }
    if (!method.empty() && method != "S256" && method != "plain") {
        return {400, "invalid_request", "code_challenge_method is S256 or plain"};
    }
    if (!is_verifier(challenge) || (method == "S256" && challenge.size() != s256_size)) {
        return {400, "invalid_request", "code_challenge has the wrong form"};
    }
    return {};
}

// Is what `prompt` asks for possible (OpenID Connect Core 1.0 section 3.1.2.1)?
OAuthError wrong_prompt(std::string_view prompt, bool consents) {
    const bool silent = has_scope(prompt, "none");
    while (!prompt.empty()) {
        const auto one = prompt.substr(0, prompt.find(' '));
        const bool known = std::ranges::find(prompts, one) != prompts.end();
        if (!known || (silent && one != "none")) {
            return {400, "invalid_request", "prompt is none alone, login, consent, select_account"};
        }
        prompt.remove_prefix(std::min(one.size() + 1, prompt.size()));
    }
    return silent && !consents ? OAuthError{400, "consent_required", "a page would be needed"}
                               : OAuthError{};
}

http::Response error_back(const Incoming& incoming, const std::string& redirect_uri,
                          const Form& asked, const OAuthError& error) {
    incoming.note("error", std::string(error.error));
    http::Query query;
    query.add("error", error.error).add("error_description", error.description);
    if (const auto state = form_value(asked, "state"); !state.empty()) {
        query.add("state", state);
    }
    query.add("iss", incoming.base_url);
    return back(redirect_uri, std::move(query));
}

}  // namespace

http::Response OAuthProvider::authorize(const Incoming& incoming) {
    const auto asked = parameters(incoming);
    if (!asked) {
        return page(400, "invalid_request", "<p>A parameter stands there twice.</p>");
    }
    const auto* client = clients_.find(form_value(*asked, "client_id"));
    if (client == nullptr) {
        return page(400, "invalid_request", "<p>There is no such client.</p>");
    }
    const auto given = form_value(*asked, "redirect_uri");
    if (given.empty() ? client->redirect_uris.size() != 1 : !may_redirect_to(*client, given)) {
        return page(400, "invalid_request", "<p>That is no redirect URI of this client.</p>");
    }
    return authorize_for(incoming, *client, *asked);
}

http::Response OAuthProvider::authorize_for(const Incoming& incoming, const OAuthClient& client,
                                            const Form& asked) {
    const auto redirect_uri = redirect_of(client, asked);
    const auto decision = form_value(asked, "decision");
    const bool decided = incoming.request->method() == "POST" && !decision.empty();
    for (const auto& wrong :
         {wrong_with(client, asked, options_.pkce_for_all),
          wrong_prompt(form_value(asked, "prompt"), options_.auto_consent || decided)}) {
        if (!wrong.error.empty()) {
            return error_back(incoming, redirect_uri, asked, wrong);
        }
    }
    if (incoming.auth == "revoke" || (decided && decision != "allow")) {
        return error_back(incoming, redirect_uri, asked,
                          {400, "access_denied", "the user said no"});
    }
    if (!options_.auto_consent && !decided) {
        return page(200, "May it?",
                    fmt::format("<p>{} asks for: {}</p>{}", escape_markup(client.id),
                                escape_markup(form_value(asked, "scope")), form_with(asked)));
    }
    return consented(incoming, client, asked);
}

http::Response OAuthProvider::consented(const Incoming& incoming, const OAuthClient& client,
                                        const Form& asked) {
    const auto method = form_value(asked, "code_challenge_method");
    Authorization authorization{
        .client = client.id,
        .user = options_.user,
        .scope = granted_scope(form_value(asked, "scope"), internal::user_scopes).value_or(""),
        .redirect_uri = std::string(form_value(asked, "redirect_uri")),
        .challenge = std::string(form_value(asked, "code_challenge")),
        .method = std::string(method.empty() ? "plain" : method),
        .nonce = std::string(form_value(asked, "nonce")),
        .consented = incoming.system_now};
    incoming.note("client", client.id);
    incoming.note("pkce", authorization.challenge.empty() ? "none" : authorization.method);
    const auto code = codes_.add(std::move(authorization), incoming.now);
    incoming.note("authorization", std::to_string(codes_.last()));
    if (incoming.auth == "expire") {
        codes_.expire(code);
    }
    std::string state(form_value(asked, "state"));
    std::string issuer = incoming.base_url;
    if (incoming.auth == "wrong_state") {
        state = "not-" + state;
        incoming.note("tampered", "state");
    } else if (incoming.auth == "wrong_issuer") {
        issuer += "-other";
        incoming.note("tampered", "iss");
    }
    http::Query query;
    query.add("code", code);
    if (!state.empty()) {
        query.add("state", state);
    }
    query.add("iss", issuer);
    return back(redirect_of(client, asked), std::move(query));
}

http::Response OAuthProvider::device_page(const Incoming& incoming) {
    const auto asked = parameters(incoming);
    const auto code = asked ? form_value(*asked, "user_code") : std::string_view();
    if (incoming.request->method() == "GET" || code.empty()) {
        return page(200, "Which device?",
                    code.empty() ? std::string("<form><input name=\"user_code\"></form>")
                                 : form_with({{"user_code", std::string(code)}}));
    }
    const bool consents = form_value(*asked, "decision") == "allow";
    if (!devices_.decide(code, consents, incoming.now)) {
        return page(400, "Not known", "<p>No device waits with that code.</p>");
    }
    return page(200, consents ? "Allowed" : "Denied", "<p>You may go back to the device.</p>");
}

}  // namespace apilab::sandbox::oauth
