#include "apilab/observe/trace_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "apilab/base/file.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/observe/internal/test_story_maker.hpp"
#include "apilab/observe/internal/trace_summary.hpp"
#include "apilab/observe/story_json.hpp"

namespace apilab::observe {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using internal::sample_story;

class HandClock final : public Clock {
public:
    [[nodiscard]] SteadyTime now() const override { return {}; }
    [[nodiscard]] SystemTime system_now() const override { return time; }
    SystemTime time = SystemTime(1'764'000'000s);
};

class TraceStoreTest : public testing::Test {
protected:
    [[nodiscard]] fs::path file() const { return folder_ / "traces.db"; }
    std::unique_ptr<TraceStore> open(TraceStoreOptions options = {}) {
        options.clock = &clock_;
        auto store = TraceStore::open(file(), options);
        EXPECT_TRUE(store) << store.error().to_string();
        return store ? *std::move(store) : nullptr;
    }
    [[nodiscard]] Error refusal() const {
        const auto store = TraceStore::open(file());
        return store ? Error(ErrorKind::internal, "it was opened") : store.error();
    }

    void write(std::string_view bytes) const {
        std::ofstream(file(), std::ios::binary) << bytes;
        fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
    }

    HandClock clock_;
    TemporaryFolder made_ = TemporaryFolder::make("traces-").value();
    fs::path folder_ = made_.path();
};

Story story_of(std::string method, std::string path, int status, Duration elapsed = 10ms) {
    auto story = sample_story();
    story.record.method = std::move(method);
    story.record.url_template = std::move(path);
    story.record.status = status;
    story.record.elapsed = elapsed;
    story.exchanges.clear();
    return story;
}

std::vector<std::string> paths(TraceStore& store, const TraceQuery& query) {
    std::vector<std::string> found;
    const auto list = store.list(query);
    EXPECT_TRUE(list) << list.error().to_string();
    for (const auto& summary : *list) {
        found.push_back(summary.url_template);
    }
    return found;
}
using Paths = std::vector<std::string>;

TEST_F(TraceStoreTest, gives_back_what_was_saved) {
    const auto story = sample_story();
    const auto id = *open()->save(story);
    auto store = open();
    const auto found = store->find(id);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(story_json(**found), story_json(story));
    EXPECT_FALSE(*store->find("t-0000"));
}

TEST_F(TraceStoreTest, lists_what_matters_of_each_call_newest_first) {
    auto store = open();
    ASSERT_TRUE(store->save(story_of("POST", "/a", 201)));
    auto lost = sample_story();
    lost.record.status = 0;
    lost.record.error = ErrorKind::connection_lost;
    lost.record.ending = Ending::non_idempotent;
    lost.record.attempts.back().outcome = Outcome::unknown;
    const auto id = *store->save(lost);
    const auto list = *store->list({});
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].id, id);
    EXPECT_EQ(list[0].sequence, 2);
    EXPECT_EQ(list[0].started, lost.started);
    EXPECT_EQ(list[0].url_template, "/npm/{name}");
    EXPECT_EQ(list[0].origin, "http://h.test");
    EXPECT_EQ(list[0].provider, "npm");
    EXPECT_EQ(list[0].operation, "get_packument");
    EXPECT_EQ(list[0].error, ErrorKind::connection_lost);
    EXPECT_EQ(list[0].outcome, Outcome::unknown);
    EXPECT_EQ(list[0].ending, Ending::non_idempotent);
    EXPECT_EQ(list[0].attempts, 2);
    EXPECT_EQ(list[0].elapsed, 300ms);
    EXPECT_EQ(list[0].waited, 250ms);
    EXPECT_TRUE(list[0].failed());
    EXPECT_EQ(list[1].method, "POST");
    EXPECT_EQ(list[1].status, 201);
    EXPECT_FALSE(list[1].error);
    EXPECT_FALSE(list[1].failed());
}

TEST_F(TraceStoreTest, a_query_takes_what_all_of_it_fits) {
    auto store = open();
    auto early = story_of("GET", "/early", 200);
    early.started -= 1h;
    auto elsewhere = story_of("GET", "/Elsewhere", 404, 3s);
    elsewhere.record.origin = "https://api.github.com";
    for (const auto& story : {early, story_of("POST", "/late", 503, 2s), elsewhere}) {
        ASSERT_TRUE(store->save(story));
    }
    EXPECT_EQ(paths(*store, {}), (Paths{"/Elsewhere", "/late", "/early"}));
    EXPECT_EQ(paths(*store, {.limit = 1}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.limit = 0}).size(), 3U);
    EXPECT_EQ(paths(*store, {.since = elsewhere.started}), (Paths{"/Elsewhere", "/late"}));
    EXPECT_EQ(paths(*store, {.before = elsewhere.started}), (Paths{"/early"}));
    EXPECT_EQ(paths(*store, {.after_sequence = 2}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.status = 503}), (Paths{"/late"}));
    EXPECT_EQ(paths(*store, {.status_class = 4}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.method = "post"}), (Paths{"/late"}));
    EXPECT_EQ(paths(*store, {.origin = "https://API.github.com"}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.origin = "api.github.com"}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.origin = "github.com"}), Paths());
    EXPECT_EQ(paths(*store, {.slower_than = 2s}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.only_failed = true}), (Paths{"/Elsewhere", "/late"}));
    EXPECT_EQ(paths(*store, {.method = "GET", .only_failed = true}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.text = "ELSE"}), (Paths{"/Elsewhere"}));
    EXPECT_EQ(paths(*store, {.text = "%"}), Paths());
    EXPECT_EQ(paths(*store, {.text = "' OR 1=1 --"}), Paths());
}

TEST_F(TraceStoreTest, the_oldest_go_when_there_are_too_many) {
    auto store = open({.calls_max = 3});
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(store->save(story_of("GET", "/" + std::to_string(i), 200)));
    }
    EXPECT_EQ(paths(*store, {}), (Paths{"/9", "/8", "/7"}));
    EXPECT_EQ(store->size()->calls, 3U);
}

TEST_F(TraceStoreTest, the_oldest_go_when_they_take_too_much) {
    auto story = sample_story();
    story.exchanges[0].response_body.assign(5'000, 'x');
    auto store = open({.bytes_max = 65'536});
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(store->save(story));
        ASSERT_LE(store->size()->bytes, 65'536U);
    }
    EXPECT_GE(store->size()->calls, 6U);
    EXPECT_LT(fs::file_size(file()), 4U * 65'536U);
}

TEST_F(TraceStoreTest, the_oldest_go_when_their_time_is_over) {
    auto store = open({.age_max = 1h});
    ASSERT_TRUE(store->save(story_of("GET", "/old", 200)));
    clock_.time += 61min;
    ASSERT_TRUE(store->save(story_of("GET", "/new", 200)));
    EXPECT_EQ(paths(*store, {}), (Paths{"/new"}));
}

// A HAR of last year is kept as long as a call of today.
TEST_F(TraceStoreTest, ages_count_from_when_a_call_was_saved) {
    auto store = open({.age_max = 1h});
    auto old = story_of("GET", "/old", 200);
    old.started -= 24h * 365;
    ASSERT_TRUE(store->save(old));
    ASSERT_TRUE(store->save(story_of("GET", "/new", 200)));
    EXPECT_EQ(paths(*store, {}), (Paths{"/new", "/old"}));
}

TEST_F(TraceStoreTest, of_a_call_that_is_too_large_the_record_is_kept) {
    auto story = sample_story();
    story.exchanges[0].response_body.assign(20'000, 'x');
    auto store = open({.bytes_max = 65'536});
    const auto found = *store->find(*store->save(story));
    EXPECT_EQ(found->record.attempts.size(), 2U);
    EXPECT_TRUE(found->exchanges.empty());
    story.record.operation.assign(20'000, 'x');
    const auto refused = store->save(story);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::too_large);
}

TEST_F(TraceStoreTest, each_call_has_an_id_of_its_own) {
    std::set<std::string> ids;
    for (std::uint64_t n = 1; n <= 200'000; ++n) {
        ids.insert(internal::trace_id_of(n));
    }
    EXPECT_EQ(ids.size(), 200'000U);
    EXPECT_EQ(internal::trace_id_of(1).size(), 6U);
}

TEST_F(TraceStoreTest, ids_are_found_by_how_they_begin) {
    auto store = open();
    const auto first = *store->save(sample_story());
    const auto second = *store->save(sample_story());
    EXPECT_EQ(*store->ids("", 10), (std::vector{second, first}));
    EXPECT_EQ(*store->ids("", 1), (std::vector{second}));
    EXPECT_EQ(*store->ids(first, 10), (std::vector{first}));
    EXPECT_TRUE(store->ids("%", 10)->empty());
}

TEST_F(TraceStoreTest, several_write_at_once_and_nothing_is_lost) {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([&] {
            auto store = TraceStore::open(file());
            ASSERT_TRUE(store) << store.error().to_string();
            for (int n = 0; n < 50; ++n) {
                const auto id = (*store)->save(sample_story());
                ASSERT_TRUE(id) << id.error().to_string();
            }
        });
    }
    writers.clear();
    const auto ids = *open()->ids("", 1'000);
    EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 200U);
}

TEST_F(TraceStoreTest, closed_quickly_it_leaves_the_file_alone_and_loses_nothing) {
    const auto first = *open()->save(sample_story());
    const auto before = *read_file(file(), 1U << 20U);
    const auto second = *open({.quick_close = true})->save(sample_story());
    EXPECT_EQ(*read_file(file(), 1U << 20U), before);
    EXPECT_EQ(*open()->ids("", 10), (std::vector{second, first}));
    EXPECT_NE(*read_file(file(), 1U << 20U), before);
    EXPECT_FALSE(fs::exists(file().string() + "-wal"));
}

TEST_F(TraceStoreTest, only_its_owner_may_read_it) {
    auto store = open();
    ASSERT_TRUE(store->save(sample_story()));
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat status{};
        ASSERT_EQ(::stat((file().string() + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777U, 0600U) << suffix;
    }
    store.reset();
    fs::permissions(file(), fs::perms::group_read, fs::perm_options::add);
    EXPECT_EQ(refusal().kind(), ErrorKind::invalid_argument);
    EXPECT_TRUE(refusal().message().contains("others may read it"));
}

TEST_F(TraceStoreTest, what_is_no_database_is_left_as_it_is) {
    const std::string text(3'000, 'n');
    write(text);
    EXPECT_EQ(refusal().kind(), ErrorKind::invalid_argument) << refusal().to_string();
    EXPECT_TRUE(refusal().message().contains(file().string())) << refusal().to_string();
    EXPECT_EQ(*read_file(file(), 10'000), text);
}

// Byte 68 of a database is its application id, byte 60 its user version (SQLite's file format).
TEST_F(TraceStoreTest, another_programs_database_is_left_as_it_is) {
    ASSERT_TRUE(open()->save(sample_story()));
    auto bytes = *read_file(file(), 1U << 20U);
    bytes.replace(68, 4, "othr");
    write(bytes);
    EXPECT_TRUE(refusal().message().contains("another program's")) << refusal().to_string();
    EXPECT_EQ(*read_file(file(), 1U << 20U), bytes);
}

TEST_F(TraceStoreTest, of_a_newer_version_is_refused_by_name) {
    ASSERT_TRUE(open()->save(sample_story()));
    auto bytes = *read_file(file(), 1U << 20U);
    bytes[63] = 9;
    write(bytes);
    EXPECT_EQ(refusal().kind(), ErrorKind::invalid_argument);
    EXPECT_TRUE(refusal().message().contains("has schema 9, this program knows 1"))
        << refusal().to_string();
    EXPECT_EQ(*read_file(file(), 1U << 20U), bytes);
}

TEST_F(TraceStoreTest, that_is_damaged_says_so_and_is_not_deleted) {
    {
        auto store = open();
        for (int i = 0; i < 50; ++i) {
            ASSERT_TRUE(store->save(sample_story()));
        }
    }
    auto bytes = *read_file(file(), 1U << 20U);
    std::ranges::fill(bytes.begin() + 100, bytes.end(), 'x');
    write(bytes);
    EXPECT_EQ(refusal().kind(), ErrorKind::io);
    EXPECT_TRUE(refusal().message().contains("damaged")) << refusal().to_string();
    EXPECT_EQ(fs::file_size(file()), bytes.size());
}

TEST_F(TraceStoreTest, options_out_of_their_range_are_refused) {
    EXPECT_FALSE(TraceStoreOptions{.calls_max = 0}.validate());
    EXPECT_FALSE(TraceStoreOptions{.bytes_max = 1}.validate());
    EXPECT_FALSE(TraceStoreOptions{.age_max = 0s}.validate());
    EXPECT_FALSE(TraceStore::open(file(), {.calls_max = 0}));
    EXPECT_FALSE(fs::exists(file()));
}

}  // namespace
}  // namespace apilab::observe
