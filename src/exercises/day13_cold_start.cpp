// Day 13: asleep when somebody calls
//
// Situation  A platform that stops a program nobody uses is cheap: you pay for the minutes in which
//            it is awake. A start takes 20 s. GitHub waits 10 s for an answer, and does not try
//            again, so an event that wakes the program is lost.
// Shows      What sleep costs, measured: minutes awake, cold starts, events missed. Who may sleep
//            has to ask after each start what was missed: when it can be reached, and by the
//            archive. Who cannot ask keeps one machine awake.
// Run        ./lab learn day13_cold_start --compare      (the bill: above the verdict)
// Break      --break=no-reconcile | ask-too-early | no-dedupe

#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/work/github_deliveries.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"
#include "sleeper.hpp"

namespace {
using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

constexpr int issues = 24;
constexpr SleepRules platform = {.idle = 5min, .cold_start = 20s};

// GitHub's API with our token: for the program, and for the library's list of deliveries.
struct GitHub final : runtime::Service {
    explicit GitHub(Lab& its_lab) : lab(its_lab) {}
    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        const auto token = secret_of(lab, "APILAB_GITHUB_TOKEN");
        return transport::send(lab.transport(), bearing(token, std::move(request)));
    }
    Task<Result<Response>> post(std::string_view path, std::string body) {
        return call(lab.request("POST", path, std::move(body)), {});
    }
    Lab& lab;
};

// Takes what is genuine once (day 6), keeps it on the volume (day 7), answers, works later.
struct Endpoint final : runtime::Service {
    Endpoint(Lab& its_lab, work::StoreWriter& its_writer) : lab(its_lab), writer(its_writer) {}
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
        deliveries += 1;
        const work::Event event{.source = "github", .sender_id = guid, .body = request.body()};
        const auto now = lab.system_now();
        const auto put = co_await writer.run<work::PutResult>(
            [event, now](work::Store& store) { return store.put(event, {.kind = "issue"}, now); });
        const bool fresh = put && put->put == work::Put::stored;
        if (fresh || lab.broken("no-dedupe")) {
            later.spawn(work_off(guid));
        }
        co_return Response(put ? 200 : 503);
    }
    Task<void> work_off(std::string guid) { effects += co_await have_effect(lab, guid) ? 1 : 0; }

    Lab& lab;
    work::StoreWriter& writer;
    /// The hook's; nobody else has it.
    Secret secret{fmt::format("{:016x}{:016x}", lab.rng().next(), lab.rng().next())};
    int deliveries = 0;
    int effects = 0;
    runtime::TaskGroup later{lab.scheduler()};
};

// Its path, or an error.
Task<Result<std::string>> make_hook(GitHub& github, const Endpoint& endpoint) {
    const auto body =
        fmt::format(R"({{"events":["issues"],"config":{{"url":"http://127.0.0.1:8080/github",)"
                    R"("content_type":"json","secret":{}}}}})",
                    http::json_quote(endpoint.secret.reveal()));
    APILAB_CO_TRY(const auto answer, co_await github.post("/github/repos/octo/hello/hooks", body));
    APILAB_CO_TRY(const auto hook, http::JsonDocument::parse(answer.body()));
    co_return fmt::format("/github/repos/octo/hello/hooks/{}",
                          hook.root()["id"].integer().value_or(0));
}

// Others write issues, now close together and now far apart; every third is followed by another.
Task<void> write_issues(Lab& lab, GitHub& github) {
    for (int i = 1; i <= issues; ++i) {
        const auto body = fmt::format(R"({{"title":"issue {}"}})", i);
        lab.ended("issue", co_await github.post("/github/repos/octo/hello/issues", body));
        const Duration longest = i % 3 == 0 ? 2min : 14min;
        co_await lab.sleep(Duration(lab.rng().between(Duration(1min).count(), longest.count())));
    }
}

// Everything of one run; the volume is a file in its folder.
struct Deployment {
    explicit Deployment(Lab& its_lab) : lab(its_lab) {}
    // After a start: what is not in the archive is asked for. Day 7 has it by hand.
    Task<void> catch_up() {
        if (filler && !lab.broken("no-reconcile")) {
            const auto report = co_await filler->round();
            asked += static_cast<int>(report.asked);
        }
    }
    Lab& lab;
    GitHub github{lab};
    std::unique_ptr<work::SqliteStore> store =
        or_refuse(work::SqliteStore::open(lab.folder() / "work.db"));
    work::StoreWriter writer{lab.scheduler(), *store, {.own_thread = false}};
    Endpoint endpoint{lab, writer};
    std::optional<work::GitHubDeliveries> deliveries = {};
    std::optional<work::GapFiller> filler = {};
    int asked = 0;
};

Task<void> hook_and_issues(Deployment& own, bool asks) {
    Lab& lab = own.lab;
    const auto hook = or_refuse(co_await make_hook(own.github, own.endpoint));
    if (asks) {
        own.deliveries.emplace(own.github, lab.get(hook).url());
        own.filler.emplace(lab.scheduler(), own.writer, *own.deliveries,
                           work::GapFillerOptions{.rule = {.settle = 0s}});
    }
    co_await write_issues(lab, own.github);
}

void show_bill(Lab& lab, Sleeper& sleeper, const Deployment& own, Duration day) {
    const auto missed = issues - own.endpoint.effects;
    lab.show(fmt::format(
        "  the bill: {} of {} minutes awake, {} cold starts; {} events asked for, {} never "
        "worked\n",
        sleeper.awake() / 1min, day / 1min, sleeper.starts(), own.asked, std::max(0, missed)));
    lab.number("cold starts", sleeper.starts());
    lab.number("minutes awake", sleeper.awake() / 1min);
    lab.number("effects", own.endpoint.effects);
    lab.number("never worked", std::max(0, missed));
}

template <bool asks>
Task<void> day(Lab& lab) {
    Deployment own(lab);
    const SteadyTime begun = lab.now();
    Sleeper sleeper(
        lab, platform, own.endpoint, [&own] { return own.catch_up(); },
        lab.broken("ask-too-early"));
    co_await lab.be_told(sleeper, hook_and_issues(own, asks));
    co_await sleeper.settle();
    co_await own.endpoint.later.join();
    show_bill(lab, sleeper, own, lab.now() - begun);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day13_cold_start",
                          .story = "24 events of a hook at a program that sleeps in between",
                          .scenario = "day13-cold-start",
                          .deadline = 30s,
                          .sins = {{"no-reconcile", "waits for GitHub to try again", "WHK-13"},
                                   {"ask-too-early", "asks before it can be reached", "WHK-13"},
                                   {"no-dedupe", "works whatever arrives", "WHK-05"}},
                          .production = day<true>,
                          .naive = day<false>,
                          .numbers = {"cold starts", "minutes awake", "effects", "never worked"},
                          .next = "day13_deploy_check"},
                         argc, argv);
}
