// Bodies that are too slow, too large or too many at a time.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/webhook/letter.hpp"
#include "webhook_rig.hpp"

namespace apilab {
namespace {

using sandbox::webhook::Letter;
using sandbox::webhook::write_letter;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr std::string_view secret = "It's a Secret to Everybody";

RigOptions for_github(std::size_t body_max = std::size_t{25} << 20U) {
    RigOptions options;
    options.endpoints.push_back(
        {.sender = "github", .secrets = {Secret(std::string(secret))}, .body_max = body_max});
    return options;
}

http::Request push(const WebhookRig& rig, int number, bool form = false, bool huge = false) {
    return write_letter({.from = "github",
                         .type = "push",
                         .id = fmt::format("id-{}", number),
                         .body = fmt::format(R"({{"ref":"refs/heads/main","number":{}}})", number),
                         .secrets = {std::string(secret)},
                         .form = form,
                         .huge = huge},
                        {}, std::chrono::system_clock::now(), rig.base().with("/webhooks/github"));
}

TEST(WebhookSockets, a_body_that_never_ends_is_the_servers_to_refuse) {
    auto options = for_github();
    options.server.body_idle_timeout = 50ms;
    WebhookRig rig(std::move(options));
    EXPECT_EQ(rig.send_slowly(push(rig, 1), true).status, 408);
    EXPECT_EQ(rig.receiver().stats().requests, 0) << "the receiver never saw it";
    EXPECT_EQ(rig.send({push(rig, 1)})[0].status, 200);
    EXPECT_THAT(rig.events(), SizeIs(1));
}

TEST(WebhookSockets, a_body_that_drips_beyond_the_limit_is_refused_and_one_within_is_taken) {
    auto options = for_github();
    options.server.body_timeout = 300ms;
    WebhookRig short_of_time(std::move(options));
    EXPECT_EQ(short_of_time.send_slowly(push(short_of_time, 1), false).status, 408);
    EXPECT_THAT(short_of_time.events(), IsEmpty());
    WebhookRig patient(for_github());
    EXPECT_EQ(patient.send_slowly(push(patient, 1), false).status, 200);
    EXPECT_THAT(patient.events(), SizeIs(1));
}

TEST(WebhookSockets, five_mebibytes_more_are_taken_or_refused_as_the_limit_says) {
    WebhookRig large(for_github());
    EXPECT_EQ(large.send({push(large, 1, false, true)})[0].status, 200);
    const auto events = large.events();
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_GT(events[0].event.body.size(), std::size_t{5} << 20U);
    WebhookRig small(for_github(std::size_t{1} << 20U));
    EXPECT_EQ(small.send({push(small, 1, false, true)})[0].status, 413);
    EXPECT_EQ(small.send({push(small, 2)})[0].status, 200);
    EXPECT_THAT(small.events(), SizeIs(1));
}

TEST(WebhookSockets, a_form_is_kept_as_it_came_and_its_job_gets_the_json) {
    WebhookRig rig(for_github());
    EXPECT_EQ(rig.send({push(rig, 1, true)})[0].status, 200);
    const auto events = rig.events();
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_THAT(events[0].event.body, testing::StartsWith("payload=%7B"));
}

TEST(WebhookSockets, five_hundred_at_once_are_stored_once_each_in_few_transactions) {
    constexpr int many = 500;
    WebhookRig rig(for_github());
    std::vector<http::Request> requests;
    for (int i = 0; i < many; ++i) {
        requests.push_back(push(rig, i, i % 2 == 1));
    }
    for (int round = 0; round < 2; ++round) {
        for (const auto& answer : rig.send(requests)) {
            EXPECT_EQ(answer.status, 200) << answer.body;
        }
    }
    EXPECT_THAT(rig.events(), SizeIs(many));
    EXPECT_EQ(rig.counts().available, many);
    const auto stats = rig.receiver().stats();
    EXPECT_EQ(stats.stored, many);
    EXPECT_EQ(stats.duplicates, many);
    EXPECT_LT(rig.writer().stats().transactions, 2 * many)
        << "a sync of the disk serves several of the thousand";
}

TEST(WebhookSockets, those_that_wait_for_a_busy_disk_share_its_next_sync) {
    constexpr int many = 200;
    WebhookRig rig(for_github());
    std::vector<http::Request> requests;
    for (int i = 0; i < many; ++i) {
        requests.push_back(push(rig, i));
    }
    for (const auto& answer : rig.send_while_the_disk_is_busy(requests, many)) {
        EXPECT_EQ(answer.status, 200) << answer.body;
    }
    EXPECT_EQ(rig.writer().stats().transactions, 2U) << "the one that held it up, and all the rest";
}

TEST(WebhookSockets, more_than_may_wait_are_refused_and_whoever_was_told_2xx_is_stored) {
    constexpr int many = 300;
    auto options = for_github();
    options.writer.waiting_max = 4;
    WebhookRig rig(std::move(options));
    std::vector<http::Request> requests;
    for (int i = 0; i < many; ++i) {
        requests.push_back(push(rig, i));
    }
    std::size_t taken = 0;
    for (const auto& answer : rig.send(requests)) {
        EXPECT_TRUE(answer.status == 200 || answer.status == 503) << answer.status;
        taken += answer.status == 200 ? 1U : 0U;
    }
    EXPECT_THAT(rig.events(), SizeIs(taken));
    EXPECT_EQ(rig.receiver().stats().shed, many - taken);
}

}  // namespace
}  // namespace apilab
