#include "apilab/sandbox/google/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/upload.hpp"
#include "apilab/sandbox/internal/limit_bucket.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

const std::array<Route, 15> table{{
    {"GET", "/.well-known/openid-configuration", "discovery"},
    {"POST", "/device/code", "device_code", http::Effect::write},
    {"POST", "/token", "token", http::Effect::idempotent},
    {"POST", "/revoke", "revoke", http::Effect::idempotent},
    {"GET", "/gmail/v1/users/{userId}/profile", "get_profile"},
    {"GET", "/gmail/v1/users/{userId}/messages", "list_messages"},
    {"POST", "/gmail/v1/users/{userId}/messages/send", "send_message", http::Effect::write},
    {"POST", "/upload/gmail/v1/users/{userId}/messages/send", "upload_message",
     http::Effect::write},
    {"GET", "/gmail/v1/users/{userId}/messages/{id}", "get_message"},
    {"POST", "/gmail/v1/users/{userId}/messages/{id}/modify", "modify_message",
     http::Effect::idempotent},
    {"GET", "/gmail/v1/users/{userId}/threads/{id}", "get_thread"},
    {"GET", "/gmail/v1/users/{userId}/labels", "list_labels"},
    {"GET", "/gmail/v1/users/{userId}/labels/{id}", "get_label"},
    {"GET", "/gmail/v1/users/{userId}/history", "list_history"},
    {"POST", "/gmail/v1/users/{userId}/stop", "stop", http::Effect::idempotent},
}};

// Quota units (providers/gmail, "Quota").
constexpr std::array<std::pair<std::string_view, double>, 6> costs{{
    {"get_profile", 1},
    {"list_labels", 1},
    {"get_label", 1},
    {"list_history", 2},
    {"send_message", 100},
    {"upload_message", 100},
}};
constexpr double usual_cost = 5;

constexpr std::int64_t page_default = 100;
constexpr std::int64_t page_max = 500;

double cost_of(std::string_view operation) {
    const auto* found = std::ranges::find(costs, operation, &decltype(costs)::value_type::first);
    return found == costs.end() ? usual_cost : found->second;
}

std::vector<std::string> values_of(const Incoming& incoming, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : incoming.query) {
        if (key == name) {
            values.push_back(value);
        }
    }
    return values;
}

http::Response found(const json::object& object) {
    auto answer = http::Response::json(200, json::serialize(object));
    answer.header("content-type", "application/json; charset=UTF-8");
    return answer;
}

http::Response not_found() {
    return error(404, "notFound", "Requested entity was not found.");
}

/// A stretch of a list by `maxResults` and `pageToken`; the token is opaque to clients.
struct Stretch {
    std::size_t first = 0;
    std::size_t end = 0;
    std::string next;
};
std::optional<Stretch> stretch(const Incoming& incoming, std::size_t total) {
    const auto size = std::clamp<std::int64_t>(
        query_number(incoming, "maxResults").value_or(page_default), 1, page_max);
    std::size_t first = 0;
    if (const auto token = incoming.param("pageToken"); token && !token->empty()) {
        const auto [end, wrong] =
            std::from_chars(token->data(), token->data() + token->size(), first);
        if (wrong != std::errc() || end != token->data() + token->size() || first > total) {
            return std::nullopt;
        }
    }
    const auto end = std::min(first + static_cast<std::size_t>(size), total);
    return Stretch{
        .first = first, .end = end, .next = end < total ? fmt::format("{:020}", end) : ""};
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

}  // namespace

GoogleProvider::GoogleProvider(GoogleOptions options)
    : options_(std::move(options)),
      mailbox_(options_.seed),
      tokens_(options_.tokens),
      units_(options_.units_per_minute, options_.units_per_minute / 60) {}

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
    if (operation == "revoke") {
        return tokens_.revoke(incoming);
    }
    if (operation == "discovery") {
        return discovery(incoming.base_url);
    }
    if (!tokens_.accepts(incoming)) {
        return invalid_credentials();
    }
    const auto user = path_value(incoming, "userId");
    if (user != "me" && user != Mailbox::address) {
        return error(403, "forbidden", fmt::format("Delegation denied for {}", Mailbox::address));
    }
    mailbox_.catch_up(incoming.system_now);
    if (units_.take(incoming.now, cost_of(operation)) > Duration::zero()) {
        return refuse({.limit = "method"}, incoming.system_now);
    }
    return gmail(incoming);
}

http::Response GoogleProvider::gmail(const Incoming& incoming) {
    const auto& operation = incoming.route->operation;
    if (operation == "list_messages") {
        return list_messages(incoming);
    }
    if (operation == "send_message" || operation == "upload_message") {
        return send(incoming);
    }
    if (operation == "get_message" || operation == "modify_message") {
        return of_message(incoming);
    }
    if (operation == "get_thread") {
        return get_thread(incoming);
    }
    if (operation == "list_history") {
        return history(incoming);
    }
    if (operation == "get_profile") {
        std::set<std::string_view> threads;
        for (const auto& message : mailbox_.messages()) {
            threads.insert(message.thread);
        }
        return found({{"emailAddress", Mailbox::address},
                      {"messagesTotal", mailbox_.messages().size()},
                      {"threadsTotal", threads.size()},
                      {"historyId", std::to_string(mailbox_.history_id())}});
    }
    if (operation == "stop") {
        return http::Response(204);
    }
    return of_labels(incoming);
}

http::Response GoogleProvider::list_messages(const Incoming& incoming) const {
    const auto wanted = values_of(incoming, "labelIds");
    const auto q = query_value(incoming, "q");
    std::vector<const Message*> all;
    for (auto at = mailbox_.messages().rbegin(); at != mailbox_.messages().rend(); ++at) {
        const bool labelled = std::ranges::all_of(
            wanted, [&](const std::string& label) { return at->has_label(label); });
        if (labelled && matches(*at, q, mailbox_)) {
            all.push_back(&*at);
        }
    }
    const auto page = stretch(incoming, all.size());
    if (!page) {
        return error(400, "invalidArgument", "Invalid pageToken");
    }
    json::object answer;
    json::array some;
    for (std::size_t i = page->first; i < page->end; ++i) {
        some.emplace_back(json::object{{"id", all[i]->id}, {"threadId", all[i]->thread}});
    }
    if (!some.empty()) {
        answer["messages"] = std::move(some);  // left out where there is none
    }
    if (!page->next.empty()) {
        answer["nextPageToken"] = page->next;
    }
    answer["resultSizeEstimate"] = all.size();
    return found(answer);
}

http::Response GoogleProvider::of_message(const Incoming& incoming) {
    Message* message = mailbox_.find(path_value(incoming, "id"));
    if (message == nullptr) {
        return not_found();
    }
    if (incoming.route->operation == "get_message") {
        fetched_.insert(message->id);
        const auto format = query_value(incoming, "format");
        return found(message_object(*message, format.empty() ? "full" : format,
                                    values_of(incoming, "metadataHeaders")));
    }
    const auto document = http::JsonDocument::parse(incoming.request->body());
    if (!document) {
        return error(400, "badRequest", "Invalid JSON payload received.");
    }
    const auto labels = [&](std::string_view name) {
        std::vector<std::string> list;
        for (const auto label : document->root()[name].elements()) {
            list.emplace_back(label.string_or(""));
        }
        return list;
    };
    const auto add = labels("addLabelIds");
    const auto known = [&](const std::string& id) {
        return std::ranges::find(mailbox_.labels(), id, &Label::id) != mailbox_.labels().end();
    };
    if (!std::ranges::all_of(add, known)) {
        return error(400, "invalidArgument", "labelId not found");
    }
    mailbox_.modify(*message, add, labels("removeLabelIds"), incoming.system_now);
    return found(message_object(*message, "minimal", {}));
}

http::Response GoogleProvider::get_thread(const Incoming& incoming) const {
    json::array messages;
    for (const auto& message : mailbox_.messages()) {
        if (message.thread == path_value(incoming, "id")) {
            messages.emplace_back(message_object(message, "full", {}));
        }
    }
    if (messages.empty()) {
        return not_found();
    }
    const auto id = std::string(path_value(incoming, "id"));
    return found({{"id", id},
                  {"historyId", std::to_string(mailbox_.history_id())},
                  {"messages", std::move(messages)}});
}

http::Response GoogleProvider::send(const Incoming& incoming) {
    auto upload = read_upload(*incoming.request);
    if (!upload) {
        return error(400, "invalidArgument", upload.error());
    }
    if (upload->mail.header("to").empty() && incoming.route->operation == "send_message") {
        return error(400, "invalidArgument", "Recipient address required");
    }
    const auto& message =
        mailbox_.send(std::move(upload->mail), upload->thread, incoming.system_now);
    ++sent_[std::string(message.mail.header("message-id"))];
    return found({{"id", message.id},
                  {"threadId", message.thread},
                  {"labelIds", json::array(message.labels.begin(), message.labels.end())}});
}

http::Response GoogleProvider::of_labels(const Incoming& incoming) const {
    if (incoming.route->operation == "get_label") {
        const auto label =
            std::ranges::find(mailbox_.labels(), path_value(incoming, "id"), &Label::id);
        return label == mailbox_.labels().end() ? not_found()
                                                : found(label_object(*label, mailbox_, true));
    }
    json::array labels;
    for (const auto& label : mailbox_.labels()) {
        labels.emplace_back(label_object(label, mailbox_, false));
    }
    return found({{"labels", std::move(labels)}});
}

http::Response GoogleProvider::history(const Incoming& incoming) const {
    const auto start = query_number(incoming, "startHistoryId");
    if (!start || *start < 1) {
        return error(400, "invalidArgument", "Missing or invalid startHistoryId");
    }
    auto records = mailbox_.history_since(static_cast<std::uint64_t>(*start));
    if (!records) {
        return not_found();
    }
    constexpr std::array<std::string_view, 3> names = {"messageAdded", "labelAdded",
                                                       "labelRemoved"};
    const auto types = values_of(incoming, "historyTypes");
    const auto label = incoming.param("labelId");
    std::erase_if(*records, [&](const HistoryRecord& record) {
        const auto name = names[static_cast<std::size_t>(record.kind)];
        const bool wanted = types.empty() || std::ranges::find(types, name) != types.end();
        return !wanted ||
               (label && std::ranges::find(record.labels, *label) == record.labels.end());
    });
    const auto page = stretch(incoming, records->size());
    if (!page) {
        return error(400, "invalidArgument", "Invalid pageToken");
    }
    json::object answer;
    json::array some;
    for (std::size_t i = page->first; i < page->end; ++i) {
        some.emplace_back(history_object((*records)[i]));
    }
    if (!some.empty()) {
        answer["history"] = std::move(some);
    }
    if (!page->next.empty()) {
        answer["nextPageToken"] = page->next;
    }
    answer["historyId"] = std::to_string(mailbox_.history_id());
    return found(answer);
}

const PageShape* GoogleProvider::pages_of(std::string_view operation) const {
    static constexpr PageShape messages{.items = "messages",
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
           : operation == "list_history" ? &records
                                         : nullptr;
}

std::optional<http::Response> GoogleProvider::expired_page(const Incoming& incoming) const {
    // A history id is too old after a week or so, and then everything has to be listed anew.
    return incoming.route->operation == "list_history"
               ? not_found()
               : error(400, "invalidArgument", "Invalid pageToken");
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
    return static_cast<std::int64_t>(cost_of(incoming.route->operation));
}

void GoogleProvider::reset() {
    mailbox_.reset();
    tokens_.reset();
    units_ = {options_.units_per_minute, options_.units_per_minute / 60};
    fetched_.clear();
    sent_.clear();
}

std::map<std::string, std::int64_t> GoogleProvider::numbers() const {
    std::int64_t missed = 0;
    for (const auto& message : mailbox_.messages()) {
        missed += message.has_label("INBOX") && !fetched_.contains(message.id) ? 1 : 0;
    }
    std::int64_t sent = 0;
    for (const auto& [id, times] : sent_) {
        sent += times;
    }
    return {{"token requests", tokens_.requests()},
            {"mails fetched", static_cast<std::int64_t>(fetched_.size())},
            {"mails missed", missed},
            {"mails sent", sent},
            {"mails doubled", sent - static_cast<std::int64_t>(sent_.size())}};
}

}  // namespace apilab::sandbox::google
