#include <gtest/gtest.h>

#include "apilab/http/json.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/admin.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using runtime::Task;

class Program final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        seen.push_back(std::move(request));
        co_return http::Response(status, "thanks");
    }
    int status = 200;
    std::vector<http::Request> seen;
};

struct AdminWebhooks : testing::Test {
    runtime::VirtualScheduler scheduler;
    Program program;
    transport::LoopbackTransport way{scheduler, program};
    std::unique_ptr<Sandbox> sandbox = *Sandbox::make(scheduler, {});
    Admin admin{*sandbox, Secret("t0ken")};

    AdminWebhooks() { sandbox->hub().deliver_over(&way); }
    http::Response ask(std::string method, std::string_view path, std::string body = "") {
        http::Request request(std::move(method),
                              *http::Url::parse("http://127.0.0.1/_sandbox" + std::string(path)));
        request.body(std::move(body));
        request.header("authorization", "Bearer t0ken");
        return *runtime::run(scheduler, admin.call(std::move(request), {}));
    }
    static http::JsonDocument json(const http::Response& response) {
        return *http::JsonDocument::parse(response.body());
    }
    void settle() { runtime::run(scheduler, sandbox->hub().settled()); }
};

TEST_F(AdminWebhooks, a_subscription_is_made_listed_shown_and_ended) {
    const auto made = ask("POST", "/webhooks/subscriptions",
                          R"({"from":"github","url":"http://127.0.0.1:1/hook","secret":"s3"})");
    ASSERT_EQ(made.status(), 201) << made.body();
    EXPECT_EQ(json(made).root()["id"].string(), "1");
    EXPECT_FALSE(made.body().contains("s3\"")) << "the secret is not shown";
    EXPECT_EQ(json(ask("GET", "/webhooks/subscriptions")).root()["subscriptions"].size(), 1);
    EXPECT_EQ(json(ask("GET", "/webhooks/subscriptions?from=slack")).root()["subscriptions"].size(),
              0);
    EXPECT_EQ(json(ask("GET", "/webhooks/subscriptions/1")).root()["signed"].boolean(), true);
    settle();
    ASSERT_EQ(program.seen.size(), 1) << "GitHub pings";
    EXPECT_EQ(program.seen[0].headers().value("x-github-event"), "ping");
    EXPECT_EQ(ask("DELETE", "/webhooks/subscriptions/1").status(), 204);
    EXPECT_EQ(ask("DELETE", "/webhooks/subscriptions/1").status(), 404);
    EXPECT_EQ(ask("GET", "/webhooks/subscriptions/1").status(), 404);
}

TEST_F(AdminWebhooks, an_event_is_triggered_looked_at_and_sent_again) {
    program.status = 400;
    const auto sent = ask("POST", "/webhooks/trigger",
                          R"({"from":"stripe","url":"http://127.0.0.1:1/hook","body":)"
                          R"({"id":"evt_7","type":"invoice.paid"},"type":"invoice.paid"})");
    ASSERT_EQ(sent.status(), 202) << sent.body();
    EXPECT_EQ(json(sent).root()["guid"].string(), "evt_7");
    settle();
    EXPECT_EQ(program.seen.size(), 10) << "a schedule over three days";
    const auto list = json(ask("GET", "/webhooks/deliveries"));
    ASSERT_EQ(list.root()["deliveries"].size(), 10);
    EXPECT_EQ(ask("POST", "/webhooks/deliveries/1/redeliver").status(), 202);
    settle();
    EXPECT_EQ(program.seen.size(), 11) << "once";
    const auto one = json(ask("GET", "/webhooks/deliveries/11"));
    EXPECT_EQ(one.root()["redelivery"].boolean(), true);
    EXPECT_EQ(one.root()["status"].integer(), 400);
    EXPECT_EQ(one.root()["response"]["body"].string(), "thanks");
    EXPECT_EQ(one.root()["request"]["body"].string(), R"({"id":"evt_7","type":"invoice.paid"})");
    EXPECT_EQ(ask("GET", "/webhooks/deliveries/99").status(), 404);
    EXPECT_EQ(ask("POST", "/webhooks/deliveries/99/redeliver").status(), 404);
}

TEST_F(AdminWebhooks, without_a_secret_the_seeds_own_signs) {
    ASSERT_EQ(ask("POST", "/webhooks/trigger",
                  R"({"from":"notion","url":"http://127.0.0.1:1/hook","what":"duplicate"})")
                  .status(),
              202);
    settle();
    ASSERT_EQ(program.seen.size(), 2);
    EXPECT_EQ(program.seen[0].headers().value("x-notion-signature"),
              webhook::notion_signature(webhook_secret(1, "notion"), program.seen[0].body()));
}

TEST_F(AdminWebhooks, wrong_input_is_refused_by_its_field) {
    const auto pointer = [&](std::string_view path, std::string body) {
        const auto answer = ask("POST", path, std::move(body));
        EXPECT_EQ(answer.status(), 422) << answer.body();
        return std::string(json(answer).root()["pointer"].string_or("none"));
    };
    EXPECT_EQ(pointer("/webhooks/subscriptions", "[]"), "");
    EXPECT_EQ(pointer("/webhooks/subscriptions", "{}"), "/from");
    EXPECT_EQ(pointer("/webhooks/subscriptions", R"({"from":"github"})"), "/url");
    EXPECT_EQ(pointer("/webhooks/subscriptions", R"({"from":"gitlab","url":"http://[::1]:1/"})"),
              "/from");
    EXPECT_EQ(pointer("/webhooks/subscriptions", R"({"from":"github","url":"http://e.com/"})"),
              "/url");
    EXPECT_EQ(pointer("/webhooks/subscriptions",
                      R"({"from":"github","url":"http://127.0.0.1/","events":["a",1]})"),
              "/events/1");
    EXPECT_EQ(pointer("/webhooks/subscriptions", R"({"from":"github","url":"/","speed":1})"),
              "/speed");
    EXPECT_EQ(pointer("/webhooks/trigger",
                      R"({"from":"github","url":"http://127.0.0.1/","what":"explode"})"),
              "/what");
}

TEST_F(AdminWebhooks, unknown_paths_and_methods_are_told_apart) {
    EXPECT_EQ(ask("GET", "/webhooks/parcels").status(), 404);
    const auto wrong = ask("DELETE", "/webhooks/trigger");
    EXPECT_EQ(wrong.status(), 405);
    EXPECT_EQ(wrong.headers().value("allow"), "POST");
}

}  // namespace
}  // namespace apilab::sandbox
