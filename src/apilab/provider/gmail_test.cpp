#include "apilab/provider/gmail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/client/client.hpp"
#include "apilab/provider/mime.hpp"
#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/testing/harness.hpp"
#include "apilab/testing/matchers.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::provider {
namespace {

using apilab::testing::Harness;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::Response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class GmailTest : public ::testing::Test {
protected:
    Gmail gmail(GmailOptions options = {}) {
        return Gmail({.client = &harness_.client(), .base = *http::Url::parse("http://h")},
                     std::move(options));
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(harness_.scheduler(), std::move(task));
    }
    const http::Request& asked(std::size_t i) { return harness_.transport().seen()[i].request; }
    void reply(std::string body) {
        harness_.transport().reply(Response::json(200, std::move(body)));
    }
    static Response refusal(int status, std::string_view reason, std::string_view message = "No") {
        return Response::json(status, R"({"error":{"code":)" + std::to_string(status) +
                                          R"(,"message":")" + std::string(message) +
                                          R"(","errors":[{"domain":"global","reason":")" +
                                          std::string(reason) + R"("}]}})");
    }

    Harness harness_;
};

TEST_F(GmailTest, a_mail_is_read_with_its_parts) {
    reply(
        R"({"id":"m1","threadId":"t1","labelIds":["INBOX","UNREAD"],"historyId":"18446744073709551615",
        "internalDate":"1795792987000","payload":{"mimeType":"multipart/mixed","headers":[
        {"name":"Subject","value":"Hi"}],"parts":[{"partId":"0","mimeType":"text/plain","filename":"",
        "body":{"size":4,"data":"_-8="}},{"partId":"1","filename":"a.txt","mimeType":"text/plain",
        "body":{"attachmentId":"A","size":3}}]}})");
    std::uint64_t drifts = 0;
    const auto mail =
        run(gmail({.on_drift = [&](std::string_view, const data::DriftReport& report) {
                drifts += report.total();
            }}).get("m1"));
    ASSERT_THAT(mail, IsOk());
    EXPECT_EQ(asked(0).url().target(), "/gmail/v1/users/me/messages/m1?format=full");
    EXPECT_EQ(mail->header("subject"), "Hi");
    EXPECT_TRUE(mail->has_label("UNREAD"));
    EXPECT_EQ(mail->history_id->value, 18446744073709551615U);
    EXPECT_EQ(mail->internal_date->at, SystemTime(std::chrono::seconds(1'795'792'987)));
    const auto* text = mail->payload->find("text/plain");
    ASSERT_NE(text, nullptr);
    EXPECT_EQ(gmail::decode_bytes(*text->body->data), "\xFF\xEF");
    EXPECT_EQ(drifts, 0U);
}

TEST_F(GmailTest, what_google_leaves_out_is_no_drift_and_what_is_new_is) {
    reply(R"({"id":"m1","threadId":"t1"})");
    reply(R"({"id":"m1","threadId":"t1","aura":"blue","historyId":7})");
    reply(R"({"id":"m1","internalDate":"soon"})");
    std::vector<std::uint64_t> drifts;
    const auto mailbox = gmail({.on_drift = [&](std::string_view, const data::DriftReport& report) {
        drifts.push_back(report.total());
    }});
    EXPECT_THAT(run(mailbox.get("m1", Gmail::Format::minimal)), IsOk());
    const auto numbered = run(mailbox.get("m1", Gmail::Format::minimal));
    ASSERT_THAT(numbered, IsOk());
    EXPECT_EQ(numbered->history_id->value, 7U);
    EXPECT_THAT(run(mailbox.get("m1", Gmail::Format::minimal)), IsOk());
    EXPECT_THAT(drifts, ElementsAre(0U, 1U, 2U));
}

TEST_F(GmailTest, bytes_are_taken_in_either_alphabet_padded_or_not) {
    for (const auto* text : {"_-8=", "_-8", "/+8=", "/+8"}) {
        EXPECT_EQ(gmail::decode_bytes(text), "\xFF\xEF") << text;
    }
    EXPECT_EQ(gmail::decode_bytes(""), "");
    for (const auto* text : {"a", "a b=", "ab===", "\xC3\xA4"}) {
        EXPECT_EQ(gmail::decode_bytes(text), std::nullopt) << text;
    }
}

TEST_F(GmailTest, each_refusal_keeps_google_s_reason) {
    struct Row {
        int status;
        std::string_view reason;
        ErrorKind kind;
    };
    for (const auto& row :
         {Row{400, "invalidArgument", ErrorKind::status},
          Row{400, "failedPrecondition", ErrorKind::status}, Row{401, "authError", ErrorKind::auth},
          Row{403, "dailyLimitExceeded", ErrorKind::status},
          Row{403, "domainPolicy", ErrorKind::auth},
          Row{403, "insufficientPermissions", ErrorKind::auth},
          Row{403, "accessNotConfigured", ErrorKind::auth},
          Row{404, "notFound", ErrorKind::status}}) {
        harness_.transport().otherwise(refusal(row.status, row.reason));
        const auto got = run(gmail().get("m1"));
        EXPECT_THAT(got, IsError(row.kind)) << row.reason;
        EXPECT_EQ(got.error().provider_code(), row.reason);
        EXPECT_EQ(got.error().status(), row.status);
        EXPECT_EQ(got.error().outcome(), Outcome::answered);
        const auto listed = run(gmail().list());
        EXPECT_THAT(listed, IsError(row.kind)) << row.reason;
        EXPECT_EQ(listed.error().status(), row.status);
    }
}

TEST_F(GmailTest, a_limit_is_a_limit_whether_403_or_429) {
    for (const auto& answer :
         {refusal(403, "rateLimitExceeded"), refusal(403, "userRateLimitExceeded"),
          refusal(429, "userRateLimitExceeded")}) {
        EXPECT_EQ(gmail_error(answer).kind(), ErrorKind::rate_limited);
        EXPECT_THAT(gmail_error(answer).provider_code(), HasSubstr("ateLimitExceeded"));
    }
}

TEST_F(GmailTest, the_end_of_a_sending_limit_is_read_from_the_message) {
    auto answer = refusal(429, "userRateLimitExceeded",
                          "User-rate limit exceeded.  Retry after 2026-11-27T16:00:00.000Z");
    EXPECT_EQ(gmail_error(answer).retry_after(), std::nullopt);
    answer.header("date", "Fri, 27 Nov 2026 15:00:00 GMT");
    EXPECT_EQ(gmail_error(answer).retry_after(), std::chrono::hours(1));
    EXPECT_EQ(read_gmail_refusal(Response(503, "<html>")).reason, "");
}

TEST_F(GmailTest, ids_stay_within_their_path_and_changes_within_their_limits) {
    harness_.transport().otherwise(Response::json(200, R"({"id":"m","threadId":"t"})"));
    ASSERT_THAT(run(gmail().modify("../x?y", {.add = {"STARRED"}})), IsOk());
    EXPECT_EQ(asked(0).url().path(), "/gmail/v1/users/me/messages/..%2Fx%3Fy/modify");
    EXPECT_EQ(asked(0).body(), R"({"addLabelIds":["STARRED"],"removeLabelIds":[]})");
    EXPECT_THAT(run(gmail().modify("m", {})), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(run(gmail().modify_all({}, {.add = {"A"}})), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(run(gmail().modify("m", {.add = std::vector<std::string>(101, "A")})),
                IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(run(gmail().send(std::string(Gmail::mail_max + 1, 'x'))),
                IsError(ErrorKind::too_large));
    EXPECT_THAT(harness_.transport().seen(), SizeIs(1));
}

TEST_F(GmailTest, history_s_place_is_that_of_its_first_page) {
    reply(R"({"history":[{"id":"5","messagesAdded":[{"message":{"id":"a","threadId":"t"}}]}],
              "nextPageToken":"n","historyId":"9"})");
    reply(R"({"history":[{"id":"7"}],"historyId":"12"})");
    const auto history = run(gmail().history({4}));
    ASSERT_THAT(history, IsOk());
    EXPECT_THAT(history->records, SizeIs(2));
    EXPECT_EQ(history->history_id.value, 9U);
    EXPECT_EQ(asked(1).url().query(), "startHistoryId=4&maxResults=500&pageToken=n");
}

// The same against the emulated Gmail.
class GmailInSandbox : public ::testing::Test {
protected:
    void SetUp() override {
        sandbox::SandboxOptions options;
        options.providers.push_back(std::make_unique<sandbox::google::GoogleProvider>());
        sandbox_ = std::move(sandbox::Sandbox::make(scheduler_, std::move(options)).value());
        door_ = std::make_unique<transport::LoopbackTransport>(scheduler_, *sandbox_);
        client_ = std::move(client::Client::create(scheduler_, *door_, rng_).value());
        const auto base = http::Url::parse("http://sandbox.test/google").value();
        tokens_ = std::make_unique<auth::OAuth2TokenSource>(
            scheduler_, *client_, rng_,
            auth::OAuth2Options{.token_url = base.with("/token"),
                                .client_id = "cid",
                                .client_secret = Secret("sec"),
                                .refresh_token = Secret("seed-refresh-token"),
                                .rotates = false});
        user_ = std::make_unique<auth::BearerAuth>(*client_, *tokens_, base.origin());
        gmail_.emplace(Endpoint{.client = user_.get(), .base = base},
                       GmailOptions{.on_drift = [](std::string_view operation,
                                                   const data::DriftReport& report) {
                           for (const auto& drift : report.entries) {
                               ADD_FAILURE() << operation << " " << drift.to_string();
                           }
                       }});
    }
    template <class T>
    T run(runtime::Task<T> task) {
        return runtime::run(scheduler_, std::move(task));
    }

    runtime::VirtualScheduler scheduler_;
    SeededRng rng_{1};
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    std::unique_ptr<transport::LoopbackTransport> door_;
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<auth::OAuth2TokenSource> tokens_;
    std::unique_ptr<auth::BearerAuth> user_;
    std::optional<Gmail> gmail_;
};

TEST_F(GmailInSandbox, a_mail_that_is_sent_is_found_by_its_message_id_and_reads_as_written) {
    const Mail mail{.from = "me@apilab.example",
                    .to = {"R\xC3\xA4"
                           "dar <you@apilab.example>"},
                    .subject =
                        "Gr\xC3\xBC\xC3\x9F"
                        "e",
                    .text = "one\n.\ntwo",
                    .html = "<p>one</p>",
                    .message_id = "digest-1@apilab.example",
                    .date = scheduler_.system_now()};
    const auto sent = run(gmail_->send(compose_mail(mail).value()));
    ASSERT_THAT(sent, IsOk());
    const auto found = run(gmail_->list("rfc822msgid:digest-1@apilab.example"));
    ASSERT_THAT(found, IsOk());
    EXPECT_THAT(*found, ElementsAre(sent->id));
    const auto read = run(gmail_->get(sent->id));
    ASSERT_THAT(read, IsOk());
    const auto* html = read->payload->find("text/html");
    ASSERT_NE(html, nullptr);
    EXPECT_THAT(gmail::decode_bytes(*html->body->data).value(), HasSubstr("<p>one</p>"));
    const auto metadata = run(gmail_->get(sent->id, Gmail::Format::metadata, {"Message-ID"}));
    ASSERT_THAT(metadata, IsOk());
    EXPECT_EQ(metadata->header("message-id"), "<digest-1@apilab.example>");
    EXPECT_THAT(*metadata->payload->headers, SizeIs(1));
    const auto raw = run(gmail_->get(sent->id, Gmail::Format::raw));
    ASSERT_THAT(raw, IsOk());
    EXPECT_EQ(gmail::decode_bytes(*raw->raw), compose_mail(mail).value());
}

TEST_F(GmailInSandbox, labels_are_made_put_on_and_taken_off) {
    const auto label = run(gmail_->create_label("radar"));
    ASSERT_THAT(label, IsOk());
    EXPECT_EQ(run(gmail_->create_label("radar")).error().status(), 409);
    const auto all = run(gmail_->labels());
    ASSERT_THAT(all, IsOk());
    EXPECT_TRUE(std::ranges::any_of(*all, [](const auto& one) {
        return one.name == "radar" && one.type->known() == gmail::LabelType::user;
    }));
    const auto ids = run(gmail_->list());
    ASSERT_THAT(ids, IsOk());
    const auto marked = run(gmail_->modify(ids->front(), {.add = {label->id}}));
    ASSERT_THAT(marked, IsOk());
    EXPECT_TRUE(marked->has_label(label->id));
    ASSERT_THAT(run(gmail_->modify_all({(*ids)[1], (*ids)[2]}, {.add = {label->id}})), IsOk());
    EXPECT_EQ(run(gmail_->label(label->id))->messages_total, 3);
    EXPECT_THAT(*run(gmail_->list(Gmail::ListOptions{.label_ids = {label->id}})), SizeIs(3));
    EXPECT_EQ(run(gmail_->modify("ffff", {.add = {label->id}})).error().provider_code(),
              "notFound");
}

TEST_F(GmailInSandbox, threads_attachments_profile_and_watch_are_read_without_drift) {
    const auto threads = run(gmail_->threads({.page_size = 7}));
    ASSERT_THAT(threads, IsOk());
    const auto thread = run(gmail_->thread(threads->front()));
    ASSERT_THAT(thread, IsOk());
    EXPECT_GE(thread->messages->size(), 1U);
    EXPECT_EQ(run(gmail_->profile())->email_address, "me@apilab.example");
    const auto watching = run(gmail_->watch({.topic = "projects/p/topics/t"}));
    ASSERT_THAT(watching, IsOk());
    EXPECT_EQ(watching->expiration.at - scheduler_.system_now(), std::chrono::hours(24 * 7));
    EXPECT_THAT(run(gmail_->stop_watching()), IsOk());
    EXPECT_EQ(run(gmail_->watch({.topic = "nowhere"})).error().provider_code(), "invalidArgument");
    const auto with_file = run(gmail_->list("has:attachment"));
    ASSERT_THAT(with_file, IsOk());
    const auto mail = run(gmail_->get(with_file->front()));
    ASSERT_THAT(mail, IsOk());
    for (const auto& part : *mail->payload->parts) {
        if (part.body && part.body->attachment_id) {
            const auto bytes = run(gmail_->attachment(mail->id, *part.body->attachment_id));
            ASSERT_THAT(bytes, IsOk());
            EXPECT_EQ(bytes->size(), static_cast<std::size_t>(*part.body->size));
        }
    }
}

}  // namespace
}  // namespace apilab::provider
