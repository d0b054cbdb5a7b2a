// What lasts for a time lasts that long by the clock that the admin API moves: real scheduler, real
// sandbox, nobody waits.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/admin.hpp"
#include "apilab/sandbox/internal/jose.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/seed/keys.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using runtime::Task;

// Takes no delivery.
class Refuser final : public runtime::Service {
public:
    explicit Refuser(runtime::Scheduler& scheduler) : scheduler_(scheduler) {}
    Task<Result<http::Response>> call(http::Request /*request*/,
                                      runtime::CallContext /*context*/) override {
        seen.push_back(scheduler_.now());
        co_return http::Response(500, "no");
    }
    std::vector<SteadyTime> seen;

private:
    runtime::Scheduler& scheduler_;
};

// Its clock stands from the beginning and moves by the admin API alone.
class MovedByAdmin : public testing::Test {
protected:
    MovedByAdmin() {
        start("name = \"none\"");
        way_ = std::make_unique<transport::LoopbackTransport>(scheduler_, program_);
        sandbox_->hub().deliver_over(way_.get());
        EXPECT_EQ(text(admin("POST", "/clock/freeze"), "/state"), "frozen");
    }
    ~MovedByAdmin() override { runtime::run(scheduler_, sandbox_->hub().stop()); }

    void limit_by(std::string_view scenario) {
        ASSERT_TRUE(sandbox_->start_run(parse_scenario(scenario).value(), 1));
    }
    http::Response send(std::string method, std::string_view target, std::string body = "",
                        const http::Headers& headers = {}) {
        http::Request request(std::move(method),
                              *http::Url::parse(fmt::format("http://sandbox.test{}", target)));
        request.headers() = headers;
        request.body(std::move(body));
        auto answer = runtime::run(scheduler_, sandbox_->call(std::move(request), {})).value();
        answer.wire()->on_finished({.finished = scheduler_.now()});
        return answer;
    }
    http::Response get(std::string_view target, std::string_view token) {
        return send("GET", target, "",
                    {{"authorization", fmt::format("Bearer {}", token)}, {"user-agent", "t/1"}});
    }
    http::Response form(std::string_view target, std::string body) {
        return send("POST", target, std::move(body),
                    {{"content-type", "application/x-www-form-urlencoded"}});
    }
    http::Response admin(std::string method, std::string_view path, std::string body = "") {
        http::Request request(std::move(method),
                              *http::Url::parse(fmt::format("http://127.0.0.1/_sandbox{}", path)));
        request.header("authorization", "Bearer t0ken");
        request.body(std::move(body));
        return runtime::run(scheduler_, admin_->call(std::move(request), {})).value();
    }
    void advance(std::string_view by) {
        const auto moved = admin("POST", "/clock/advance", fmt::format(R"({{"by":"{}"}})", by));
        ASSERT_EQ(moved.status(), 200) << moved.body();
        ASSERT_EQ(text(moved, "/state"), "frozen");
    }
    static std::string text(const http::Response& answer, std::string_view pointer) {
        const auto body = http::JsonDocument::parse(answer.body());
        if (!body) {
            return "no JSON: " + answer.body();
        }
        const auto found = body->root().at_pointer(pointer);
        return found.integer() ? std::to_string(*found.integer())
                               : std::string(found.string_or(""));
    }
    std::string fact(const std::string& name) {
        const auto& facts = sandbox_->journal().rows().back().facts;
        const auto found = facts.find(name);
        return found == facts.end() ? "" : found->second;
    }
    [[nodiscard]] std::int64_t today() const {
        return std::chrono::floor<std::chrono::seconds>(scheduler_.system_now().time_since_epoch())
            .count();
    }

    runtime::RealScheduler scheduler_;
    Refuser program_{scheduler_};
    std::unique_ptr<transport::LoopbackTransport> way_;
    std::unique_ptr<Sandbox> sandbox_;
    std::unique_ptr<Admin> admin_;

private:
    void start(std::string_view scenario) {
        SandboxOptions options;
        options.scenario = parse_scenario(scenario).value();
        options.providers = make_providers(make_world().value(), {});
        sandbox_ = std::move(Sandbox::make(scheduler_, std::move(options)).value());
        admin_ = std::make_unique<Admin>(*sandbox_, Secret("t0ken"));
    }
};

TEST_F(MovedByAdmin, an_access_token_is_good_for_its_expires_in) {
    const auto issued = form("/oauth/token",
                             "grant_type=refresh_token&refresh_token=seed-refresh-token&"
                             "client_id=cid&client_secret=sec");
    ASSERT_EQ(text(issued, "/expires_in"), "3600") << issued.body();
    const auto token = text(issued, "/access_token");
    const auto asked = "token=" + token + "&client_id=cid&client_secret=sec";
    advance("3599s");
    EXPECT_THAT(form("/oauth/introspect", asked).body(), testing::HasSubstr("\"active\":true"));
    EXPECT_NE(get("/oauth/userinfo", token).status(), 401);
    advance("1s");
    EXPECT_THAT(form("/oauth/introspect", asked).body(), testing::HasSubstr("\"active\":false"));
    EXPECT_EQ(get("/oauth/userinfo", token).status(), 401);
}

TEST_F(MovedByAdmin, a_google_token_is_good_for_its_expires_in) {
    const auto issued = form("/google/token",
                             "grant_type=refresh_token&refresh_token=seed-refresh-token&"
                             "client_id=cid&client_secret=sec");
    ASSERT_EQ(text(issued, "/expires_in"), "3599") << issued.body();
    const auto token = text(issued, "/access_token");
    advance("3598s");
    EXPECT_EQ(get("/google/gmail/v1/users/me/profile", token).status(), 200);
    advance("1s");
    EXPECT_EQ(get("/google/gmail/v1/users/me/profile", token).status(), 401);
}

TEST_F(MovedByAdmin, an_installation_token_is_good_until_its_expires_at) {
    const auto claims =
        fmt::format(R"({{"iat":{},"exp":{},"iss":"4711"}})", today() - 60, today() + 540);
    const auto jwt = internal::Key::from_pem(seed::key("github-app"))->sign(claims, "").value();
    const http::Headers headers{{"authorization", "Bearer " + jwt}, {"user-agent", "t/1"}};
    const std::string path = "/github/app/installations/815/access_tokens";
    const auto issued = send("POST", path, "", headers);
    ASSERT_EQ(issued.status(), 201) << issued.body();
    const auto token = text(issued, "/token");
    EXPECT_EQ(text(issued, "/expires_at"),
              http::format_iso_time(scheduler_.system_now() + std::chrono::hours(1)));
    advance("9m");
    EXPECT_EQ(send("POST", path, "", headers).status(), 401) << "the assertion is over by now";
    advance("3059s");
    EXPECT_EQ(get("/github/repos/octo/hello", token).status(), 200);
    advance("1s");
    EXPECT_EQ(get("/github/repos/octo/hello", token).status(), 401);
}

TEST_F(MovedByAdmin, githubs_window_ends_at_its_reset) {
    limit_by("name = \"x\"\n[limits.github]\nkind = \"window\"\nlimit = 2\nwindow = \"1h\"\n");
    const auto ask = [this] { return get("/github/repos/octo/hello", "ghp_stubtoken"); };
    EXPECT_EQ(ask().status(), 200);
    advance("10m");
    EXPECT_EQ(ask().status(), 200);
    const auto refused = ask();
    EXPECT_EQ(refused.status(), 403);
    const auto reset = std::stoll(std::string(refused.headers().value("x-ratelimit-reset")));
    EXPECT_GE(reset - today(), 50 * 60);
    EXPECT_LE(reset - today(), 50 * 60 + 1) << "rounded up to whole seconds";
    advance("2999s");
    EXPECT_EQ(ask().status(), 403);
    advance("1s");
    EXPECT_EQ(ask().status(), 200);
}

TEST_F(MovedByAdmin, a_bucket_fills_and_a_day_ends) {
    limit_by(
        "name = \"x\"\n[limits.api]\nkind = \"token_bucket\"\nlimit = 1\nwindow = \"1m\"\n"
        "[limits.npm]\nkind = \"daily\"\nlimit = 1\n");
    const auto item = [this] { return get("/api/openapi.json", "api_bearer_stub").status(); };
    const auto package = [this] { return get("/npm/left-box", "npm_stub").status(); };
    EXPECT_EQ(item(), 200);
    EXPECT_EQ(item(), 429);
    EXPECT_EQ(package(), 200);
    EXPECT_EQ(package(), 429);
    advance("59s");
    EXPECT_EQ(item(), 429);
    advance("1s");
    EXPECT_EQ(item(), 200);
    advance("24h");
    EXPECT_EQ(package(), 200);
}

TEST_F(MovedByAdmin, under_a_clock_that_stands_nothing_ends_and_nothing_is_tried_again) {
    limit_by("name = \"x\"\n[limits.api]\nkind = \"window\"\nlimit = 1\nwindow = \"1ms\"\n");
    EXPECT_EQ(get("/api/openapi.json", "api_bearer_stub").status(), 200);
    EXPECT_EQ(get("/api/openapi.json", "api_bearer_stub").status(), 429);
    ASSERT_EQ(
        admin("POST", "/webhooks/trigger", R"({"from":"slack","url":"http://127.0.0.1:1/hook"})")
            .status(),
        202);
    for (int i = 0; i < 100; ++i) {
        scheduler_.poll();
    }
    EXPECT_TRUE(program_.seen.empty());
    EXPECT_EQ(get("/api/openapi.json", "api_bearer_stub").status(), 429);
}

TEST_F(MovedByAdmin, slack_tries_again_after_a_minute_and_after_five) {
    ASSERT_EQ(
        admin("POST", "/webhooks/trigger", R"({"from":"slack","url":"http://127.0.0.1:1/hook"})")
            .status(),
        202);
    advance("1s");
    EXPECT_EQ(program_.seen.size(), 2U) << "almost at once";
    advance("59s");
    EXPECT_EQ(program_.seen.size(), 2U);
    advance("1s");
    EXPECT_EQ(program_.seen.size(), 3U);
    advance("298s");
    EXPECT_EQ(program_.seen.size(), 3U);
    advance("2s");
    EXPECT_EQ(program_.seen.size(), 4U);
    advance("24h");
    EXPECT_EQ(program_.seen.size(), 4U) << "that was the last";
}

TEST_F(MovedByAdmin, stripe_goes_on_for_days_each_attempt_at_its_hour) {
    ASSERT_EQ(admin("POST", "/webhooks/trigger",
                    R"({"from":"stripe","url":"http://127.0.0.1:1/hook","body":)"
                    R"({"id":"evt_7","type":"invoice.paid"},"type":"invoice.paid"})")
                  .status(),
              202);
    advance("1h");
    EXPECT_EQ(program_.seen.size(), 3U) << "at once, after 5 min and after 30 more";
    advance("72h");
    ASSERT_EQ(program_.seen.size(), 10U);
    EXPECT_EQ(program_.seen[3] - program_.seen[2], Duration(std::chrono::hours(2)));
    EXPECT_EQ(program_.seen[9] - program_.seen[8], Duration(std::chrono::hours(12)));
}

TEST_F(MovedByAdmin, a_gmail_watch_tells_for_seven_days) {
    const auto token = [this] {
        return text(form("/google/token",
                         "grant_type=refresh_token&refresh_token=seed-refresh-token&"
                         "client_id=cid&client_secret=sec"),
                    "/access_token");
    };
    const std::string base = "/google/gmail/v1/users/me";
    const auto post = [&](const std::string& path, std::string body) {
        return send("POST", base + path, std::move(body),
                    {{"authorization", "Bearer " + token()}, {"content-type", "application/json"}});
    };
    const auto change = [&] {
        const auto inserted = post("/messages", R"({"raw":"VG86IGFAZXhhbXBsZS5jb20NCg0KSGk"})");
        EXPECT_EQ(inserted.status(), 200) << inserted.body();
        return fact("watch");
    };
    const auto watched = post("/watch", R"({"topicName":"projects/p/topics/t"})");
    ASSERT_EQ(watched.status(), 200) << watched.body();
    const auto ends = std::stoll(text(watched, "/expiration")) / 1000;
    EXPECT_EQ(ends - today(), 7 * 24 * 3600);
    advance("167h");
    EXPECT_EQ(change(), "told");
    advance("3599s");
    EXPECT_EQ(change(), "told");
    advance("2s");
    EXPECT_EQ(change(), "expired");
}

}  // namespace
}  // namespace apilab::sandbox
