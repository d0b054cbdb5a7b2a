#pragma once

#include <memory>

#include "apilab/auth/renewing_token_source.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/url.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"

namespace apilab::radar {

/// What the digest needs of a mailbox: to send, and to look up what was sent.
inline constexpr std::string_view gmail_scopes =
    "https://www.googleapis.com/auth/gmail.send https://www.googleapis.com/auth/gmail.readonly";

/// Access tokens for `sink.from`, by whichever credentials it has: a user's consent (client id,
/// client secret, refresh token), or a service account's key file that acts for that address
/// (domain-wide delegation).
///
/// A refresh token dies: after 7 days where the consent screen is in testing, when the user takes
/// it back, after half a year unused. Then nobody is asked any more (`status().state` is
/// `needs_consent`), all calls get the error, and a person has to consent again: with a `store` a
/// new login is seen within 30 s of the next call, and a restart remembers that the token is dead,
/// as well as the access token that is good still. Another refresh token in the configuration is a
/// new consent, and what is kept of the old one no longer counts. Of a service account nothing is
/// kept.
///
/// Scheduler, inner service (single attempts or a client), rng and store outlive it; reads the key
/// file once. Errors (`invalid_argument`, detail the setting): both kinds of credentials, neither,
/// half of one, an address that is none; those of `auth::ServiceAccount::from_file`. Source:
/// developers.google.com/identity/protocols/oauth2.
[[nodiscard]] Result<std::unique_ptr<auth::RenewingTokenSource>> google_tokens(
    runtime::Scheduler& scheduler, runtime::Service& inner, Rng& rng, const GmailSink& sink,
    const http::Url& token_url, auth::TokenStore* store = nullptr);

}  // namespace apilab::radar
