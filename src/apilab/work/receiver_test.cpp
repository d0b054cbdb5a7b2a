#include "apilab/work/receiver.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/work/internal/test_store.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using http::Request;
using http::Response;
using internal::CountingStore;
using runtime::Task;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using What = ReceiverAlarm::What;

const std::map<std::string, std::string, std::less<>> secrets{
    {"github", "It's a Secret to Everybody"},
    {"notion", "secret_token_of_notion"},
    {"shopify", "my super secret key"},
    {"slack", "8f742231b10e8888abcd99yyyzzz85a5"},
    {"standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},  // gitleaks:allow
    {"stripe", "whsec_test_secret"}};

const std::map<std::string, std::string, std::less<>> bodies{
    {"github", R"({"ref":"refs/heads/main"})"},
    {"notion", R"({"id":"n-1","type":"page.created"})"},
    {"shopify", R"({"id":1})"},
    {"slack", R"({"event_id":"Ev1","type":"event_callback"})"},
    {"standard", R"({"type":"order.shipped"})"},
    {"stripe", R"({"id":"evt_1","type":"invoice.paid"})"}};

Request letter_to(std::string_view path, std::string body) {
    return Request::post(http::Url::parse("http://127.0.0.1").value().with(path), std::move(body));
}

// As the sender makes it.
Request signed_letter(const Sender& sender, std::string body, std::string id, SystemTime now) {
    auto request = letter_to("/webhooks/" + std::string(sender.source), std::move(body));
    const auto signer =
        SignatureSigner::create(sender.scheme, Secret(secrets.at(std::string(sender.source))));
    const auto headers = signer->sign(request.body(), id, now);
    for (const auto& [name, value] : *headers) {
        request.header(name, value);
    }
    if (sender.id.in == EventPlace::In::header) {
        request.header(sender.id.name, id);
    }
    if (sender.source == "github") {
        request.header("x-github-event", "push");
    }
    return request;
}

Task<void> call_into(WebhookReceiver* receiver, Request request, std::optional<Response>* into) {
    auto answer = co_await receiver->call(std::move(request), {});
    into->emplace(*std::move(answer));
}

class ReceiverTest : public testing::Test {
protected:
    // One endpoint for each sender with a secret.
    void start(ReceiverOptions options = {}, StoreWriterOptions writing = {}) {
        std::vector<ReceiverEndpoint> endpoints;
        for (const auto& [name, secret] : secrets) {
            endpoints.push_back({.sender = name, .secrets = {Secret(secret)}});
        }
        start_with(std::move(endpoints), std::move(options), writing);
    }
    void start_with(std::vector<ReceiverEndpoint> endpoints, ReceiverOptions options = {},
                    StoreWriterOptions writing = {}) {
        writing.own_thread = false;
        writer.emplace(scheduler, store, writing);
        options.on_alarm = [this](const ReceiverAlarm& alarm) { alarms.push_back(alarm.what); };
        auto made =
            WebhookReceiver::create(scheduler, *writer, std::move(endpoints), std::move(options));
        ASSERT_TRUE(made) << made.error().to_string();
        receiver = *std::move(made);
    }
    [[nodiscard]] Request letter(std::string_view name, std::string id = "id-1",
                                 std::string body = {}) {
        return signed_letter(*find_sender(name), body.empty() ? bodies.at(std::string(name)) : body,
                             std::move(id), scheduler.system_now());
    }
    Response send(Request request) {
        std::optional<Response> answer;
        runtime::run(scheduler, call_into(&*receiver, std::move(request), &answer));
        return *std::move(answer);
    }

    runtime::VirtualScheduler scheduler;
    CountingStore store;
    std::optional<StoreWriter> writer;
    std::unique_ptr<WebhookReceiver> receiver;
    std::vector<What> alarms;
};

TEST_F(ReceiverTest, each_request_is_told_once_with_what_became_of_it) {
    std::vector<std::string> news;
    ReceiverOptions options;
    options.on_request = [&news](const ReceiverNews& told) {
        news.push_back(fmt::format("{} {} {} {} {} {}", told.source, told.sender_id, told.type,
                                   told.status, told.put ? std::to_string(told.put->job) : "-",
                                   told.trace_context));
    };
    start_with({{.sender = "github",
                 .secrets = {Secret(secrets.at("github"))},
                 .prepare = [](const Incoming&, NewJob& job) { job.trace_context = "00-a-b-01"; }}},
               std::move(options));
    (void)send(letter("github", "g-1"));
    auto forged = letter("github", "g-2");
    forged.header("x-hub-signature-256", "sha256=" + std::string(64, '0'));
    (void)send(std::move(forged));
    (void)send(letter_to("/webhooks/nobody", "{}"));
    EXPECT_THAT(news,
                ElementsAre(StartsWith("github g-1 push 200 "), "github   401 - ", "   404 - "));
    EXPECT_THAT(news.front(), testing::EndsWith(" 00-a-b-01"));
}

TEST_F(ReceiverTest, what_each_sender_signs_is_stored_once_and_answered_200) {
    start();
    for (const auto& [name, secret] : secrets) {
        const auto answer = send(letter(name));
        EXPECT_EQ(answer.status(), 200) << name;
        EXPECT_THAT(answer.body(), IsEmpty()) << name;
    }
    ASSERT_THAT(store.kept, SizeIs(secrets.size()));
    EXPECT_EQ(store.kept[0].source, "github");
    EXPECT_EQ(store.kept[0].body, bodies.at("github"));
    EXPECT_EQ(store.jobs_put[0].kind, "github");
    EXPECT_EQ(store.jobs_put[0].queue, "default");
    EXPECT_EQ(store.jobs_put[0].payload, "") << "the store takes the event's body";
    EXPECT_EQ(receiver->stats().stored, secrets.size());
    EXPECT_EQ(receiver->stats_of("/webhooks/slack").stored, 1);
}

Task<void> send_and_look(WebhookReceiver* receiver, Request request, std::optional<Response>* into,
                         bool* answered) {
    co_await call_into(receiver, std::move(request), into);
    *answered = true;
}

TEST_F(ReceiverTest, nobody_is_answered_before_the_commit) {
    start();
    bool answered = false;
    store.on_commit = [&] { EXPECT_FALSE(answered); };
    std::optional<Response> answer;
    runtime::run(scheduler, send_and_look(&*receiver, letter("github"), &answer, &answered));
    EXPECT_EQ(answer->status(), 200);
    EXPECT_EQ(store.commits, 1);
}

TEST_F(ReceiverTest, nothing_that_is_not_genuine_comes_near_the_store) {
    start();
    for (const auto& [name, secret] : secrets) {
        auto altered = letter(name);
        std::string body = altered.body();
        body[body.size() - 2] = '!';
        altered.body(body);
        const auto answer = send(std::move(altered));
        EXPECT_EQ(answer.status(), 401) << name;
        EXPECT_THAT(answer.body(), IsEmpty()) << "why is the log's to know: " << name;
        EXPECT_EQ(send(letter_to("/webhooks/" + name, bodies.at(name))).status(), 401) << name;
    }
    EXPECT_EQ(writer->stats().operations, 0);
    EXPECT_EQ(receiver->stats().unverified, 2 * secrets.size());
}

TEST_F(ReceiverTest, what_was_signed_too_long_ago_is_refused_and_counted_apart) {
    start();
    auto request = letter("slack");
    scheduler.advance(6min);
    EXPECT_EQ(send(std::move(request)).status(), 401);
    EXPECT_EQ(receiver->stats().out_of_time, 1);
    EXPECT_THAT(store.kept, IsEmpty());
}

TEST_F(ReceiverTest, a_header_that_stands_there_twice_is_400) {
    start();
    auto signature = letter("github");
    signature.headers().add("x-hub-signature-256", "sha256=00");
    EXPECT_EQ(send(std::move(signature)).status(), 400);
    auto id = letter("github");
    id.headers().add("x-github-delivery", "id-2");
    EXPECT_EQ(send(std::move(id)).status(), 400);
    auto type = letter("github");
    type.headers().add("content-type", "application/json");
    EXPECT_EQ(send(std::move(type)).status(), 400);
    EXPECT_EQ(receiver->stats().malformed, 3);
    EXPECT_THAT(store.kept, IsEmpty());
}

TEST_F(ReceiverTest, a_genuine_body_without_an_id_is_400_with_the_place) {
    start();
    const auto answer = send(letter("slack", "", R"({"type":"event_callback"})"));
    EXPECT_EQ(answer.status(), 400);
    EXPECT_THAT(answer.body(), HasSubstr("/event_id"));
}

TEST_F(ReceiverTest, what_is_no_webhook_is_refused_by_its_form) {
    start_with({{.sender = "github", .secrets = {Secret("abc")}, .body_max = 100},
                {.sender = "stripe", .secrets = {Secret("abc")}}});
    const auto status = [this](Request request) { return send(std::move(request)).status(); };
    EXPECT_EQ(status(letter_to("/webhooks/gitlab", "{}")), 404);
    EXPECT_EQ(status(Request("GET", letter_to("/webhooks/github", "").url())), 405);
    EXPECT_EQ(status(letter_to("/webhooks/github", "{}").header("content-type", "text/plain")),
              415);
    EXPECT_EQ(status(letter_to("/webhooks/github", "{}").header("content-encoding", "gzip")), 415);
    EXPECT_EQ(
        status(letter_to("/webhooks/stripe", "a=1").header("content-type", std::string(form_type))),
        415)
        << "Stripe writes no forms";
    EXPECT_EQ(status(letter_to("/webhooks/github", std::string(101, ' '))), 413);
    EXPECT_EQ(receiver->stats().not_found, 1);
    EXPECT_EQ(receiver->stats().unsupported, 4);
    EXPECT_EQ(receiver->stats().too_large, 1);
    EXPECT_EQ(receiver->stats().requests, 6);
    EXPECT_EQ(receiver->body_max(), std::size_t{25} << 20U);
}

TEST_F(ReceiverTest, a_body_of_just_the_size_that_is_allowed_is_taken) {
    const auto& body = bodies.at("github");
    start_with(
        {{.sender = "github", .secrets = {Secret(secrets.at("github"))}, .body_max = body.size()}});
    EXPECT_EQ(send(letter("github")).status(), 200);
    EXPECT_EQ(send(letter("github", "id-1", body + " ")).status(), 413);
}

TEST_F(ReceiverTest, duplicates_are_200_and_what_is_not_believed_too) {
    int woken = 0;
    start({.on_job = [&](const PutResult&, std::string_view) { ++woken; }});
    for (const Put put : {Put::duplicate, Put::revived, Put::replayed, Put::conflict}) {
        store.next_put = put;
        const auto answer = send(letter("github"));
        EXPECT_EQ(answer.status(), 200);
        EXPECT_THAT(answer.body(), IsEmpty());
    }
    EXPECT_THAT(alarms, ElementsAre(What::replayed, What::conflict));
    const auto stats = receiver->stats();
    EXPECT_EQ(stats.duplicates + stats.revived + stats.replayed + stats.conflicts, 4);
    EXPECT_EQ(stats.stored, 0);
    EXPECT_EQ(woken, 1) << "what was given up has another chance";
}

TEST_F(ReceiverTest, why_an_event_was_not_stored_is_told_here_and_not_to_the_sender) {
    std::vector<std::string> told;
    start({.on_store_error = [&](const Error& error) { told.push_back(error.detail()); }});
    store.commit_fails = Error(ErrorKind::io, "no room").with_detail("full");
    EXPECT_EQ(send(letter("slack")).body(), "");
    EXPECT_THAT(told, ElementsAre("full"));
    store.commit_fails.reset();
    EXPECT_EQ(send(letter("slack")).status(), 200);
    EXPECT_THAT(told, ElementsAre("full"));
}

TEST_F(ReceiverTest, a_store_that_fails_is_503_and_only_who_comes_again_is_told_when) {
    start();
    store.commit_fails = Error(ErrorKind::io, "no room").with_detail("full");
    const auto slack = send(letter("slack"));
    EXPECT_EQ(slack.status(), 503);
    EXPECT_EQ(slack.headers().value("retry-after"), "30");
    const auto github = send(letter("github"));
    EXPECT_EQ(github.status(), 503);
    EXPECT_FALSE(github.headers().contains("retry-after")) << "it does not try again";
    EXPECT_THAT(alarms, ElementsAre(What::refused)) << "somebody has to ask for it";
    EXPECT_EQ(receiver->stats().failed, 2);
    store.commit_fails.reset();
    EXPECT_EQ(send(letter("slack")).status(), 200) << "and it recovers by itself";
}

// Requests that wait for the disk together: nobody's turn comes while they begin.
Task<void> call_all(WebhookReceiver* receiver, runtime::TaskGroup* group,
                    std::vector<Request> requests, std::vector<std::optional<Response>>* answers) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
        group->spawn(call_into(receiver, requests[i], &(*answers)[i]));
    }
    co_await group->join();
}

std::vector<int> statuses(const std::vector<std::optional<Response>>& answers) {
    std::vector<int> all;
    for (const auto& answer : answers) {
        all.push_back(answer->status());
    }
    return all;
}

TEST_F(ReceiverTest, who_tries_again_is_refused_first_and_github_has_a_reserve) {
    start({.reserve_percent = 50}, {.waiting_max = 4});
    runtime::TaskGroup group(scheduler);
    std::vector<std::optional<Response>> answers(7);
    runtime::run(scheduler,
                 call_all(&*receiver, &group,
                          {letter("slack"), letter("stripe"), letter("notion"), letter("github"),
                           letter("slack"), letter("github", "id-2"), letter("github", "id-3")},
                          &answers));
    EXPECT_THAT(statuses(answers), ElementsAre(200, 200, 503, 200, 503, 200, 503));
    EXPECT_EQ(receiver->stats_of("/webhooks/github").shed, 1) << "even the reserve is gone";
    EXPECT_EQ(receiver->stats().shed, 3);
    EXPECT_THAT(alarms, ElementsAre(What::refused));
}

TEST_F(ReceiverTest, bodies_that_wait_have_a_limit_too) {
    start({.reserve_percent = 50, .waiting_bytes_max = std::size_t{1} << 20U});
    const std::string large = R"({"event_id":"Ev1","pad":")" + std::string(400'000, 'x') + "\"}";
    runtime::TaskGroup group(scheduler);
    std::vector<std::optional<Response>> answers(4);
    runtime::run(scheduler,
                 call_all(&*receiver, &group,
                          {letter("slack", "", large), letter("slack", "", large),
                           letter("github", "id-1", large), letter("github", "id-2", large)},
                          &answers));
    EXPECT_THAT(statuses(answers), ElementsAre(200, 503, 200, 503));
    EXPECT_EQ(send(letter("slack", "", large)).status(), 200) << "and then there is room again";
}

TEST(Receiver, answers_before_its_sender_gives_up_and_the_event_is_stored_all_the_same) {
    runtime::VirtualScheduler scheduler;
    CountingStore store;
    std::latch disk(1);
    store.on_commit = [&] { disk.wait(); };
    std::optional<StoreWriter> writer(std::in_place, scheduler, store);
    const auto receiver = WebhookReceiver::create(
        scheduler, *writer, {{.sender = "slack", .secrets = {Secret(secrets.at("slack"))}}},
        {.budget_percent = 50});
    std::optional<Response> answer;
    const auto before = scheduler.now();
    runtime::run(scheduler, call_into(&**receiver,
                                      signed_letter(*find_sender("slack"), bodies.at("slack"), "",
                                                    scheduler.system_now()),
                                      &answer));
    EXPECT_EQ(answer->status(), 503);
    EXPECT_EQ(answer->headers().value("retry-after"), "30");
    EXPECT_EQ(scheduler.now() - before, 1500ms) << "half of three seconds";
    EXPECT_EQ((*receiver)->stats().late, 1);
    disk.count_down();
    writer.reset();
    scheduler.poll();
    EXPECT_THAT(store.kept, SizeIs(1)) << "what Slack sends again is a duplicate";
}

TEST(Receiver, what_was_stored_after_its_answer_is_not_missing) {
    runtime::VirtualScheduler scheduler;
    CountingStore store;
    std::latch disk(1);
    store.on_commit = [&] { disk.wait(); };
    std::optional<StoreWriter> writer(std::in_place, scheduler, store);
    std::vector<What> alarms;
    const auto receiver = WebhookReceiver::create(
        scheduler, *writer, {{.sender = "github", .secrets = {Secret(secrets.at("github"))}}},
        {.on_alarm = [&](const ReceiverAlarm& alarm) { alarms.push_back(alarm.what); }});
    std::optional<Response> answer;
    runtime::run(scheduler, call_into(&**receiver,
                                      signed_letter(*find_sender("github"), bodies.at("github"),
                                                    "id-1", scheduler.system_now()),
                                      &answer));
    EXPECT_EQ(answer->status(), 503);
    disk.count_down();
    writer.reset();
    scheduler.poll();
    scheduler.advance(96h);
    (*receiver)->check();
    EXPECT_THAT(alarms, ElementsAre(What::refused));
}

TEST_F(ReceiverTest, slacks_challenge_is_given_back_once_it_is_proved) {
    start();
    const std::string body = R"({"type":"url_verification","challenge":"3eZ\"<b>"})";
    const auto answer = send(letter("slack", "", body));
    EXPECT_EQ(answer.status(), 200);
    EXPECT_THAT(answer.headers().value("content-type"), StartsWith("application/json"));
    EXPECT_EQ(answer.body(), R"({"challenge":"3eZ\"<b>"})");
    const auto stranger = send(letter_to("/webhooks/slack", body));
    EXPECT_EQ(stranger.status(), 401);
    EXPECT_THAT(stranger.body(), Not(HasSubstr("3eZ")));
    EXPECT_EQ(writer->stats().operations, 0);
    EXPECT_EQ(receiver->stats().handshakes, 1);
}

TEST_F(ReceiverTest, githubs_ping_is_answered_and_nothing_comes_of_it) {
    start();
    auto ping = letter("github");
    ping.header("x-github-event", "ping");
    EXPECT_EQ(send(std::move(ping)).status(), 200);
    EXPECT_EQ(receiver->stats().handshakes, 1);
    EXPECT_EQ(writer->stats().operations, 0);
}

TEST_F(ReceiverTest, notions_token_is_taken_only_while_there_is_none) {
    std::vector<std::string> tokens;
    bool keep = false;
    start_with({{.sender = "notion", .keep_token = [&](const Secret& token) {
                     tokens.emplace_back(token.reveal());
                     return keep;
                 }}});
    EXPECT_EQ(send(letter("notion")).status(), 401) << "nothing to prove it with";
    const auto first =
        letter_to("/webhooks/notion", R"({"verification_token":"secret_token_of_notion"})");
    EXPECT_EQ(send(first).status(), 401) << "it could not be kept";
    keep = true;
    EXPECT_EQ(send(first).status(), 200);
    EXPECT_EQ(send(letter("notion")).status(), 200) << "and now it proves";
    const auto second = letter_to("/webhooks/notion", R"({"verification_token":"of a stranger"})");
    EXPECT_EQ(send(second).status(), 401);
    EXPECT_THAT(tokens, ElementsAre("secret_token_of_notion", "secret_token_of_notion"));
    EXPECT_THAT(store.kept, SizeIs(1));
}

TEST_F(ReceiverTest, secrets_can_be_changed_while_it_runs) {
    start();
    ASSERT_TRUE(receiver->set_secrets("/webhooks/github", {Secret("another one")}));
    EXPECT_EQ(send(letter("github")).status(), 401);
    EXPECT_EQ(receiver->set_secrets("/webhooks/github", {}).error().detail(), "secrets");
    EXPECT_EQ(receiver->set_secrets("/nowhere", {Secret("x")}).error().detail(), "path");
    ASSERT_TRUE(receiver->set_secrets("/webhooks/github",
                                      {Secret("another one"), Secret(secrets.at("github"))}));
    EXPECT_EQ(send(letter("github")).status(), 200);
}

TEST_F(ReceiverTest, jobs_are_what_the_endpoint_says) {
    std::vector<std::string> queues;
    start_with(
        {{.path = "/in",
          .sender = "github",
          .secrets = {Secret(secrets.at("github"))},
          .queue = "pushes",
          .kind = "push",
          .skip_older = true,
          .prepare =
              [](const Incoming& in, NewJob& job) {
                  job.order_key = in.event.scope;
                  job.priority = 7;
              }}},
        {.on_job = [&](const PutResult&, std::string_view queue) { queues.emplace_back(queue); }});
    auto request =
        letter("github", "id-1", R"({"issue":{"id":1,"updated_at":"2026-01-01T00:00:00Z"}})");
    request.url(letter_to("/in", "").url());
    request.header("x-github-event", "issues").header("x-github-hook-id", "30");
    EXPECT_EQ(send(request).status(), 200);
    ASSERT_THAT(store.jobs_put, SizeIs(1));
    const NewJob& job = store.jobs_put[0];
    EXPECT_EQ(job.queue, "pushes");
    EXPECT_EQ(job.kind, "push");
    EXPECT_EQ(job.entity, "github:issue:1");
    EXPECT_EQ(job.order_key, "30");
    EXPECT_EQ(job.priority, 7);
    EXPECT_THAT(queues, ElementsAre("pushes"));
    store.next_put = Put::duplicate;
    EXPECT_EQ(send(request).status(), 200);
    EXPECT_THAT(queues, SizeIs(1)) << "nothing to be done";
}

TEST(Receiver, another_attempt_of_notion_is_no_other_event) {
    runtime::VirtualScheduler scheduler;
    CountingStore store;
    StoreWriter writer(scheduler, store, {.own_thread = false});
    const auto receiver =
        WebhookReceiver::create(scheduler, writer,
                                {{.sender = "notion", .secrets = {Secret(secrets.at("notion"))}},
                                 {.sender = "slack", .secrets = {Secret(secrets.at("slack"))}}});
    std::optional<Response> answer;
    runtime::run(scheduler, call_into(&**receiver,
                                      signed_letter(*find_sender("notion"),
                                                    R"({"id":"n-1","attempt_number":2})", "",
                                                    scheduler.system_now()),
                                      &answer));
    EXPECT_TRUE(store.kept[0].body_changes);
    runtime::run(scheduler, call_into(&**receiver,
                                      signed_letter(*find_sender("slack"), R"({"event_id":"E"})",
                                                    "", scheduler.system_now()),
                                      &answer));
    EXPECT_FALSE(store.kept[1].body_changes) << "Slack's stay as they are";
}

TEST_F(ReceiverTest, what_github_could_not_deliver_is_watched_until_it_arrives) {
    start();
    store.put_fails = Error(ErrorKind::io, "no room").with_detail("full");
    EXPECT_EQ(send(letter("github")).status(), 503);
    store.put_fails.reset();
    scheduler.advance(47h);
    receiver->check();
    EXPECT_THAT(alarms, ElementsAre(What::refused));
    scheduler.advance(1h);
    receiver->check();
    receiver->check();
    EXPECT_THAT(alarms, ElementsAre(What::refused, What::redelivery_ends)) << "once";
    EXPECT_EQ(send(letter("github")).status(), 200);
    scheduler.advance(48h);
    receiver->check();
    EXPECT_THAT(alarms, SizeIs(2)) << "it arrived";
    store.put_fails = Error(ErrorKind::io, "no room").with_detail("full");
    EXPECT_EQ(send(letter("github", "id-2")).status(), 503);
    scheduler.advance(24h);
    receiver->checked_until("/webhooks/github", scheduler.system_now());
    scheduler.advance(72h);
    receiver->check();
    EXPECT_THAT(alarms, ElementsAre(What::refused, What::redelivery_ends, What::refused));
    EXPECT_EQ(send(letter("github", "id-3")).status(), 503);
    scheduler.advance(72h);
    receiver->check();
    EXPECT_EQ(alarms.back(), What::redelivery_ended);
}

TEST(Receiver, options_that_cannot_be_are_named) {
    runtime::VirtualScheduler scheduler;
    CountingStore store;
    StoreWriter writer(scheduler, store, {.own_thread = false});
    const auto field = [&](std::vector<ReceiverEndpoint> endpoints, ReceiverOptions options = {}) {
        auto made =
            WebhookReceiver::create(scheduler, writer, std::move(endpoints), std::move(options));
        return made ? std::string() : made.error().detail();
    };
    const ReceiverEndpoint good{.sender = "github", .secrets = {Secret("s3cr3t")}};
    const auto with = [&](auto change) {
        ReceiverEndpoint other = good;
        change(other);
        return std::vector{other};
    };
    EXPECT_EQ(field({good}), "");
    EXPECT_EQ(field({good, good}), "path");
    EXPECT_EQ(field(with([](auto& e) { e.sender = "gitlab"; })), "sender");
    EXPECT_EQ(field(with([](auto& e) { e.path = "webhooks"; })), "path");
    EXPECT_EQ(field(with([](auto& e) { e.path = "/a?b"; })), "path");
    EXPECT_EQ(field(with([](auto& e) { e.secrets.clear(); })), "secrets");
    EXPECT_EQ(field(with([](auto& e) { e.tolerance = 2h; })), "tolerance");
    EXPECT_EQ(field(with([](auto& e) { e.queue = "A"; })), "queue");
    EXPECT_EQ(field(with([](auto& e) { e.kind = "orders/updated"; })), "kind");
    EXPECT_EQ(field(with([](auto& e) { e.body_max = 0; })), "body_max");
    EXPECT_EQ(field({good}, {.reserve_percent = 91}), "reserve_percent");
    EXPECT_EQ(field({good}, {.waiting_bytes_max = 1}), "waiting_bytes_max");
    EXPECT_EQ(field({good}, {.retry_after = 1ms}), "retry_after");
    EXPECT_EQ(field({good}, {.budget_percent = 100}), "budget_percent");
    EXPECT_EQ(field({good}, {.redelivery = {.ids_max = 0}}), "ids_max");
    EXPECT_EQ(field({{.sender = "notion"}}), "secrets") << "nobody would keep the token";
}

}  // namespace
}  // namespace apilab::work
