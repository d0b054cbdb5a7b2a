#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/work/store.hpp"

namespace apilab::work {

/// One store of one kind, for one test: empty when the maker is made, gone with it.
class StoreMaker {
public:
    StoreMaker() = default;
    StoreMaker(const StoreMaker&) = delete;
    StoreMaker& operator=(const StoreMaker&) = delete;
    virtual ~StoreMaker() = default;

    /// A connection to it; called often, and from several threads.
    [[nodiscard]] virtual Result<std::unique_ptr<Store>> open(StoreOptions options) = 0;
};

using MakeMaker = std::unique_ptr<StoreMaker> (*)();

/// The suite: `INSTANTIATE_TEST_SUITE_P(Sqlite, WorkStore, testing::Values(&make_sqlite))` runs it
/// over another kind of store.
class WorkStore : public testing::TestWithParam<MakeMaker> {
protected:
    WorkStore();

    /// Another connection to the same store.
    [[nodiscard]] std::unique_ptr<Store> open_again(StoreOptions options = {});

    /// The value, or a failed test and an empty one.
    template <class T>
    static T ok(Result<T> result) {
        if (!result) {
            ADD_FAILURE() << result.error().to_string();
            return T();
        }
        return *std::move(result);
    }
    static void done(const Result<void>& result) {
        EXPECT_TRUE(result) << result.error().to_string();
    }
    /// The field that an error names.
    template <class T>
    static std::string field(const Result<T>& result) {
        return result ? "no error" : result.error().detail();
    }

    /// An event of a sender that signs its ids, and one of a sender that does not.
    [[nodiscard]] static Event slack(std::string id, std::string body = "{}");
    [[nodiscard]] static Event github(std::string id, std::string body = "{}");
    PutResult put(const Event& event, const NewJob& job = {.kind = "test"});
    /// A job with this payload; its id.
    std::int64_t add(std::string payload, NewJob job = {.kind = "test"});
    std::vector<Job> claim(SystemTime at, std::size_t limit = 1000);
    std::vector<Job> claim() { return claim(start); }
    /// The one job there is to claim.
    Job claim_one(SystemTime at);
    Job claim_one() { return claim_one(start); }
    void complete(const Job& job) { EXPECT_TRUE(ok(store->complete(job.ref, {}, false, start))); }
    JobRow row(std::int64_t id);
    [[nodiscard]] static std::vector<std::string> payloads(const std::vector<Job>& jobs);
    [[nodiscard]] static std::vector<std::string> outcomes(const std::vector<JobAttempt>& attempts);
    Message message(std::int64_t id);
    Message claim_message(SystemTime at);

    const SystemTime start{std::chrono::seconds(1'700'000'000)};
    std::unique_ptr<StoreMaker> maker = GetParam()();
    std::unique_ptr<Store> store;
};

}  // namespace apilab::work
