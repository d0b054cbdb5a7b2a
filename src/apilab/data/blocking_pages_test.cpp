#include "apilab/data/blocking_pages.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::data {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// Three pages of two numbers, on a thread of its own.
class ListServer final : public runtime::Service {
public:
    ListServer() : server_(scheduler_, *this) {
        EXPECT_TRUE(server_.listen());
        thread_ = std::thread([this] { scheduler_.run(); });
    }
    ~ListServer() override {
        scheduler_.stop();
        thread_.join();
        runtime::run(scheduler_, server_.stop(Duration::zero()));
    }
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext /*context*/) override {
        const auto query = request.url().query();
        const int page = query.empty() ? 1 : query.back() - '0';
        co_return http::Response(200, fmt::format(R"({{"items":[{},{}],"next":{}}})", page * 2,
                                                  (page * 2) + 1, page < 3 ? page + 1 : 0));
    }
    [[nodiscard]] http::Request first() const {
        return http::Request::get(
            *http::Url::parse(fmt::format("http://127.0.0.1:{}/list", server_.port())));
    }
    [[nodiscard]] static PageRules rules() {
        PageRules rules{.name = "test", .kind = PageKind::cursor, .items = "/items"};
        rules.next = "/next";
        rules.parameter = "c";
        return rules;
    }

private:
    runtime::RealScheduler scheduler_;
    server::Server server_;
    std::thread thread_;
};

Result<std::int64_t> number(const http::Json& item) {
    return item.integer().value_or(-1);
}

TEST(BlockingPages, are_a_range_of_results) {
    const ListServer server;
    auto client = client::blocking::Client::create();
    ASSERT_THAT(client, IsOk());
    auto pages =
        blocking::Pages<std::int64_t>::create(*client, server.first(), ListServer::rules(), number,
                                              {.items_max = 5, .at_cap = AtCap::end});
    ASSERT_THAT(pages, IsOk());
    std::vector<std::int64_t> all;
    for (Result<std::int64_t>& item : *pages) {
        ASSERT_THAT(item, IsOk());
        all.push_back(*item);
    }
    EXPECT_THAT(all, ElementsAre(2, 3, 4, 5, 6));
    EXPECT_EQ(pages->summary().describe(), "capped by items_max: 5 items on 3 pages, 3 requests");
    EXPECT_FALSE(pages->next());
}

TEST(BlockingPages, end_with_the_error_and_go_on_from_a_checkpoint) {
    const ListServer server;
    auto client = client::blocking::Client::create();
    ASSERT_THAT(client, IsOk());
    const auto create = [&](PageOptions options) {
        return blocking::Pages<std::int64_t>::create(*client, server.first(), ListServer::rules(),
                                                     number, std::move(options));
    };
    // The cursor 0 leads back to the first page, and that to 2.
    std::vector<ErrorKind> errors;
    std::vector<std::int64_t> all;
    auto pages = create({});
    std::optional<Checkpoint> kept;
    for (auto& item : *pages) {
        if (item) {
            all.push_back(*item);
        } else {
            errors.push_back(item.error().kind());
        }
        if (all.size() == 3 && !kept) {
            kept = *pages->checkpoint();
        }
    }
    EXPECT_THAT(errors, ElementsAre(ErrorKind::protocol));
    auto rest = create({.items_max = 4, .at_cap = AtCap::end, .from = kept});
    EXPECT_EQ(**rest->next(), 5);
    EXPECT_FALSE(rest->next());
    EXPECT_THAT(create({.prefetch = 1}), IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(create({.deadline = SteadyTime()}), IsError(ErrorKind::invalid_argument));
}

}  // namespace
}  // namespace apilab::data
