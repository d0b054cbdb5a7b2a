#include "apilab/data/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/data/checkpoint_store.hpp"
#include "apilab/data/internal/test_list.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::data {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;
using internal::Numbers;
using internal::numbers;
using internal::TestList;
using internal::walk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Numbers pages_of(TestList& list, PageOptions options = {}) {
    auto pages =
        Numbers::create(list, list.first(), list.rules(), internal::id_of, std::move(options));
    EXPECT_THAT(pages, IsOk());
    return *std::move(pages);
}

// As a program that is killed and started again sees it.
Checkpoint through_text(const Checkpoint& checkpoint) {
    auto again = Checkpoint::parse(checkpoint.to_json());
    EXPECT_THAT(again, IsOk());
    return *std::move(again);
}

Checkpoint full() {
    Checkpoint checkpoint;
    checkpoint.walk = "issues \"of\" x";
    checkpoint.fingerprint = "abc";
    checkpoint.position = {.first = false,
                           .token = "a=&b\n\xE2\x82\xAC",
                           .foreign = true,
                           .open = {{.query = 3, .token = "t"}, {.query = 9, .token = ""}}};
    checkpoint.index = 7;
    checkpoint.so_far = {.incomplete = "i",
                         .pages = 1,
                         .items = 2,
                         .requests = 3,
                         .duplicates = 4,
                         .bad_items = 5,
                         .keys_forgotten = 6,
                         .restarts = 1,
                         .sync_token = "s"};
    checkpoint.keys = {1, UINT64_MAX};
    checkpoint.keys_complete = false;
    checkpoint.detected = R"({"kind":"cursor"})";
    checkpoint.detected_why = "why";
    checkpoint.started = SystemTime(std::chrono::seconds(5));
    return checkpoint;
}

TEST(Checkpoint, is_the_same_after_it_was_written_and_read) {
    const auto before = full();
    const auto after = through_text(before);
    EXPECT_EQ(after.to_json(), before.to_json());
    EXPECT_EQ(after.position, before.position);
    EXPECT_EQ(after.keys, before.keys);
    EXPECT_EQ(after.started, before.started);
    EXPECT_FALSE(after.expires);
}

TEST(Checkpoint, what_is_none_is_an_error_that_names_the_member) {
    const auto good = full().to_json();
    const auto with = [&](std::string_view old, std::string_view now) {
        auto text = good;
        text.replace(text.find(old), old.size(), now);
        return Checkpoint::parse(text);
    };
    struct Case {
        std::string_view old;
        std::string_view now;
        std::string_view pointer;
    };
    const Case cases[] = {
        {"\"version\":1", "\"version\":2", "/version"},
        {"\"index\":7", "\"index\":-7", "/index"},
        {"\"index\":7", "\"index\":\"7\"", "/index"},
        {"\"first\":false", "\"first\":0", "/position/first"},
        {"[3,\"t\"]", "[\"t\",3]", "/position/open"},
        {"\"pages\":1", "\"page\":1", "/so_far/pages"},
        {"[1,18446744073709551615]", "[1,-1]", "/keys"},
        {"[1,18446744073709551615]", "{}", "/keys"},
        {"\"expires\":null", "\"expires\":\"soon\"", "expires"},
        {"{\"kind\":\"cursor\"}", "[]", "/detected"},
    };
    for (const auto& one : cases) {
        const auto read = with(one.old, one.now);
        ASSERT_THAT(read, IsError(ErrorKind::decode)) << one.pointer;
        EXPECT_EQ(read.error().detail(), one.pointer);
    }
    for (const std::string& text :
         {std::string(), std::string("null"), std::string("{}"), std::string("\xff\xfe"),
          good.substr(0, good.size() / 2), std::string(1000, '[')}) {
        EXPECT_THAT(Checkpoint::parse(text), IsError(ErrorKind::decode));
    }
    EXPECT_THAT(Checkpoint::parse(std::string(Checkpoint::size_max + 1, ' ')),
                IsError(ErrorKind::too_large));
}

TEST(Checkpoint, a_walk_that_goes_on_asks_for_the_page_it_was_in_and_skips_what_was_handed_out) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::cursor, 12, 5);
    auto first = pages_of(list);
    EXPECT_EQ(runtime::run(scheduler, walk(first, 7)).ids, numbers(0, 7));
    list.asked.clear();
    auto rest = pages_of(list, {.from = through_text(*first.checkpoint())});
    const auto walked = runtime::run(scheduler, walk(rest));
    EXPECT_EQ(walked.ids, numbers(7, 12));
    EXPECT_EQ(walked.summary.describe(), "complete: 12 items on 3 pages, 4 requests");
    EXPECT_THAT(list.asked,
                ElementsAre("/list?size=5&at=a%3D%26b%205", "/list?size=5&at=a%3D%26b%2010"));
}

TEST(Checkpoint, behind_the_last_item_of_a_page_the_next_one_is_asked_for_and_at_the_end_nothing) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::offset, 10, 5);
    auto first = pages_of(list);
    EXPECT_THAT(runtime::run(scheduler, walk(first, 5)).ids, SizeIs(5));
    auto rest = pages_of(list, {.from = through_text(*first.checkpoint())});
    EXPECT_EQ(runtime::run(scheduler, walk(rest)).ids, numbers(5, 10));
    EXPECT_THAT(list.asked, SizeIs(2));
    auto done = pages_of(list, {.from = through_text(*rest.checkpoint())});
    const auto walked = runtime::run(scheduler, walk(done));
    EXPECT_THAT(walked.ids, IsEmpty());
    EXPECT_EQ(walked.summary.end, WalkEnd::complete);
    EXPECT_THAT(list.asked, SizeIs(2));
}

TEST(Checkpoint, before_the_first_page_it_is_the_start) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::page_number, 3, 2);
    const auto first = pages_of(list);
    auto rest = pages_of(list, {.from = through_text(*first.checkpoint())});
    EXPECT_EQ(runtime::run(scheduler, walk(rest)).ids, numbers(0, 3));
}

TEST(Checkpoint, of_another_walk_is_refused_by_name) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::cursor, 12, 5);
    auto first = pages_of(list, {.walk = "mine"});
    auto checkpoint = *first.checkpoint();
    const auto create = [&](const http::Request& request, const PageRules& rules) {
        return Numbers::create(list, request, rules, internal::id_of,
                               {.walk = "yours", .from = checkpoint});
    };
    EXPECT_THAT(create(list.first(), list.rules()), IsOk());
    auto sized = list.first();
    sized.url(*http::Url::parse("http://h/list?size=6"));
    const auto refused = create(sized, list.rules());
    ASSERT_THAT(refused, IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(refused.error().message(), HasSubstr("\"mine\""));
    EXPECT_THAT(refused.error().message(), HasSubstr("\"yours\""));
    auto rules = list.rules();
    rules.next = "/other";
    EXPECT_THAT(create(list.first(), rules), IsError(ErrorKind::invalid_argument));
}

TEST(Checkpoint, an_item_that_stopped_the_walk_comes_again) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::cursor, 4, 5);
    bool broken = true;
    const auto decode = [&](const http::Json& item) -> Result<std::int64_t> {
        const auto id = internal::id_of(item);
        return broken && *id == 2 ? fail(ErrorKind::decode, "not today") : id;
    };
    auto first = *Numbers::create(list, list.first(), list.rules(), decode, {.key = "/id"});
    EXPECT_EQ(runtime::run(scheduler, walk(first)).ids, numbers(0, 2));
    broken = false;
    auto rest = *Numbers::create(list, list.first(), list.rules(), decode,
                                 {.key = "/id", .from = through_text(*first.checkpoint())});
    EXPECT_EQ(runtime::run(scheduler, walk(rest)).ids, numbers(2, 4));
}

// Newest first, and something new arrives while nobody runs: numbers have moved, keys have not.
TEST(Checkpoint, keys_tell_what_was_handed_out_where_the_page_has_changed) {
    runtime::VirtualScheduler scheduler;
    class News final : public runtime::Service {
    public:
        runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                                   runtime::CallContext /*context*/) override {
            co_return http::Response(200, text);
        }
        std::string text = R"([{"id":2},{"id":1}])";
    } news;
    const auto create = [&](PageOptions options) {
        return *Numbers::create(news, http::Request::get(*http::Url::parse("http://h/")),
                                page_rules::github(), internal::id_of, std::move(options));
    };
    auto first = create({.key = "/id"});
    EXPECT_THAT(runtime::run(scheduler, walk(first, 1)).ids, ElementsAre(2));
    news.text = R"([{"id":3},{"id":2},{"id":1}])";
    auto rest = create({.key = "/id", .from = through_text(*first.checkpoint())});
    EXPECT_THAT(runtime::run(scheduler, walk(rest)).ids, ElementsAre(3, 1));
}

TEST(Checkpoint, a_cursor_that_expired_between_two_runs_starts_again_where_all_keys_are_known) {
    for (const bool known : {true, false}) {
        runtime::VirtualScheduler scheduler;
        TestList list(scheduler, PageKind::cursor, 12, 5);
        PageOptions options{.key = "/id"};
        options.checkpoint_keys_max = known ? 1000 : 3;
        auto first = pages_of(list, options);
        EXPECT_THAT(runtime::run(scheduler, walk(first, 7)).ids, SizeIs(7));
        list.expired_at = {3};
        options.from = through_text(*first.checkpoint());
        auto rest = pages_of(list, options);
        const auto walked = runtime::run(scheduler, walk(rest));
        EXPECT_EQ(walked.ids, known ? numbers(7, 12) : numbers(0, 0));
        EXPECT_EQ(walked.errors.empty(), known);
    }
}

TEST(Checkpoint, what_was_detected_is_kept) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::next_url, 12, 5);
    const auto create = [&](PageOptions options) {
        return *Numbers::create(list, list.first(), PageRules{}, internal::id_of,
                                std::move(options));
    };
    auto first = create({});
    EXPECT_EQ(runtime::run(scheduler, walk(first, 6)).ids, numbers(0, 6));
    auto rest = create({.from = through_text(*first.checkpoint())});
    EXPECT_THAT(rest.detected(), HasSubstr("/next holds a URL"));
    EXPECT_EQ(runtime::run(scheduler, walk(rest)).ids, numbers(6, 12));
    EXPECT_THAT(list.asked, SizeIs(4));
}

class CheckpointFile : public ::testing::Test {
protected:
    CheckpointFile() : folder_(::testing::TempDir() + "apilab_checkpoint_test") {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    ~CheckpointFile() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
    std::filesystem::path path_ = folder_ / "walk.json";
};

TEST_F(CheckpointFile, is_for_the_owner_alone_and_goes_when_it_is_removed) {
    FileCheckpointStore store(path_);
    EXPECT_THAT(store.remove(), IsOk());
    ASSERT_THAT(store.load(), IsOk());
    EXPECT_FALSE(*store.load());
    EXPECT_THAT(store.save(full()), IsOk());
    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ((*store.load())->to_json(), full().to_json());
    EXPECT_THAT(store.remove(), IsOk());
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_THAT(FileCheckpointStore(folder_ / "no" / "such").save(full()), IsError(ErrorKind::io));
}

TEST_F(CheckpointFile, garbage_is_an_error_that_names_the_file_or_a_new_start) {
    for (const std::string& garbage :
         {std::string("garbage"), std::string("{}"), std::string(Checkpoint::size_max + 1, ' ')}) {
        ASSERT_THAT(write_file_atomically(path_, garbage), IsOk());
        const auto read = FileCheckpointStore(path_).load();
        ASSERT_FALSE(read);
        EXPECT_THAT(read.error().to_string(), HasSubstr(path_.string()));
        FileCheckpointStore anew(path_, BrokenCheckpoint::start_anew);
        ASSERT_THAT(anew.load(), IsOk());
        EXPECT_FALSE(*anew.load());
    }
    EXPECT_THAT(FileCheckpointStore(folder_, BrokenCheckpoint::start_anew).load(),
                IsError(ErrorKind::invalid_argument));
}

TEST(Checkpoint, holds_no_credential) {
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, PageKind::next_url, 12, 5);
    auto request = http::Request::get(*http::Url::parse("http://h/list?size=5&api_key=geheim"));
    request.header("authorization", "Bearer geheim");
    auto pages = *Numbers::create(list, request, list.rules(), internal::id_of);
    EXPECT_THAT(runtime::run(scheduler, walk(pages, 6)).ids, SizeIs(6));
    EXPECT_THAT(pages.checkpoint()->to_json(), Not(HasSubstr("geheim")));
}

TEST(Checkpoint, a_walk_of_300_pages_killed_at_100_points_hands_out_every_item_once) {
    SeededRng rng(20261127);
    for (const auto kind : {PageKind::link_header, PageKind::next_url, PageKind::cursor,
                            PageKind::page_number, PageKind::offset}) {
        runtime::VirtualScheduler scheduler;
        TestList list(scheduler, kind, 1498, 5);
        std::vector<std::int64_t> all;
        std::optional<Checkpoint> kept;
        WalkSummary summary;
        for (int kills = 0; summary.end != WalkEnd::complete; ++kills) {
            auto pages = pages_of(list, {.from = kept});
            const auto most = kills < 100 ? static_cast<std::size_t>(rng.between(0, 28)) : SIZE_MAX;
            const auto walked = runtime::run(scheduler, walk(pages, most));
            all.insert(all.end(), walked.ids.begin(), walked.ids.end());
            summary = walked.summary;
            kept = through_text(*pages.checkpoint());
        }
        EXPECT_EQ(all, numbers(0, 1498)) << to_string(kind);
        EXPECT_EQ(summary.pages, 300U) << to_string(kind);
        EXPECT_LE(list.asked.size(), 300U + 100U) << "one page for each kill and no more";
    }
}

// A walk that is killed at random points, with every kind of pages, size and number of pages ahead:
// every item comes exactly once.
RC_GTEST_PROP(Checkpoint, whoever_is_killed_anywhere_gets_every_item_once, ()) {
    const auto kind = *rc::gen::element(PageKind::link_header, PageKind::next_url, PageKind::cursor,
                                        PageKind::page_number, PageKind::offset);
    const auto items = *rc::gen::inRange<std::int64_t>(0, 60);
    const auto size = *rc::gen::inRange<std::int64_t>(1, 12);
    runtime::VirtualScheduler scheduler;
    TestList list(scheduler, kind, items, size);
    list.latency = std::chrono::milliseconds(5);
    list.totals = *rc::gen::arbitrary<bool>();
    const bool keyed = *rc::gen::arbitrary<bool>();
    const auto prefetch = *rc::gen::inRange<std::size_t>(0, 5);
    std::vector<std::int64_t> all;
    std::optional<Checkpoint> kept;
    WalkSummary summary;
    for (int runs = 0; summary.end != WalkEnd::complete; ++runs) {
        RC_ASSERT(runs < 100);
        PageOptions options{.key = keyed ? "/id" : "", .prefetch = prefetch, .from = kept};
        options.scheduler = &scheduler;
        auto pages = pages_of(list, options);
        const auto most = *rc::gen::inRange<std::size_t>(1, 30);
        const auto walked = runtime::run(scheduler, walk(pages, most));
        all.insert(all.end(), walked.ids.begin(), walked.ids.end());
        summary = walked.summary;
        kept = through_text(*pages.checkpoint());
    }
    RC_ASSERT(all == numbers(0, items));
    RC_ASSERT(summary.items == static_cast<std::uint64_t>(items));
    scheduler.poll();
    RC_ASSERT(list.under_way == 0);
}

}  // namespace
}  // namespace apilab::data
