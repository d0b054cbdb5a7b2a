// The library before the judge in the scenarios about limits, tokens and bad data, with every
// provider served, under virtual time.

#include <gtest/gtest.h>

#include <string>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/sandbox/internal/test_walker.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using runtime::Task;

struct House {
    internal::Walker world;
    SeededRng rng{3};
    transport::LoopbackTransport transport{world.scheduler, *world.sandbox};
    std::unique_ptr<client::Client> client =
        *client::Client::create(world.scheduler, transport, rng);

    explicit House(std::string_view scenario) {
        if (!world.sandbox->start_run(*built_in_scenario(scenario), 1)) {
            ADD_FAILURE() << scenario;
        }
    }
    Result<http::Response> get(const std::string& target) {
        return runtime::run(world.scheduler, client->get("http://sandbox.test" + target));
    }
    RunReport judged() {
        world.sandbox->stop_run();
        return *judge_run(*world.sandbox);
    }
};

TEST(OurClientInScenarios, is_never_early_under_every_providers_limits) {
    House house("limits");
    int complete = 0;
    for (int i = 0; i < 45; ++i) {
        for (const auto* target :
             {"/github/repos/octo/hello", "/api/items/cursor?limit=7", "/npm/left-box"}) {
            const auto answer = house.get(target);
            complete += answer && answer->ok() ? 1 : 0;
        }
    }
    const auto report = house.judged();
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
    EXPECT_EQ(complete, 135);
}

TEST(OurClientInScenarios, comes_through_stale_tokens) {
    House house("stale-token");
    auth::OAuth2TokenSource tokens(
        house.world.scheduler, *house.client, house.rng,
        {.token_url = *http::Url::parse("http://sandbox.test/oauth/token"),
         .client_id = "cid",
         .client_secret = Secret("sec"),
         .refresh_token = Secret("seed-refresh-token")});
    auth::BearerAuth service(*house.client, tokens, "http://sandbox.test");
    int complete = 0;
    for (int i = 0; i < 30; ++i) {
        auto request = http::Request::get(
            *http::Url::parse("http://sandbox.test/oauth/documents/" + std::to_string(i)));
        const auto answer =
            runtime::run(house.world.scheduler, service.call(std::move(request), {}));
        complete += answer && answer->ok() ? 1 : 0;
        house.world.wait(std::chrono::seconds(2));
    }
    runtime::run(house.world.scheduler, tokens.close());
    const auto report = house.judged();
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
    // One lacks a scope; one meets an expired token while the token endpoint is down.
    EXPECT_GE(complete, 28);
}

TEST(OurClientInScenarios, reads_before_it_believes) {
    House house("bad-data");
    int complete = 0;
    for (int i = 1; i <= 20; ++i) {
        for (int attempt = 0; attempt < 3; ++attempt) {
            const auto answer = house.get("/api/items/page?per_page=5&page=" + std::to_string(i));
            const auto document = answer && answer->ok() ? http::JsonDocument::parse(answer->body())
                                                         : fail(ErrorKind::decode, "no answer");
            if (document && document->root()["items"].is_array()) {
                ++complete;
                break;
            }
        }
    }
    const auto report = house.judged();
    EXPECT_NE(report.verdict, Verdict::fail) << report_text(report);
    EXPECT_EQ(complete, 20);
}

}  // namespace
}  // namespace apilab::sandbox
