#include "internal/noting_transport.hpp"

namespace exercise::internal {

Task<Result<Response>> NotingTransport::call(Request request,
                                             apilab::runtime::CallContext context) {
    const auto place = outcome_.sent.size();
    outcome_.sent.push_back(
        {.at = scheduler_.now(), .method = request.method(), .path = request.url().path()});
    std::optional<apilab::observe::HarEntry> entry;
    apilab::http::AttemptRecord record;
    if (outcome_.trace) {
        entry.emplace(
            apilab::observe::HarEntry{.started = scheduler_.system_now(), .request = request});
        if (context.attempt == nullptr) {
            context.attempt = &record;
        }
    }
    const auto* attempt = context.attempt;
    auto answer = co_await inner_.call(std::move(request), std::move(context));
    Sent& note = outcome_.sent[place];
    note.elapsed = scheduler_.now() - note.at;
    if (answer) {
        note.status = answer->status();
    } else {
        note.error = answer.error().message();
        note.unreached = answer.error().kind() == apilab::ErrorKind::connect ||
                         answer.error().kind() == apilab::ErrorKind::resolve;
    }
    if (entry) {
        entry->attempt = *attempt;
        if (answer) {
            entry->response = *answer;
        }
        outcome_.trace->add(*entry);
    }
    co_return answer;
}

}  // namespace exercise::internal
