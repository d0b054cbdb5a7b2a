// Day 8: "no match" and "I could not look" are two things
//
// Situation  A page shows twenty pieces of work, each about a package, with the version that npm
//            has of it. npm is away for a while, hangs for a while; then the list itself fails.
// Shows      A left join by key that keeps errors: a row whose other half could not be read says
//            `unknown`, one whose other half does not exist says `none`. One request a package,
//            not one a row, all at once and within what the visitor still waits.
// Run        ./lab learn day08_join --compare
// Break      --break=inner-join | all-or-nothing | row-by-row

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <set>

#include "apilab/base/try.hpp"
#include "apilab/data/decode.hpp"
#include "apilab/data/join.hpp"
#include "page.hpp"

namespace {

struct Work {
    std::string id;
    std::string title;
    std::string package;
};
BOOST_DESCRIBE_STRUCT(Work, (), (id, title, package))

struct WorkList {
    std::vector<Work> items;
};
BOOST_DESCRIBE_STRUCT(WorkList, (), (items))

struct Release {
    std::string name;
    std::string version;
};
BOOST_DESCRIBE_STRUCT(Release, (), (name, version))

}  // namespace

// They name what they need; that there is more is no news.
template <>
struct apilab::data::Model<Work> {
    static constexpr bool partial = true;
};
template <>
struct apilab::data::Model<WorkList> {
    static constexpr bool partial = true;
};
template <>
struct apilab::data::Model<Release> {
    static constexpr bool partial = true;
    static constexpr auto on_drift = OnDrift::strict;
};

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace data = apilab::data;
using apilab::http::json_quote;
using Releases = std::vector<Result<Release>>;
using Row = data::JoinRow<Work, Release>;

constexpr Duration promised = 500ms;
constexpr Duration for_sources = 450ms;

// A visit, and until when its visitor waits.
struct Visit {
    std::string id;
    SteadyTime until;
};

Task<Result<Response>> ask(Lab& lab, const Visit& visit, std::string path) {
    const auto left = visit.until - lab.now();
    auto request = lab.get(path).header("x-request-id", visit.id);
    auto answer = co_await apilab::transport::send(lab.transport(), std::move(request),
                                                   {.timeouts = {.attempt = left}});
    APILAB_CO_TRY(auto reply, std::move(answer));
    co_return std::move(reply).error_for_status();
}

Task<Result<std::vector<Work>>> work_of(Lab& lab, const Visit& visit) {
    APILAB_CO_TRY(const auto reply, co_await ask(lab, visit, "/api/items/page?limit=20"));
    APILAB_CO_TRY(auto list, data::decode<WorkList>(reply.body()));
    co_return std::move(list.value.items);
}

Task<void> release_of(Lab& lab, const Visit& visit, std::string package, Result<Release>& out) {
    const auto path = "/npm/" + apilab::http::percent_encode(package) + "/latest";
    const auto reply = co_await ask(lab, visit, path);
    if (!reply) {
        out = fail(reply.error());
        co_return;
    }
    auto read = data::decode<Release>(reply->body());
    out = read ? Result<Release>(std::move(read->value)) : fail(std::move(read).error());
}

// One request for each package, however many rows are about it.
Task<Releases> releases_of(Lab& lab, const Visit& visit, const std::vector<Work>& work) {
    std::set<std::string> names;
    for (const Work& piece : work) {
        names.insert(piece.package);
    }
    const std::vector<std::string> packages(names.begin(), names.end());
    Releases releases(packages.size(), fail(apilab::ErrorKind::internal, "not asked"));
    co_await lab.side_by_side(packages.size(), [&](Lab& same, std::size_t i) {
        return release_of(same, visit, packages[i], releases[i]);
    });
    co_return releases;
}

std::string shown(const Row& row) {
    const auto version = row.right     ? json_quote(row.right->version)
                         : row.unknown ? R"({"unknown":true})"
                                       : std::string("null");
    return fmt::format(R"({{"id":{},"title":{},"package":{},"latest":{}}})",
                       json_quote(row.left.id), json_quote(row.left.title),
                       json_quote(row.left.package), version);
}

Response page_of(std::string_view rows, std::string_view api, std::string_view npm) {
    return Response::json(200, fmt::format(R"({{"rows":[{}],"parts":{{"api":{{"state":"{}"}},)"
                                           R"("npm":{{"state":"{}"}}}}}})",
                                           rows, api, npm));
}

Task<Result<Response>> worklist(Lab& lab, Request request) {
    const Visit visit{.id = std::string(request.headers().value("x-request-id")),
                      .until = lab.now() + for_sources};
    const auto work = co_await work_of(lab, visit);
    if (!work) {
        co_return page_of("", "missing", "missing");
    }
    const auto releases = co_await releases_of(lab, visit, *work);
    const bool any = std::ranges::any_of(releases, [](const auto& one) { return one.has_value(); });
    const bool all = std::ranges::all_of(releases, [](const auto& one) { return one.has_value(); });
    if (!all && lab.broken("all-or-nothing")) {
        co_return Response(502, "npm");
    }
    std::vector<Result<Work>> left(work->begin(), work->end());
    const auto joined = data::left_join(left, releases, &Work::package, &Release::name);
    APILAB_CO_TRY(const auto elements, joined);
    std::string rows;
    for (const auto& element : elements) {
        const auto* row = std::get_if<Row>(&element);
        const bool dropped = row == nullptr || (!row->right && lab.broken("inner-join"));
        rows += dropped ? "" : (rows.empty() ? "" : ",") + shown(*row);
    }
    co_return page_of(rows, "live", any || lab.broken("inner-join") ? "live" : "missing");
}

// What one writes in a hurry: for each row a request, and only rows that have everything.
Task<Result<Response>> row_by_row(Lab& lab, Request request) {
    const Visit visit{.id = std::string(request.headers().value("x-request-id")),
                      .until = lab.now() + 30s};
    const auto work = co_await work_of(lab, visit);
    std::string rows;
    for (const Work& piece : work.value_or(std::vector<Work>())) {
        Result<Release> release = fail(apilab::ErrorKind::internal, "not asked");
        co_await release_of(lab, visit, piece.package, release);
        if (release) {
            rows += (rows.empty() ? "" : ",") + shown({.left = piece, .right = *release});
        }
    }
    co_return page_of(rows, "live", "live");
}

Task<Result<Response>> answer(Lab& lab, Request visit) {
    return lab.broken("row-by-row") ? row_by_row(lab, std::move(visit))
                                    : worklist(lab, std::move(visit));
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day08_join",
         .story = "fifty visitors of a list of work, joined with npm's versions",
         .scenario = "day08-join",
         .deadline = promised,
         .sins = {{"inner-join", "shows only rows that have everything, and calls that all",
                   "SVC-03"},
                  {"all-or-nothing", "fails as soon as one half of a row is missing", "SVC-02"},
                  {"row-by-row", "asks once for each row, one after the other", "SVC-01"}},
         .production = serve<answer>,
         .naive = serve<row_by_row>,
         .numbers = {"answers", "failed", "partial", "p99 ms"},
         .next = "day09_service"},
        argc, argv);
}
