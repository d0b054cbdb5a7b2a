#include "apilab/provider/gmail.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/http/query.hpp"

namespace apilab::provider {
namespace {

using http::Effect;
using http::Query;
using runtime::Task;

std::string_view to_word(Gmail::Format format) {
    switch (format) {
        case Gmail::Format::minimal:
            return "minimal";
        case Gmail::Format::metadata:
            return "metadata";
        case Gmail::Format::full:
            break;
        case Gmail::Format::raw:
            return "raw";
    }
    return "full";
}

// Ids are Google's, and go into a path all the same.
std::string below(std::string_view what, std::string_view id, std::string_view more = {}) {
    return fmt::format("{}/{}{}", what, http::percent_encode(id), more);
}

std::string list_of(const std::vector<std::string>& texts) {
    std::string out = "[";
    for (const auto& text : texts) {
        out += out.size() > 1 ? "," : "";
        http::append_json_quoted(out, text);
    }
    return out + "]";
}

std::string members_of(const Gmail::LabelChange& change) {
    return fmt::format(R"("addLabelIds":{},"removeLabelIds":{})", list_of(change.add),
                       list_of(change.remove));
}

std::unexpected<Error> refused(std::string_view field, std::string_view expected) {
    return fail(
        Error(ErrorKind::invalid_argument, fmt::format("Gmail: {}: expected {}", field, expected))
            .with_detail(std::string(field)));
}

Result<void> check_change(const Gmail::LabelChange& change) {
    const auto most = std::max(change.add.size(), change.remove.size());
    return most >= 1 && most <= Gmail::labels_max
               ? Result<void>()
               : refused("labels", "1 to 100 of them to add or to remove");
}

Result<std::string> id_of(const http::Json& message) {
    return std::string(message["id"].string_or(""));
}

std::string query_of(const Gmail::ListOptions& options) {
    Query query;
    query.add("maxResults", options.page_size);
    if (!options.q.empty()) {
        query.add("q", options.q);
    }
    query.add("labelIds", options.label_ids, http::ArrayStyle::repeated);
    if (options.spam_and_trash) {
        query.add("includeSpamTrash", true);
    }
    return query.to_string();
}

}  // namespace

Gmail Gmail::within(const http::TraceContext& trace) const {
    Gmail same = *this;
    same.endpoint_.trace = trace;
    return same;
}

http::Url Gmail::url(std::string_view path, std::string_view query) const {
    return endpoint_.base.with(
        fmt::format("/gmail/v1/users/{}/{}", http::percent_encode(options_.user), path), query);
}

http::Request Gmail::list_request(std::string_view q, std::string_view page_token) const {
    Query query = Query::of(query_of({.q = std::string(q)}));
    if (!page_token.empty()) {
        query.add("pageToken", page_token);
    }
    return http::Request::get(url("messages", query.to_string()));
}

http::Request Gmail::get_request(std::string_view id) const {
    return http::Request::get(url(below("messages", id)));
}

http::Request Gmail::send_request(std::string_view mail, std::string_view thread_id) const {
    auto body = "{\"raw\":\"" + base64url_encode(mail) + "\"";
    if (!thread_id.empty()) {
        body += ",\"threadId\":" + http::json_quote(thread_id);
    }
    return http::Request::post(url("messages/send"), body + "}");
}

http::Request Gmail::history_request(std::string_view history_id,
                                     std::string_view page_token) const {
    Query query;
    query.add("startHistoryId", history_id).add("historyTypes", "messageAdded");
    if (!page_token.empty()) {
        query.add("pageToken", page_token);
    }
    return http::Request::get(url("history", query.to_string()));
}

http::Request Gmail::profile_request() const {
    return http::Request::get(url("profile"));
}

Gmail::Told Gmail::read(const Result<http::Response>& answer) {
    Told told;
    if (!answer || !answer->ok()) {
        return told;
    }
    const auto document = http::JsonDocument::parse(answer->body());
    const auto root = document ? document->root() : http::Json();
    // No `messages` and no `history` at all where there is none.
    for (const auto message : root["messages"].elements()) {
        told.ids.emplace_back(message["id"].string_or(""));
    }
    for (const auto record : root["history"].elements()) {
        for (const auto added : record["messagesAdded"].elements()) {
            told.ids.emplace_back(added["message"]["id"].string_or(""));
        }
    }
    told.next_page = root["nextPageToken"].string_or("");
    told.history_id = root["historyId"].string_or("");
    return told;
}

bool Gmail::passing(const http::Response& answer) {
    constexpr int forbidden = 403;
    return answer.status() == forbidden &&
           gmail_reason(read_gmail_refusal(answer).reason) == GmailReason::limit;
}

Task<Result<http::Response>> Gmail::ask(http::Request request, Call call) const {
    const auto what = fmt::format("gmail {}", call.name);
    runtime::CallContext context;
    context.operation = {.provider = "google",
                         .name = std::string(call.name),
                         .url_template = fmt::format("/gmail/v1/users/me/{}", call.path),
                         .effect = call.effect};
    context.deadline = endpoint_.deadline;
    context.trace = endpoint_.trace;
    auto answer = co_await endpoint_.client->call(std::move(request), std::move(context));
    if (!answer) {
        co_return fail(std::move(answer).error().in(what));
    }
    if (!answer->ok()) {
        co_return fail(gmail_error(*answer).in(what));
    }
    co_return answer;
}

template <class T>
Task<Result<T>> Gmail::typed(http::Request request, Call call) const {
    APILAB_CO_TRY(const auto answer, co_await ask(std::move(request), call));
    auto decoded = data::decode<T>(answer.body());
    if (!decoded) {
        co_return fail(std::move(decoded)
                           .error()
                           .with_outcome(Outcome::answered)
                           .in(fmt::format("gmail {}", call.name)));
    }
    if (options_.on_drift) {
        options_.on_drift(call.name, decoded->drift);
    }
    co_return std::move(decoded->value);
}

Task<Result<std::vector<std::string>>> Gmail::walk(ListOptions options, std::string what,
                                                   Call call) const {
    data::PageOptions pages{.walk = fmt::format("gmail {}", call.name), .pages_max = pages_max};
    pages.operation = {.provider = "google",
                       .name = std::string(call.name),
                       .url_template = fmt::format("/gmail/v1/users/me/{}", call.path),
                       .effect = call.effect};
    pages.deadline = endpoint_.deadline;
    pages.trace = endpoint_.trace;
    auto first = http::Request::get(url(what, query_of(options)));
    APILAB_CO_TRY(auto walked, data::Pages<std::string>::create(*endpoint_.client, std::move(first),
                                                                data::page_rules::gmail("/" + what),
                                                                id_of, std::move(pages)));
    auto ids = co_await data::collect(std::move(walked));
    if (!ids) {
        co_return fail(gmail_error(ids.error()));
    }
    co_return ids;
}

Task<Result<std::vector<std::string>>> Gmail::list(std::string q) const {
    return list(ListOptions{.q = std::move(q)});
}

Task<Result<std::vector<std::string>>> Gmail::list(ListOptions options) const {
    return walk(std::move(options), "messages", {"list_messages", "messages"});
}

Task<Result<std::vector<std::string>>> Gmail::threads(ListOptions options) const {
    return walk(std::move(options), "threads", {"list_threads", "threads"});
}

Task<Result<gmail::Message>> Gmail::get(const std::string& id, Format format,
                                        const std::vector<std::string>& headers) const {
    Query query;
    query.add("format", to_word(format))
        .add("metadataHeaders", headers, http::ArrayStyle::repeated);
    auto request = http::Request::get(url(below("messages", id), query.to_string()));
    return typed<gmail::Message>(std::move(request), {"get_message", "messages/{id}"});
}

Task<Result<http::JsonDocument>> Gmail::document(std::string id, Format format) const {
    Query query;
    query.add("format", to_word(format));
    auto request = http::Request::get(url(below("messages", id), query.to_string()));
    APILAB_CO_TRY(const auto answer,
                  co_await ask(std::move(request), {"get_message", "messages/{id}"}));
    co_return decode(answer, "gmail get_message");
}

Task<Result<std::string>> Gmail::attachment(std::string message_id,
                                            std::string attachment_id) const {
    auto request = http::Request::get(
        url(below("messages", message_id, below("/attachments", attachment_id))));
    APILAB_CO_TRY(const auto body,
                  co_await typed<gmail::PartBody>(
                      std::move(request), {"get_attachment", "messages/{id}/attachments/{id}"}));
    auto bytes = gmail::decode_bytes(body.data.value_or(""));
    if (!bytes) {
        co_return fail(Error(ErrorKind::decode, "/data: expected base64, at most 16 MiB of it")
                           .with_outcome(Outcome::answered)
                           .with_detail("/data")
                           .in("gmail get_attachment"));
    }
    co_return *std::move(bytes);
}

Task<Result<gmail::Message>> Gmail::send(std::string mail, std::string thread_id) const {
    if (mail.size() > mail_max) {
        co_return fail(Error(ErrorKind::too_large,
                             fmt::format("Gmail: mail: expected at most {} bytes", mail_max))
                           .with_detail("mail"));
    }
    co_return co_await typed<gmail::Message>(send_request(mail, thread_id),
                                             {"send_message", "messages/send", Effect::write});
}

Task<Result<std::string>> Gmail::send_once(std::string mail, std::string message_id) const {
    for (int sends = 1;; ++sends) {
        auto sent = co_await send(mail);
        if (sent) {
            co_return std::move(sent->id);
        }
        if (sent.error().outcome() != Outcome::unknown) {
            co_return fail(std::move(sent).error());
        }
        // What was thrown away was sent all the same.
        auto found =
            co_await list(ListOptions{.q = "rfc822msgid:" + message_id, .spam_and_trash = true});
        if (!found) {
            co_return fail(std::move(found)
                               .error()
                               .with_outcome(Outcome::unknown)
                               .in("gmail: was the mail sent?"));
        }
        if (!found->empty()) {
            co_return found->front();
        }
        if (sends == sends_max) {
            co_return fail(std::move(sent).error());
        }
    }
}

Task<Result<std::vector<gmail::Label>>> Gmail::labels() const {
    APILAB_CO_TRY(auto list, co_await typed<gmail::LabelList>(http::Request::get(url("labels")),
                                                              {"list_labels", "labels"}));
    co_return std::move(list.labels).value_or(std::vector<gmail::Label>());
}

Task<Result<gmail::Label>> Gmail::label(const std::string& id) const {
    return typed<gmail::Label>(http::Request::get(url(below("labels", id))),
                               {"get_label", "labels/{id}"});
}

Task<Result<gmail::Label>> Gmail::create_label(const std::string& name) const {
    return typed<gmail::Label>(
        http::Request::post(url("labels"), "{\"name\":" + http::json_quote(name) + "}"),
        {"create_label", "labels", Effect::write});
}

Task<Result<gmail::Message>> Gmail::modify(std::string id, LabelChange change) const {
    APILAB_CO_CHECK(check_change(change));
    co_return co_await typed<gmail::Message>(
        http::Request::post(url(below("messages", id, "/modify")), "{" + members_of(change) + "}"),
        {"modify_message", "messages/{id}/modify", Effect::idempotent});
}

Task<Result<void>> Gmail::modify_all(std::vector<std::string> ids, LabelChange change) const {
    APILAB_CO_CHECK(check_change(change));
    if (ids.empty() || ids.size() > batch_max) {
        co_return refused("ids", "1 to 1000 of them");
    }
    auto request =
        http::Request::post(url("messages/batchModify"),
                            fmt::format("{{\"ids\":{},{}}}", list_of(ids), members_of(change)));
    APILAB_CO_CHECK(co_await ask(std::move(request),
                                 {"batch_modify", "messages/batchModify", Effect::idempotent}));
    co_return Result<void>();
}

Task<Result<gmail::Thread>> Gmail::thread(const std::string& id, Format format) const {
    Query query;
    query.add("format", to_word(format));
    return typed<gmail::Thread>(http::Request::get(url(below("threads", id), query.to_string())),
                                {"get_thread", "threads/{id}"});
}

Task<Result<gmail::Profile>> Gmail::profile() const {
    return typed<gmail::Profile>(profile_request(), {"get_profile", "profile"});
}

Task<Result<Gmail::History>> Gmail::history(gmail::Number start) const {
    History all;
    std::string token;
    for (std::size_t page = 0; page < pages_max; ++page) {
        Query query;
        query.add("startHistoryId", start.value).add("maxResults", 500);
        if (!token.empty()) {
            query.add("pageToken", token);
        }
        APILAB_CO_TRY(auto one, co_await typed<gmail::HistoryPage>(
                                    http::Request::get(url("history", query.to_string())),
                                    {"list_history", "history"}));
        for (auto& record : one.history.value_or(std::vector<gmail::HistoryRecord>())) {
            all.records.push_back(std::move(record));
        }
        // The first page's: what happens during the walk is told again, and not missed.
        all.history_id = page == 0 ? one.history_id : all.history_id;
        auto next = one.next_page_token.value_or("");
        if (next.empty()) {
            co_return all;
        }
        if (next == token) {
            co_return fail(Error(ErrorKind::decode, "pages go in a circle")
                               .with_outcome(Outcome::answered)
                               .in("gmail list_history"));
        }
        token = std::move(next);
    }
    co_return fail(Error(ErrorKind::too_large,
                         fmt::format("gmail list_history: more than {} pages", pages_max))
                       .with_outcome(Outcome::answered));
}

Task<Result<gmail::Watching>> Gmail::watch(const WatchOptions& options) const {
    auto body = fmt::format(R"({{"topicName":{})", http::json_quote(options.topic));
    if (!options.label_ids.empty()) {
        body += fmt::format(R"(,"labelIds":{},"labelFilterBehavior":"include")",
                            list_of(options.label_ids));
    }
    return typed<gmail::Watching>(http::Request::post(url("watch"), body + "}"),
                                  {"watch", "watch", Effect::idempotent});
}

Task<Result<void>> Gmail::stop_watching() const {
    APILAB_CO_CHECK(
        co_await ask(http::Request::post(url("stop"), ""), {"stop", "stop", Effect::idempotent}));
    co_return Result<void>();
}

}  // namespace apilab::provider
