// Day 8: three sources, one answer, one deadline
//
// Situation  People ask for a page about a package: npm knows its latest version, OSV and GitHub
//            know its advisories. Always another of the three hangs, fails or changes its schema.
// Shows      All three at once, none longer than the caller waits; advisories joined by their id;
//            null rules; parts that say what they are.
// Run        ./lab learn day08_three_apis --compare
// Break      --break=no-deadline | all-or-nothing | empty-is-live | trust-null | strict-enum

#include <boost/json.hpp>
#include "apilab/base/try.hpp"
#include "apilab/http/fields.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using Table = std::map<std::string, std::map<std::string, std::string>>;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;  // the rest is for what is left to do then

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

// What is needed must be there; what may be null or absent need not; what is new is no mistake.
Result<Page> joined(Lab& lab, Page page, const Source& source, const Response& answer) {
    APILAB_CHECK(answer.error_for_status());
    APILAB_TRY(const auto document, apilab::http::JsonDocument::parse(answer.body()));
    apilab::http::Fields whole(document.root());
    if (source.name == "npm") {
        page.latest = whole.text("/version");
        APILAB_CHECK(lab.broken("trust-null") ? Result<void>() : whole.check());
        return page;
    }
    for (const auto element : whole.array_or_null(source.list)) {
        apilab::http::Fields advisory(element);
        const auto severity = advisory.text_or_null(source.severity).value_or("unknown");
        page.advisories[advisory.text(source.id)][source.name] = severity;
        APILAB_CHECK(advisory.check());
        if (severity == "catastrophic" && lab.broken("strict-enum")) {
            return apilab::fail(apilab::ErrorKind::decode, "no such severity");
        }
    }
    APILAB_CHECK(whole.check());
    return page;
}

Task<void> ask(Lab& lab, Page& page, Source source, std::string id, Duration patience) {
    auto request = about(lab, source.name, page.package).header("x-request-id", id);
    const auto answer =
        co_await send(lab.transport(), request, {.timeouts = {.attempt = patience}});
    auto read = answer ? joined(lab, page, source, *answer) : apilab::fail(answer.error());
    if (read || lab.broken("empty-is-live")) {
        page = read.value_or(page);
        page.parts[source.name] = {{"state", "live"}};
    } else {
        page.parts[source.name] = {{"state", "missing"}, {"reason", read.error().message()}};
    }
}

// All at once, and none longer than the caller waits.
Task<void> together(Lab& lab, Page& page, std::string id) {
    const Duration patience = lab.broken("no-deadline") ? 30s : for_sources;
    co_await lab.side_by_side(sources.size(), [&](Lab& same, std::size_t i) {
        return ask(same, page, sources[i], id, patience);
    });
}

// In a hurry: one after the other, each until it answers.
Task<void> in_turn(Lab& lab, Page& page, std::string id) {
    for (const Source& source : sources) {
        co_await ask(lab, page, source, id, 30s);
    }
}

using Gather = Task<void> (*)(Lab&, Page&, std::string);
Task<Result<Response>> digest(Lab& lab, Gather gather, Request request) {
    Page page{.package = request.url().path().substr(sizeof("/digest/") - 1)};
    co_await gather(lab, page, std::string(request.headers().value("x-request-id")));
    for (const auto& [source, part] : page.parts) {
        if (part.at("state") != "live" && (gather == in_turn || lab.broken("all-or-nothing"))) {
            co_return Response(502, source + ": " + part.at("reason"));
        }
    }
    const boost::json::object body{{"package", page.package},
                                   {"latest", page.latest},
                                   {"advisories", boost::json::value_from(page.advisories)},
                                   {"parts", boost::json::value_from(page.parts)}};
    co_return Response::json(200, serialize(body));
}

template <Gather gather>
Task<void> serve(Lab& lab) {
    return lab.serve([&](Request request) { return digest(lab, gather, request); });
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
         .production = serve<together>,
         .naive = serve<in_turn>,
         .numbers = {"answers", "failed", "partial", "p99 ms"},
         .next = "day09_service"},
        argc, argv);
}
