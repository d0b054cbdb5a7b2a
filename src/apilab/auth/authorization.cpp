#include "apilab/auth/authorization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "apilab/auth/internal/form.hpp"
#include "apilab/auth/pkce.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/query.hpp"

namespace apilab::auth {
namespace {

using internal::Fields;

// May stand several times in one request (RFC 8707 section 2).
constexpr std::string_view resource = "resource";

Error unusable(std::string_view parameter, std::string_view why) {
    return Error(ErrorKind::invalid_argument,
                 fmt::format("authorization request: {} {}", parameter, why))
        .with_detail(std::string(parameter));
}

Error refused(std::string_view parameter, std::string_view why) {
    return Error(ErrorKind::auth, fmt::format("the authorization answer's {} {}", parameter, why))
        .with_outcome(Outcome::answered)
        .with_ending(Ending::permanent)
        .with_detail(std::string(parameter))
        .with_remedy("log in again");
}

std::size_t count(const Fields& fields, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count(
        fields, name, [](const auto& field) -> const auto& { return field.first; }));
}

std::optional<std::string_view> find(const Fields& fields, std::string_view name) {
    const auto found = std::ranges::find(
        fields, name, [](const auto& field) -> const auto& { return field.first; });
    return found == fields.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

std::optional<std::string> twice(const Fields& fields) {
    for (const auto& [name, value] : fields) {
        if (count(fields, name) > 1) {
            return name;
        }
    }
    return std::nullopt;
}

Result<void> check_issuer(const Fields& fields, const ExpectedAnswer& expected) {
    const auto issuer = find(fields, "iss");
    if (!issuer) {
        if (expected.issuer_required) {
            return fail(refused("iss", "is missing, although this server says that it sends one"));
        }
        return {};
    }
    if ((!expected.issuer.empty() || expected.issuer_required) && *issuer != expected.issuer) {
        return fail(refused("iss", "names another server than the one that was asked"));
    }
    return {};
}

Error refusal(std::string_view code, std::string_view description) {
    const bool transient = code == "server_error" || code == "temporarily_unavailable";
    std::string message = fmt::format("the authorization server said {}",
                                      internal::shown(code, internal::code_shown_max));
    if (!description.empty()) {
        message += ": " + internal::shown(description, internal::description_shown_max);
    }
    return Error(ErrorKind::auth, std::move(message))
        .with_outcome(Outcome::answered)
        .with_ending(transient ? Ending::none : Ending::permanent)
        .with_provider_code(internal::shown(code, internal::code_shown_max));
}

Result<void> check_needed(const AuthorizationRequest& request) {
    if (request.client_id.empty()) {
        return fail(unusable("client_id", "is empty"));
    }
    if (request.redirect_uri.empty() || request.redirect_uri.contains('#')) {
        return fail(unusable("redirect_uri", "is empty or has a fragment"));
    }
    if (request.state.empty()) {
        return fail(unusable("state", "is empty"));
    }
    if (request.code_challenge.empty()) {
        return fail(unusable("code_challenge", "is empty"));
    }
    return {};
}

}  // namespace

Result<http::Url> AuthorizationRequest::url() const {
    APILAB_CHECK(check_needed(*this));
    APILAB_TRY(Fields fields, internal::read_form(endpoint.query()));
    http::Query query;
    const auto add = [&](std::string_view name, std::string_view value) {
        query.add(name, value);
        fields.emplace_back(name, value);
    };
    const auto add_some = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            add(name, value);
        }
    };
    add("response_type", "code");
    add("client_id", client_id);
    add("redirect_uri", redirect_uri);
    add_some("scope", scope);
    add("state", state.reveal());
    add("code_challenge", code_challenge);
    add("code_challenge_method", Pkce::method);
    add_some("nonce", nonce);
    add_some("prompt", prompt);
    for (const auto& [name, value] : extra) {
        add(name, value);
    }
    std::erase_if(fields, [](const auto& field) { return field.first == resource; });
    if (const auto name = twice(fields)) {
        return fail(unusable(*name, "is there twice"));
    }
    const auto& own = endpoint.query();
    return endpoint.resolve("?" + own + (own.empty() ? "" : "&") + query.to_string());
}

Result<Secret> read_authorization_answer(std::string_view query, const ExpectedAnswer& expected) {
    auto fields = internal::read_form(query);
    if (!fields) {
        return fail(std::move(fields).error().with_detail("state").in("authorization answer"));
    }
    const auto state = find(*fields, "state");
    if (!state || count(*fields, "state") != 1 || expected.state.empty() ||
        !(Secret(std::string(*state)) == expected.state)) {
        return fail(refused("state", "is not that of the request"));
    }
    if (const auto name = twice(*fields)) {
        return fail(refused(internal::shown(*name, internal::code_shown_max), "is there twice"));
    }
    APILAB_CHECK(check_issuer(*fields, expected));
    if (const auto error = find(*fields, "error")) {
        if (error->empty()) {
            return fail(refused("error", "is empty"));
        }
        return fail(refusal(*error, find(*fields, "error_description").value_or("")));
    }
    const auto code = find(*fields, "code");
    if (!code || code->empty()) {
        return fail(refused("code", "is missing"));
    }
    return Secret(std::string(*code));
}

AuthorizationCodeGrant::AuthorizationCodeGrant(Options options) : options_(std::move(options)) {}

Result<http::Request> AuthorizationCodeGrant::request(const TokenSet& /*current*/,
                                                      SystemTime now) const {
    if (options_.code.empty() || options_.code_verifier.empty()) {
        const std::string_view name = options_.code.empty() ? "code" : "code_verifier";
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("authorization code: {} is empty", name))
                .with_detail(std::string(name)));
    }
    http::Query form;
    form.add("grant_type", "authorization_code")
        .add("code", options_.code.reveal())
        .add("redirect_uri", options_.redirect_uri)
        .add("code_verifier", options_.code_verifier.reveal());
    for (const auto& [name, value] : options_.extra) {
        form.add(name, value);
    }
    return form_request(options_.token_url, std::move(form), options_.client, now);
}

Result<TokenSet> AuthorizationCodeGrant::read(const Result<http::Response>& answer,
                                              SystemTime /*now*/) const {
    auto tokens = read_token_answer(answer);
    if (!tokens && tokens.error().provider_code() == "invalid_grant") {
        return fail(std::move(tokens).error().with_remedy(
            "log in again: the code is over or was used before, or redirect URI or verifier are "
            "not those of the request"));
    }
    return tokens;
}

}  // namespace apilab::auth
