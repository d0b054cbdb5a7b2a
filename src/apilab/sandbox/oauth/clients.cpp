#include "apilab/sandbox/oauth/clients.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/jose.hpp"

namespace apilab::sandbox::oauth {
namespace {

constexpr std::string_view jwt_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr OAuthError two_ways{400, "invalid_request", "two ways of client authentication at once"};
constexpr OAuthError not_known{401, "invalid_client", "client authentication failed"};

// What stands after scheme and host of a loopback URI, without its port; nothing for others.
std::optional<std::string> without_port(std::string_view uri) {
    for (const std::string_view host : {"http://127.0.0.1", "http://[::1]"}) {
        if (!uri.starts_with(host)) {
            continue;
        }
        auto rest = uri.substr(host.size());
        if (rest.starts_with(':')) {
            rest.remove_prefix(1);
            const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
            if (digits == 0) {
                return std::nullopt;
            }
            rest.remove_prefix(digits);
        }
        if (rest.empty() || rest.starts_with('/') || rest.starts_with('?')) {
            return fmt::format("{}{}", host, rest);
        }
    }
    return std::nullopt;
}

}  // namespace

bool may_redirect_to(const OAuthClient& client, std::string_view uri) {
    return std::ranges::any_of(client.redirect_uris, [&](const std::string& registered) {
        const auto loopback = without_port(registered);
        return registered == uri || (loopback && loopback == without_port(uri));
    });
}

const OAuthClient* Clients::find(std::string_view id) const {
    const auto found = std::ranges::find(clients_, id, &OAuthClient::id);
    return found == clients_.end() ? nullptr : &*found;
}

bool Clients::is_secret(std::string_view text) const {
    return !text.empty() &&
           std::ranges::find(clients_, text, &OAuthClient::secret) != clients_.end();
}

AssertionRules Clients::rules(const Incoming& incoming) const {
    return {.audiences = {incoming.base_url, incoming.base_url + "/token",
                          incoming.base_url + incoming.route->path_template},
            .key_of =
                [this](std::string_view issuer) {
                    const auto* client = find(issuer);
                    return client == nullptr ? std::string() : client->key;
                },
            .now = incoming.system_now};
}

Caller Clients::by_assertion(const Incoming& incoming, const Form& form) {
    Caller caller{.error = not_known, .method = "private_key_jwt"};
    if (form_value(form, "client_assertion_type") != jwt_type) {
        caller.error = {400, "invalid_request", "client_assertion_type is missing or not known"};
        return caller;
    }
    const auto named = form_value(form, "client_id");
    const auto ours = rules(incoming);
    const auto assertion = read_assertion(form_value(form, "client_assertion"), ours);
    if (!assertion) {
        incoming.note("assertion", std::string(assertion.error().message()));
        return caller;
    }
    if (assertion->subject != assertion->issuer || (!named.empty() && named != assertion->issuer)) {
        incoming.note("assertion", "iss, sub and client_id are not the same");
        return caller;
    }
    if (!used_.use(*assertion, ours)) {
        incoming.note("assertion", "jti is missing or was used before");
        return caller;
    }
    caller.client = find(assertion->issuer);
    return caller;
}

Caller Clients::by_secret(const Incoming& incoming, const Form& form) const {
    const auto credentials = read_client(*incoming.request, form);
    Caller caller{.error = not_known,
                  .basic = !incoming.request->headers().value("authorization").empty()};
    caller.method = caller.basic ? "client_secret_basic" : "client_secret_post";
    const auto* client = credentials ? find(credentials->id) : nullptr;
    const bool good = client != nullptr && !client->secret.empty() &&
                      internal::same_secret(client->secret, credentials->secret);
    const auto named = form_value(form, "client_id");
    if (good && (named.empty() || named == client->id)) {
        caller.client = client;
    }
    return caller;
}

Caller Clients::identify(const Incoming& incoming, const Form& form) {
    const bool header = !incoming.request->headers().value("authorization").empty();
    const bool secret = form.contains("client_secret");
    const bool assertion = form.contains("client_assertion");
    if ((header ? 1 : 0) + (secret ? 1 : 0) + (assertion ? 1 : 0) > 1) {
        return {.error = two_ways, .basic = header};
    }
    auto caller = [&] {
        if (assertion) {
            return by_assertion(incoming, form);
        }
        if (header || secret) {
            return by_secret(incoming, form);
        }
        Caller open{.error = not_known, .method = "none"};
        const auto* client = find(form_value(form, "client_id"));
        open.client = client != nullptr && client->is_public() ? client : nullptr;
        return open;
    }();
    if (caller.client != nullptr) {
        incoming.note("client", caller.client->id);
        incoming.note("client_by", std::string(caller.method));
    }
    return caller;
}

Result<Assertion> Clients::grant_of(const Incoming& incoming, std::string_view assertion) {
    const auto ours = rules(incoming);
    APILAB_TRY(auto read, read_assertion(assertion, ours));
    if (read.subject.empty()) {
        return fail(ErrorKind::auth, "sub is missing");
    }
    // Here `jti` is optional (RFC 7523 section 3), but once where it stands there.
    if (!read.id.empty() && !used_.use(read, ours)) {
        return fail(ErrorKind::auth, "jti was used before");
    }
    return read;
}

}  // namespace apilab::sandbox::oauth
