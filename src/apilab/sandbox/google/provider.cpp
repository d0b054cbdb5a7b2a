#include "apilab/sandbox/google/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <utility>

#include "apilab/base/secret.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/google/internal/batch.hpp"
#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/google/internal/fidelity.hpp"
#include "apilab/sandbox/google/internal/fields.hpp"
#include "apilab/sandbox/google/internal/quota.hpp"
#include "apilab/sandbox/internal/limit_bucket.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/path_pattern.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;
using http::Effect;

const std::array<Route, 50> table{{
    {"GET", "/.well-known/openid-configuration", "discovery"},
    {"POST", "/device/code", "device_code", Effect::write},
    {"POST", "/token", "token", Effect::idempotent},
    {"POST", "/revoke", "revoke", Effect::idempotent},
    {"GET", "/tokeninfo", "token_info"},
    {"POST", "/batch", "batch", Effect::write},
    {"POST", "/batch/gmail/v1", "batch_gmail", Effect::write},
    {"GET", "/gmail/v1/users/{userId}/profile", "get_profile"},
    {"GET", "/gmail/v1/users/{userId}/messages", "list_messages"},
    {"POST", "/gmail/v1/users/{userId}/messages", "insert_message", Effect::write},
    {"POST", "/gmail/v1/users/{userId}/messages/send", "send_message", Effect::write},
    {"POST", "/gmail/v1/users/{userId}/messages/import", "import_message", Effect::write},
    {"POST", "/gmail/v1/users/{userId}/messages/batchModify", "batch_modify", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/messages/batchDelete", "batch_delete", Effect::idempotent},
    {"GET", "/gmail/v1/users/{userId}/messages/{id}", "get_message"},
    {"DELETE", "/gmail/v1/users/{userId}/messages/{id}", "delete_message", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/messages/{id}/modify", "modify_message", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/messages/{id}/trash", "trash_message", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/messages/{id}/untrash", "untrash_message",
     Effect::idempotent},
    {"GET", "/gmail/v1/users/{userId}/messages/{messageId}/attachments/{id}", "get_attachment"},
    {"POST", "/upload/gmail/v1/users/{userId}/messages/send", "upload_message", Effect::write},
    {"PUT", "/upload/gmail/v1/users/{userId}/messages/send", "resume_send", Effect::write},
    {"POST", "/upload/gmail/v1/users/{userId}/messages", "upload_insert", Effect::write},
    {"PUT", "/upload/gmail/v1/users/{userId}/messages", "resume_insert", Effect::write},
    {"POST", "/upload/gmail/v1/users/{userId}/messages/import", "upload_import", Effect::write},
    {"PUT", "/upload/gmail/v1/users/{userId}/messages/import", "resume_import", Effect::write},
    {"POST", "/upload/gmail/v1/users/{userId}/drafts", "upload_draft", Effect::write},
    {"GET", "/gmail/v1/users/{userId}/threads", "list_threads"},
    {"GET", "/gmail/v1/users/{userId}/threads/{id}", "get_thread"},
    {"DELETE", "/gmail/v1/users/{userId}/threads/{id}", "delete_thread", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/threads/{id}/modify", "modify_thread", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/threads/{id}/trash", "trash_thread", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/threads/{id}/untrash", "untrash_thread", Effect::idempotent},
    {"GET", "/gmail/v1/users/{userId}/labels", "list_labels"},
    {"POST", "/gmail/v1/users/{userId}/labels", "create_label", Effect::write},
    {"GET", "/gmail/v1/users/{userId}/labels/{id}", "get_label"},
    {"PUT", "/gmail/v1/users/{userId}/labels/{id}", "update_label", Effect::idempotent},
    {"PATCH", "/gmail/v1/users/{userId}/labels/{id}", "patch_label", Effect::idempotent},
    {"DELETE", "/gmail/v1/users/{userId}/labels/{id}", "delete_label", Effect::idempotent},
    {"GET", "/gmail/v1/users/{userId}/history", "list_history"},
    {"GET", "/gmail/v1/users/{userId}/drafts", "list_drafts"},
    {"POST", "/gmail/v1/users/{userId}/drafts", "create_draft", Effect::write},
    {"POST", "/gmail/v1/users/{userId}/drafts/send", "send_draft", Effect::write},
    {"GET", "/gmail/v1/users/{userId}/drafts/{id}", "get_draft"},
    {"PUT", "/gmail/v1/users/{userId}/drafts/{id}", "update_draft", Effect::idempotent},
    {"DELETE", "/gmail/v1/users/{userId}/drafts/{id}", "delete_draft", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/watch", "watch", Effect::idempotent},
    {"POST", "/gmail/v1/users/{userId}/stop", "stop", Effect::idempotent},
    {"POST", "/upload/gmail/v1/users/{userId}/drafts/send", "upload_draft_send", Effect::write},
    {"PUT", "/upload/gmail/v1/users/{userId}/drafts/{id}", "upload_draft_update",
     Effect::idempotent},
}};

// In the order of the table; null: not of the Gmail API.
constexpr std::array<Handler, table.size()> handlers = {
    nullptr,         nullptr,        nullptr,        nullptr,        nullptr,        nullptr,
    nullptr,         get_profile,    list_messages,  insert_message, send_message,   import_message,
    batch_modify,    batch_delete,   get_message,    delete_message, modify_message, trash_message,
    untrash_message, get_attachment, send_message,   send_message,   insert_message, insert_message,
    import_message,  import_message, create_draft,   list_threads,   get_thread,     delete_thread,
    modify_thread,   trash_thread,   untrash_thread, list_labels,    create_label,   get_label,
    update_label,    update_label,   delete_label,   list_history,   list_drafts,    create_draft,
    send_draft,      get_draft,      update_draft,   delete_draft,   watch,          stop,
    send_draft,      update_draft};

constexpr std::array<std::string_view, 5> with_mail = {
    "insert_message", "send_message", "import_message", "create_draft", "update_draft"};

bool takes_mail(std::string_view operation) {
    return operation.starts_with("upload_") || operation.starts_with("resume_") ||
           std::ranges::find(with_mail, operation) != with_mail.end();
}

http::Response discovery(std::string_view base_url) {
    const auto url = [&](std::string_view path) { return fmt::format("{}{}", base_url, path); };
    return found(
        {{"issuer", base_url},
         {"token_endpoint", url("/token")},
         {"device_authorization_endpoint", url("/device/code")},
         {"revocation_endpoint", url("/revoke")},
         {"grant_types_supported",
          {"refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
           "urn:ietf:params:oauth:grant-type:jwt-bearer"}},
         {"token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic"}}});
}

http::Response wrong_parameter(std::string_view name, std::string_view message) {
    auto body = json::parse(error(400, "invalidParameter", message).body()).as_object();
    auto& detail = body["error"].at("errors").as_array().front().as_object();
    detail["location"] = name;
    detail["locationType"] = "parameter";
    return http::Response::json(400, json::serialize(body));
}

// `fields`, `alt` and `prettyPrint` are of every method.
http::Response written(const Incoming& incoming, http::Response answer) {
    if (const auto alt = incoming.param("alt"); alt && *alt != "json") {
        return wrong_parameter("alt", fmt::format("Invalid value for alt: {}", *alt));
    }
    if (answer.body().empty()) {
        return answer;
    }
    boost::system::error_code wrong;
    auto body = json::parse(answer.body(), wrong);
    if (wrong) {
        return answer;
    }
    if (const auto fields = incoming.param("fields"); fields && answer.ok()) {
        auto kept = select_fields(body, *fields);
        if (!kept) {
            return wrong_parameter("fields", kept.error());
        }
        body = *std::move(kept);
    }
    const bool compact = incoming.param("prettyPrint").value_or("true") == "false";
    answer.body(compact ? json::serialize(body) : pretty(body));
    answer.header("content-type", "application/json; charset=UTF-8");
    return answer;
}

}  // namespace

GoogleProvider::GoogleProvider(GoogleOptions options)
    : options_(std::move(options)),
      state_(std::make_unique<State>(options_.seed)),
      tokens_(options_.tokens),
      units_(options_.units_per_minute, options_.units_per_minute / 60),
      router_(Router::make(table).value()) {}

GoogleProvider::~GoogleProvider() = default;

std::span<const Route> GoogleProvider::routes() const {
    return table;
}

void GoogleProvider::describe(const Incoming& incoming) const {
    const auto& operation = incoming.route->operation;
    if (operation == "token") {
        tokens_.describe(incoming);
    }
    if (operation == "list_messages" && !incoming.param("pageToken") && !incoming.param("q")) {
        incoming.note("full", "true");
    }
    if (operation == "send_message" || operation == "upload_message") {
        if (const auto mail = read_upload(*incoming.request)) {
            const auto id = mail->mail.header("message-id");
            incoming.note("makes", id.empty() ? fmt::format("{} {}", mail->mail.header("to"),
                                                            mail->mail.header("subject"))
                                              : std::string(id));
        }
    }
}

http::Response GoogleProvider::answer(const Incoming& incoming) {
    const auto& operation = incoming.route->operation;
    if (operation == "token") {
        return tokens_.token(incoming);
    }
    if (operation == "device_code") {
        return tokens_.device_code(incoming);
    }
    if (operation.starts_with("revoke")) {
        return tokens_.revoke(incoming);
    }
    if (operation == "token_info") {
        return tokens_.info(incoming);
    }
    if (operation == "discovery") {
        return discovery(incoming.base_url);
    }
    return operation.starts_with("batch") &&
                   handlers.at(static_cast<std::size_t>(incoming.route - table.data())) == nullptr
               ? batch(incoming)
               : gmail(incoming);
}

std::optional<http::Response> GoogleProvider::refuse_at_the_door(const Incoming& incoming) {
    if (!tokens_.accepts(incoming)) {
        return invalid_credentials();
    }
    const auto user = path_value(incoming, "userId");
    if (user != "me" && user != Mailbox::address) {
        return error(403, "forbidden", fmt::format("Delegation denied for {}", Mailbox::address));
    }
    const auto& operation = incoming.route->operation;
    if (!scope_permits(tokens_.scope_of(incoming), operation)) {
        return insufficient_permissions();
    }
    if (units_.take(incoming.now, static_cast<double>(cost_of(operation))) > Duration::zero()) {
        return refuse({.limit = "method"}, incoming.system_now);
    }
    return std::nullopt;
}

http::Response GoogleProvider::gmail(const Incoming& incoming) {
    state_->mailbox.catch_up(incoming.system_now);
    if (auto refused = refuse_at_the_door(incoming)) {
        return *std::move(refused);
    }
    auto answer = takes_mail(incoming.route->operation) ? take_mail(incoming)
                                                        : handle(incoming, std::nullopt);
    tell_watcher(incoming, *state_);
    return written(incoming, std::move(answer));
}

http::Response GoogleProvider::handle(const Incoming& incoming, std::optional<Upload> upload) {
    const auto& text = incoming.request->body();
    const bool has_json = !upload && !text.empty();
    const auto document = http::JsonDocument::parse(has_json ? text : "{}");
    if (!document) {
        return error(400, "badRequest", "Invalid JSON payload received.");
    }
    const auto place = static_cast<std::size_t>(incoming.route - table.data());
    return handlers.at(place)({.incoming = &incoming,
                               .state = state_.get(),
                               .body = document->root(),
                               .upload = std::move(upload)});
}

http::Response GoogleProvider::take_mail(const Incoming& incoming) {
    constexpr std::size_t send_max = 36'700'160;
    constexpr std::size_t put_max = 52'428'800;
    const auto& operation = incoming.route->operation;
    const auto& request = *incoming.request;
    const auto most =
        operation.ends_with("insert") || operation.ends_with("import") ? put_max : send_max;
    if (request.body().size() > most) {
        return error(413, "uploadTooLarge", fmt::format("Media too large. Limit: {}", most));
    }
    if (operation.starts_with("resume_")) {
        auto progress = state_->uploads.put(incoming.param("upload_id").value_or(""), request);
        if (progress.status == 308) {
            http::Response more(308);
            if (progress.received > 0) {
                more.header("range", fmt::format("bytes=0-{}", progress.received - 1));
            }
            return more;
        }
        return progress.status == 404   ? not_found()
               : progress.status == 400 ? invalid_argument(progress.error)
                                        : handle(incoming, std::move(progress.whole));
    }
    if (operation.starts_with("upload_") && incoming.param("uploadType") == "resumable") {
        const auto id = state_->uploads.begin(request.body());
        http::Response begun(200);
        const auto path = request.url().path();
        begun.header("location",
                     fmt::format("{}{}?uploadType=resumable&upload_id={}", incoming.base_url,
                                 path.substr(path.find("/upload/")), id));
        begun.header("x-guploader-uploadid", id);
        return begun;
    }
    auto upload = read_upload(request);
    return upload ? handle(incoming, *std::move(upload)) : invalid_argument(upload.error());
}

http::Response GoogleProvider::batch(const Incoming& incoming) {
    const auto parts = read_batch(*incoming.request, incoming.base_url);
    if (!parts) {
        return error(400, "badRequest", parts.error());
    }
    std::vector<std::pair<std::string, http::Response>> answers;
    for (const auto& part : *parts) {
        const auto url = http::Url::parse(incoming.base_url + part.target);
        const auto path = part.target.substr(0, part.target.find('?'));
        const auto match = router_.find(part.method, split_path(path));
        const bool upload = path.starts_with("/upload/");
        if (!url || match.route == nullptr || upload || !path.starts_with("/gmail/")) {
            answers.emplace_back(part.id, not_found());
            continue;
        }
        http::Request request(part.method, *url);
        for (const auto& [name, value] : part.headers) {
            request.headers().add(name, value);
        }
        request.body(part.body);
        Incoming inner = incoming;
        inner.request = &request;
        inner.route = match.route;
        inner.path = match.values;
        inner.query = split_query(request.url().query());
        inner.facts = nullptr;  // the row is the batch's
        answers.emplace_back(part.id, gmail(inner));
    }
    return batch_answer(answers);
}

const PageShape* GoogleProvider::pages_of(std::string_view operation) const {
    constexpr std::size_t page_max = 500;
    static constexpr PageShape messages{.items = "messages",
                                        .next = "/nextPageToken",
                                        .asked = "pageToken",
                                        .size = "maxResults",
                                        .size_max = page_max,
                                        .none = "",
                                        .total = "resultSizeEstimate",
                                        .drops_empty = true};
    static constexpr PageShape threads{.items = "threads",
                                       .next = "/nextPageToken",
                                       .asked = "pageToken",
                                       .size = "maxResults",
                                       .size_max = page_max,
                                       .none = "",
                                       .total = "resultSizeEstimate",
                                       .drops_empty = true};
    static constexpr PageShape records{.items = "history",
                                       .next = "/nextPageToken",
                                       .asked = "pageToken",
                                       .size = "maxResults",
                                       .size_max = page_max,
                                       .none = "",
                                       .drops_empty = true,
                                       .goes_on = true};
    return operation == "list_messages"  ? &messages
           : operation == "list_threads" ? &threads
           : operation == "list_history" ? &records
                                         : nullptr;
}

std::optional<http::Response> GoogleProvider::expired_page(const Incoming& incoming) const {
    // A history id is too old after a week or so, and then everything has to be listed anew.
    return incoming.route->operation == "list_history" ? not_found()
                                                       : invalid_argument("Invalid pageToken");
}

http::Response GoogleProvider::unknown_path(const http::Request& /*request*/) const {
    return not_found();
}

http::Response GoogleProvider::refuse(const Refusal& refused, SystemTime /*now*/) const {
    return refusal(refused);
}

std::string GoogleProvider::limit_bucket(const Incoming& incoming) const {
    return internal::credential_bucket(incoming.request->headers().value("authorization"));
}

std::int64_t GoogleProvider::limit_cost(const Incoming& incoming) const {
    const auto& operation = incoming.route->operation;
    if (operation != "batch" && operation != "batch_gmail") {
        return cost_of(operation);
    }
    std::int64_t all = 0;
    if (const auto parts = read_batch(*incoming.request, incoming.base_url)) {
        for (const auto& part : *parts) {
            const auto match =
                router_.find(part.method, split_path(part.target.substr(0, part.target.find('?'))));
            all += match.route == nullptr ? 1 : cost_of(match.route->operation);
        }
    }
    return std::max<std::int64_t>(all, 1);
}

bool GoogleProvider::end_token(std::string_view token, std::string_view how) {
    return tokens_.end(token, how);
}

FidelityCard GoogleProvider::fidelity() const {
    return fidelity_card();
}

void GoogleProvider::reset() {
    state_ = std::make_unique<State>(options_.seed);
    tokens_.reset();
    units_ = {options_.units_per_minute, options_.units_per_minute / 60};
}

std::map<std::string, std::int64_t> GoogleProvider::numbers() const {
    std::int64_t missed = 0;
    for (const auto& message : state_->mailbox.messages()) {
        missed += message.has_label("INBOX") && !state_->fetched.contains(message.id) ? 1 : 0;
    }
    std::int64_t sent = 0;
    for (const auto& [id, times] : state_->sent) {
        sent += times;
    }
    return {{"token requests", tokens_.requests()},
            {"mails fetched", static_cast<std::int64_t>(state_->fetched.size())},
            {"mails missed", missed},
            {"mails sent", sent},
            {"mails doubled", sent - static_cast<std::int64_t>(state_->sent.size())}};
}

}  // namespace apilab::sandbox::google
