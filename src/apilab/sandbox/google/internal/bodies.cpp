#include "apilab/sandbox/google/internal/bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "apilab/base/ascii.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& all) {
    return json::array(all.begin(), all.end());
}

json::object body_of(const MailPart& part) {
    if (!part.filename.empty()) {
        // Large or attached: to be fetched on its own. We have no such route; the id is honest.
        return {{"attachmentId", "att-" + part.filename}, {"size", part.body.size()}};
    }
    return {{"size", part.body.size()}, {"data", base64url_encode(part.body)}};
}

json::array headers_of(const Mail& mail, const std::vector<std::string>& only) {
    json::array headers;
    for (const auto& [name, value] : mail.headers) {
        const bool wanted = only.empty() || std::ranges::any_of(only, [&](const auto& one) {
                                return http::iequals(one, name);
                            });
        if (wanted) {
            headers.emplace_back(json::object{{"name", name}, {"value", value}});
        }
    }
    return headers;
}

json::object payload_of(const Mail& mail) {
    const auto type = mail.header("content-type");
    const auto media = std::string(type.substr(0, type.find(';')));
    json::object payload{{"partId", ""},
                         {"mimeType", media.empty() ? "text/plain" : media},
                         {"filename", ""},
                         {"headers", headers_of(mail, {})}};
    if (mail.parts.size() == 1) {
        payload["body"] = body_of(mail.parts.front());
        return payload;
    }
    payload["body"] = json::object{{"size", 0}};
    json::array parts;
    for (std::size_t i = 0; i < mail.parts.size(); ++i) {
        const auto& part = mail.parts[i];
        parts.emplace_back(json::object{
            {"partId", std::to_string(i)},
            {"mimeType", part.type},
            {"filename", part.filename},
            {"headers", json::array{json::object{{"name", "Content-Type"}, {"value", part.type}}}},
            {"body", body_of(part)}});
    }
    payload["parts"] = std::move(parts);
    return payload;
}

bool word_matches(const Message& message, std::string_view word, const Mailbox& mailbox) {
    const auto colon = word.find(':');
    const auto key = ascii_lowered(word.substr(0, colon));
    const auto value = colon == std::string_view::npos ? word : word.substr(colon + 1);
    const auto contains = [&](std::string_view text) {
        return ascii_lowered(text).contains(ascii_lowered(value));
    };
    if (key == "rfc822msgid") {
        auto id = message.mail.header("message-id");
        id.remove_prefix(id.starts_with('<') ? 1 : 0);
        id.remove_suffix(id.ends_with('>') ? 1 : 0);
        return id == value || message.mail.header("message-id") == value;
    }
    if (key == "from" || key == "to" || key == "subject") {
        return contains(message.mail.header(key));
    }
    if (key == "label" || key == "in" || key == "is") {
        return std::ranges::any_of(mailbox.labels(), [&](const Label& label) {
            return (http::iequals(label.name, value) || http::iequals(label.id, value)) &&
                   message.has_label(label.id);
        });
    }
    return contains(message.mail.header("subject")) || contains(message.mail.snippet());
}

std::string_view status_word(int status) {
    switch (status) {
        case 400:
            return "INVALID_ARGUMENT";
        case 401:
            return "UNAUTHENTICATED";
        case 403:
            return "PERMISSION_DENIED";
        case 404:
            return "NOT_FOUND";
        case 429:
            return "RESOURCE_EXHAUSTED";
        case 503:
            return "UNAVAILABLE";
        default:
            return "";
    }
}

}  // namespace

http::Response error(int status, std::string_view reason, std::string_view message) {
    json::object detail{{"domain", reason.ends_with("LimitExceeded") ? "usageLimits" : "global"},
                        {"reason", reason},
                        {"message", message}};
    if (status == 401) {
        detail["locationType"] = "header";
        detail["location"] = "Authorization";
    }
    json::object inner{
        {"code", status}, {"message", message}, {"errors", json::array{std::move(detail)}}};
    if (const auto word = status_word(status); !word.empty()) {
        inner["status"] = word;
    }
    return http::Response::json(status, json::serialize(json::object{{"error", std::move(inner)}}));
}

http::Response invalid_credentials() {
    auto answer = error(401, "authError", "Invalid Credentials");
    answer.header("www-authenticate",
                  "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
    return answer;
}

http::Response refusal(const Refusal& refusal) {
    const int status = refusal.status != 0 ? refusal.status : 403;
    if (status == 401) {
        return invalid_credentials();
    }
    struct Known {
        int status;
        std::string_view reason;
        std::string_view message;
    };
    static constexpr std::array<Known, 6> known{{
        {400, "badRequest", "Bad Request"},
        {403, "insufficientPermissions", "Insufficient Permission"},
        {404, "notFound", "Requested entity was not found."},
        {429, "rateLimitExceeded", "Too many concurrent requests for user"},
        {503, "backendError", "The service is currently unavailable."},
        {500, "backendError", "Backend Error"},
    }};
    const auto* found = std::ranges::find(known, status, &Known::status);
    const auto& words = found == known.end() ? known.back() : *found;
    auto answer = error(status, words.reason, words.message);
    if (status == 403 && refusal.limit == "quota") {
        answer = error(403, "dailyLimitExceeded", "Daily Limit Exceeded");
    } else if (status == 403 && !refusal.limit.empty()) {
        answer = error(403, "rateLimitExceeded", "Rate Limit Exceeded");
    }
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    return answer;
}

json::object message_object(const Message& message, std::string_view format,
                            const std::vector<std::string>& metadata_headers) {
    using std::chrono::milliseconds;
    const auto date =
        std::chrono::duration_cast<milliseconds>(message.date.time_since_epoch()).count();
    const auto raw = message.mail.raw();
    // 64-bit numbers are texts (providers/gmail, "Basics").
    json::object object{{"id", message.id},
                        {"threadId", message.thread},
                        {"labelIds", strings(message.labels)},
                        {"snippet", message.mail.snippet()},
                        {"historyId", std::to_string(message.history)},
                        {"internalDate", std::to_string(date)},
                        {"sizeEstimate", raw.size()}};
    if (format == "raw") {
        object["raw"] = base64url_encode(raw);
    } else if (format == "metadata") {
        object["payload"] = json::object{{"headers", headers_of(message.mail, metadata_headers)}};
    } else if (format != "minimal") {
        object["payload"] = payload_of(message.mail);
    }
    return object;
}

json::object label_object(const Label& label, const Mailbox& mailbox, bool counted) {
    json::object object{
        {"id", label.id}, {"name", label.name}, {"type", label.system ? "system" : "user"}};
    if (counted) {
        const auto total = std::ranges::count_if(
            mailbox.messages(), [&](const Message& one) { return one.has_label(label.id); });
        const auto unread = std::ranges::count_if(mailbox.messages(), [&](const Message& one) {
            return one.has_label(label.id) && one.has_label("UNREAD");
        });
        object["messagesTotal"] = total;
        object["messagesUnread"] = unread;
    }
    return object;
}

json::object history_object(const HistoryRecord& record) {
    using Kind = HistoryRecord::Kind;
    json::object message{{"id", record.message}, {"threadId", record.thread}};
    json::object object{{"id", std::to_string(record.id)}, {"messages", json::array{message}}};
    json::object entry;
    if (record.kind == Kind::message_added) {
        message["labelIds"] = strings(record.labels);
        entry["message"] = message;
        object["messagesAdded"] = json::array{std::move(entry)};
        return object;
    }
    entry["message"] = message;
    entry["labelIds"] = strings(record.labels);
    object[record.kind == Kind::labels_added ? "labelsAdded" : "labelsRemoved"] =
        json::array{std::move(entry)};
    return object;
}

bool matches(const Message& message, std::string_view q, const Mailbox& mailbox) {
    while (!q.empty()) {
        const auto word = q.substr(0, q.find(' '));
        q.remove_prefix(std::min(word.size() + 1, q.size()));
        if (!word.empty() && !word_matches(message, word, mailbox)) {
            return false;
        }
    }
    return true;
}

}  // namespace apilab::sandbox::google
