// Day 7: what never arrived, asked for
//
// Situation  A GitHub hook tells of every new issue, one a minute. For twelve minutes nobody
//            answers. GitHub does not try again: it keeps a list of its deliveries for three days,
//            and that is all.
// Shows      A list of deliveries against an archive: what is missing is asked for, nothing else,
//            and what comes again is known by its id.
// Run        ./lab learn day07_reconcile --compare      (the gap report: above the verdict)
// Break      --break=no-reconcile | first-page | ask-all | no-dedupe

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/link.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/signature.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;
using http::JsonDocument;

constexpr int issues = 40;
constexpr int asks_max = 3;  // for one event

Request github(Lab& lab, std::string method, const std::string& path, std::string body = {}) {
    return bearing(secret_of(lab, "APILAB_GITHUB_TOKEN"),
                   lab.request(std::move(method), "/github" + path, std::move(body)));
}

// Takes what is genuine once, keeps it, answers, and works later (day 6).
struct Endpoint : runtime::Service {
    explicit Endpoint(Lab& its_lab) : lab(its_lab) {}
    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const auto verifier =
            work::SignatureVerifier::create(work::SignatureScheme::github, {{secret}});
        if (!verifier->verify(request.headers(), request.body(), lab.system_now())) {
            co_return Response(401);
        }
        const std::string guid(request.headers().value("x-github-delivery"));
        if (request.headers().value("x-github-event") == "ping") {
            co_return Response(200);
        }
        const bool fresh = archive.insert(guid).second;
        deliveries += 1;
        if (fresh || lab.broken("no-dedupe")) {
            later.spawn(work_off(guid));
        }
        co_return Response(200);
    }
    Task<void> work_off(std::string guid) { effects += co_await have_effect(lab, guid) ? 1 : 0; }

    Lab& lab;
    /// The hook's; nobody else has it.
    Secret secret{fmt::format("{:016x}{:016x}", lab.rng().next(), lab.rng().next())};
    std::set<std::string> archive = {};  // a database, in earnest (day07_async_triggers)
    int deliveries = 0;
    int effects = 0;
    runtime::TaskGroup later{lab.scheduler()};
};

// What a round of asking found.
struct GapReport {
    std::set<std::string> missing;
    std::map<std::string, int> asked;
};

Task<Result<void>> ask_again(Lab& lab, std::string hook, std::int64_t delivery) {
    const auto path = fmt::format("{}/deliveries/{}/attempts", hook, delivery);
    APILAB_CO_TRY(const auto answer,
                  co_await transport::send(lab.transport(), github(lab, "POST", path)));
    co_await lab.sleep(1s);  // it has other things to deliver
    APILAB_CO_CHECK(answer.error_for_status());
    co_return Result<void>();
}

// One page of the list, the newest first. Returns the address of the next one.
Task<Result<std::string>> fill_from(Lab& lab, Endpoint& endpoint, std::string hook, Request page,
                                    GapReport& report) {
    APILAB_CO_TRY(const auto answer, co_await transport::send(lab.transport(), std::move(page)));
    APILAB_CO_TRY(const auto list, JsonDocument::parse(answer.body()));
    for (const auto item : list.root().elements()) {
        const std::string guid(item["guid"].string_or(""));
        const bool here = endpoint.archive.contains(guid) || item["event"].string() == "ping";
        // The archive is asked, not the status: an answer may have been lost, too.
        if ((!here || lab.broken("ask-all")) && report.asked[guid] < asks_max) {
            report.missing.insert(guid);
            report.asked[guid] += 1;
            APILAB_CO_CHECK(co_await ask_again(lab, hook, item["id"].integer().value_or(0)));
        }
    }
    co_return http::find_link(answer.headers(), "next").value_or("");
}

Task<Result<void>> fill_gaps(Lab& lab, Endpoint& endpoint, std::string hook, GapReport& report) {
    constexpr int pages_max = 50;
    Request page = github(lab, "GET", hook + "/deliveries?per_page=10");
    for (int i = 0; i < pages_max; ++i) {
        APILAB_CO_TRY(const auto next, co_await fill_from(lab, endpoint, hook, page, report));
        if (next.empty() || lab.broken("first-page")) {
            break;
        }
        APILAB_CO_TRY(auto url, page.url().resolve(next));
        page.url(std::move(url));
    }
    co_return Result<void>();
}

// Its path, or an error.
Task<Result<std::string>> make_hook(Lab& lab, const Endpoint& endpoint) {
    const auto body =
        fmt::format(R"({{"events":["issues"],"config":{{"url":"http://127.0.0.1:8080/github",)"
                    R"("content_type":"json","secret":{}}}}})",
                    http::json_quote(endpoint.secret.reveal()));
    APILAB_CO_TRY(const auto answer,
                  co_await transport::send(lab.transport(),
                                           github(lab, "POST", "/repos/octo/hello/hooks", body)));
    APILAB_CO_TRY(const auto hook, JsonDocument::parse(answer.body()));
    co_return fmt::format("/repos/octo/hello/hooks/{}", hook.root()["id"].integer().value_or(0));
}

Task<void> write_issues(Lab& lab) {
    for (int i = 1; i <= issues; ++i) {
        const auto body = fmt::format(R"({{"title":"issue {}"}})", i);
        lab.ended("issue",
                  co_await transport::send(lab.transport(),
                                           github(lab, "POST", "/repos/octo/hello/issues", body)));
        co_await lab.sleep(1min);
    }
}

void show(Lab& lab, const Endpoint& endpoint, std::size_t missing, std::size_t recovered) {
    lab.show(fmt::format("  gap report: {} missing, {} recovered, {} duplicated\n", missing,
                         recovered, endpoint.effects - static_cast<int>(endpoint.archive.size())));
    lab.number("deliveries", endpoint.deliveries);
    lab.number("effects", endpoint.effects);
    lab.number("missing", static_cast<std::int64_t>(missing));
    lab.number("recovered", static_cast<std::int64_t>(recovered));
}

Task<void> by_hand(Lab& lab, Endpoint& endpoint, bool fills, GapReport& report) {
    const auto hook = or_refuse(co_await make_hook(lab, endpoint));
    co_await write_issues(lab);
    for (int round = 0; fills && round < 2; ++round) {
        (void)co_await fill_gaps(lab, endpoint, hook, report);
        co_await lab.sleep(10min);  // what was asked for is on its way
    }
}

template <bool fills>
Task<void> day(Lab& lab) {
    Endpoint endpoint(lab);
    GapReport report;
    const bool asks = fills && !lab.broken("no-reconcile");
    co_await lab.be_told(endpoint, by_hand(lab, endpoint, asks, report));
    co_await endpoint.later.join();
    const auto recovered = std::ranges::count_if(
        report.missing, [&](const auto& guid) { return endpoint.archive.contains(guid); });
    show(lab, endpoint, report.missing.size(), static_cast<std::size_t>(recovered));
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day07_reconcile",
         .story = "40 events of a hook, twelve minutes without an answer, and no second try",
         .scenario = "day07-reconcile",
         .deadline = 30s,
         .sins = {{"no-reconcile", "waits for GitHub to try again", "WHK-13"},
                  {"first-page", "looks at the newest deliveries alone", "WHK-13"},
                  {"ask-all", "asks for everything once more", "WHK-13"},
                  {"no-dedupe", "works whatever arrives", "WHK-05"}},
         .production = day<true>,
         .naive = day<false>,
         .numbers = {"deliveries", "effects", "missing", "recovered"},
         .next = "day08_three_apis"},
        argc, argv);
}
