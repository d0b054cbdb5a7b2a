// Slack against the sandbox, and its errors against a script.

#include "apilab/provider/slack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/utf8.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/decode.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/slack/provider.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::provider {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsErrorSaying;
using apilab::testing::IsOk;
using http::Query;
using http::Response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto general = "C00000001";
constexpr auto releases = "C00000002";

// The emulated workspace behind a client, under virtual time.
class SlackTest : public ::testing::Test {
protected:
    SlackTest() : rng_(1) {
        sandbox::SandboxOptions options;
        options.providers.push_back(std::make_unique<sandbox::slack::SlackProvider>());
        sandbox_ = *sandbox::Sandbox::make(scheduler_, std::move(options));
        transport_ = std::make_unique<transport::LoopbackTransport>(scheduler_, *sandbox_);
        client_ = *client::Client::create(scheduler_, *transport_, rng_, {}, {});
    }
    Slack slack(const std::string& token = "xoxb-stub") {
        return {{.client = client_.get(), .base = *http::Url::parse("http://box.test/slack")},
                Secret(token),
                {.noted = [this](std::string_view method, const data::DriftReport& drift,
                                 const std::vector<std::string>& warnings) {
                    for (const auto& one : drift.entries) {
                        notes.push_back(std::string(method) + one.to_string());
                    }
                    for (const auto& one : warnings) {
                        notes.push_back(std::string(method) + " " + one);
                    }
                }}};
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(scheduler_, std::move(task));
    }
    std::string post(Slack::Message message) {
        const auto posted = run(slack().post(std::move(message)));
        EXPECT_THAT(posted, IsOk());
        return posted ? posted->ts : "";
    }
    std::vector<std::string> keys_of(const Slack::History& history) {
        std::vector<std::string> keys;
        for (const auto& message : history.messages) {
            if (message.metadata) {
                keys.push_back(message.metadata->event_payload.text);
            }
        }
        return keys;
    }

    std::vector<std::string> notes;

private:
    runtime::VirtualScheduler scheduler_;
    SeededRng rng_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<transport::LoopbackTransport> transport_;
    std::unique_ptr<client::Client> client_;
};

TEST_F(SlackTest, a_token_says_whose_it_is) {
    const auto identity = run(slack().auth_test());
    ASSERT_THAT(identity, IsOk());
    EXPECT_EQ(identity->user_id, "U0APILAB1");
    EXPECT_EQ(identity->team_id, "T0APILAB1");
    EXPECT_EQ(identity->bot_id, "B0APILAB1");
}

TEST(SlackRead, what_slack_says_of_a_refusal_is_cut_between_characters_and_stays_on_one_line) {
    std::string said = "[ERROR]:\\n";
    for (int i = 0; i < 60; ++i) {
        said += "\u00fc";
    }
    const auto answer = Slack::read(http::Response::json(
        200, R"({"ok":false,"error":"invalid_arguments","response_metadata":{"messages":[")" +
                 said + R"("]}})"));
    ASSERT_FALSE(answer);
    EXPECT_TRUE(valid_utf8(answer.error().message()));
    EXPECT_FALSE(answer.error().message().contains('\n'));
    EXPECT_THAT(answer.error().message(), HasSubstr("invalid_arguments ([ERROR]: \u00fc"));
}

TEST_F(SlackTest, a_message_with_blocks_is_posted_edited_linked_and_removed) {
    const std::string blocks =
        R"([{"type":"section","text":{"type":"mrkdwn","text":"a & b + c = 100 %"}}])";
    const auto posted =
        run(slack().post({.channel = "#general", .text = "hi", .key = "k", .blocks = blocks}));
    ASSERT_THAT(posted, IsOk());
    EXPECT_EQ(posted->channel, general);
    auto first = run(slack().history(general, {}));
    ASSERT_THAT(first, IsOk());
    const auto& message = first->messages.front();
    EXPECT_EQ(message.ts, posted->ts);
    EXPECT_THAT(message.blocks->text, HasSubstr("a & b + c = 100 %"));
    EXPECT_EQ(message.metadata->event_type, Slack::event_type);
    EXPECT_EQ(message.app_id, "A0APILAB1");

    const auto edited =
        run(slack().update({.channel = general, .ts = posted->ts, .text = "better"}));
    ASSERT_THAT(edited, IsOk());
    first = run(slack().history(general, {}));
    EXPECT_EQ(first->messages.front().text, "better");
    EXPECT_EQ(first->messages.front().edited->user, "U0APILAB1");
    EXPECT_EQ(first->messages.front().blocks.value_or(data::RawJson{.text = "[]"}).text, "[]");
    EXPECT_THAT(*run(slack().permalink(general, posted->ts)), HasSubstr("/archives/C00000001/p"));
    EXPECT_TRUE(*run(slack().remove(general, posted->ts)));
    EXPECT_FALSE(*run(slack().remove(general, posted->ts))) << "it is gone, which was the aim";
}

TEST_F(SlackTest, an_answer_stands_in_its_thread_and_not_in_the_channel) {
    const auto parent = post({.channel = general, .text = "question"});
    for (int i = 0; i < 3; ++i) {
        post({.channel = general,
              .text = "answer",
              .key = "a-" + std::to_string(i),
              .thread_ts = parent});
    }
    post({.channel = general,
          .text = "for all",
          .key = "loud",
          .thread_ts = parent,
          .broadcast = true});
    const auto thread = run(slack().replies(general, parent, {}));
    ASSERT_THAT(thread, IsOk());
    EXPECT_TRUE(thread->complete);
    EXPECT_THAT(keys_of(*thread), ElementsAre(R"({"key":"a-0"})", R"({"key":"a-1"})",
                                              R"({"key":"a-2"})", R"({"key":"loud"})"));
    EXPECT_EQ(thread->messages.front().reply_count, 4);
    EXPECT_THAT(keys_of(*run(slack().history(general))), ElementsAre(R"({"key":"loud"})"));
    EXPECT_EQ(run(slack().replies(general, "1.000001", {})).error().provider_code(),
              "thread_not_found");
}

TEST_F(SlackTest, history_reads_all_pages_of_a_window_and_no_more_than_it_may) {
    std::vector<std::string> all;
    for (int i = 0; i < 450; ++i) {
        all.push_back(post({.channel = releases, .text = "x", .key = std::to_string(i)}));
    }
    const auto whole = run(slack().history(releases, {.oldest = all[9]}));
    ASSERT_THAT(whole, IsOk());
    EXPECT_TRUE(whole->complete);
    EXPECT_EQ(whole->unreadable, 0U);
    ASSERT_THAT(whole->messages, SizeIs(440));
    EXPECT_EQ(whole->messages.front().ts, all.back());
    EXPECT_EQ(whole->messages.back().ts, all[10]);

    const auto some = run(slack().history(releases, {.oldest = all[9], .pages_max = 2}));
    ASSERT_THAT(some, IsOk());
    EXPECT_FALSE(some->complete) << "a part is not taken for the whole";
    EXPECT_THAT(some->messages, SizeIs(400));
    EXPECT_THAT(run(slack().history(releases, {.oldest = all[3], .latest = all[6]}))->messages,
                SizeIs(2));
}

TEST_F(SlackTest, people_and_channels_are_found_by_what_they_are_called) {
    const auto user = run(slack().lookup_by_email("user005@example.invalid"));
    ASSERT_THAT(user, IsOk());
    EXPECT_EQ((*user)->name, "user005");
    EXPECT_EQ((*user)->profile->email, "user005@example.invalid");
    EXPECT_EQ(*run(slack().lookup_by_email("nobody@example.invalid")), std::nullopt);
    EXPECT_EQ((*run(slack().channel_named("#releases")))->id, releases);
    EXPECT_EQ(*run(slack().channel_named("incident-room")), std::nullopt) << "it is private";
    EXPECT_EQ(*run(slack().channel_named("old-project")), std::nullopt) << "it is archived";
    EXPECT_THAT(*run(slack().channels({.archived = true})), SizeIs(6));
    const auto direct = run(slack().open((*user)->id));
    ASSERT_THAT(direct, IsOk());
    EXPECT_EQ(direct->id, run(slack().open((*user)->id))->id);
}

TEST_F(SlackTest, a_file_goes_up_in_three_steps_and_is_shared_in_a_thread) {
    const auto parent = post({.channel = general, .text = "the report"});
    const auto file = run(slack().upload({.filename = "report.json",
                                          .bytes = std::string("{\"a\":1}\0", 8),
                                          .title = "The \"report\"",
                                          .channel = general,
                                          .comment = "here",
                                          .thread_ts = parent}));
    ASSERT_THAT(file, IsOk());
    EXPECT_EQ(file->title, "The \"report\"");
    EXPECT_EQ(file->size, 8);
    EXPECT_EQ(run(slack().replies(general, parent, {}))->messages.back().subtype, "file_share");
}

TEST_F(SlackTest, each_refusal_inside_a_200_has_its_kind_and_slacks_word) {
    struct Case {
        std::string_view token, channel, text, code;
        ErrorKind kind;
    };
    for (const auto& one : std::vector<Case>{
             {"xoxb-stub", "C09999999", "x", "channel_not_found", ErrorKind::status},
             {"xoxb-stub", "old-project", "x", "is_archived", ErrorKind::status},
             {"xoxb-stub", "design", "x", "not_in_channel", ErrorKind::status},
             {"xoxb-stub", general, "", "no_text", ErrorKind::status},
             {"xoxb-never", general, "x", "invalid_auth", ErrorKind::auth},
             {"xapp-stub", general, "x", "not_allowed_token_type", ErrorKind::auth}}) {
        const auto refused =
            run(slack(std::string(one.token))
                    .post({.channel = std::string(one.channel), .text = std::string(one.text)}));
        ASSERT_THAT(refused, IsError(one.kind)) << one.code;
        EXPECT_EQ(refused.error().provider_code(), one.code);
        EXPECT_EQ(refused.error().outcome(), Outcome::answered);
        EXPECT_FALSE(refused.error().request_id().empty());
        EXPECT_THAT(refused.error().to_string(), HasSubstr("slack chat.postMessage"));
        EXPECT_FALSE(refused.error().to_string().contains(one.token));
    }
    // Lists are refused with the same words.
    EXPECT_THAT(run(slack("xoxb-never").history(general)), IsError(ErrorKind::auth));
    EXPECT_THAT(run(slack("xoxb-never").channel_named("a")), IsError(ErrorKind::auth));
}

TEST_F(SlackTest, a_scope_that_is_missing_is_named) {
    const auto refused = run(slack("xoxb-narrow").lookup_by_email("a@b.invalid"));
    ASSERT_THAT(refused, IsError(ErrorKind::auth));
    EXPECT_EQ(refused.error().provider_code(), "missing_scope");
    EXPECT_EQ(refused.error().detail(), "users:read.email");
    EXPECT_THAT(refused.error().message(), HasSubstr("needs users:read.email"));
}

TEST_F(SlackTest, nothing_that_we_send_is_warned_of_and_the_models_fit) {
    const auto ts = post({.channel = general, .text = "x", .key = "k", .blocks = "[]"});
    EXPECT_THAT(run(slack().auth_test()), IsOk());
    EXPECT_THAT(run(slack().history(general)), IsOk());
    EXPECT_THAT(run(slack().replies(general, ts, {})), IsOk());
    EXPECT_THAT(run(slack().channels({})), IsOk());
    EXPECT_THAT(run(slack().lookup_by_email("user005@example.invalid")), IsOk());
    EXPECT_THAT(notes, IsEmpty());
}

TEST_F(SlackTest, a_method_that_is_not_here_is_a_few_lines) {
    const auto team = run(slack().ask({.name = "team.info"}, {}));
    ASSERT_THAT(team, IsOk());
    EXPECT_EQ(team->document.root().at_pointer("/team/id").string(), "T0APILAB1");
    auto members = slack().list({.name = "conversations.members"},
                                Query().add("channel", general).add("limit", 100), "/members", {});
    ASSERT_THAT(members, IsOk());
    std::size_t count = 0;
    while (const auto one = run((*members)->next())) {
        ASSERT_THAT(*one, IsOk());
        ++count;
    }
    EXPECT_EQ(count, 260U - 1) << "the deleted one is in nothing";
}

class SlackErrors : public ::testing::Test {
protected:
    Slack slack(std::string_view base = "http://h") {
        return {{.client = &harness_.client(), .base = *http::Url::parse(base)},
                Secret("t0k3n"),
                {.noted = [this](std::string_view method, const data::DriftReport& drift,
                                 const std::vector<std::string>& warnings) {
                    noted.emplace_back(method);
                    drifts += drift.total();
                    std::ranges::copy(warnings, std::back_inserter(noted));
                }}};
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(harness_.scheduler(), std::move(task));
    }
    const http::Request& asked(std::size_t i) { return harness_.transport().seen()[i].request; }

    std::vector<std::string> noted;
    std::uint64_t drifts = 0;
    Harness harness_;
};

TEST_F(SlackErrors, a_limit_is_one_as_429_and_inside_a_200) {
    for (const auto* code : {"ratelimited", "rate_limited"}) {
        const auto inside = Slack::read(
            Response::json(200, R"({"ok":false,"error":")" + std::string(code) + "\"}"));
        EXPECT_THAT(inside, IsError(ErrorKind::rate_limited));
        const auto outside = Slack::read(
            Response::json(429, R"({"ok":false,"error":")" + std::string(code) + "\"}"));
        ASSERT_THAT(outside, IsError(ErrorKind::rate_limited));
        EXPECT_EQ(outside.error().provider_code(), code);
        EXPECT_EQ(outside.error().status(), 429);
        EXPECT_EQ(outside.error().retry_after(), std::nullopt);
    }
}

TEST_F(SlackErrors, a_limit_says_how_long_it_lasts) {
    const auto wait = [](std::string header) {
        auto answer = Response::json(429, R"({"ok":false,"error":"ratelimited"})");
        answer.header("retry-after", std::move(header));
        return Slack::read(answer).error().retry_after();
    };
    EXPECT_EQ(wait("30"), std::chrono::seconds(30));
    for (const auto* text : {"", "-1", "soon", "1.5", "604801", "99999999999999999999"}) {
        EXPECT_EQ(wait(text), std::nullopt) << text;
    }
}

TEST_F(SlackErrors, what_is_no_answer_of_slack_is_told_from_a_refusal) {
    EXPECT_THAT(Slack::read(Response(200, "<html>")), IsError(ErrorKind::decode));
    EXPECT_THAT(Slack::read(Response::json(200, "{}")), IsErrorSaying(HasSubstr("without \"ok\"")));
    const auto down = Slack::read(Response(503, "<!DOCTYPE html>trouble"));
    ASSERT_THAT(down, IsError(ErrorKind::status));
    EXPECT_EQ(down.error().status(), 503);
    EXPECT_EQ(down.error().provider_code(), "");
    EXPECT_THAT(Slack::read(Response::json(200, R"({"ok":"yes"})")), IsError(ErrorKind::status));
}

TEST_F(SlackErrors, what_slack_says_about_it_is_kept_and_cut) {
    const auto refused = Slack::read(Response::json(
        200, R"({"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] )" +
                 std::string(500, 'x') + R"("]}})"));
    ASSERT_THAT(refused, IsError(ErrorKind::status));
    EXPECT_THAT(refused.error().message(), HasSubstr("[ERROR] xxx"));
    EXPECT_LT(refused.error().message().size(), 200U);
}

TEST_F(SlackErrors, warnings_and_drift_are_told_and_break_nothing) {
    harness_.transport().reply(
        Response::json(200, R"({"ok":true,"channel":"C1","ts":"1.2","warning":"missing_charset",
                 "response_metadata":{"warnings":["missing_charset","superfluous_charset"]}})"));
    EXPECT_THAT(run(slack().post({.channel = "C1", .text = "x"})), IsOk());
    EXPECT_THAT(noted, ElementsAre("chat.postMessage", "missing_charset", "superfluous_charset"));
    harness_.transport().reply(
        Response::json(200, R"({"ok":true,"user":{"id":"U1","name":7,"deleted":null}})"));
    EXPECT_EQ((*run(slack().lookup_by_email("a@b")))->id, "U1");
    EXPECT_EQ(drifts, 1U);
}

TEST_F(SlackErrors, a_yes_without_the_message_s_id_is_no_success) {
    harness_.transport().reply(Response::json(200, R"({"ok":true,"channel":"C1"})"));
    const auto posted = run(slack().post({.channel = "C1", .text = "x"}));
    ASSERT_THAT(posted, IsError(ErrorKind::decode));
    EXPECT_EQ(posted.error().detail(), "/ts");
    EXPECT_EQ(posted.error().outcome(), Outcome::answered);
}

TEST_F(SlackErrors, a_message_whose_key_cannot_be_read_is_counted) {
    harness_.transport().reply(
        Response::json(200, R"({"ok":true,"has_more":false,"messages":[{"ts":"3.1","metadata":"?"},
                 {"text":"no id"},7,{"ts":"1.1","metadata":{"event_type":"apilab",
                 "event_payload":{"key":"k"}}},{"ts":"0.9","text":7}]})"));
    const auto history = run(slack().history("C1"));
    ASSERT_THAT(history, IsOk());
    EXPECT_EQ(history->unreadable, 3U);
    EXPECT_TRUE(history->complete);
}

TEST_F(SlackErrors, more_without_a_cursor_is_an_error_and_not_an_end) {
    harness_.transport().otherwise(
        Response::json(200, R"({"ok":true,"has_more":true,"messages":[{"ts":"3.1"}]})"));
    EXPECT_FALSE(run(slack().history("C1")));
}

TEST_F(SlackErrors, bytes_go_without_the_token_and_only_where_it_is_safe) {
    const auto ticket = [](std::string_view url) {
        return Response::json(
            200, R"({"ok":true,"file_id":"F1","upload_url":")" + std::string(url) + "\"}");
    };
    harness_.transport()
        .reply(ticket("https://files.test/upload/v1/abc"))
        .reply(Response(200, "OK - 1"))
        .reply(Response::json(200, R"({"ok":true,"files":[{"id":"F1"}]})"));
    EXPECT_THAT(run(slack().upload({.filename = "a", .bytes = "x"})), IsOk());
    EXPECT_EQ(asked(1).url().to_string(), "https://files.test/upload/v1/abc");
    EXPECT_FALSE(asked(1).headers().contains("authorization"));
    for (const auto* url : {"http://169.254.169.254/latest", "file:///etc/passwd", "", "//h/x"}) {
        harness_.transport().reply(ticket(url));
        EXPECT_THAT(run(slack().upload({.filename = "a", .bytes = "x"})),
                    IsError(ErrorKind::decode))
            << url;
    }
    EXPECT_THAT(harness_.transport().seen(), SizeIs(3 + 4));
    const auto much =
        run(slack().upload({.filename = "a", .bytes = std::string(Slack::upload_max + 1, 'x')}));
    EXPECT_THAT(much, IsError(ErrorKind::too_large));
}

// Keeps the traces that calls are within.
class Ear final : public runtime::Service {
public:
    runtime::Task<Result<Response>> call(http::Request /*request*/,
                                         runtime::CallContext context) override {
        traces.push_back(context.trace.low);
        co_return Response::json(200, R"({"ok":true,"has_more":false,"messages":[]})");
    }
    std::vector<std::uint64_t> traces;
};

TEST_F(SlackErrors, calls_are_within_the_trace_that_they_are_given) {
    Ear ear;
    const Slack there({.client = &ear, .base = *http::Url::parse("http://h")}, Secret("t"));
    const auto within = there.within({.high = 1, .low = 2, .span = 3, .sampled = true});
    EXPECT_THAT(run(within.history("C1")), IsOk());
    EXPECT_THAT(run(within.ask({.name = "api.test"}, {})), IsOk());
    EXPECT_THAT(ear.traces, ElementsAre(2U, 2U));
}

TEST_F(SlackErrors, a_moment_is_a_text_with_six_places) {
    EXPECT_EQ(Slack::ts_of(SystemTime(std::chrono::milliseconds(1'700'000'000'025))),
              "1700000000.025000");
    EXPECT_EQ(Slack::ts_of(SystemTime(std::chrono::seconds(-5))), "0.000000");
}

}  // namespace
}  // namespace apilab::provider
