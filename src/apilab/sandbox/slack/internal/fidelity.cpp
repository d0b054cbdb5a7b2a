#include "apilab/sandbox/slack/provider.hpp"

namespace apilab::sandbox::slack {

FidelityCard SlackProvider::fidelity() const {
    return {
        .copied =
            {"Refusals are 200 with ok: false and the documented code; only 429 and 5xx have a "
             "status of their own.",
             "Arguments in a query, a form, a multipart form or, for the methods that take it, "
             "JSON; charset warnings; invalid_charset, invalid_post_type, invalid_json.",
             "Scopes by token with missing_scope, needed and provided; X-OAuth-Scopes; token "
             "types.",
             "Cursors that end in =, expire with invalid_cursor and end as an empty text, or "
             "(history, replies) without their object.",
             "Messages with blocks, attachments, metadata, threads with their counts, edits, "
             "deletions, reactions, pins, scheduled and ephemeral messages.",
             "File upload in three steps; upload_url takes raw bytes and multipart.",
             "oauth.v2.access with codes, PKCE, token rotation and single-use refresh tokens.",
             "Limits by method and workspace (tiers) and one post a second and channel, as 429 "
             "with Retry-After and no other header.",
             "Events of what changes, for who subscribed."},
        .not_copied =
            {"Enterprise Grid, shared channels, user groups, reminders, canvases, lists, calls, "
             "admin methods, RTM, Socket Mode (apps.connections.open gives an address where no "
             "one answers).",
             "Unfurling, link_names and parse; images and videos of files; permissions of "
             "channels beyond membership.",
             "Trigger ids are looked at only for their form; no one opens a view."},
        .differs = {"How much of a limit may be used at once is not documented: the minute's worth "
                    "here, and five posts in a channel.",
                    "Blocks are checked for type, text and length only.",
                    "The user consents at once, and codes go only to this machine.",
                    "A refresh token that was used is good for 60 s; the real grace is not told.",
                    "The store of files ends at 64 MiB with storage_limit_reached.",
                    "X-Slack-Req-Id is the same for the same requests in a fresh world."},
        .sources = {"docs.slack.dev/reference/methods", "docs.slack.dev/apis/web-api/rate-limits",
                    "docs.slack.dev/apis/web-api/pagination",
                    "docs.slack.dev/messaging/working-with-files",
                    "docs.slack.dev/authentication/using-token-rotation",
                    "github.com/slack-ruby/slack-api-ref",
                    "github.com/slackapi/java-slack-sdk (json-logs)"}};
}

}  // namespace apilab::sandbox::slack
