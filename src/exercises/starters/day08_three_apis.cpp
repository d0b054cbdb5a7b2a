// Day 8: three sources, one answer, one deadline
//
// Situation  People ask for a page about a package: npm knows its latest version, OSV and GitHub
//            know its advisories. Always another of the three hangs, fails or changes its schema.
// Yours      All three at once and in time; what is read how; what each part says of itself.
// Check      ./lab learn check day08_three_apis
// Stuck      ./lab learn hint day08_three_apis

#include "apilab/base/try.hpp"
#include "apilab/http/fields.hpp"
#include "page.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

constexpr Duration promised = 500ms;

Result<Page> joined(Page page, const Source& source, const Response& answer) {
    APILAB_CHECK(answer.error_for_status());
    APILAB_TRY(const auto document, http::JsonDocument::parse(answer.body()));
    // TODO: read with http::Fields, whose pointers begin with a slash. `/version` of npm must be
    // there and be a string. The others have a list of advisories at `source.list` ("" is the whole
    // body; OSV leaves it out where there are none): its id must be there; the severity may be
    // null, and may have a value that nobody knew yesterday. `page.advisories[id][source.name]` is
    // where it goes. `check()` names the first mistake.
    page.latest = document.root()["version"].string_or("");
    return page;
}

Task<void> ask(Lab& lab, Page& page, Source source) {
    // TODO: nobody waits longer than `promised` for the whole answer. send() takes options:
    // {.timeouts = {.attempt = ...}}.
    const auto answer = co_await send(lab.transport(), about(lab, source, page));
    const auto read = answer ? joined(page, source, *answer) : fail(answer.error());
    // TODO: say what this part is. Where `read` holds no page, it is "missing", with a "reason".
    page = read.value_or(page);
    page.parts[source.name] = {{"state", "live"}};
}

Task<Result<Response>> digest(Lab& lab, Request visit) {
    Page page = page_for(visit);
    // TODO: all at once: lab.side_by_side(count, worker).
    for (const Source& source : sources) {
        co_await ask(lab, page, source);
    }
    co_return to_response(page);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day08_three_apis",
                          .story = "110 visitors of a page over npm, OSV and GitHub",
                          .scenario = "day08-three-apis",
                          .deadline = promised,
                          .production = serve<digest>,
                          .numbers = {"answers", "failed", "partial", "p99 ms"},
                          .next = "day08_contract"},
                         argc, argv);
}
