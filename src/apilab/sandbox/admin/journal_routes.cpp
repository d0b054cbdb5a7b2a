#include <fmt/format.h>

#include "apilab/sandbox/admin/internal/live_rows.hpp"
#include "apilab/sandbox/admin/internal/read.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"
#include "apilab/sandbox/internal/near_misses.hpp"

namespace apilab::sandbox::admin {

using http::Response;
using internal::problem;

namespace {

Response find_requests(const Context& context, const Call& call) {
    const auto filter = read_filter_body(call.request->body());
    return filter ? Response::json(200, journal_json(context.sandbox.journal(), *filter))
                  : refuse(filter.error());
}

Response follow(Context& context, const Call& call, LiveRows::Form form, JournalFilter filter) {
    if (!call.live) {
        return problem(501, "not live", "this way to the sandbox takes whole answers only");
    }
    if (context.stopping || context.readers.size() >= Context::readers_max) {
        return problem(503, "too many readers",
                       fmt::format("at most {} may follow at once", Context::readers_max));
    }
    call.live->source = std::make_shared<LiveRows>(context, form, std::move(filter));
    auto response =
        with_type("", form == LiveRows::Form::sse ? "text/event-stream" : "application/x-ndjson");
    response.header("cache-control", "no-store");
    return response;
}

Response journal(Context& context, const Call& call) {
    const auto filter = read_filter(call, "follow");
    if (!filter) {
        return refuse(filter.error());
    }
    const auto text = call.param("follow").value_or("0");
    if (text != "0" && text != "1" && text != "true" && text != "false") {
        return refuse(bad_parameter("follow", "expected 1 or 0").error());
    }
    return text == "1" || text == "true"
               ? follow(context, call, LiveRows::Form::ndjson, *filter)
               : with_type(journal_ndjson(context.sandbox.journal(), *filter),
                           "application/x-ndjson");
}

Response events(Context& context, const Call& call) {
    auto filter = read_filter(call);
    if (!filter) {
        return refuse(filter.error());
    }
    if (const auto last = call.request->headers().value("last-event-id"); !last.empty()) {
        const auto seq = read_number("last-event-id", last);
        if (!seq) {
            return problem(422, "wrong input", "Last-Event-ID: expected the id of an event",
                           "header", "last-event-id");
        }
        filter->after = *seq;
    } else if (!call.param("after")) {
        // Live is what comes from now on.
        filter->after = context.sandbox.journal().last_seq();
    }
    return follow(context, call, LiveRows::Form::sse, *std::move(filter));
}

const std::vector<std::string_view> filters = {"provider", "operation", "method", "path",
                                               "status",   "faulted",   "after",  "limit"};

void add_lists(Routes& routes, Context& context) {
    routes.push_back({.path = "/requests",
                      .operation = "requests",
                      .summary = "Rows of the journal",
                      .parameters = filters,
                      .gives = "Rows",
                      .answer = [&context](const Call& call) {
                          const auto filter = read_filter(call);
                          return filter ? Response::json(
                                              200, journal_json(context.sandbox.journal(), *filter))
                                        : refuse(filter.error());
                      }});
    routes.push_back(
        {.path = "/requests/count",
         .operation = "count_requests",
         .summary = "How many there are",
         .parameters = filters,
         .gives = "Count",
         .answer = [&context](const Call& call) {
             const auto filter = read_filter(call);
             return filter ? Response::json(
                                 200, fmt::format("{{\"count\":{}}}",
                                                  count_rows(context.sandbox.journal(), *filter)))
                           : refuse(filter.error());
         }});
    routes.push_back(
        {.method = "POST",
         .path = "/requests/find",
         .operation = "find_requests",
         .summary = "Rows for which everything holds that the body says",
         .takes = "Find",
         .gives = "Rows",
         .answer = [&context](const Call& call) { return find_requests(context, call); }});
    routes.push_back(
        {.path = "/near-misses",
         .operation = "near_misses",
         .summary = "Requests that were no operation, with what was probably meant",
         .parameters = {"limit"},
         .gives = "NearMisses",
         .answer = [&context](const Call& call) {
             for (const auto& [name, value] : call.query) {
                 const auto limit =
                     name == "limit" ? read_number(name, value) : bad_parameter(name, "unknown");
                 if (!limit) {
                     return refuse(limit.error());
                 }
             }
             const auto limit = read_number("limit", call.param("limit").value_or("100"));
             return Response::json(200, internal::near_misses_json(context.sandbox, *limit));
         }});
}

}  // namespace

void add_journal_routes(Routes& routes, Context& context) {
    add_lists(routes, context);
    auto with_follow = filters;
    with_follow.push_back("follow");
    routes.push_back({.path = "/journal",
                      .operation = "journal",
                      .summary = "Rows as NDJSON; with follow=1 each as it is complete",
                      .parameters = std::move(with_follow),
                      .type = "application/x-ndjson",
                      .answer = [&context](const Call& call) { return journal(context, call); }});
    routes.push_back({.path = "/events",
                      .operation = "events",
                      .summary = "What happens from now on (server-sent events)",
                      .parameters = filters,
                      .type = "text/event-stream",
                      .answer = [&context](const Call& call) { return events(context, call); }});
}

}  // namespace apilab::sandbox::admin
