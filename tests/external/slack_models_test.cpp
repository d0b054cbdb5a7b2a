// Slack's own examples and the shapes that the Java SDK's authors recorded, read with our models:
// nothing that a model needs is missing or of another type.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/data/decode.hpp"
#include "apilab/provider/github_models.hpp"
#include "apilab/provider/slack_events.hpp"
#include "apilab/provider/slack_models.hpp"
#include "external_data.hpp"

namespace apilab::data {
namespace {

using external::data_root;
using external::files_in;
using external::json_of;
using external::text_of;
namespace slack = provider::slack;

template <class T>
T without_drift(http::Json value, const std::string& what) {
    auto decoded = decode<T>(value, {.on_drift = OnDrift::strict});
    EXPECT_TRUE(decoded) << what << ": " << decoded.error().to_string();
    return decoded ? std::move(decoded->value) : T{};
}

TEST(SlackModels, fit_the_documentation_s_examples) {
    const auto file = data_root() / "slack" / "web-api-examples.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file;
    }
    const auto all = json_of(file);
    const auto good = [&](std::string_view method) { return all.root()[method]["200"]; };
    EXPECT_EQ(without_drift<slack::Identity>(good("auth.test"), "auth.test").user_id, "W12345678");
    for (const auto* method : {"chat.postMessage", "chat.update"}) {
        EXPECT_FALSE(without_drift<slack::Posted>(good(method), method).ts.empty());
    }
    EXPECT_EQ(without_drift<slack::Posted>(good("chat.postMessage"), "post").ts,
              "1503435956.000247");
    for (const auto* method : {"conversations.history", "conversations.replies"}) {
        const auto messages =
            without_drift<std::vector<slack::Message>>(good(method)["messages"], method);
        EXPECT_GT(messages.size(), 1U);
    }
    EXPECT_FALSE(without_drift<std::vector<slack::Channel>>(good("conversations.list")["channels"],
                                                            "conversations.list")
                     .empty());
    EXPECT_EQ(without_drift<slack::Channel>(good("conversations.open")["channel"], "open").id,
              "D069C7QFK");
}

// Their texts are empty and their types blank; what is there is of the right kind.
std::string filled(std::string text) {
    for (const auto& [from, to] : {std::pair{R"("event_id": "")", R"("event_id": "Ev1")"},
                                   {R"("challenge": "")", R"("challenge": "c")"}}) {
        if (const auto at = text.find(from); at != std::string::npos) {
            text.replace(at, std::string_view(from).size(), to);
        }
    }
    // The outer type stands at two spaces.
    const std::string_view blank = "\n  \"type\": \"\"";
    if (const auto at = text.find(blank); at != std::string::npos) {
        text.replace(at, blank.size(), "\n  \"type\": \"event_callback\"");
    }
    return text;
}

TEST(SlackModels, read_every_event_that_was_recorded) {
    const auto files = files_in("slack/event-shapes");
    APILAB_SKIP_WITHOUT(files);
    std::size_t known = 0;
    for (const auto& file : files) {
        const auto event = slack::read_event(filled(text_of(file)));
        ASSERT_TRUE(event) << file << ": " << event.error().to_string();
        known += event->event && event->event->type.known() ? 1 : 0;
        if (event->event) {
            EXPECT_TRUE(event->event->type.known() || !event->event->type.unknown_text().empty())
                << file;
        }
    }
    EXPECT_GT(files.size(), 50U);
    EXPECT_GT(known, 4U);
}

TEST(GitHubModels, fit_the_repository_that_was_recorded) {
    const auto file =
        data_root() / "github" / "fixtures" / "get-repository" / "normalized-fixture.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no " << file;
    }
    const auto all = json_of(file);
    const auto repository = without_drift<provider::github::Repository>(
        all.root().at_pointer("/0/response"), "get-repository");
    EXPECT_EQ(repository.default_branch, "master");
    EXPECT_EQ(repository.archived, false);
    EXPECT_EQ(repository.visibility, provider::github::Visibility::public_);
}

}  // namespace
}  // namespace apilab::data
