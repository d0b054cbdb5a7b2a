#pragma once

// What the programs of day 12 are given: a user's mailbox and the token for it (day 4), limits that
// are waited out (day 10), pages that are walked (day 2).

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/auth/oauth2.hpp"
#include "apilab/data/sync_store.hpp"
#include "apilab/provider/gmail.hpp"
#include "apilab/provider/gmail_sync.hpp"
#include "exercise.hpp"

namespace exercise {

/// A user's mailbox and what is known of it; a program that lives on would store it.
struct Mailbox {
    /// What the user consented to, as a refresh token.
    apilab::auth::OAuth2Options consent;
    apilab::provider::Gmail gmail;
    apilab::Secret token = {};
    /// Why no token was given, in the token endpoint's word (`invalid_grant`); empty: one was.
    std::string refused = {};
    /// How far the mailbox's history has been read; empty: not at all.
    std::string history_id = {};
    /// Ids of mails that were fetched.
    std::set<std::string> mails = {};
};
/// By the credentials of the environment, without a token. Throws `CannotStart` where one is
/// missing.
[[nodiscard]] Mailbox mailbox_of(Lab& lab);

/// Trades the refresh token for a new access token: one request. False: none was given.
[[nodiscard]] Task<bool> refresh(Lab& lab, Mailbox& mailbox);
/// The request with the mailbox's token.
[[nodiscard]] Request as_user(const Mailbox& mailbox, Request request);
/// Sends it. A 401 is worth one fresh token and one more try; a 403 that is a limit a pause (Google
/// names no time), five tries in all. Whatever else comes, or does not, is the caller's.
[[nodiscard]] Task<Result<Response>> ask(Lab& lab, Mailbox& mailbox, Request request);

/// Pages that were walked.
struct Walk {
    /// 200: all of them came. Else the status of the one that did not; 0: no answer at all.
    int status = 0;
    std::vector<std::string> ids = {};
    /// Of the last page.
    std::string history_id = {};
};
/// `page_of` makes the request for a page from its token; the first one's is empty.
[[nodiscard]] Task<Walk> walk(Lab& lab, Mailbox& mailbox,
                              std::function<Request(std::string_view)> page_of);

/// The same mailbox through the library: its client, which waits limits out, with the user's
/// tokens, and a place in memory for what a sync keeps.
class UserMailbox {
public:
    /// Throws `CannotStart` where a credential is missing. `lab` outlives it.
    explicit UserMailbox(Lab& lab);
    UserMailbox(const UserMailbox&) = delete;
    UserMailbox& operator=(const UserMailbox&) = delete;
    ~UserMailbox();

    [[nodiscard]] const apilab::provider::Gmail& gmail() const;
    [[nodiscard]] apilab::data::SyncStore& store();
    [[nodiscard]] Task<void> close();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};
/// `sync` in twelve rounds, two seconds apart; why the last one failed is shown.
[[nodiscard]] Task<void> keep_in_step(
    Lab& lab, Task<Result<apilab::provider::GmailSyncReport>> (*sync)(UserMailbox&));
/// `sync` in twelve rounds, two seconds apart, over a mailbox with its first token.
[[nodiscard]] Task<void> keep_in_step(Lab& lab, Task<void> (*sync)(Lab&, Mailbox&));

}  // namespace exercise
