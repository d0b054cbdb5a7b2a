#include <algorithm>
#include <utility>

#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"
#include "apilab/sandbox/google/internal/search.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

http::Response shown(const Call& call, const Draft& draft) {
    return found(
        {{"id", draft.id}, {"message", message_reference(*call.mailbox().find(draft.message))}});
}

Draft* draft_of(const Call& call) {
    return call.mailbox().find_draft(path_value(*call.incoming, "id"));
}

}  // namespace

http::Response list_drafts(const Call& call) {
    const auto q = query_value(*call.incoming, "q");
    std::vector<const Draft*> all;
    for (const auto& draft : call.mailbox().drafts()) {
        if (matches(*call.mailbox().find(draft.message), q, call.mailbox(), call.now())) {
            all.insert(all.begin(), &draft);
        }
    }
    const auto page = stretch(*call.incoming, all.size());
    if (!page) {
        return page.error();
    }
    json::object answer;
    json::array some;
    for (std::size_t i = page->first; i < page->end; ++i) {
        const auto& message = *call.mailbox().find(all[i]->message);
        some.emplace_back(json::object{
            {"id", all[i]->id},
            {"message", json::object{{"id", message.id}, {"threadId", message.thread}}}});
    }
    if (!some.empty()) {
        answer["drafts"] = std::move(some);
    }
    if (!page->next.empty()) {
        answer["nextPageToken"] = page->next;
    }
    answer["resultSizeEstimate"] = all.size();
    return found(answer);
}

http::Response get_draft(const Call& call) {
    const auto* draft = draft_of(call);
    const auto format = query_value(*call.incoming, "format");
    if (draft == nullptr) {
        return not_found();
    }
    if (!known_format(format)) {
        return invalid_argument("Invalid value at 'format'");
    }
    return found({{"id", draft->id},
                  {"message", message_object(*call.mailbox().find(draft->message),
                                             format.empty() ? "full" : format, {}, *call.state)}});
}

http::Response create_draft(const Call& call) {
    return shown(call,
                 call.mailbox().add_draft(call.upload->mail, call.upload->thread, call.now()));
}

http::Response update_draft(const Call& call) {
    auto* draft = draft_of(call);
    if (draft == nullptr) {
        return not_found();
    }
    // A draft keeps its id; its message is another one.
    const Draft old = *draft;
    const auto thread = call.mailbox().find(old.message)->thread;
    const auto fresh = call.mailbox().add(call.upload->mail, {"DRAFT"}, thread, call.now()).id;
    draft->message = fresh;
    (void)call.mailbox().remove(old.message, call.now());
    return shown(call, *draft_of(call));
}

http::Response delete_draft(const Call& call) {
    const auto* draft = draft_of(call);
    if (draft == nullptr) {
        return not_found();
    }
    (void)call.mailbox().remove(std::string(draft->message), call.now());
    return no_content();
}

http::Response send_draft(const Call& call) {
    const auto* draft = call.mailbox().find_draft(call.body["id"].string_or(""));
    if (draft == nullptr) {
        return not_found();
    }
    const auto old = *call.mailbox().find(draft->message);
    auto mail = call.upload ? call.upload->mail : old.mail;
    if (mail.header("to").empty()) {
        return invalid_argument("Recipient address required");
    }
    (void)call.mailbox().remove(old.id, call.now());
    const auto& message = call.mailbox().send(std::move(mail), old.thread, call.now());
    ++call.state->sent[std::string(message.mail.header("message-id"))];
    return found(message_reference(message));
}

}  // namespace apilab::sandbox::google
