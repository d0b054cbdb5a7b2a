#include <algorithm>
#include <map>
#include <utility>

#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/google/internal/search.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

std::vector<std::string> messages_of(const Call& call) {
    std::vector<std::string> ids;
    for (const auto& message : call.mailbox().messages()) {
        if (message.thread == path_value(*call.incoming, "id")) {
            ids.push_back(message.id);
        }
    }
    return ids;
}

http::Response change(const Call& call, const LabelChange& labels) {
    const auto ids = messages_of(call);
    if (ids.empty()) {
        return no_such_message(path_value(*call.incoming, "id"));
    }
    json::array messages;
    for (const auto& id : ids) {
        Message* message = call.mailbox().find(id);
        call.mailbox().modify(*message, labels.add, labels.remove, call.now());
        messages.emplace_back(message_reference(*message));
    }
    return found({{"id", path_value(*call.incoming, "id")}, {"messages", std::move(messages)}});
}

}  // namespace

http::Response list_threads(const Call& call) {
    const auto wanted = call.params("labelIds");
    const auto q = query_value(*call.incoming, "q");
    const bool trash =
        query_value(*call.incoming, "includeSpamTrash") == "true" || asks_for_trash(q);
    std::vector<const Message*> all;  // the newest of each thread
    const auto& messages = call.mailbox().messages();
    for (auto at = messages.rbegin(); at != messages.rend(); ++at) {
        const bool seen =
            std::ranges::any_of(all, [&](const Message* one) { return one->thread == at->thread; });
        const bool labelled = std::ranges::all_of(
            wanted, [&](const std::string& label) { return at->has_label(label); });
        const bool hidden = !trash && (at->has_label("TRASH") || at->has_label("SPAM"));
        if (!seen && labelled && !hidden && matches(*at, q, call.mailbox(), call.now())) {
            all.push_back(&*at);
        }
    }
    const auto page = stretch(*call.incoming, all.size());
    if (!page) {
        return page.error();
    }
    json::object answer;
    json::array some;
    for (std::size_t i = page->first; i < page->end; ++i) {
        some.emplace_back(json::object{{"id", all[i]->thread},
                                       {"snippet", all[i]->mail.snippet()},
                                       {"historyId", std::to_string(all[i]->history)}});
    }
    if (!some.empty()) {
        answer["threads"] = std::move(some);
    }
    if (!page->next.empty()) {
        answer["nextPageToken"] = page->next;
    }
    answer["resultSizeEstimate"] = all.size();
    return found(answer);
}

http::Response get_thread(const Call& call) {
    const auto format = query_value(*call.incoming, "format");
    if (!known_format(format) || format == "raw") {
        return invalid_argument("Invalid value at 'format'");
    }
    json::array messages;
    std::uint64_t history = 0;
    for (const auto& id : messages_of(call)) {
        const auto* message = call.mailbox().find(id);
        call.state->fetched.insert(id);
        history = std::max(history, message->history);
        messages.emplace_back(message_object(*message, format.empty() ? "full" : format,
                                             call.params("metadataHeaders"), *call.state));
    }
    if (messages.empty()) {
        return no_such_message(path_value(*call.incoming, "id"));
    }
    return found({{"id", path_value(*call.incoming, "id")},
                  {"historyId", std::to_string(history)},
                  {"messages", std::move(messages)}});
}

http::Response modify_thread(const Call& call) {
    const auto labels = read_labels(call);
    return labels ? change(call, *labels) : labels.error();
}

http::Response trash_thread(const Call& call) {
    return change(call, {.add = {"TRASH"}, .remove = {"INBOX"}});
}

http::Response untrash_thread(const Call& call) {
    return change(call, {.add = {}, .remove = {"TRASH"}});
}

http::Response delete_thread(const Call& call) {
    const auto ids = messages_of(call);
    for (const auto& id : ids) {
        (void)call.mailbox().remove(id, call.now());
    }
    return ids.empty() ? no_such_message(path_value(*call.incoming, "id")) : no_content();
}

}  // namespace apilab::sandbox::google
