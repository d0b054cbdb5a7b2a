#include "apilab/sandbox/google/internal/bodies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <set>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/internal/utf8.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& all) {
    return json::array(all.begin(), all.end());
}

// An attachment's id is another in every answer (providers/gmail, "Endpoints").
std::string attachment_id(std::string_view part, State& state) {
    return "ANGjdJ" + base64url_encode(fmt::format("{:09}.{}", ++state.handed_out, part));
}

json::object body_of(const MailPart& part, std::string_view id, State& state) {
    if (!part.filename.empty()) {
        return {{"attachmentId", attachment_id(id, state)}, {"size", part.body.size()}};
    }
    json::object body{{"size", part.body.size()}};
    if (!part.body.empty()) {
        body["data"] = base64url_encode(part.body);
    }
    return body;
}

json::array headers_of(const MailPart& part, const std::vector<std::string>& only) {
    json::array headers;
    for (const auto& [name, value] : part.headers) {
        const bool wanted = only.empty() || std::ranges::any_of(only, [&](const auto& one) {
                                return http::iequals(one, name);
                            });
        if (wanted) {
            headers.emplace_back(json::object{{"name", internal::repaired_utf8(name)},
                                              {"value", internal::repaired_utf8(value)}});
        }
    }
    return headers;
}

json::object part_object(const MailPart& part, const std::string& id, State& state) {
    json::object object{{"partId", id},
                        {"mimeType", internal::repaired_utf8(part.type)},
                        {"filename", internal::repaired_utf8(part.filename)},
                        {"headers", headers_of(part, {})},
                        {"body", body_of(part, id, state)}};
    json::array parts;
    for (const auto& inner : part.parts) {
        parts.emplace_back(part_object(
            inner, fmt::format("{}{}{}", id, id.empty() ? "" : ".", parts.size()), state));
    }
    if (!parts.empty()) {
        object["parts"] = std::move(parts);
    }
    return object;
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
        case 409:
            return "ABORTED";
        case 412:
            return "FAILED_PRECONDITION";
        case 429:
            return "RESOURCE_EXHAUSTED";
        case 503:
            return "UNAVAILABLE";
        default:
            return "";
    }
}

// `details` come with what a quota refuses.
http::Response limited(int status, std::string_view reason, std::string_view message) {
    auto body = json::parse(error(status, reason, message).body()).as_object();
    body["error"].as_object()["details"] =
        json::array{json::object{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                 {"reason", "RATE_LIMIT_EXCEEDED"},
                                 {"domain", "googleapis.com"},
                                 {"metadata", json::object{{"service", "gmail.googleapis.com"}}}}};
    return http::Response::json(status, json::serialize(body));
}

}  // namespace

http::Response error(int status, std::string_view reason, std::string_view told) {
    const auto message = internal::repaired_utf8(told);
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

http::Response invalid_argument(std::string_view message) {
    return error(400, "invalidArgument", message);
}

http::Response not_found() {
    return error(404, "notFound", "Requested entity was not found.");
}

http::Response no_such_message(std::string_view id) {
    constexpr std::size_t digits = 16;
    const bool possible = !id.empty() && id.size() <= digits &&
                          id.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    return possible ? not_found() : invalid_argument("Invalid id value");
}

http::Response insufficient_permissions() {
    auto answer = error(403, "insufficientPermissions", "Insufficient Permission");
    answer.header("www-authenticate",
                  "Bearer realm=\"https://accounts.google.com/\", error=\"insufficient_scope\", "
                  "scope=\"https://mail.google.com/\"");
    return answer;
}

http::Response found(const json::object& object) {
    auto answer = http::Response::json(200, json::serialize(object));
    answer.header("content-type", "application/json; charset=UTF-8");
    return answer;
}

http::Response no_content() {
    return http::Response(204);
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
    if (refusal.limit == "quota") {
        answer = limited(status, "dailyLimitExceeded", "Daily Limit Exceeded");
    } else if (refusal.limit == "secondary") {
        answer = limited(
            status, "userRateLimitExceeded",
            status == 429 ? "Too many concurrent requests for user" : "User Rate Limit Exceeded");
    } else if (!refusal.limit.empty() && status == 403) {
        answer = limited(status, "rateLimitExceeded",
                         "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute "
                         "per user' of service 'gmail.googleapis.com'.");
    }
    if (!refusal.retry_after.empty()) {
        answer.header("retry-after", refusal.retry_after);
    }
    return answer;
}

json::object message_object(const Message& message, std::string_view format,
                            const std::vector<std::string>& metadata_headers, State& state) {
    using std::chrono::milliseconds;
    const auto date =
        std::chrono::duration_cast<milliseconds>(message.date.time_since_epoch()).count();
    // 64-bit numbers are texts (providers/gmail, "Basics").
    auto object = message_reference(message);
    object["snippet"] = message.mail.snippet();
    object["historyId"] = std::to_string(message.history);
    object["internalDate"] = std::to_string(date);
    object["sizeEstimate"] = message.mail.raw.size();
    if (format == "raw") {
        object["raw"] = base64url_encode(message.mail.raw);
    } else if (format == "metadata") {
        object["payload"] =
            json::object{{"mimeType", internal::repaired_utf8(message.mail.root.type)},
                         {"headers", headers_of(message.mail.root, metadata_headers)}};
    } else if (format != "minimal") {
        object["payload"] = part_object(message.mail.root, "", state);
    }
    return object;
}

json::object message_reference(const Message& message) {
    json::object object{{"id", message.id}, {"threadId", message.thread}};
    if (!message.labels.empty()) {
        object["labelIds"] = strings(message.labels);
    }
    return object;
}

json::object label_object(const Label& label, const Mailbox& mailbox, bool counted) {
    json::object object{
        {"id", label.id}, {"name", label.name}, {"type", label.system ? "system" : "user"}};
    if (!label.system) {
        object["messageListVisibility"] = label.in_messages;
        object["labelListVisibility"] = label.in_list;
    }
    if (!label.text_color.empty()) {
        object["color"] = json::object{{"textColor", label.text_color},
                                       {"backgroundColor", label.background_color}};
    }
    if (counted) {
        std::array<std::int64_t, 2> messages{};
        std::array<std::set<std::string_view>, 2> threads;
        for (const auto& one : mailbox.messages()) {
            for (std::size_t i = 0; one.has_label(label.id) && i < 2; ++i) {
                if (i == 0 || one.has_label("UNREAD")) {
                    ++messages.at(i);
                    threads.at(i).insert(one.thread);
                }
            }
        }
        object["messagesTotal"] = messages[0];
        object["messagesUnread"] = messages[1];
        object["threadsTotal"] = threads[0].size();
        object["threadsUnread"] = threads[1].size();
    }
    return object;
}

json::object history_object(const HistoryRecord& record) {
    using Kind = HistoryRecord::Kind;
    json::object message{{"id", record.message}, {"threadId", record.thread}};
    json::object object{{"id", std::to_string(record.id)}, {"messages", json::array{message}}};
    json::object entry;
    const bool whole = record.kind == Kind::message_added || record.kind == Kind::message_deleted;
    if (whole) {
        message["labelIds"] = strings(record.labels);
    } else {
        entry["labelIds"] = strings(record.labels);
    }
    entry["message"] = std::move(message);
    constexpr std::array<std::string_view, 4> names = {"messagesAdded", "messagesDeleted",
                                                       "labelsAdded", "labelsRemoved"};
    object[names.at(static_cast<std::size_t>(record.kind))] = json::array{std::move(entry)};
    return object;
}

std::optional<std::string> part_of_attachment(std::string_view id) {
    constexpr std::string_view prefix = "ANGjdJ";
    if (!id.starts_with(prefix)) {
        return std::nullopt;
    }
    const auto text = base64url_decode(id.substr(prefix.size()));
    const auto dot = text ? text->find('.') : std::string::npos;
    return dot == std::string::npos ? std::nullopt : std::optional(text->substr(dot + 1));
}

bool known_format(std::string_view format) {
    constexpr std::array<std::string_view, 5> formats = {"", "minimal", "full", "raw", "metadata"};
    return std::ranges::find(formats, format) != formats.end();
}

}  // namespace apilab::sandbox::google
