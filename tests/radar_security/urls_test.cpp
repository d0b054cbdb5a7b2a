// URLs that somebody else wrote into a payload or an answer lead nowhere: whatever they say, the
// only origins that are asked are those of the configuration.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/http/url.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "world.hpp"

namespace apilab::radar_security {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

using Mood = Others::Mood;

constexpr std::array targets{"http://169.254.169.254/latest/meta-data",
                             "http://127.0.0.1:8080/api/actions/check",
                             "http://localhost:22",
                             "http://[::1]:6379",
                             "file:///etc/passwd",
                             "gopher://127.0.0.1:6379/_SET",
                             "http://0x7f000001/",
                             "//evil.example/x",
                             "http://sandbox.test@evil.example/",
                             "javascript:alert(1)"};

class Urls : public testing::Test {
protected:
    Urls() {
        world.radar().start();
        scheduler.advance(12min);
    }
    void settle() {
        scheduler.advance(70min);
        EXPECT_THAT(world.others().origins(), ElementsAre(home));
    }
    void deliver(std::string_view sender, const std::string& body) {
        ++number;
        EXPECT_EQ(world.deliver_genuine(sender, body, number).status(), 200) << body;
    }

    runtime::VirtualScheduler scheduler;
    World world{scheduler, {.seed = 95}};
    int number = 100;
};

TEST_F(Urls, in_signed_payloads_of_every_sender_are_not_asked_for) {
    for (const auto* target : targets) {
        for (const auto& sender : senders()) {
            deliver(sender, event_of(sender, number + 1, target));
        }
    }
    settle();
    EXPECT_THAT(world.tables(), HasSubstr("169.254.169.254")) << "they are kept as they came";
}

TEST_F(Urls, of_what_a_person_clicks_in_slack_are_not_asked_for) {
    for (const auto* target : targets) {
        ++number;
        const auto payload = fmt::format(
            R"({{"type":"block_actions","trigger_id":"t{}","response_url":"{}","response_urls":)"
            R"([{{"response_url":"{}"}}],"user":{{"id":"U9"}},"actions":[{{"url":"{}"}}]}})",
            number, target, target, target);
        const std::string form = "payload=" + http::percent_encode(payload);
        auto delivery =
            radar_security::deliver("slack", Secret(world.secret("RADAR_SLACK_WEBHOOK_SECRET")),
                                    form, number, scheduler.system_now());
        delivery.headers.set("content-type", "application/x-www-form-urlencoded");
        EXPECT_EQ(world.send(delivery).status(), 200);
        const auto command =
            fmt::format("command=%2Fradar&text=status&trigger_id=c{}&response_url={}", number,
                        http::percent_encode(target));
        delivery =
            radar_security::deliver("slack", Secret(world.secret("RADAR_SLACK_WEBHOOK_SECRET")),
                                    command, number, scheduler.system_now());
        delivery.headers.set("content-type", "application/x-www-form-urlencoded");
        EXPECT_EQ(world.send(delivery).status(), 200);
    }
    settle();
}

TEST_F(Urls, in_answers_of_the_sources_lead_nowhere) {
    for (const auto* provider : {"npm", "osv", "github", "slack", "notion", "google"}) {
        world.others().become(provider, Mood::lure);
    }
    world.install({{"lodash", "4.17.11"}, {"minimist", "1.2.0"}, {"axios", "0.21.1"}});
    deliver("github", event_of("github", number + 1));
    scheduler.advance(7h);  // everything is checked again
    settle();
    for (const auto* provider : {"npm", "osv", "github"}) {
        EXPECT_GT(world.others().asked(provider, Mood::lure), 0U) << provider;
    }
}

TEST_F(Urls, that_a_source_redirects_to_lead_nowhere) {
    for (const auto* provider : {"npm", "osv", "github", "slack", "notion", "google"}) {
        world.others().become(provider, Mood::redirect);
    }
    world.install({{"lodash", "4.17.11"}, {"minimist", "1.2.0"}, {"axios", "0.21.1"}});
    deliver("github", event_of("github", number + 1));
    deliver("slack", event_of("slack", number + 1));
    scheduler.advance(7h);
    settle();
    for (const auto* provider : {"npm", "osv", "github"}) {
        EXPECT_GT(world.others().asked(provider, Mood::redirect), 0U) << provider;
    }
}

TEST_F(Urls, on_the_dashboard_and_in_requests_are_not_asked_for) {
    for (const std::string target : targets) {
        const auto quoted = http::percent_encode(target);
        for (const auto* action :
             {"check", "redeliver", "snooze", "queue", "quarantine", "resolve"}) {
            (void)world.ask(
                {.method = "POST",
                 .target = std::string("/api/actions/") + action,
                 .headers = {{"content-type", "application/json"},
                             {"authorization", "Bearer " + world.secret("RADAR_DASHBOARD_TOKEN")}},
                 .body = fmt::format(
                     R"({{"watch":"{0}","url":"{0}","key":"{0}","queue":"{0}","source":"{0}",)"
                     R"("reason":"{0}","id":"{0}","pause":true}})",
                     target)});
        }
        for (const auto* page :
             {"/api/jobs?url=", "/api/calls/", "/?next=", "/api/outbox?target="}) {
            (void)world.ask({.target = page + quoted,
                             .headers = {{"referer", target},
                                         {"x-original-url", target},
                                         {"x-forwarded-host", "evil.example"},
                                         {"link", "<" + target + ">"}}});
        }
    }
    settle();
}

}  // namespace
}  // namespace apilab::radar_security
