#include "apilab/provider/gmail.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/try.hpp"
#include "apilab/data/pages.hpp"

namespace apilab::provider {
namespace {

constexpr std::string_view mailbox = "/gmail/v1/users/me/";

runtime::Operation operation(std::string name, std::string_view path, http::Effect effect) {
    return {.provider = "google",
            .name = std::move(name),
            .url_template = std::string(mailbox) + std::string(path),
            .effect = effect};
}

std::string base64url(std::string_view bytes) {
    auto text = base64_encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

Result<std::string> id_of(const http::Json& message) {
    return std::string(message["id"].string_or(""));
}

}  // namespace

http::Request Gmail::list_request(std::string_view q, std::string_view page_token) const {
    http::Query query;
    query.add("maxResults", 100);
    if (!q.empty()) {
        query.add("q", q);
    }
    if (!page_token.empty()) {
        query.add("pageToken", page_token);
    }
    return http::Request::get(
        endpoint_.base.with(std::string(mailbox) + "messages", query.to_string()));
}

http::Request Gmail::get_request(std::string_view id) const {
    return http::Request::get(
        endpoint_.base.with(std::string(mailbox) + "messages/" + http::percent_encode(id)));
}

http::Request Gmail::send_request(std::string_view mail) const {
    return http::Request::post(endpoint_.base.with(std::string(mailbox) + "messages/send"),
                               "{\"raw\":\"" + base64url(mail) + "\"}");
}

http::Request Gmail::history_request(std::string_view history_id,
                                     std::string_view page_token) const {
    http::Query query;
    query.add("startHistoryId", history_id).add("historyTypes", "messageAdded");
    if (!page_token.empty()) {
        query.add("pageToken", page_token);
    }
    return http::Request::get(
        endpoint_.base.with(std::string(mailbox) + "history", query.to_string()));
}

http::Request Gmail::profile_request() const {
    return http::Request::get(endpoint_.base.with(std::string(mailbox) + "profile"));
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
    if (answer.status() != 403) {
        return false;
    }
    const auto document = http::JsonDocument::parse(answer.body());
    const auto reason =
        document ? document->root().at_pointer("/error/errors/0/reason").string_or("") : "";
    return reason == "rateLimitExceeded" || reason == "userRateLimitExceeded";
}

runtime::Task<Result<std::vector<std::string>>> Gmail::list(std::string q) const {
    data::PageOptions options{.walk = "gmail list_messages", .pages_max = pages_max};
    options.operation = operation("list_messages", "messages", http::Effect::read);
    options.deadline = endpoint_.deadline;
    APILAB_CO_TRY(auto pages, data::Pages<std::string>::create(*endpoint_.client, list_request(q),
                                                               data::page_rules::gmail(), id_of,
                                                               std::move(options)));
    co_return co_await data::collect(std::move(pages));
}

runtime::Task<Result<http::JsonDocument>> Gmail::get(std::string id) const {
    APILAB_CO_TRY(auto answer,
                  co_await call(endpoint_, get_request(id),
                                operation("get_message", "messages/{id}", http::Effect::read)));
    co_return decode(answer, "gmail get_message");
}

runtime::Task<Result<http::JsonDocument>> Gmail::send(std::string mail) const {
    APILAB_CO_TRY(auto answer,
                  co_await call(endpoint_, send_request(mail),
                                operation("send_message", "messages/send", http::Effect::write)));
    co_return decode(answer, "gmail send_message");
}

runtime::Task<Result<std::string>> Gmail::send_once(std::string mail,
                                                    std::string message_id) const {
    for (int sends = 1;; ++sends) {
        auto sent = co_await send(mail);
        if (sent) {
            co_return std::string(sent->root()["id"].string_or(""));
        }
        if (sent.error().outcome() != Outcome::unknown) {
            co_return fail(std::move(sent).error());
        }
        auto found = co_await list("rfc822msgid:" + message_id);
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

}  // namespace apilab::provider
