#include "apilab/radar/service/subscriptions.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "apilab/radar/service/github_news.hpp"
#include "apilab/radar/service/notion_events.hpp"
#include "apilab/radar/service/slack_events.hpp"

namespace apilab::radar {
namespace {

std::span<const std::string_view> of(std::string_view sender) {
    return std::ranges::find(subscriptions(), sender, &Subscription::sender)->events;
}

TEST(Subscriptions, lead_to_a_check_where_github_tells_of_them) {
    const auto none = *http::Url::parse("http://none.invalid");
    Config config{.urls = {none, none, none, none, none, none, none}};
    config.watches.push_back({.name = "shop", .repository = "octo/shop", .ref = "main"});
    const auto body = [](std::string_view action) {
        return http::JsonDocument::parse(
                   fmt::format(
                       R"({{"ref":"refs/heads/main","action":"{}","repository":{{"full_name":)"
                       R"("octo/shop","default_branch":"main"}},"security_advisory":{{}}}})",
                       action))
            .value();
    };
    for (const auto event : of("github")) {
        EXPECT_EQ(github_news(event, body("published").root(), config).watches.size(), 1U) << event;
    }
    EXPECT_TRUE(github_news("star", body("created").root(), config).watches.empty());
}

TEST(Subscriptions, lead_to_a_reading_where_notion_tells_of_them) {
    const auto event = [](std::string_view type) {
        return fmt::format(R"({{"type":"{}","entity":{{"id":"p","type":"page"}}}})", type);
    };
    for (const auto type : of("notion")) {
        EXPECT_TRUE(read_notion_event(event(type), {.data_source = "d"})->read) << type;
    }
    EXPECT_FALSE(read_notion_event(event("comment.created"), {.data_source = "d"})->read);
}

TEST(Subscriptions, are_questions_where_slack_tells_of_them) {
    const auto event = [](std::string_view type, std::string_view channel_type) {
        return fmt::format(
            R"({{"type":"event_callback","event_id":"Ev1","team_id":"T1","event":{{"type":"{}",)"
            R"("channel_type":"{}","channel":"C1","user":"U1","text":"status","ts":"1.2"}}}})",
            type, channel_type);
    };
    // `message.im` is what is subscribed to; `message` with `im` is what comes.
    for (const auto name : of("slack")) {
        const auto dot = name.find('.');
        const auto place = dot == name.npos ? "channel" : name.substr(dot + 1);
        EXPECT_TRUE(read_slack_event(event(name.substr(0, dot), place))->question) << name;
    }
    EXPECT_FALSE(read_slack_event(event("app_home_opened", "im"))->question);
}

}  // namespace
}  // namespace apilab::radar
