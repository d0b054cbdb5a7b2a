#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "apilab/work/postgres_store.hpp"
#include "postgres_server.hpp"

namespace apilab::work::tests {

/// With the program's server, and a schema of its own.
class PostgresTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (PostgresServer::installed().empty()) {
            GTEST_SKIP() << PostgresServer::absent;
        }
        auto server = PostgresServer::shared();
        ASSERT_TRUE(server) << server.error().to_string();
        server_ = *server;
    }

    [[nodiscard]] PostgresServer& server() const { return *server_; }
    [[nodiscard]] const std::string& schema() const { return schema_; }
    [[nodiscard]] PostgresStoreOptions options() const { return {.schema = schema_}; }
    [[nodiscard]] std::unique_ptr<PostgresStore> open() const { return open(options()); }
    [[nodiscard]] std::unique_ptr<PostgresStore> open(PostgresStoreOptions options) const {
        auto store = PostgresStore::open(server_->url(), std::move(options));
        EXPECT_TRUE(store) << store.error().to_string();
        return store ? *std::move(store) : nullptr;
    }
    /// A statement's answer, in this test's schema.
    [[nodiscard]] std::string ask(const std::string& sql) const {
        return server_->ask("SET search_path = " + schema_ + "; " + sql);
    }

    SystemTime now{std::chrono::seconds(1'800'000'000)};

private:
    PostgresServer* server_ = nullptr;
    std::string schema_ = PostgresServer::new_schema();
};

/// What it holds; where it holds an error, the test fails and a default is given.
template <class T>
T must(Result<T> result) {
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? *std::move(result) : T();
}
inline void must(const Result<void>& result) {
    EXPECT_TRUE(result) << result.error().to_string();
}

/// `work(number)` in so many threads at once.
template <class Work>
void in_threads(int count, Work work) {
    std::vector<std::thread> threads;
    threads.reserve(static_cast<std::size_t>(count));
    for (int number = 0; number < count; ++number) {
        threads.emplace_back([&work, number] { work(number); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

inline Event github_event(const std::string& id, const std::string& body) {
    return {.source = "github",
            .sender_id = id,
            .scope = {},
            .type = "push",
            .body = body,
            .headers = {{"x-github-event", "push"}},
            .id_is_signed = false};
}

}  // namespace apilab::work::tests
