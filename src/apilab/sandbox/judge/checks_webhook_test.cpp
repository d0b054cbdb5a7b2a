// The matrix of the checks about webhooks: a receiver written by hand passes each, and with one
// protection less it fails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/effects/provider.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

struct Sins {
    bool reads_then_verifies = false;
    bool believes_everybody = false;
    bool ignores_time = false;
    bool forgets = false;
    bool checks_then_acts = false;
    bool works_first = false;
    bool drops_retries = false;
    bool refuses_copies = false;
    bool drops_half = false;
    bool keeps_challenge = false;
};

class Receiver final : public runtime::Service {
public:
    Receiver(Sandbox& sandbox, Sins sins)
        : sandbox_(sandbox), sins_(sins), jobs_(sandbox.scheduler()) {}

    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        const auto& headers = request.headers();
        if (!sins_.believes_everybody && !signed_rightly(request)) {
            co_return http::Response(401);
        }
        auto document = http::JsonDocument::parse(request.body());
        const auto root = document->root();
        if (const auto challenge = root["challenge"].string()) {
            co_return http::Response(200, sins_.keeps_challenge ? "" : std::string(*challenge));
        }
        if (headers.value("x-github-event") == "ping") {
            co_return http::Response(200);
        }
        const std::string event(
            headers.get("x-github-delivery").value_or(root["event_id"].string_or("")));
        if (sins_.drops_retries && headers.contains("x-slack-retry-num")) {
            co_return http::Response(200);
        }
        bool known = seen_.contains(event);
        if (sins_.checks_then_acts) {
            (void)co_await sandbox_.scheduler().sleep_for(1ms);
        } else {
            known = !seen_.insert(event).second;
        }
        seen_.insert(event);
        if (known && !sins_.forgets) {
            co_return http::Response(sins_.refuses_copies ? 409 : 200);
        }
        if (sins_.works_first) {
            co_await work(event);
        } else if (!sins_.drops_half || ++count_ % 2 == 0) {
            jobs_.spawn(work(event));
        }
        co_return http::Response(202);
    }
    Task<void> finish() { return jobs_.join(); }

private:
    [[nodiscard]] bool signed_rightly(const http::Request& request) const {
        const auto seed = sandbox_.run().seed;
        const auto& headers = request.headers();
        std::string body = request.body();
        if (sins_.reads_then_verifies) {
            body = http::JsonDocument::parse(body)->root().to_text();
        }
        if (headers.contains("x-github-event")) {
            return headers.value("x-hub-signature-256") ==
                   webhook::github_signature(seed_secret(seed, "github webhook secret", ""), body);
        }
        const auto stamp = headers.value("x-slack-request-timestamp");
        const auto then = SystemTime(std::chrono::seconds(std::stoll(std::string(stamp))));
        const auto off = std::chrono::abs(sandbox_.scheduler().system_now() - then);
        return (off <= 5min || sins_.ignores_time) &&
               headers.value("x-slack-signature") ==
                   webhook::slack_signature(seed_secret(seed, "slack signing secret", ""), stamp,
                                            body);
    }

    Task<void> work(std::string event) {
        http::Request request("POST", *http::Url::parse("http://sandbox.test/effects"));
        request.body("{\"event\":" + http::json_quote(event) + "}");
        transport::LoopbackTransport way(sandbox_.scheduler(), sandbox_);
        (void)co_await way.call(std::move(request), {});
    }

    Sandbox& sandbox_;
    Sins sins_;
    std::set<std::string> seen_;
    int count_ = 0;
    runtime::TaskGroup jobs_;
};

constexpr std::string_view hostile = R"(
name = "trial"
[[fault]]
where = "effects:*"
what = { stall = { at = "accept", for = "4s" } }
[[webhook]]
from = "github"
events = 12
every = "100ms"
odd = 3
duplicate = [2, 5]
twin = [3, 7, 9]
altered = 2
forged = 2
unsigned = 3
[[webhook]]
from = "slack"
events = 12
every = "100ms"
odd = 2
lost = [4, 8]
duplicate = [2, 6]
twin = [3, 10]
altered = 1
forged = 1
unsigned = 2
stale = 2
future = 2
)";

Task<void> meet(Sandbox& sandbox, Receiver& receiver) {
    transport::LoopbackTransport way(sandbox.scheduler(), receiver);
    co_await sandbox.play_world(way, *http::Url::parse("http://program.test"));
    co_await receiver.finish();
}

RunReport judged(Sins sins, bool killed = false, std::uint64_t seed = 1, bool met = true) {
    runtime::VirtualScheduler scheduler;
    SandboxOptions options;
    options.seed = seed;
    options.scenario = *parse_scenario(hostile);
    options.providers.push_back(std::make_unique<effects::EffectsProvider>());
    auto sandbox = *Sandbox::make(scheduler, std::move(options));
    if (killed) {
        sandbox->note_outbound({.from = "kill"});
    }
    Receiver receiver(*sandbox, sins);
    if (met) {
        runtime::run(scheduler, meet(*sandbox, receiver));
    }
    sandbox->stop_run();
    return *judge_run(*sandbox);
}

Finding finding(const RunReport& report, std::string_view id) {
    for (const auto& result : report.checks) {
        if (result.card.id == id) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check in the report");
}

const std::vector<std::pair<std::string_view, Sins>> mutants = {
    {"WHK-01", {.reads_then_verifies = true}},
    {"WHK-01", {.keeps_challenge = true}},
    {"WHK-01", {.drops_half = true}},
    {"WHK-02", {.believes_everybody = true}},
    {"WHK-03", {.believes_everybody = true}},
    {"WHK-04", {.ignores_time = true}},
    {"WHK-05", {.forgets = true}},
    {"WHK-05", {.refuses_copies = true}},
    {"WHK-06", {.forgets = true}},
    {"WHK-06", {.checks_then_acts = true}},
    {"WHK-08", {.works_first = true}},
    {"WHK-09", {.drops_retries = true}},
    {"DUR-01", {.drops_half = true}},
    {"DUR-02", {.forgets = true}},
};

TEST(WebhookChecks, a_good_receiver_passes_each_of_them) {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
        const auto report = judged({}, true, seed);
        for (const auto& [id, sins] : mutants) {
            const auto found = finding(report, id);
            EXPECT_EQ(found.verdict, Verdict::pass) << id << ": " << found.sentence;
        }
    }
}

TEST(WebhookChecks, every_mutant_fails_and_its_rows_prove_it) {
    for (const auto& [id, sins] : mutants) {
        const auto found = finding(judged(sins, id.starts_with("DUR")), id);
        EXPECT_EQ(found.verdict, Verdict::fail) << id << ": " << found.sentence;
        EXPECT_FALSE(found.rows.empty()) << id;
    }
}

TEST(WebhookChecks, a_sin_turns_only_its_own_checks_red) {
    const auto red = [](Sins sins) {
        std::set<std::string_view> ids;
        const auto report = judged(sins, false);
        for (const auto& [id, mutant] : mutants) {
            if (finding(report, id).verdict == Verdict::fail) {
                ids.insert(id);
            }
        }
        return ids;
    };
    using testing::ElementsAre;
    EXPECT_THAT(red({}), ElementsAre());
    EXPECT_THAT(red({.reads_then_verifies = true}), ElementsAre("WHK-01"));
    EXPECT_THAT(red({.ignores_time = true}), ElementsAre("WHK-04"));
    EXPECT_THAT(red({.checks_then_acts = true}), ElementsAre("WHK-06"));
    EXPECT_THAT(red({.works_first = true}), ElementsAre("WHK-08"));
    EXPECT_THAT(red({.drops_retries = true}), ElementsAre("WHK-09"));
}

TEST(WebhookChecks, nobody_called_means_nothing_to_judge) {
    const auto report = judged({}, false, 1, false);
    for (const auto& [id, sins] : mutants) {
        EXPECT_EQ(finding(report, id).verdict, Verdict::unknown) << id;
    }
    EXPECT_EQ(finding(judged({}, false), "DUR-01").reason, UnknownReason::not_exercised)
        << "nobody was killed";
}

}  // namespace
}  // namespace apilab::sandbox
