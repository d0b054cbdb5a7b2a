#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/secret.hpp"
#include "apilab/data/drift.hpp"
#include "apilab/provider/endpoint.hpp"
#include "apilab/provider/gmail_error.hpp"
#include "apilab/provider/gmail_models.hpp"

namespace apilab::provider {

struct GmailOptions {
    /// `me`, or the address that a service account acts for.
    std::string user = "me";
    /// Told what an answer had that its model does not (`data::DriftCounters::add`). Null: nobody.
    std::function<void(std::string_view operation, const data::DriftReport& drift)> on_drift =
        nullptr;
};

/// One Gmail mailbox. Tokens are the client's business (`auth::BearerAuth`) or given with each
/// request. Requests that programs send by other means can be had as values. Source:
/// developers.google.com/workspace/gmail/api (reference v1, guide on synchronizing), gmail.v1
/// discovery document, revision 20240520.
///
///     const Gmail gmail({.client = &user, .base =
///     *http::Url::parse("https://gmail.googleapis.com")}); APILAB_CO_TRY(const auto mail, co_await
///     gmail.get(id, Gmail::Format::metadata)); use(mail.header("Subject"));
///
/// Errors of all operations: those of the client, and of `gmail_error` with the operation's name as
/// context. What an answer lacks is drift (`GmailOptions::on_drift`), what is no JSON `decode`.
class Gmail {
public:
    /// `base`: what `/gmail/v1/users/me/...` is appended to.
    explicit Gmail(Endpoint endpoint, GmailOptions options = {})
        : endpoint_(std::move(endpoint)), options_(std::move(options)) {}

    /// The same mailbox, its calls within that trace.
    [[nodiscard]] Gmail within(const http::TraceContext& trace) const;

    /// Pages of one walk; more is an error (`too_large`), not a silent cut.
    static constexpr std::size_t pages_max = 1000;
    /// Of one mail (`send_once`).
    static constexpr int sends_max = 3;
    /// Largest mail that is sent, before base64: Google's own limit.
    static constexpr std::size_t mail_max = 36'700'160;
    /// Ids in one `modify_all`, and labels in one change.
    static constexpr std::size_t batch_max = 1000;
    static constexpr std::size_t labels_max = 100;

    enum class Format : std::uint8_t {
        /// Ids, labels, snippet.
        minimal,
        /// And header fields, of the whole mail or those asked for.
        metadata,
        /// And the tree of parts with their bodies.
        full,
        /// And the mail as it came, instead of a tree.
        raw,
    };
    struct ListOptions {
        /// The search box's words (`GmailSearch`); empty: all.
        std::string q;
        /// A mail has to have all of them.
        std::vector<std::string> label_ids;
        bool spam_and_trash = false;
        /// Of one page: 1 to 500.
        int page_size = 100;
    };
    struct LabelChange {
        std::vector<std::string> add;
        std::vector<std::string> remove;
    };
    struct WatchOptions {
        /// `projects/p/topics/t`, which Gmail's service account may publish to.
        std::string topic;
        /// Only changes of these; empty: all.
        std::vector<std::string> label_ids;
    };
    /// What happened since a history id.
    struct History {
        /// Oldest first.
        std::vector<gmail::HistoryRecord> records;
        /// Where to go on: history's end when the walk began, so that nothing is missed.
        gmail::Number history_id;
    };

    /// Ids of all messages that match, newest first.
    [[nodiscard]] runtime::Task<Result<std::vector<std::string>>> list(std::string q = {}) const;
    [[nodiscard]] runtime::Task<Result<std::vector<std::string>>> list(ListOptions options) const;
    /// One message. `headers`: only these fields, with `metadata`.
    [[nodiscard]] runtime::Task<Result<gmail::Message>> get(
        std::string id, Format format = Format::full, std::vector<std::string> headers = {}) const;
    /// The same as it came, for who keeps it.
    [[nodiscard]] runtime::Task<Result<http::JsonDocument>> document(
        std::string id, Format format = Format::full) const;
    /// The bytes of an attachment, up to 16 MiB.
    [[nodiscard]] runtime::Task<Result<std::string>> attachment(std::string message_id,
                                                                std::string attachment_id) const;

    /// Sends a mail (`compose_mail`) once; into a thread where one is named. After an unknown
    /// outcome nothing is sent again: give it a Message-ID of its own and look for `rfc822msgid:`
    /// first. Error: `too_large` beyond `mail_max`.
    [[nodiscard]] runtime::Task<Result<gmail::Message>> send(std::string mail,
                                                             std::string thread_id = {}) const;
    /// Sends a mail that bears `Message-ID: <message_id>`, and gets over lost replies: where the
    /// outcome is unknown it looks for that id in the mailbox, and sends again only where it is not
    /// there; `sends_max` times in all. Gives the message's id. Gmail does not promise how soon a
    /// mail is found. Errors: those of the client; with outcome `unknown` where the look failed.
    [[nodiscard]] runtime::Task<Result<std::string>> send_once(std::string mail,
                                                               std::string message_id) const;

    [[nodiscard]] runtime::Task<Result<std::vector<gmail::Label>>> labels() const;
    /// With its counters.
    [[nodiscard]] runtime::Task<Result<gmail::Label>> label(std::string id) const;
    /// Error: `status` 409 where there is one of that name.
    [[nodiscard]] runtime::Task<Result<gmail::Label>> create_label(std::string name) const;
    /// Adds and removes labels of a mail; the same change twice is one. Errors: `invalid_argument`
    /// for no label at all and beyond `labels_max`.
    [[nodiscard]] runtime::Task<Result<gmail::Message>> modify(std::string id,
                                                               LabelChange change) const;
    /// The same for up to `batch_max` mails at once; those that are not there are passed over.
    [[nodiscard]] runtime::Task<Result<void>> modify_all(std::vector<std::string> ids,
                                                         LabelChange change) const;

    /// Ids of threads, newest first.
    [[nodiscard]] runtime::Task<Result<std::vector<std::string>>> threads(
        ListOptions options) const;
    [[nodiscard]] runtime::Task<Result<gmail::Thread>> thread(std::string id,
                                                              Format format = Format::full) const;

    [[nodiscard]] runtime::Task<Result<gmail::Profile>> profile() const;
    /// All that happened after `start`. Where that is too old, `history_expired` holds for the
    /// error: read everything (`GmailSync` does).
    [[nodiscard]] runtime::Task<Result<History>> history(gmail::Number start) const;
    [[nodiscard]] static bool history_expired(const Error& error) { return error.status() == 404; }

    /// Begins a watch, or renews it; it ends after 7 days (`gmail_watch_step` says when).
    [[nodiscard]] runtime::Task<Result<gmail::Watching>> watch(WatchOptions options) const;
    [[nodiscard]] runtime::Task<Result<void>> stop_watching() const;

    [[nodiscard]] http::Request list_request(std::string_view q = {},
                                             std::string_view page_token = {}) const;
    [[nodiscard]] http::Request get_request(std::string_view id) const;
    [[nodiscard]] http::Request send_request(std::string_view mail,
                                             std::string_view thread_id = {}) const;
    /// Which mails came in after `history_id`. A 404 says that it is too old: list everything.
    [[nodiscard]] http::Request history_request(std::string_view history_id,
                                                std::string_view page_token = {}) const;
    [[nodiscard]] http::Request profile_request() const;
    /// What a list, a history or a profile tells.
    struct Told {
        /// Of messages: those of a list, or those that history says were added.
        std::vector<std::string> ids;
        /// Empty: this was the last page.
        std::string next_page;
        /// Where history is now; empty for a list.
        std::string history_id;
    };
    /// Empty for what is no such answer (an error, no JSON).
    [[nodiscard]] static Told read(const Result<http::Response>& answer);
    /// Is a 403 a limit that passes (`rateLimitExceeded`, `userRateLimitExceeded`)?
    /// `dailyLimitExceeded` and the others are no such thing.
    [[nodiscard]] static bool passing(const http::Response& answer);

private:
    /// An operation as it is declared: its name, its path below the mailbox, its effect.
    struct Call {
        std::string_view name;
        std::string_view path;
        http::Effect effect = http::Effect::read;
    };
    [[nodiscard]] http::Url url(std::string_view path, std::string_view query = {}) const;
    [[nodiscard]] runtime::Task<Result<http::Response>> ask(http::Request request, Call call) const;
    template <class T>
    [[nodiscard]] runtime::Task<Result<T>> typed(http::Request request, Call call) const;
    [[nodiscard]] runtime::Task<Result<std::vector<std::string>>> walk(ListOptions options,
                                                                       std::string what,
                                                                       Call call) const;

    Endpoint endpoint_;
    GmailOptions options_;
};

}  // namespace apilab::provider
