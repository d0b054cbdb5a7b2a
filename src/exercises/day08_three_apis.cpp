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

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;  // the rest is for what is left to do then

// What is needed must be there; what may be null or absent need not; what is new is no mistake.
Result<Page> joined(Lab& lab, Page page, const Source& source, const Response& answer) {
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

Task<void> ask(Lab& lab, Page& page, Source source, Duration patience) {
    auto request = about(lab, source.name, page.package).header("x-request-id", page.visit);
    const auto answer =
        co_await send(lab.transport(), request, {.timeouts = {.attempt = patience}});
    const auto read = answer ? joined(lab, page, source, *answer) : fail(answer.error());
    if (read || lab.broken("empty-is-live")) {
        page = read.value_or(page);
        page.parts[source.name] = {{"state", "live"}};
    } else {
        page.parts[source.name] = {{"state", "missing"}, {"reason", read.error().message()}};
    }
}

// All at once, and none longer than the caller waits.
Task<void> together(Lab& lab, Page& page) {
    const Duration patience = lab.broken("no-deadline") ? 30s : for_sources;
    co_await lab.side_by_side(sources.size(), [&](Lab& same, std::size_t i) {
        return ask(same, page, sources[i], patience);
    });
}

// In a hurry: one after the other, each until it answers.
Task<void> in_turn(Lab& lab, Page& page) {
    for (const Source& source : sources) {
        co_await ask(lab, page, source, 30s);
    }
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
         .deadline = promised,
         .sins = {{"no-deadline", "waits as long as a source likes", "SVC-01"},
                  {"all-or-nothing", "fails as soon as one source fails", "SVC-02"},
                  {"empty-is-live", "calls what it does not know empty", "SVC-03"},
                  {"trust-null", "takes a missing version for an empty one", "DAT-04"},
                  {"strict-enum", "stops at a severity that it does not know", "DAT-05"}},
         .production = serve<digest<together>>,
         .naive = serve<digest<in_turn>>,
         .numbers = {"answers", "failed", "partial", "p99 ms"},
         .next = "day09_service"},
        argc, argv);
}
