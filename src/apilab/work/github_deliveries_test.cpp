#include "apilab/work/github_deliveries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::work {
namespace {

using runtime::Task;
using ::testing::ElementsAre;

class Answers final : public runtime::Service {
public:
    Task<Result<http::Response>> call(http::Request request, runtime::CallContext) override {
        asked.push_back(request.method() + " " + request.url().to_string());
        auto answer = std::move(answers.front());
        answers.pop_front();
        co_return answer;
    }
    std::deque<http::Response> answers;
    std::vector<std::string> asked;
};

class GitHubDeliveriesTest : public ::testing::Test {
protected:
    Result<DeliveryPage> list(http::Response answer, std::string page = {}) {
        service.answers.push_back(std::move(answer));
        return runtime::run(scheduler, deliveries.list({}, std::move(page)));
    }
    static std::string item(const std::string& fields) { return "[{" + fields + "}]"; }

    runtime::VirtualScheduler scheduler;
    Answers service;
    GitHubDeliveries deliveries{
        service, http::Url::parse("https://api.test/repos/octo/hello/hooks/7").value()};
};

TEST_F(GitHubDeliveriesTest, a_page_is_read_with_the_link_to_the_next_one) {
    const auto page = list(
        http::Response(
            200,
            item(
                R"("id":9223372036854775807,"guid":"g-1","delivered_at":"2026-01-01T00:00:00Z",)"
                R"("redelivery":true,"status":"OK","status_code":502,"event":"push","action":null)"))
            .header("link", "<https://api.test/x?cursor=v1_2>; rel=\"next\""));
    ASSERT_TRUE(page) << page.error().to_string();
    ASSERT_EQ(page->deliveries.size(), 1U);
    const Delivery& only = page->deliveries.front();
    EXPECT_EQ(only.id, "9223372036854775807");
    EXPECT_EQ(only.guid, "g-1");
    EXPECT_EQ(only.event, "push");
    EXPECT_EQ(only.status, 502);
    EXPECT_EQ(only.at, http::parse_iso_time("2026-01-01T00:00:00Z"));
    EXPECT_TRUE(only.redelivery);
    EXPECT_EQ(page->next, "https://api.test/x?cursor=v1_2");
    EXPECT_EQ(list(http::Response(200, "[]"), page->next)->next, "");
    EXPECT_THAT(service.asked,
                ElementsAre("GET https://api.test/repos/octo/hello/hooks/7/deliveries?per_page=100",
                            "GET https://api.test/x?cursor=v1_2"));
}

TEST_F(GitHubDeliveriesTest, a_next_page_elsewhere_is_not_asked_for) {
    const auto page = runtime::run(scheduler, deliveries.list({}, "https://evil.test/x"));
    ASSERT_FALSE(page);
    EXPECT_EQ(page.error().kind(), ErrorKind::protocol);
    EXPECT_TRUE(service.asked.empty());
}

TEST_F(GitHubDeliveriesTest, what_is_missing_is_named) {
    const std::vector<std::pair<std::string, std::string>> bad = {
        {R"("guid":"g","delivered_at":"2026-01-01T00:00:00Z","status_code":200)", "/0/id"},
        {R"("id":"1","guid":"g","delivered_at":"2026-01-01T00:00:00Z","status_code":200)", "/0/id"},
        {R"("id":1,"delivered_at":"2026-01-01T00:00:00Z","status_code":200)", "/0/guid"},
        {R"("id":1,"guid":"g","delivered_at":"yesterday","status_code":200)", "/0/delivered_at"},
        {R"("id":1,"guid":"g","delivered_at":"2026-01-01T00:00:00Z")", "/0/status_code"},
        {R"("id":1,"guid":"g","delivered_at":"2026-01-01T00:00:00Z","status_code":1e9)",
         "/0/status_code"}};
    for (const auto& [fields, detail] : bad) {
        const auto page = list(http::Response(200, item(fields)));
        ASSERT_FALSE(page) << fields;
        EXPECT_EQ(page.error().detail(), detail) << fields;
    }
    EXPECT_EQ(list(http::Response(200, "{}")).error().kind(), ErrorKind::decode);
    EXPECT_EQ(list(http::Response(200, "[")).error().kind(), ErrorKind::decode);
    EXPECT_EQ(list(http::Response(500)).error().kind(), ErrorKind::status);
}

TEST_F(GitHubDeliveriesTest, a_delivery_is_asked_for_again_by_its_id) {
    service.answers.emplace_back(202, "{}");
    EXPECT_TRUE(runtime::run(scheduler, deliveries.request_again("12")));
    service.answers.emplace_back(404, "{}");
    EXPECT_FALSE(runtime::run(scheduler, deliveries.request_again("13")));
    EXPECT_EQ(service.asked.front(),
              "POST https://api.test/repos/octo/hello/hooks/7/deliveries/12/attempts");
}

}  // namespace
}  // namespace apilab::work
