#include "apilab/sandbox/google/internal/fidelity.hpp"

namespace apilab::sandbox::google {

FidelityCard fidelity_card() {
    return {
        .copied =
            {"Field names and types of the discovery document; 64-bit numbers are texts, empty "
             "lists are left out.",
             "Messages in the formats minimal, full, metadata and raw, with a MIME tree of their "
             "own; attachments by ids that are new in every answer.",
             "Send, insert, import and drafts: as `raw`, as media, as multipart and in resumable "
             "pieces.",
             "History with all four types; 404 for an id that is too old (a week) or never was.",
             "Batches of at most 100 calls, answered in another order, each counted.",
             "Quota units by method: 403 `rateLimitExceeded`, `userRateLimitExceeded`, "
             "`dailyLimitExceeded` without `Retry-After`; 429 where it is asked for.",
             "Scopes by method: 403 `insufficientPermissions`.",
             "`fields`, `prettyPrint`, `alt=json`.",
             "Token endpoint: refresh tokens that stay, device codes with `verification_url`, "
             "service accounts (signature, account, audience, times, scope), revocation.",
             "`watch` for seven days, told at most once a second (rows say so: fact `watch`)."},
        .not_copied = {"Settings, filters, delegates, send-as, S/MIME and client-side encryption.",
                       "The authorisation page, `id_token`, incremental consent.",
                       "Sending limits by day, concurrency limits, delivery to other mailboxes.",
                       "`alt=media`, `alt=proto`, JSONP, `quotaUser`.",
                       "Pub/Sub: what a watch tells is made and not delivered anywhere.",
                       "gzip only with a `User-Agent` that names it."},
        .differs = {"One mailbox; twelve mails arrive in the first twelve seconds.",
                    "`resultSizeEstimate` is exact.",
                    "`fields` refuses what cannot be read, not names that do not exist.",
                    "Of the search box some twenty words are known; `OR` and brackets are not.",
                    "A mail that is uploaded needs no recipient."},
        .sources = {"gmail.v1 discovery document, revision 20240520",
                    "developers.google.com/workspace/gmail/api/reference/quota",
                    "developers.google.com/gmail/api/guides/handle-errors",
                    "developers.google.com/gmail/api/guides/sync",
                    "developers.google.com/gmail/api/guides/batch",
                    "github.com/googleapis/google-auth-library-python",
                    "RFC 6749, RFC 7523, RFC 8628"}};
}

}  // namespace apilab::sandbox::google
