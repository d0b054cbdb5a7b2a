// Day 8: three sources, one answer, one deadline
//
// Situation  People ask for a page about a package: npm knows its latest version, OSV and GitHub
//            know its advisories. Always another of the three hangs, fails or changes its schema.
// Yours      All three at once and in time; what is read how; what each part says of itself.
// Check      ./lab learn check day08_three_apis
// Stuck      ./lab learn hint day08_three_apis

#include <boost/json.hpp>
#include "apilab/base/try.hpp"
#include "apilab/http/fields.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using Table = std::map<std::string, std::map<std::string, std::string>>;

constexpr Duration promised = 500ms;

struct Source {
    std::string name, list, id, severity;  // pointers: the list, and into each of its elements
};
const std::vector<Source> sources = {{"npm", "", "", ""},
                                     {"osv", "/vulns", "/id", "/database_specific/severity"},
                                     {"github", "", "/ghsa_id", "/severity"}};

struct Page {
    std::string package, latest;
    Table advisories;  // by id: what each source that knows it says of its severity
    Table parts;       // by source: its state, live or missing, and then the reason
};

Result<Page> joined(Page page, const Source& source, const Response& answer) {
    APILAB_CHECK(answer.error_for_status());
    APILAB_TRY(const auto document, apilab::http::JsonDocument::parse(answer.body()));
    // TODO: read with apilab::http::Fields. `version` of npm must be there and be a string. Of an
    // advisory (`source.list`, absent where there are none) the id must; the severity may be null,
    // and may have a value that nobody knew yesterday. `check()` names the first mistake.
    page.latest = document.root()["version"].string_or("");
    return page;
}

Task<void> ask(Lab& lab, Page& page, Source source, std::string id) {
    auto request = about(lab, source.name, page.package).header("x-request-id", id);
    // TODO: nobody waits longer than `promised` for the whole answer. send() takes options:
    // {.timeouts = {.attempt = ...}}.
    const auto answer = co_await send(lab.transport(), request);
    auto read = answer ? joined(page, source, *answer) : apilab::fail(answer.error());
    // TODO: say what this part is. Where `read` holds no page, it is "missing", with a "reason".
    page = read.value_or(page);
    page.parts[source.name] = {{"state", "live"}};
}

Task<Result<Response>> digest(Lab& lab, Request request) {
    Page page{.package = request.url().path().substr(sizeof("/digest/") - 1)};
    const std::string id(request.headers().value("x-request-id"));
    // TODO: all at once: lab.side_by_side(count, worker).
    for (const Source& source : sources) {
        co_await ask(lab, page, source, id);
    }
    const boost::json::object body{{"package", page.package},
                                   {"latest", page.latest},
                                   {"advisories", boost::json::value_from(page.advisories)},
                                   {"parts", boost::json::value_from(page.parts)}};
    co_return Response::json(200, serialize(body));
}

Task<void> serve(Lab& lab) {
    return lab.serve([&](Request request) { return digest(lab, request); });
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day08_three_apis",
                          .story = "110 visitors of a page over npm, OSV and GitHub",
                          .scenario = "day08-three-apis",
                          .deadline = promised,
                          .production = serve,
                          .numbers = {"answers", "failed", "partial", "p99 ms"},
                          .next = "day09_service"},
                         argc, argv);
}
