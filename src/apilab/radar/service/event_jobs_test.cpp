#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "apilab/http/json.hpp"
#include "apilab/radar/internal/test_radar_world.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/radar/service/github_news.hpp"
#include "apilab/radar/service/handlers.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;
using internal::lockfile_of;
using internal::RadarWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string exposed = lockfile_of("4.17.11", "4.16.0");

Config three_watches() {
    Config config = testing::config();
    config.watches = {{.name = "main", .repository = "Octo/Hello"},
                      {.name = "next", .repository = "octo/hello", .ref = "next"},
                      {.name = "local", .path = "/srv/app"}};
    return config;
}

std::vector<std::string> news(std::string_view type, std::string_view body) {
    const auto document = http::JsonDocument::parse(body).value();
    return github_news(type, document.root(), three_watches()).watches;
}

TEST(GithubNews, of_a_push_are_for_the_watches_of_the_ref_that_it_moved) {
    const auto push = [](std::string_view ref, std::string_view more = "") {
        return R"({"ref":")" + std::string(ref) + R"(","repository":{"full_name":"octo/hello",)" +
               R"("default_branch":"main"})" + std::string(more) + "}";
    };
    EXPECT_THAT(news("push", push("refs/heads/main")), ElementsAre("main"));
    EXPECT_THAT(news("push", push("refs/heads/next")), ElementsAre("next"));
    EXPECT_THAT(news("push", push("refs/tags/next")), ElementsAre("next"));
    EXPECT_THAT(news("push", push("refs/heads/other")), IsEmpty());
    EXPECT_THAT(news("push", push("refs/heads/main/x")), IsEmpty());
    EXPECT_THAT(news("push", push("main")), IsEmpty());
    EXPECT_THAT(news("push", push("refs/heads/main", R"(,"deleted":true)")), IsEmpty());
    EXPECT_THAT(news("push", R"({"ref":"refs/heads/main","repository":{"full_name":"evil/hello",)"
                             R"("default_branch":"main"}})"),
                IsEmpty());
    EXPECT_THAT(news("push", R"({"ref":"refs/heads/","repository":{"full_name":"octo/hello"}})"),
                IsEmpty());
}

TEST(GithubNews, of_advisories_and_releases_are_for_all_and_of_an_alert_for_its_repository) {
    EXPECT_THAT(news("release", R"({"action":"published"})"), SizeIs(3));
    EXPECT_THAT(news("release", R"({"action":"edited"})"), IsEmpty());
    EXPECT_THAT(news("repository_advisory", R"({"action":"published"})"), SizeIs(3));
    EXPECT_THAT(news("security_advisory", R"({"action":"published"})"), SizeIs(3));
    EXPECT_THAT(news("security_advisory",
                     R"({"action":"withdrawn","security_advisory":{"vulnerabilities":[)"
                     R"({"package":{"ecosystem":"pip"}},{"package":{"ecosystem":"npm"}}]}})"),
                SizeIs(3));
    EXPECT_THAT(news("security_advisory",
                     R"({"action":"published","security_advisory":{"vulnerabilities":[)"
                     R"({"package":{"ecosystem":"pip"}}]}})"),
                IsEmpty());
    EXPECT_THAT(
        news("dependabot_alert", R"({"action":"created","repository":{"full_name":"octo/hello"}})"),
        ElementsAre("main", "next"));
}

TEST(GithubNews, are_none_where_nothing_can_be_read_from_them) {
    for (const std::string_view type :
         {"ping", "push", "release", "security_advisory", "dependabot_alert", "star", ""}) {
        for (const std::string_view body :
             {"null", "[]", "7", R"("x")", R"({"repository":[],"ref":{},"action":5})",
              R"({"repository":{"full_name":null}})", R"({"repository":{"full_name":""}})"}) {
            if (type == "security_advisory") {
                continue;  // without its packages it is one for all
            }
            EXPECT_THAT(news(type, body), IsEmpty()) << type << ' ' << body;
        }
    }
}

TEST(GithubEvent, a_push_leads_to_one_check_of_the_lockfile_in_the_repository) {
    RadarWorld world;
    world.put_into_repository("package-lock.json", exposed);
    world.config.watches = {{.name = "hello", .repository = "octo/hello"}};
    const std::string push = R"({"ref":"refs/heads/main","repository":)"
                             R"({"full_name":"octo/hello","default_branch":"main"}})";
    world.hear("github", "push", push, "1");
    world.hear("github", "push", push + " ", "2");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.run_of("hello").why, "github push");
    EXPECT_TRUE(world.run_of("hello").complete) << world.run_of("hello").error;
    EXPECT_THAT(world.run_of("hello").report, HasSubstr("octo/hello:package-lock.json"));
    EXPECT_FALSE(world.items("hello").empty());
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
    EXPECT_THAT(world.store->jobs({.kind = "check"}, 10).value(), SizeIs(1));
}

TEST(GithubEvent, that_means_nothing_is_done) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.hear("github", "ping", R"({"zen":"..."})", "1");
    world.hear("github", "star", R"({})", "2");
    world.hear("github", "push", "no JSON", "3");
    world.hear("stripe", "invoice.paid", R"({})", "4");
    world.hear("notion", "page.created", R"({})", "5");
    world.hear("standard", "other.type", R"({"data":{"watch":"shop"}})", "6");
    world.hear("slack", "event_callback", "no JSON", "7");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.store->counts("")->dead, 0);
    EXPECT_EQ(world.store->counts("")->done, 7);
    EXPECT_THAT(world.road->paths, IsEmpty());
    EXPECT_EQ(world.context->ignored,
              (std::map<std::string, std::uint64_t>{
                  {"github", 3}, {"slack", 1}, {"standard", 1}, {"stripe", 1}}));
}

TEST(RepositoryInput, that_is_not_there_says_what_was_looked_for) {
    RadarWorld world;
    world.config.watches = {
        {.name = "w", .repository = "octo/hello", .ref = "main", .file = "x/package-lock.json"}};
    const auto id = world.add(check_job("w", ""));
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(id).state, work::JobState::dead) << "it will not be there later either";
    EXPECT_THAT(world.run_of("w").error,
                HasSubstr("GitHub has no x/package-lock.json in octo/hello at main"));
}

TEST(RepositoryInput, follows_a_repository_that_was_renamed) {
    RadarWorld world;
    world.put_into_repository("package-lock.json", exposed, "octo/new-name");
    world.config.watches = {{.name = "w", .repository = "octo/old-name"}};
    world.add(check_job("w", ""));
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.run_of("w").error, "");
    EXPECT_FALSE(world.items("w").empty());
}

TEST(RepositoryInput, reads_the_package_json_beside_a_lockfile_of_version_1) {
    RadarWorld world;
    world.put_into_repository("app/package-lock.json", R"({"lockfileVersion":1,"dependencies":{
        "lodash":{"version":"4.17.11"},"express":{"version":"4.16.0"}}})");
    world.put_into_repository("app/package.json", R"({"dependencies":{"lodash":"^4.17.0"}})");
    world.config.watches = {
        {.name = "w", .repository = "octo/hello", .file = "app/package-lock.json"}};
    world.add(check_job("w", ""));
    ASSERT_TRUE(world.work());
    for (const Item& item : world.items("w")) {
        EXPECT_EQ(item.decision.direct, item.decision.package == "lodash");
    }
    EXPECT_FALSE(world.items("w").empty());
}

TEST(RepositoryInput, that_is_a_folder_is_refused) {
    RadarWorld world;
    world.config.watches = {{.name = "w", .repository = "octo/hello", .file = "src"}};
    const auto id = world.add(check_job("w", ""));
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(id).state, work::JobState::dead);
    EXPECT_THAT(world.run_of("w").error, HasSubstr("is no file"));
}

TEST(RepositoryInput, is_tried_again_while_github_is_down) {
    RadarWorld world;
    world.road->closed = "/github/";
    world.config.watches = {{.name = "w", .repository = "octo/hello"}};
    const auto id = world.add(check_job("w", ""));
    (void)world.work(1min);
    EXPECT_EQ(world.job(id).state, work::JobState::available);
    EXPECT_FALSE(world.run_of("w").error.empty());
}

TEST(StandardEvent, asks_for_a_check_of_one_watch_or_of_all) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.watch_folder("back", exposed);
    world.hear("standard", "radar.check", R"({"data":{"watch":"shop"}})", "1");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.run_of("shop").why, "standard webhook");
    EXPECT_EQ(world.run_of("back").why, "");
    world.hear("standard", "radar.check", R"({"type":"radar.check"})", "2");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.run_of("back").why, "standard webhook");
    const auto unknown = world.hear("standard", "radar.check", R"({"watch":"else"})", "3");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.job(unknown).state, work::JobState::dead);
}

runtime::Task<Result<PeopleReading>> nothing_read() {
    co_return PeopleReading{};
}

TEST(NotionEvent, of_our_rows_has_people_s_columns_read_once_for_all_that_wait) {
    RadarWorld world;
    std::size_t readings = 0;
    world.context->read_people = [&readings](std::optional<SystemTime>, http::TraceContext) {
        ++readings;
        return nothing_read();
    };
    const auto event = [](std::string_view source) {
        return R"({"type":"page.properties_updated","entity":{"id":"p1","type":"page"},"data":)"
               R"({"parent":{"id":"x","type":"database","data_source_id":")" +
               std::string(source) + R"("}}})";
    };
    world.hear("notion", "page.properties_updated", event("other"), "1");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(readings, 0U);
    world.hear("notion", "page.properties_updated", event("ds"), "2");
    world.hear("notion", "page.properties_updated", event("ds") + " ", "3");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(readings, 1U);
    EXPECT_THAT(world.road->paths, IsEmpty());
}

runtime::Task<std::string> our_bot() {
    co_return "0B07";
}

TEST(NotionEvent, of_our_own_doing_has_nothing_read) {
    RadarWorld world;
    std::size_t readings = 0;
    std::size_t asked = 0;
    world.context->read_people = [&readings](std::optional<SystemTime>, http::TraceContext) {
        ++readings;
        return nothing_read();
    };
    world.context->notion_bot = [&asked](http::TraceContext) {
        ++asked;
        return our_bot();
    };
    const auto event = [](std::string_view authors) {
        return R"({"type":"page.properties_updated","entity":{"id":"p1","type":"page"},)"
               R"("authors":[)" +
               std::string(authors) +
               R"(],"data":{"parent":{"id":"x","type":"database","data_source_id":"ds"}}})";
    };
    world.hear("notion", "page.properties_updated", event(R"({"id":"0b-07","type":"bot"})"), "1");
    world.hear("notion", "comment.created", R"({"type":"comment.created"})", "2");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(readings, 0U);
    EXPECT_EQ(asked, 1U) << "only where it matters";
    world.hear("notion", "page.properties_updated",
               event(R"({"id":"0b07","type":"bot"},{"id":"mara","type":"person"})"), "3");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(readings, 1U) << "a person had a hand in it";
}

std::string mention(const std::string& text, const std::string& more = "") {
    return R"({"type":"event_callback","event_id":"Ev1","team_id":"T1","api_app_id":"A1",)"
           R"("event":{"type":"app_mention","user":"U1","channel":"C9","ts":"1.5","text":")" +
           text + "\"" + more + "}}";
}

TEST(SlackEvent, is_answered_in_its_thread_and_once) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.hear("slack", "event_callback", mention("<@UBOT> status"), "Ev1");
    ASSERT_TRUE(world.work());
    auto said = world.messages("slack");
    ASSERT_THAT(said, SizeIs(1));
    const auto effect = read_slack_effect(said[0].payload).value();
    EXPECT_EQ(effect.channel, "C9");
    EXPECT_EQ(effect.thread_ts, "1.5");
    EXPECT_THAT(effect.text, HasSubstr("shop"));
    // The same question by another event (a mention in a direct message): one answer.
    world.hear("slack", "event_callback", mention("<@UBOT> status"), "Ev2");
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("slack"), SizeIs(1));
}

TEST(SlackEvent, that_asks_for_a_check_gets_one) {
    RadarWorld world;
    world.watch_folder("shop", lockfile_of("4.17.21", "4.21.2"));
    world.hear("slack", "event_callback", mention("<@UBOT> check shop"), "Ev1");
    ASSERT_TRUE(world.work());
    EXPECT_EQ(world.run_of("shop").why, "asked in Slack");
    EXPECT_FALSE(world.messages("slack").empty());
}

TEST(SlackEvent, of_a_bot_or_to_somebody_else_gets_no_answer) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.hear("slack", "event_callback", mention("<@UBOT> status", R"(,"bot_id":"B1")"), "Ev1");
    world.hear(
        "slack", "event_callback",
        R"({"type":"event_callback","event_id":"Ev2","event":{"type":"message",)"
        R"("channel":"C9","channel_type":"channel","user":"U1","ts":"2.5","text":"status"}})",
        "Ev2");
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.messages("slack"), IsEmpty());
}

TEST(SlackEvent, that_names_no_watch_is_not_repeated) {
    RadarWorld world;
    world.watch_folder("shop", exposed);
    world.hear("slack", "event_callback", mention("<@UBOT> check <!channel>"), "Ev1");
    ASSERT_TRUE(world.work());
    ASSERT_THAT(world.messages("slack"), SizeIs(1));
    EXPECT_THAT(world.messages("slack")[0].payload, ::testing::Not(HasSubstr("<!channel>")));
    EXPECT_THAT(world.road->paths, IsEmpty());
}

// Whoever can have a signed event made (a repository's name, a message's text) must not choose whom
// we ask.
TEST(Events, lead_to_no_address_that_stands_in_them) {
    RadarWorld world;
    world.put_into_repository("package-lock.json", exposed);
    world.config.watches = {{.name = "hello", .repository = "octo/hello"}};
    const std::string bait = R"("url":"http://169.254.169.254/latest/meta-data/",)"
                             R"("contents_url":"http://evil.test/{+path}",)"
                             R"("clone_url":"file:///etc/passwd",)"
                             R"("releases_url":"http://127.0.0.1:22/")";
    const std::vector<std::string> names{"octo/hello", "octo/hello/../../evil",
                                         "http://evil.test/octo", "@evil.test/x", "evil.test/x"};
    int id = 0;
    for (const auto& name : names) {
        for (const char* type : {"push", "release", "dependabot_alert", "repository_advisory"}) {
            world.hear("github", type,
                       R"({"action":"published","ref":"refs/heads/main",)" + bait +
                           R"(,"repository":{"full_name":")" + name +
                           R"(","default_branch":"main",)" + bait + "}}",
                       std::to_string(++id));
        }
        world.hear("standard", "radar.check",
                   R"({"data":{"watch":")" + name + R"(",)" + bait + "}}", std::to_string(++id));
        world.hear("slack", "event_callback", mention("check " + name), std::to_string(++id));
        world.hear("notion", "page.updated", "{" + bait + "}", std::to_string(++id));
        world.hear("stripe", "invoice.paid", "{" + bait + "}", std::to_string(++id));
    }
    ASSERT_TRUE(world.work());
    EXPECT_THAT(world.road->origins, ElementsAre("http://box.test"));
    for (const auto& path : world.road->paths) {
        EXPECT_THAT(path, ::testing::Not(HasSubstr("evil")));
    }
    EXPECT_THAT(read_runs(*world.store).value(), SizeIs(1));
}

}  // namespace
}  // namespace apilab::radar
