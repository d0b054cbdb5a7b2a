#include "apilab/sandbox/webhook/plan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/webhook/sign.hpp"

namespace apilab::sandbox::webhook {
namespace {

using namespace std::chrono_literals;

const SystemTime start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

TEST(WebhookSign, agrees_with_what_the_providers_publish) {
    EXPECT_EQ(github_signature("It's a Secret to Everybody", "Hello, World!"),
              "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    EXPECT_EQ(
        slack_signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
                        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
                        "channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name="
                        "roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
                        "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRsk"
                        "XaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703"
                        "c"),
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

TEST(WebhookSign, agrees_with_standard_webhooks_and_svix) {
    constexpr std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    constexpr std::string_view stamp = "1614265330";
    constexpr std::string_view body = R"({"test": 2432232314})";
    EXPECT_EQ(standard_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, stamp, body),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    const std::string key =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kv"
        "g==";
    EXPECT_EQ(standard_signature(key, id, stamp, body),
              "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"
              "enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==");
    EXPECT_EQ(standard_public_key(key), "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=");
    for (const std::string bad : {"whsec_", "whsec_%%%%", "whsk_AAAA", "abc"}) {
        EXPECT_FALSE(standard_signature(bad, id, stamp, body)) << bad;
    }
}

TEST(WebhookSign, agrees_with_stripe_and_notion) {
    EXPECT_EQ(stripe_signature("whsec_test_secret", "1614265330",
                               "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}"),
              "af4ead0627a34a8cca29808e8de9ada8e41a92e6237c63cef6eacf51d36cca34");
    EXPECT_EQ(
        notion_signature("fixed-verification-token", R"({"id":"fixed-evt","type":"page.created"})"),
        "sha256=e51fc361bd9b019cc34c59929547007291a6dd982179d36bb5d6d9e7e12cbac2");
}

TEST(WebhookPlan, is_the_same_for_the_same_seed_and_another_for_another) {
    const Webhooks hooks{.from = "slack", .path = "/w", .events = 50, .twin = {.count = 5}};
    const auto twins = [&](std::uint64_t seed) {
        std::set<std::string> events;
        for (const auto& delivery : plan_deliveries(hooks, seed, start)) {
            if (delivery.copy == "twin") {
                events.insert(delivery.event);
            }
        }
        return events;
    };
    EXPECT_EQ(twins(1), twins(1));
    EXPECT_NE(twins(1), twins(2));
    EXPECT_EQ(twins(2).size(), 5);
}

TEST(WebhookPlan, has_what_was_asked_for_where_it_was_asked_for) {
    const Webhooks hooks{.from = "slack",
                         .path = "/w",
                         .events = 4,
                         .every = 10s,
                         .odd = {.at = {2}},
                         .lost = {.at = {3}},
                         .duplicate = {.at = {1}},
                         .twin = {.at = {4}},
                         .stale = {.at = {4}}};
    const auto plan = plan_deliveries(hooks, 1, start);
    ASSERT_EQ(plan.size(), 8);  // the handshake, four events, again, twin, stale
    EXPECT_EQ(plan[0].type, "url_verification");
    EXPECT_EQ(plan[0].challenge.size(), 32);
    EXPECT_TRUE(plan[2].odd);
    EXPECT_EQ(plan[3].copy, "again");
    EXPECT_EQ(plan[3].event, plan[1].event);
    EXPECT_EQ(plan[3].at, 30s);
    EXPECT_TRUE(plan[4].lost);
    EXPECT_EQ(plan[6].copy, "twin");
    EXPECT_EQ(plan[6].at, plan[5].at);
    EXPECT_EQ(plan[6].event, plan[5].event);
    EXPECT_EQ(plan[7].truth, Truth::stale);
    EXPECT_NE(plan[7].event, plan[5].event);
}

TEST(WebhookPlan, odd_bytes_are_json_that_nobody_would_write_again_like_that) {
    for (const std::string from : {"github", "notion", "slack", "standard", "stripe"}) {
        const Webhooks hooks{.from = from, .path = "/w", .events = 2, .odd = {.at = {2}}};
        for (const auto& delivery : plan_deliveries(hooks, 1, start)) {
            const auto document = http::JsonDocument::parse(delivery.body);
            ASSERT_TRUE(document) << delivery.body;
            EXPECT_EQ(document->root().to_text() == delivery.body, !delivery.odd) << delivery.body;
        }
    }
}

http::Request first_with(Truth truth, const std::string& from) {
    Webhooks hooks{.from = from, .path = "/hooks", .events = 2};
    hooks.altered = hooks.forged = hooks.without_signature = {.at = {1}};
    hooks.stale = hooks.future = {.at = {1}};
    for (const auto& delivery : plan_deliveries(hooks, 7, start)) {
        if (delivery.truth == truth && !delivery.handshake()) {
            return make_request(hooks, delivery, {}, 7, start, *http::Url::parse("http://p.test"));
        }
    }
    throw std::logic_error("no such delivery");
}

TEST(WebhookRequest, has_the_headers_of_github) {
    const auto request = first_with(Truth::genuine, "github");
    EXPECT_EQ(request.url().to_string(), "http://p.test/hooks");
    EXPECT_EQ(request.headers().value("x-github-event"), "push");
    EXPECT_EQ(request.headers().value("x-github-delivery").size(), 36);
    EXPECT_TRUE(request.headers().value("user-agent").starts_with("GitHub-Hookshot/"));
    EXPECT_EQ(request.headers().value("x-hub-signature-256"),
              github_signature(seed_secret(7, "github webhook secret", ""), request.body()));
}

TEST(WebhookRequest, has_the_headers_of_slack_and_says_which_retry_it_is) {
    Webhooks hooks{.from = "slack", .path = "/hooks", .events = 1};
    const auto plan = plan_deliveries(hooks, 7, start);
    const auto base = *http::Url::parse("http://p.test");
    const auto first = make_request(hooks, plan[1], {}, 7, start, base);
    EXPECT_FALSE(first.headers().contains("x-slack-retry-num"));
    const auto again = make_request(hooks, plan[1], {.number = 2, .reason = "http_timeout"}, 7,
                                    start + 1min, base);
    EXPECT_EQ(again.headers().value("x-slack-retry-num"), "1");
    EXPECT_EQ(again.headers().value("x-slack-retry-reason"), "http_timeout");
    EXPECT_EQ(again.body(), first.body());
    EXPECT_NE(again.headers().value("x-slack-signature"),
              first.headers().value("x-slack-signature"))
        << "signed anew with its own time";
}

TEST(WebhookRequest, hostile_ones_are_wrong_in_just_one_way) {
    for (const std::string from : {"github", "slack"}) {
        const auto secret =
            seed_secret(7, from == "github" ? "github webhook secret" : "slack signing secret", "");
        const auto right = [&](const http::Request& request) {
            return from == "github"
                       ? request.headers().value("x-hub-signature-256") ==
                             github_signature(secret, request.body())
                       : request.headers().value("x-slack-signature") ==
                             slack_signature(secret,
                                             request.headers().value("x-slack-request-timestamp"),
                                             request.body());
        };
        EXPECT_TRUE(right(first_with(Truth::genuine, from)));
        EXPECT_FALSE(right(first_with(Truth::altered, from)));
        EXPECT_TRUE(http::JsonDocument::parse(first_with(Truth::altered, from).body()));
        EXPECT_FALSE(right(first_with(Truth::forged, from)));
        EXPECT_FALSE(right(first_with(Truth::without_signature, from)));
    }
    const auto epoch = start.time_since_epoch() / 1s;
    const auto stale = first_with(Truth::stale, "slack");
    EXPECT_EQ(stale.headers().value("x-slack-request-timestamp"), std::to_string(epoch - 360));
    const auto future = first_with(Truth::future, "slack");
    EXPECT_EQ(future.headers().value("x-slack-request-timestamp"), std::to_string(epoch + 360));
}

const Webhooks news{.from = "stripe",
                    .path = "/w",
                    .events = 6,
                    .every = 12s,
                    .handshake = false,
                    .retired = {.count = 3},
                    .redelivered = {.at = {1}},
                    .reorder = {.at = {3, 4}},
                    .unknown = {.at = {5}},
                    .slow = {.at = {5}},
                    .huge = {.at = {6}},
                    .rotate = 3};

TEST(WebhookPlan, tells_of_an_object_in_the_wrong_order) {
    std::map<std::string, std::vector<std::uint64_t>> told;
    for (const auto& delivery : plan_deliveries(news, 1, start)) {
        if (!delivery.object.empty()) {
            told[delivery.object].push_back(delivery.order);
            EXPECT_EQ(delivery.late, told[delivery.object].size() == 2);
            EXPECT_TRUE(delivery.body.contains(delivery.version));
        }
    }
    ASSERT_EQ(told.size(), 2);
    EXPECT_EQ(told.begin()->second, (std::vector<std::uint64_t>{2, 1})) << "updated, then created";
    EXPECT_EQ(told.rbegin()->second, (std::vector<std::uint64_t>{3, 2})) << "deleted, then updated";
}

TEST(WebhookPlan, a_changed_secret_signs_alone_after_both_did) {
    const auto base = *http::Url::parse("http://p.test");
    std::size_t retired = 0;
    for (const auto& delivery : plan_deliveries(news, 7, start)) {
        const auto request = make_request(news, delivery, {}, 7, start, base);
        const std::string given(request.headers().value("stripe-signature"));
        const auto stamp = given.substr(2, given.find(',') - 2);
        const auto with = [&](bool former) {
            return ",v1=" +
                   stripe_signature(webhook_secret(7, "stripe", former), stamp, request.body());
        };
        EXPECT_EQ(given, "t=" + stamp +
                             (delivery.truth == Truth::retired ? with(true)
                              : delivery.both                  ? with(true) + with(false)
                                                               : with(false)));
        retired += delivery.truth == Truth::retired ? 1 : 0;
        EXPECT_FALSE(delivery.truth == Truth::retired && delivery.at < 48s) << "only afterwards";
    }
    EXPECT_EQ(retired, 3);
}

TEST(WebhookPlan, an_event_of_an_unknown_type_comes_beside_and_a_redelivery_later) {
    std::size_t quiet = 0;
    std::size_t asked = 0;
    for (const auto& delivery : plan_deliveries(news, 1, start)) {
        quiet += delivery.quiet ? 1 : 0;
        asked += delivery.copy == "redelivery" ? 1 : 0;
        EXPECT_TRUE(delivery.copy != "redelivery" || delivery.at == 32s);
    }
    EXPECT_EQ(quiet, 1);
    EXPECT_EQ(asked, 1);
}

TEST(WebhookPlan, what_the_bot_itself_said_comes_back_under_a_ts_of_its_own) {
    const Webhooks hooks{.from = "slack", .events = 3, .handshake = false, .own = {.at = {2}}};
    std::map<std::string, std::string> told;
    for (const auto& delivery : plan_deliveries(hooks, 1, start)) {
        const auto document = http::JsonDocument::parse(delivery.body);
        ASSERT_TRUE(document);
        const auto event = document->root()["event"];
        EXPECT_EQ(event["ts"].string_or(""), delivery.ts);
        EXPECT_EQ(event["bot_id"].missing(), !delivery.own);
        // Who is authorised is the bot, and nobody who speaks to it.
        const auto bot = document->root().at_pointer("/authorizations/0/user_id").string_or("");
        EXPECT_EQ(event["user"].string_or("") == bot, delivery.own);
        EXPECT_TRUE(told.emplace(delivery.ts, delivery.event).second);
    }
    EXPECT_EQ(told.size(), 4);
}

TEST(WebhookPlan, a_lure_leads_elsewhere_where_there_is_an_elsewhere) {
    for (const std::string from : {"github", "slack"}) {
        const Webhooks hooks{.from = from, .events = 2, .handshake = false, .lure = {.at = {2}}};
        const auto plan = plan_deliveries(hooks, 1, start, "http://127.0.0.1:9999");
        ASSERT_EQ(plan.size(), 2);
        EXPECT_FALSE(plan[0].body.contains("127.0.0.1")) << from;
        EXPECT_TRUE(plan[1].body.contains("http://127.0.0.1:9999/")) << from;
        EXPECT_TRUE(plan[1].lure);
        EXPECT_TRUE(http::JsonDocument::parse(plan[1].body)) << plan[1].body;
        EXPECT_FALSE(plan_deliveries(hooks, 1, start)[1].lure) << "nowhere to lead to";
    }
}

TEST(Kills, fall_one_into_each_part_and_leave_time_to_come_back) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto times = kill_times({.count = 5, .within = 20s, .away = 1s}, seed);
        ASSERT_EQ(times.size(), 5);
        for (std::size_t i = 0; i < times.size(); ++i) {
            EXPECT_GE(times[i], 4s * static_cast<std::int64_t>(i));
            EXPECT_LE(times[i] + 1s, 4s * static_cast<std::int64_t>(i + 1));
        }
    }
    EXPECT_TRUE(kill_times({}, 1).empty());
    EXPECT_NE(kill_times({.count = 5}, 1), kill_times({.count = 5}, 2));
}

TEST(WebhookScenario, bad_fields_are_named) {
    const std::map<std::string, std::string> bad{
        {"[[webhook]]\nfrom = \"gitlab\"\nevents = 1", "/webhook/0/from"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 0", "/webhook/0/events"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 10001", "/webhook/0/events"},
        {"[[webhook]]\nfrom = \"github\"\nevents = 5\nstale = 1", "/webhook/0/stale"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\ntwin = [6]", "/webhook/0/twin/0"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\ntwin = 6", "/webhook/0/twin"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\nevery = \"0s\"", "/webhook/0/every"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\npath = \"x\"", "/webhook/0/path"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\nspeed = 1", "/webhook/0/speed"},
        {"[[webhook]]\nfrom = \"notion\"\nevents = 5\nfuture = 1", "/webhook/0/future"},
        {"[[webhook]]\nfrom = \"github\"\nevents = 5\nlost = 1", "/webhook/0/lost"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\nrotate = 1", "/webhook/0/rotate"},
        {"[[webhook]]\nfrom = \"stripe\"\nevents = 5\nrotate = 6", "/webhook/0/rotate"},
        {"[[webhook]]\nfrom = \"stripe\"\nevents = 5\nrotate = 2\nretired = [2]",
         "/webhook/0/retired"},
        {"[[webhook]]\nfrom = \"stripe\"\nevents = 5\nsigns = \"v1a\"", "/webhook/0/signs"},
        {"[[webhook]]\nfrom = \"standard\"\nevents = 5\nsigns = \"v2\"", "/webhook/0/signs"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\nmode = \"test\"", "/webhook/0/mode"},
        {"[[webhook]]\nfrom = \"slack\"\nevents = 5\nattempts = 0", "/webhook/0/attempts"},
        {"[kill]\ncount = 0", "/kill/count"},
        {"[kill]\ncount = 2\nwithin = \"2s\"\naway = \"1s\"", "/kill/away"},
    };
    for (const auto& [text, pointer] : bad) {
        const auto scenario = parse_scenario("name = \"x\"\n" + text);
        ASSERT_FALSE(scenario) << text;
        EXPECT_EQ(scenario.error().detail(), pointer) << text;
    }
}

}  // namespace
}  // namespace apilab::sandbox::webhook
