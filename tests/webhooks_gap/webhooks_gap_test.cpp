// The gap filler against GitHub's hooks as the sandbox has them: hooks made through the REST API,
// deliveries that nobody repeats, the list of them in pages, redelivery on request. Virtual time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/work/gap_filler.hpp"
#include "apilab/work/github_deliveries.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

constexpr std::string_view secret = "It's a secret";

std::filesystem::path made_folder() {
    std::string name = ::testing::TempDir() + "gap-XXXXXX";
    return ::mkdtemp(name.data());
}

// Verify, keep, answer. Who asks while it is away gets no answer of ours.
class Receiver final : public runtime::Service {
public:
    Receiver(runtime::Scheduler& scheduler, work::StoreWriter& writer)
        : scheduler_(scheduler), writer_(writer) {}

    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        if (away) {
            co_return http::Response(502);  // the proxy's
        }
        if (!verifier_.verify(request.headers(), request.body(), scheduler_.system_now())) {
            co_return http::Response(401);
        }
        const std::string type(request.headers().value("x-github-event"));
        if (type == "ping") {
            co_return http::Response(200);
        }
        arrived += 1;
        const work::Event event{
            .source = "github",
            .sender_id = std::string(request.headers().value("x-github-delivery")),
            .scope = {},
            .type = type,
            .body = request.body(),
            .headers = {},
            .id_is_signed = false};
        const auto put = co_await writer_.run<work::PutResult>(
            [event, now = scheduler_.system_now()](work::Store& store) {
                return store.put(event, {.kind = "issue"}, now);
            });
        co_return http::Response(put && !loses_answers ? 202 : 503);
    }

    bool away = false;
    /// Keeps what comes, and the answer never says so.
    bool loses_answers = false;
    int arrived = 0;

private:
    runtime::Scheduler& scheduler_;
    work::StoreWriter& writer_;
    work::SignatureVerifier verifier_ =
        work::SignatureVerifier::create(work::SignatureScheme::github,
                                        {{Secret(std::string(secret))}})
            .value();
};

// As any client of the API: with a token.
class WithToken final : public runtime::Service {
public:
    WithToken(runtime::Service& service, std::string token)
        : service_(service), token_(std::move(token)) {}
    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext context) override {
        request.header("authorization", "Bearer " + token_);
        request.header("user-agent", "apilab-test");
        requests += 1;
        return service_.call(std::move(request), std::move(context));
    }
    int requests = 0;

private:
    runtime::Service& service_;
    std::string token_;
};

class WebhooksGap : public ::testing::Test {
protected:
    WebhooksGap() {
        sandbox->hub().deliver_over(&way);
        hook = api("/repos/octo/hello/hooks",
                   R"({"events":["issues"],"config":{"url":"http://127.0.0.1:1/h",)"
                   R"("content_type":"json","secret":"It's a secret"}})");
    }
    ~WebhooksGap() override {
        sandbox->hub().deliver_over(nullptr);
        std::filesystem::remove_all(folder);
    }
    static std::unique_ptr<sandbox::Sandbox> make_sandbox(runtime::Scheduler& scheduler) {
        sandbox::SandboxOptions options;
        const sandbox::WorldOptions world_options{.seed = 1};
        options.providers =
            sandbox::make_providers(sandbox::make_world(world_options).value(), world_options);
        return sandbox::Sandbox::make(scheduler, std::move(options)).value();
    }
    static std::string token() {
        for (const auto& [name, value] : sandbox::seed_credentials(1)) {
            if (name == "APILAB_GITHUB_TOKEN") {
                return value;
            }
        }
        return {};
    }
    // Returns the new object's number.
    std::string api(const std::string& path, std::string body) {
        auto request = http::Request::post(
            http::Url::parse("http://sandbox.test/github" + path).value(), std::move(body));
        const auto answer = runtime::run(scheduler, github.call(std::move(request), {}));
        EXPECT_TRUE(answer && answer->status() == 201) << (answer ? answer->body() : "");
        const auto document = http::JsonDocument::parse(answer->body());
        return std::to_string(document->root()["id"].integer().value_or(0));
    }
    void issues(int count, Duration every) {
        for (int i = 0; i < count; ++i) {
            (void)api("/repos/octo/hello/issues", R"({"title":"x"})");
            scheduler.advance(every);
        }
    }
    work::GapFillerOptions options() const { return {.rule = {}, .checkpoint = folder / "gap"}; }
    work::GapReport round(work::GapFiller& filler) {
        auto report = runtime::run(scheduler, filler.round());
        EXPECT_FALSE(report.error) << report.error->to_string();
        scheduler.advance(1min);
        return report;
    }
    std::vector<work::ArchivedEvent> archive() {
        return store->events("github", "", 0, 1000).value();
    }

    runtime::VirtualScheduler scheduler;
    std::filesystem::path folder = made_folder();
    std::unique_ptr<work::SqliteStore> store = work::SqliteStore::open(folder / "work.db").value();
    work::StoreWriter writer{scheduler, *store, {.own_thread = false}};
    Receiver receiver{scheduler, writer};
    transport::LoopbackTransport way{scheduler, receiver};
    std::unique_ptr<sandbox::Sandbox> sandbox = make_sandbox(scheduler);
    WithToken github{*sandbox, token()};
    std::string hook;
    work::GitHubDeliveries& deliveries() {
        if (!deliveries_) {
            deliveries_ = std::make_unique<work::GitHubDeliveries>(
                github,
                http::Url::parse("http://sandbox.test/github/repos/octo/hello/hooks/" + hook)
                    .value());
        }
        return *deliveries_;
    }

private:
    std::unique_ptr<work::GitHubDeliveries> deliveries_;
};

TEST_F(WebhooksGap, an_outage_of_an_hour_is_healed_and_nothing_is_doubled) {
    issues(20, 1min);
    receiver.away = true;
    issues(120, 30s);
    receiver.away = false;
    issues(20, 1min);
    EXPECT_EQ(archive().size(), 40U);

    work::GapFiller filler(scheduler, writer, deliveries(), options());
    const auto first = round(filler);
    EXPECT_TRUE(first.complete);
    EXPECT_EQ(first.missing, 120U);
    EXPECT_EQ(first.asked, 120U);
    const auto second = round(filler);
    EXPECT_EQ(second.recovered, 120U);
    EXPECT_EQ(second.missing, 0U);
    EXPECT_EQ(round(filler).asked, 0U);

    const auto all = archive();
    EXPECT_EQ(all.size(), 160U);
    for (const auto& event : all) {
        EXPECT_EQ(event.deliveries, 1) << event.event.sender_id;
    }
    EXPECT_EQ(receiver.arrived, 160);
    EXPECT_EQ(store->counts("")->available, 160);
}

// Who cannot be reached asks in vain all the while; it must not have given up when it can.
TEST_F(WebhooksGap, an_outage_of_an_hour_is_healed_though_the_filler_runs_all_along) {
    std::size_t lost = 0;
    auto asks = options();
    asks.told = [&](const work::GapReport& report) { lost += report.given_up + report.too_late; };
    work::GapFiller filler(scheduler, writer, deliveries(), asks);
    runtime::TaskGroup group(scheduler);
    group.spawn(filler.run());
    issues(3, 5min);
    receiver.away = true;
    issues(12, 5min);
    receiver.away = false;
    scheduler.advance(3h);
    filler.stop();
    runtime::run(scheduler, group.join());
    EXPECT_EQ(archive().size(), 15U);
    EXPECT_EQ(receiver.arrived, 15) << "each once";
    EXPECT_EQ(lost, 0U);
}

TEST_F(WebhooksGap, what_was_kept_is_not_asked_for_though_github_has_it_as_failed) {
    receiver.loses_answers = true;
    issues(5, 1min);
    receiver.loses_answers = false;
    work::GapFiller filler(scheduler, writer, deliveries(), options());
    const auto report = round(filler);
    EXPECT_EQ(report.missing, 0U);
    EXPECT_EQ(report.asked, 0U);
    EXPECT_EQ(receiver.arrived, 5);
}

TEST_F(WebhooksGap, while_the_outage_lasts_nothing_is_asked_for_over_and_over) {
    receiver.away = true;
    issues(4, 1min);
    work::GapFiller filler(scheduler, writer, deliveries(), options());
    for (int i = 0; i < 9; ++i) {
        (void)round(filler);  // a minute each
    }
    EXPECT_EQ(filler.totals().asked, 4U);
    receiver.away = false;
    scheduler.advance(10min);
    (void)round(filler);
    EXPECT_EQ(filler.totals().asked, 8U);
    EXPECT_EQ(round(filler).recovered, 4U);
    EXPECT_EQ(archive().size(), 4U);
}

TEST_F(WebhooksGap, a_new_process_goes_on_where_the_last_one_was) {
    receiver.away = true;
    issues(10, 1min);
    receiver.away = false;
    {
        work::GapFiller filler(scheduler, writer, deliveries(), options());
        EXPECT_EQ(round(filler).asked, 10U);
    }
    work::GapFiller filler(scheduler, writer, deliveries(), options());
    const auto report = round(filler);
    EXPECT_EQ(report.recovered, 10U);
    EXPECT_EQ(report.asked, 0U);
    EXPECT_EQ(archive().size(), 10U);
}

TEST_F(WebhooksGap, without_it_the_events_of_the_outage_are_gone) {
    receiver.away = true;
    issues(3, 1min);
    receiver.away = false;
    scheduler.advance(14 * 24h);
    EXPECT_EQ(archive().size(), 0U) << "GitHub does not try again by itself";
}

}  // namespace
}  // namespace apilab
