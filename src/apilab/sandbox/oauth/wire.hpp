#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/oauth/token_store.hpp"

/// How OAuth 2.0 looks on the wire: for every emulated token endpoint.
///
/// The judge (judge/checks_auth.cpp) reads these facts of `Incoming::note`. A token request:
/// `grant` (the grant type), `credential` (whose token it is: `consent 3`, `client cid`), `issued`
/// (the number of the new access token), `replay_of` (the refresh token had been exchanged for that
/// access token), `error` (`invalid_grant`). A protected resource: `token` (number, `none` or
/// `unknown`), `token_state`, `credential`. Anywhere: `leak` (a refresh token or client secret
/// where it does not belong). An authorisation request: `authorization` (its number, where a code
/// was given), `pkce` (`S256`, `plain`, `none`), `tampered` (`state` or `iss`: what a fault has put
/// wrong in the answer), `error`. The token request with that code: `code` (the number). A device
/// code: `device` (its number), where it is given out and at every poll. Who called: `client`,
/// `client_by` (the method of authentication).
namespace apilab::sandbox::oauth {

/// Parameters by name.
using Form = std::map<std::string, std::string, std::less<>>;
/// The value of that name, or empty.
[[nodiscard]] std::string_view form_value(const Form& form, std::string_view name);

/// An error of RFC 6749 section 5.2, as its members are called there.
struct OAuthError {
    int status = 400;
    std::string_view error;
    std::string_view description;
};

/// The parameters of an `application/x-www-form-urlencoded` body; nothing where it is another
/// media type or a parameter stands there twice (section 3.2).
[[nodiscard]] std::optional<Form> read_form(const http::Request& request);

struct ClientCredentials {
    std::string id;
    std::string secret;
    /// By `Authorization: Basic`, else in the body.
    bool basic = false;
};
/// The client's name and secret, by either method of section 2.3.1. Nothing: none given, both
/// given, or not readable.
[[nodiscard]] std::optional<ClientCredentials> read_client(const http::Request& request,
                                                           const Form& form);

/// 200 with `access_token`, `token_type`, `expires_in`, `refresh_token` where there is one,
/// `scope`. `more`: members as JSON text, each with a comma in front.
[[nodiscard]] http::Response token_answer(const Issued& issued, std::string_view more = {});
/// 400, or the status of the error; an `invalid_client` that came by Basic is challenged.
[[nodiscard]] http::Response error_answer(const OAuthError& error, bool basic = false);
/// 401, or 403 for `insufficient_scope`, with the challenge of RFC 6750 section 3. An empty error:
/// no token was given.
[[nodiscard]] http::Response bearer_challenge(std::string_view error, std::string_view description,
                                              std::string_view scope = {});
/// The token of `Authorization: Bearer`, or nothing.
[[nodiscard]] std::optional<std::string_view> bearer_token(const http::Request& request);
/// The scope asked for, where all its words are in `allowed`; `allowed` where none was asked for.
/// Nothing: it has other words.
[[nodiscard]] std::optional<std::string> granted_scope(std::string_view asked,
                                                       std::string_view allowed);
/// Does `scope`, a list separated by spaces, hold `wanted`?
[[nodiscard]] bool has_scope(std::string_view scope, std::string_view wanted);

}  // namespace apilab::sandbox::oauth
