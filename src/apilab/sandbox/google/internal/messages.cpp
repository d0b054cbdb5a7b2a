#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/google/internal/search.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

constexpr std::size_t batch_max = 1000;

Message* message_of(const Call& call) {
    return call.mailbox().find(path_value(*call.incoming, "id"));
}

http::Response missing(const Call& call) {
    return no_such_message(path_value(*call.incoming, "id"));
}

// A mail put there as it is, with the labels of the body.
http::Response put(const Call& call, std::vector<std::string> usual) {
    auto labels = call.upload->labels.empty() ? std::move(usual) : call.upload->labels;
    const bool known = std::ranges::all_of(
        labels, [&](const std::string& id) { return call.mailbox().find_label(id) != nullptr; });
    if (!known) {
        return invalid_argument("Invalid label");
    }
    if (!call.upload->thread.empty() && !call.mailbox().has_thread(call.upload->thread)) {
        return not_found();
    }
    return found(message_reference(
        call.mailbox().add(call.upload->mail, std::move(labels), call.upload->thread, call.now())));
}

http::Response change(const Call& call, const LabelChange& labels) {
    Message* message = message_of(call);
    if (message == nullptr) {
        return missing(call);
    }
    call.mailbox().modify(*message, labels.add, labels.remove, call.now());
    return found(message_reference(*message));
}

std::expected<std::vector<std::string>, http::Response> batch_ids(const Call& call) {
    auto ids = call.texts("ids");
    if (ids.empty()) {
        return std::unexpected(invalid_argument("No message ids specified."));
    }
    if (ids.size() > batch_max) {
        return std::unexpected(invalid_argument("Too many message ids: at most 1000."));
    }
    return ids;
}

}  // namespace

http::Response get_profile(const Call& call) {
    std::set<std::string_view> threads;
    for (const auto& message : call.mailbox().messages()) {
        threads.insert(message.thread);
    }
    return found({{"emailAddress", Mailbox::address},
                  {"messagesTotal", call.mailbox().messages().size()},
                  {"threadsTotal", threads.size()},
                  {"historyId", std::to_string(call.mailbox().history_id())}});
}

http::Response list_messages(const Call& call) {
    const auto wanted = call.params("labelIds");
    const auto q = query_value(*call.incoming, "q");
    const bool trash = query_value(*call.incoming, "includeSpamTrash") == "true" ||
                       asks_for_trash(q) || std::ranges::any_of(wanted, [](const auto& one) {
                           return one == "TRASH" || one == "SPAM";
                       });
    std::vector<const Message*> all;
    const auto& messages = call.mailbox().messages();
    for (auto at = messages.rbegin(); at != messages.rend(); ++at) {
        const bool labelled = std::ranges::all_of(
            wanted, [&](const std::string& label) { return at->has_label(label); });
        const bool hidden = !trash && (at->has_label("TRASH") || at->has_label("SPAM"));
        if (labelled && !hidden && matches(*at, q, call.mailbox(), call.now())) {
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

http::Response get_message(const Call& call) {
    const auto format = query_value(*call.incoming, "format");
    if (!known_format(format)) {
        return invalid_argument(
            fmt::format("Invalid value at 'format' (type.googleapis.com/"
                        "google.apps.gmail.v1.MessageFormat), \"{}\"",
                        format));
    }
    const Message* message = message_of(call);
    if (message == nullptr) {
        return missing(call);
    }
    call.state->fetched.insert(message->id);
    return found(message_object(*message, format.empty() ? "full" : format,
                                call.params("metadataHeaders"), *call.state));
}

http::Response get_attachment(const Call& call) {
    const Message* message = call.mailbox().find(path_value(*call.incoming, "messageId"));
    if (message == nullptr) {
        return no_such_message(path_value(*call.incoming, "messageId"));
    }
    const auto id = part_of_attachment(path_value(*call.incoming, "id"));
    const auto* part = id ? message->mail.part(*id) : nullptr;
    if (part == nullptr) {
        return invalid_argument("Invalid attachment token");
    }
    return found({{"size", part->body.size()}, {"data", base64url_encode(part->body)}});
}

http::Response send_message(const Call& call) {
    if (call.upload->mail.header("to").empty() &&
        call.incoming->route->operation == "send_message") {
        return invalid_argument("Recipient address required");
    }
    const auto& message = call.mailbox().send(call.upload->mail, call.upload->thread, call.now());
    ++call.state->sent[std::string(message.mail.header("message-id"))];
    return found(message_reference(message));
}

http::Response insert_message(const Call& call) {
    return put(call, {});
}

http::Response import_message(const Call& call) {
    return put(call, {"INBOX", "UNREAD"});
}

http::Response modify_message(const Call& call) {
    const auto labels = read_labels(call);
    return labels ? change(call, *labels) : labels.error();
}

http::Response trash_message(const Call& call) {
    return change(call, {.add = {"TRASH"}, .remove = {"INBOX"}});
}

http::Response untrash_message(const Call& call) {
    return change(call, {.add = {}, .remove = {"TRASH"}});
}

http::Response delete_message(const Call& call) {
    return call.mailbox().remove(path_value(*call.incoming, "id"), call.now()) ? no_content()
                                                                               : missing(call);
}

http::Response batch_modify(const Call& call) {
    const auto ids = batch_ids(call);
    if (!ids) {
        return ids.error();
    }
    const auto labels = read_labels(call);
    if (!labels) {
        return labels.error();
    }
    for (const auto& id : *ids) {
        if (Message* message = call.mailbox().find(id)) {
            call.mailbox().modify(*message, labels->add, labels->remove, call.now());
        }
    }
    return no_content();
}

http::Response batch_delete(const Call& call) {
    const auto ids = batch_ids(call);
    if (!ids) {
        return ids.error();
    }
    // No promise that they were there (the reference says so).
    for (const auto& id : *ids) {
        (void)call.mailbox().remove(id, call.now());
    }
    return no_content();
}

}  // namespace apilab::sandbox::google
