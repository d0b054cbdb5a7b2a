#include <algorithm>
#include <map>

#include "apilab/base/result.hpp"
#include "apilab/http/link.hpp"
#include "apilab/sandbox/github/internal/test_github.hpp"
#include "apilab/sandbox/webhook/hub.hpp"

namespace apilab::sandbox::github {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using webhook::DeliveryRecord;
using webhook::Event;
using webhook::Subscription;

// Notes what it is told, and takes every event as one delivery to each hook.
class NotingHub final : public webhook::Hub {
public:
    Result<std::string> subscribe(Subscription subscription) override {
        if (subscription.url.contains("forbidden")) {
            return fail(
                Error(ErrorKind::invalid_argument, "not to this machine").with_detail("/url"));
        }
        subscription.id = std::to_string(++ids);
        hooks[subscription.id] = subscription;
        return subscription.id;
    }
    Result<void> change(Subscription subscription) override {
        hooks[subscription.id] = std::move(subscription);
        return {};
    }
    bool unsubscribe(std::string_view id) override { return hooks.erase(std::string(id)) > 0; }
    std::optional<Subscription> find(std::string_view id) const override {
        const auto found = hooks.find(std::string(id));
        return found == hooks.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<Subscription> subscriptions(std::string_view /*from*/,
                                            std::string_view scope) const override {
        std::vector<Subscription> out;
        for (const auto& [id, hook] : hooks) {
            if (hook.scope == scope) {
                out.push_back(hook);
            }
        }
        return out;
    }
    void emit(Event event) override {
        for (const auto& [id, hook] : hooks) {
            deliver(id, event);
        }
        told.push_back(std::move(event));
    }
    void emit_to(std::string_view subscription, Event event) override {
        deliver(std::string(subscription), event);
        told.push_back(std::move(event));
    }
    std::vector<DeliveryRecord> deliveries(std::string_view subscription) const override {
        std::vector<DeliveryRecord> out;
        for (const auto& record : records) {
            if (subscription.empty() || record.subscription == subscription) {
                out.push_back(record);
            }
        }
        return out;
    }
    std::optional<DeliveryRecord> delivery(std::string_view id) const override {
        const auto found = std::ranges::find(records, id, &DeliveryRecord::id);
        return found == records.end() ? std::nullopt : std::optional(*found);
    }
    bool redeliver(std::string_view id) override {
        auto again = delivery(id);
        again->id = std::to_string(++ids);
        again->redelivery = true;
        records.insert(records.begin(), *again);
        return true;
    }
    void deliver(const std::string& to, const Event& event) {
        records.insert(records.begin(), {.id = std::to_string(++ids),
                                         .subscription = to,
                                         .guid = "guid-" + std::to_string(ids),
                                         .event = event.type,
                                         .action = event.action,
                                         .took = std::chrono::milliseconds(120),
                                         .status = status,
                                         .request_headers = {{"X-GitHub-Event", event.type}},
                                         .request_body = event.body,
                                         .response_body = "ok"});
    }

    int ids = 100;
    int status = 200;
    std::map<std::string, Subscription> hooks;
    std::vector<Event> told;
    std::vector<DeliveryRecord> records;
};

class GitHubHooks : public GitHubTest {
protected:
    GitHubHooks() { ask.hub = &hub; }

    std::string create(std::string_view config = R"("content_type":"json","secret":"s3cr3t")") {
        const auto reply =
            send("POST", hello + "/hooks",
                 R"({"events":["issues","push"],"config":{"url":"http://127.0.0.1:9/h",)" +
                     std::string(config) + "}}");
        EXPECT_EQ(reply.status(), 201) << reply.body();
        return hello + "/hooks/" + std::to_string(json(reply)["id"].integer().value_or(0));
    }
    std::vector<std::string> told() const {
        std::vector<std::string> out;
        for (const auto& event : hub.told) {
            out.push_back(event.type + (event.action.empty() ? "" : "." + event.action));
        }
        return out;
    }

    NotingHub hub;
};

TEST_F(GitHubHooks, a_new_hook_is_pinged_and_its_secret_is_masked) {
    const auto hook = create();
    const auto reply = get(hook);
    EXPECT_EQ(json(reply)["config"]["secret"].string(), "********");
    EXPECT_EQ(json(reply)["config"]["content_type"].string(), "json");
    EXPECT_THAT(reply.body(), ::testing::Not(HasSubstr("s3cr3t")));
    EXPECT_EQ(hub.hooks.begin()->second.secret.reveal(), "s3cr3t");
    EXPECT_EQ(hub.hooks.begin()->second.scope, "octo/hello");
    EXPECT_EQ(hub.hooks.begin()->second.content_type, "json");
    EXPECT_THAT(told(), ElementsAre("ping"));
    const auto ping = http::JsonDocument::parse(hub.told.front().body).value();
    EXPECT_EQ(ping.root()["hook"]["config"]["secret"].string(), "********");
    EXPECT_EQ(ping.root()["repository"]["full_name"].string(), "octo/hello");
    EXPECT_EQ(json(reply)["last_response"]["code"].integer(), 200);
}

TEST_F(GitHubHooks, changes_are_told_with_what_they_changed) {
    (void)create();
    hub.told.clear();
    (void)send("POST", hello + "/issues", R"({"title":"x","labels":["bug"]})");
    (void)send("PATCH", hello + "/issues/158", R"({"title":"y","state":"closed"})");
    (void)send("POST", hello + "/issues/158/comments", R"({"body":"c"})");
    (void)send("POST", hello + "/labels", R"({"name":"fresh"})");
    (void)send("POST", hello + "/releases", R"({"tag_name":"v9"})");
    (void)send("PUT", hello + "/contents/a.txt", R"({"message":"m","content":"eA=="})");
    EXPECT_THAT(told(),
                ElementsAre("issues.opened", "issues.labeled", "issues.edited", "issues.closed",
                            "issue_comment.created", "label.created", "release.created",
                            "release.published", "release.released", "push"));
    const auto opened = http::JsonDocument::parse(hub.told[0].body).value();
    EXPECT_EQ(opened.root()["action"].string(), "opened");
    EXPECT_EQ(opened.root()["issue"]["number"].integer(), 158);
    EXPECT_EQ(opened.root()["sender"]["login"].string(), "octo");
    const auto edited = http::JsonDocument::parse(hub.told[2].body).value();
    EXPECT_EQ(edited.root()["changes"]["title"]["from"].string(), "x");
    const auto push = http::JsonDocument::parse(hub.told.back().body).value();
    EXPECT_EQ(push.root().at_pointer("/commits/0/added/0").string(), "a.txt");
    EXPECT_EQ(push.root()["after"].string(), push.root()["head_commit"]["id"].string());
}

TEST_F(GitHubHooks, what_fails_tells_nothing) {
    (void)create();
    hub.told.clear();
    (void)send("POST", hello + "/issues", R"({"title":""})");
    (void)send("PATCH", hello + "/issues/999", "{}");
    (void)get(hello + "/issues");
    EXPECT_THAT(told(), ::testing::IsEmpty());
}

TEST_F(GitHubHooks, bad_ones_are_refused_by_field) {
    const auto refused = [&](std::string body) {
        return error_of(send("POST", hello + "/hooks", std::move(body)));
    };
    EXPECT_EQ(refused("{}"), "Hook.url custom");
    EXPECT_EQ(refused(R"({"config":{"url":"ftp://x"}})"), "Hook.url custom");
    EXPECT_EQ(refused(R"({"name":"irc","config":{"url":"http://x"}})"), "Hook.name invalid");
    EXPECT_EQ(refused(R"({"events":["nonsense"],"config":{"url":"http://x"}})"),
              "Hook.events invalid");
    EXPECT_EQ(refused(R"({"config":{"url":"http://x","content_type":"xml"}})"),
              "Hook.content_type custom");
    EXPECT_EQ(refused(R"({"config":{"url":"http://forbidden"}})"), "Hook.url custom")
        << "what the hub says";
    (void)create();
    EXPECT_THAT(send("POST", hello + "/hooks",
                     R"({"events":["issues","push"],"config":{"url":"http://127.0.0.1:9/h"}})")
                    .body(),
                HasSubstr("already exists"));
}

TEST_F(GitHubHooks, are_changed_pinged_tested_and_deleted) {
    const auto hook = create();
    const auto changed = send("PATCH", hook, R"({"active":false,"add_events":["release"]})");
    EXPECT_EQ(json(changed)["active"].boolean(), false);
    EXPECT_EQ(json(changed)["events"].size(), 3U);
    EXPECT_EQ(hub.hooks.begin()->second.secret.reveal(), "s3cr3t") << "it stays";
    EXPECT_EQ(
        json(send("PATCH", hook + "/config", R"({"insecure_ssl":1})"))["insecure_ssl"].string(),
        "1");
    EXPECT_EQ(json(get(hook + "/config"))["content_type"].string(), "json");
    hub.told.clear();
    EXPECT_EQ(send("POST", hook + "/pings", "").status(), 204);
    EXPECT_EQ(send("POST", hook + "/tests", "").status(), 204);
    EXPECT_THAT(told(), ElementsAre("ping", "push"));
    EXPECT_THAT(column(get(hello + "/hooks"), "name"), ElementsAre("web"));
    EXPECT_EQ(get("/repos/octo/util/hooks/" + hook.substr(hook.rfind('/') + 1)).status(), 404)
        << "of another repository";
    EXPECT_EQ(send("DELETE", hook, "").status(), 204);
    EXPECT_EQ(get(hook).status(), 404);
}

TEST_F(GitHubHooks, deliveries_are_listed_by_cursor_shown_and_sent_again) {
    const auto hook = create();
    for (int i = 0; i < 4; ++i) {
        (void)send("POST", hook + "/pings", "");
    }
    hub.status = 500;
    (void)send("POST", hook + "/pings", "");
    const auto first = get(hook + "/deliveries?per_page=4");
    EXPECT_EQ(json(first).size(), 4U);
    EXPECT_EQ(json(first).at_pointer("/0/status").string(), "Invalid HTTP Response: 500");
    EXPECT_EQ(json(first).at_pointer("/1/status").string(), "OK");
    EXPECT_EQ(json(first).at_pointer("/1/duration").number(), 0.12);
    const auto next = http::find_link(first.headers(), "next");
    ASSERT_TRUE(next);
    const auto second = ask.follow(*next, headers);
    EXPECT_EQ(json(second).size(), 2U);
    EXPECT_FALSE(http::find_link(second.headers(), "next"));
    EXPECT_EQ(get(hook + "/deliveries?cursor=zz").status(), 400);
    EXPECT_EQ(json(get(hook + "/deliveries?status=failure")).size(), 1U);

    const auto id = column(first, "id").front();
    const auto one = get(hook + "/deliveries/" + id);
    EXPECT_EQ(json(one)["request"]["headers"]["X-GitHub-Event"].string(), "ping");
    EXPECT_TRUE(json(one)["request"]["payload"]["zen"].is_string());
    EXPECT_EQ(send("POST", hook + "/deliveries/" + id + "/attempts", "").status(), 202);
    const auto again = get(hook + "/deliveries");
    EXPECT_EQ(json(again).at_pointer("/0/redelivery").boolean(), true);
    const auto guids = column(again, "guid");
    EXPECT_EQ(guids[0], guids[1]) << "the same event";
    EXPECT_EQ(get(hook + "/deliveries/1").status(), 404);
}

TEST_F(GitHubHooks, are_not_for_everybody_and_not_without_a_hub) {
    EXPECT_EQ(ask.get(hello + "/hooks").status(), 404);
    EXPECT_EQ(get("/repos/lodash/lodash/hooks").status(), 404);
    ask.hub = nullptr;
    EXPECT_EQ(get(hello + "/hooks").status(), 503);
    EXPECT_EQ(send("POST", hello + "/issues", R"({"title":"x"})").status(), 201)
        << "nobody listens";
}

}  // namespace
}  // namespace apilab::sandbox::github
