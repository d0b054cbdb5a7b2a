#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/data/page_source.hpp"
#include "apilab/http/query.hpp"
#include "apilab/provider/endpoint.hpp"
#include "apilab/provider/slack_models.hpp"

namespace apilab::provider {

/// Slack's Web API, as far as announcements and answers need it: docs/providers/slack.md has the
/// list, and how a method is added. Source: docs.slack.dev/reference/methods.
///
/// What reads is a GET with a query, what writes a POST with a form: every method takes both, while
/// JSON is ignored by many. Errors of all operations: the client's, and those of `read`, with the
/// method as context.
///
///     const Slack slack({.client = &client, .base = url}, Secret(token));
///     auto posted = co_await slack.post({.channel = "C123", .text = "hello", .key =
///     "greeting-1"});
class Slack {
public:
    struct Options {
        /// Told of what an answer had beside what was asked for: in which ways it was not as its
        /// model says, and Slack's own warnings (`response_metadata.warnings`), each at most 100
        /// bytes. Only where there is something to tell. Null: nobody.
        std::function<void(std::string_view method, const data::DriftReport& drift,
                           const std::vector<std::string>& warnings)>
            noted = nullptr;
    };

    /// `base`: what `/api/METHOD` is appended to.
    Slack(Endpoint endpoint, Secret token, Options options)
        : endpoint_(std::move(endpoint)), token_(std::move(token)), options_(std::move(options)) {}
    Slack(Endpoint endpoint, Secret token)
        : Slack(std::move(endpoint), std::move(token), Options()) {}

    /// The same API with no call beyond `deadline`.
    [[nodiscard]] Slack until(SteadyTime deadline) const;
    /// The same API with its calls within that trace.
    [[nodiscard]] Slack within(const http::TraceContext& trace) const;

    struct Message {
        /// An id (`C...`) or, for a public channel, its name.
        std::string channel;
        /// Shown in notifications and where blocks are not; up to 40,000 characters, better 4,000.
        std::string text;
        /// What the message is about, in the caller's words: put into its metadata
        /// (`event_payload.key`), so that it can be found again. Empty: no metadata.
        std::string key;
        /// A JSON array of at most 50 blocks; empty: none.
        std::string blocks;
        /// The `ts` of the message that it answers; empty: none.
        std::string thread_ts;
        /// An answer in a thread is shown in the channel as well.
        bool broadcast = false;
        /// Links in it are shown with a preview.
        bool unfurl = true;
    };
    using Posted = slack::Posted;
    struct Edit {
        /// Ids, both.
        std::string channel;
        std::string ts;
        std::string text;
        /// A JSON array; empty: none, those that were there are taken away.
        std::string blocks;
    };
    /// `event_type` of the metadata of our messages.
    static constexpr std::string_view event_type = "apilab";

    /// Whose token it is.
    [[nodiscard]] runtime::Task<Result<slack::Identity>> auth_test() const;
    /// Posts once: the API knows no idempotency keys, so after an unknown outcome nothing is sent
    /// again; look into the history first.
    [[nodiscard]] runtime::Task<Result<Posted>> post(Message message) const;
    /// Posts a message with a key into the channel of that id, and gets over lost replies: where
    /// the outcome is unknown it looks for the key (`find`), and posts again only where it is not
    /// there; `posts_max` times in all. Errors: those of `post`; with outcome `unknown` where the
    /// look failed.
    [[nodiscard]] runtime::Task<Result<Posted>> post_once(Message message) const;
    /// Of one message (`post_once`).
    static constexpr int posts_max = 3;
    /// Writes a message of one's own anew; twice is the same as once.
    [[nodiscard]] runtime::Task<Result<Posted>> update(Edit edit) const;
    /// Takes a message of one's own away. False: it was not there (any more).
    [[nodiscard]] runtime::Task<Result<bool>> remove(std::string channel, std::string ts) const;
    /// A message's address for people.
    [[nodiscard]] runtime::Task<Result<std::string>> permalink(std::string channel,
                                                               std::string ts) const;

    struct Window {
        /// After and before these, as `ts`; empty: from the beginning, to the end.
        std::string oldest;
        std::string latest;
        /// Pages of 200 at most; 1 to 1000. What is beyond is not read, and the answer says so.
        std::size_t pages_max = 50;
    };
    struct History {
        std::vector<slack::Message> messages;
        /// To the end of the window; false: `pages_max` came before it.
        bool complete = false;
        /// Messages whose `ts` or metadata could not be read: a key may be among them.
        std::size_t unreadable = 0;
    };
    /// What was said in a channel (its id), with metadata, newest first; of threads only the first
    /// message and what was broadcast. A cursor that expires leads back to the start, once.
    [[nodiscard]] runtime::Task<Result<History>> history(std::string channel, Window window) const;
    [[nodiscard]] runtime::Task<Result<History>> history(std::string channel) const;
    /// The newest message of a channel (its id) that bears the key; nothing where the whole history
    /// was read and there is none. Error also: `too_large`, where it was not read to its end.
    [[nodiscard]] runtime::Task<Result<std::optional<slack::Message>>> find(std::string channel,
                                                                            std::string key) const;
    /// Is the key in the message's metadata (`Message::key`)?
    [[nodiscard]] static bool bears(const slack::Message& message, std::string_view key);
    /// A thread: the message it began with, then the answers within the window, oldest first.
    [[nodiscard]] runtime::Task<Result<History>> replies(std::string channel, std::string ts,
                                                         Window window) const;

    /// Nothing: nobody has that address here, or the token may not see it.
    [[nodiscard]] runtime::Task<Result<std::optional<slack::User>>> lookup_by_email(
        std::string email) const;
    struct Channels {
        /// `public_channel`, `private_channel`, `im`, `mpim`; each needs a scope of its own.
        std::string types = "public_channel";
        bool archived = false;
    };
    /// All conversations that the token may see.
    [[nodiscard]] runtime::Task<Result<std::vector<slack::Channel>>> channels(Channels which) const;
    /// The one of that name (with or without `#`), among public ones by default. Reads no further
    /// than it has to. Nothing: there is none.
    [[nodiscard]] runtime::Task<Result<std::optional<slack::Channel>>> channel_named(
        std::string name, std::string types = "public_channel") const;
    /// The direct conversation with a user, made where there was none.
    [[nodiscard]] runtime::Task<Result<slack::Channel>> open(std::string user) const;

    struct Upload {
        std::string filename;
        std::string bytes;
        std::string title;
        /// The id of who gets to see it; empty: nobody yet.
        std::string channel;
        std::string comment;
        std::string thread_ts;
    };
    /// Of one file. Slack takes 1 GB; this one is in memory.
    static constexpr std::size_t upload_max = std::size_t{100} << 20U;
    /// Three steps: a place to send it to, the bytes (without credentials: the place may be another
    /// host's, and has to be https where the API is), and the end, which makes it visible. Only the
    /// last one shows; after an unknown outcome of that the file may be there. Errors also:
    /// `too_large`.
    [[nodiscard]] runtime::Task<Result<slack::File>> upload(Upload file) const;

    // What the operations are made of, for methods that are not here.

    struct Method {
        /// `pins.list`; a literal.
        std::string_view name;
        http::Effect effect = http::Effect::read;
    };
    struct Answer {
        http::JsonDocument document;
        std::vector<std::string> warnings;
    };
    /// One call. The document is that of an answer with `ok: true`; `data::decode` makes a model of
    /// it.
    [[nodiscard]] runtime::Task<Result<Answer>> ask(Method method, http::Query arguments) const;
    [[nodiscard]] http::Request request(const Method& method, const http::Query& arguments) const;
    /// A list of many pages, by cursor; `items` is where it stands (`/members`). Of its options
    /// operation, deadline, trace and walk are set here.
    [[nodiscard]] Result<std::unique_ptr<data::PageSource>> list(const Method& method,
                                                                 const http::Query& arguments,
                                                                 std::string items,
                                                                 data::PageOptions options) const;

    [[nodiscard]] http::Request post_request(const Message& message) const;
    /// The newest 200.
    [[nodiscard]] http::Request history_request(const std::string& channel) const;
    /// An answer as JSON where it says `ok: true`. Else an error with Slack's word in
    /// `provider_code()`: `rate_limited` (429, `ratelimited`; with its `Retry-After`), `auth` for a
    /// token that is of no use or may not do that (detail: the scope that is needed), `status` for
    /// the rest, with what Slack says about it; `decode` for what is no JSON.
    [[nodiscard]] static Result<http::JsonDocument> read(const http::Response& answer);
    /// Why a 2xx says no: its `error`; empty where it does not say `ok: false`.
    [[nodiscard]] static std::string refusal(const http::Response& answer);
    /// Does the code say that the same call may succeed a little later (`ratelimited`,
    /// `service_unavailable`, `team_added_to_org`)? Not so `internal_error` and `fatal_error`: the
    /// message may have been posted.
    [[nodiscard]] static bool passing(std::string_view code);
    /// Does the code say that the token is dead, or may not do that?
    [[nodiscard]] static bool refuses_token(std::string_view code);
    /// A moment as `oldest` and `latest` take it: `1700000000.000000`.
    [[nodiscard]] static std::string ts_of(SystemTime moment);

private:
    [[nodiscard]] runtime::Task<Result<History>> walk(Method method, http::Query arguments,
                                                      Window window) const;
    [[nodiscard]] runtime::Task<Result<void>> send_bytes(slack::UploadTicket ticket,
                                                         std::string bytes) const;
    void note(std::string_view method, const data::DriftReport& drift,
              const std::vector<std::string>& warnings) const;
    template <class T>
    [[nodiscard]] runtime::Task<Result<T>> model(Method method, http::Query arguments,
                                                 std::string_view pointer = {}) const;

    Endpoint endpoint_;
    Secret token_;
    Options options_;
};

}  // namespace apilab::provider
