// Day 8: three sources, one answer, one deadline
//
// Situation  People ask for a page about a package: npm knows its latest version, OSV and GitHub
//            know its advisories. Always another of the three hangs, fails or changes its schema.
// Shows      All three at once, none longer than the caller waits; advisories joined by their id;
//            null rules; parts that say what they are.
// Run        ./lab learn day08_three_apis --compare
// Break      --break=no-deadline | all-or-nothing | empty-is-live | trust-null | strict-enum

#include "apilab/base/try.hpp"
#include "apilab/http/fields.hpp"
#include "page.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;
constexpr Duration for_sources = 450ms;  // of 500: the rest is for what is left to do then

// What is needed must be there; what may be null or absent need not; what is new is no mistake.
Result<Page> joined(Lab& lab, Page page, const Source& source, Result<Response> reply) {
    APILAB_TRY(const auto answer, std::move(reply));
    APILAB_CHECK(answer.error_for_status());
    APILAB_TRY(const auto document, http::JsonDocument::parse(answer.body()));
    http::Fields whole(document.root());
    if (source.name == "npm") {
        page.latest = whole.text("/version");
        APILAB_CHECK(lab.broken("trust-null") ? Result<void>() : whole.check());
        return page;
    }
    for (const auto element : whole.array_or_null(source.list)) {
        http::Fields advisory(element);
        const auto severity = advisory.text_or_null(source.severity).value_or("unknown");
        page.advisories[advisory.text(source.id)][source.name] = severity;
        APILAB_CHECK(advisory.check());
        if (severity == "catastrophic" && lab.broken("strict-enum")) {
            return fail(ErrorKind::decode, "no such severity");
        }
    }
    APILAB_CHECK(whole.check());
    return page;
}

// Every part says what it is: live, or missing and why.
void put(Lab& lab, Page& page, const Source& source, Result<Response> reply) {
    const auto read = joined(lab, page, source, std::move(reply));
    page.take(source, lab.broken("empty-is-live") ? Result<Page>(read.value_or(page)) : read);
}
Task<void> ask(Lab& lab, Page& page, Source source, Duration patience) {
    const transport::SendOptions options{.timeouts = {.attempt = patience}};
    put(lab, page, source, co_await send(lab.transport(), about(lab, source, page), options));
}

// All at once, and none longer than the caller waits.
template <auto ask_one>
Task<void> together(Lab& lab, Page& page) {
    co_await lab.side_by_side(sources.size(), [&](Lab& same, std::size_t i) {
        return ask_one(same, page, sources[i], lab.broken("no-deadline") ? 30s : for_sources);
    });
}

// In a hurry: one after the other, each until it answers.
Task<void> in_turn(Lab& lab, Page& page) {
    for (const Source& source : sources) {
        co_await ask(lab, page, source, 30s);
    }
}

// By the library: one deadline over all attempts, so that a quick failure is tried again.
Task<void> call(Lab& lab, Page& page, Source source, Duration patience) {
    put(lab, page, source,
        co_await lab.client().send(about(lab, source, page), {.deadline = patience}));
}
template <Task<void> (*gather)(Lab&, Page&)>
Task<Result<Response>> digest(Lab& lab, Request visit) {
    Page page = page_for(visit);
    co_await gather(lab, page);
    const bool all_or_nothing = gather == in_turn || lab.broken("all-or-nothing");
    const bool fails = all_or_nothing && !page.missing().empty();
    co_return fails ? Response(502, page.missing()) : to_response(page);
}
}  // namespace
int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day08_three_apis",
         .story = "110 visitors of a page over npm, OSV and GitHub",
         .scenario = "day08-three-apis",
         .deadline = 500ms,
         .sins = {{"no-deadline", "waits as long as a source likes", "SVC-01"},
                  {"all-or-nothing", "fails as soon as one source fails", "SVC-02"},
                  {"empty-is-live", "calls what it does not know empty", "SVC-03"},
                  {"trust-null", "takes a missing version for an empty one", "DAT-04"},
                  {"strict-enum", "stops at a severity that it does not know", "DAT-05"}},
         .production = serve<digest<together<ask>>>,
         .naive = serve<digest<in_turn>>,
         .library = serve<digest<together<call>>>,
         .numbers = {"answers", "failed", "partial", "p99 ms"},
         .next = "day08_contract"},
        argc, argv);
}
