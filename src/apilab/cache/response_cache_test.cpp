// One suite over both caches, and what only the file has to show.

#include "apilab/cache/response_cache.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "apilab/base/file.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/cache/memory_cache.hpp"
#include "apilab/cache/rules.hpp"
#include "apilab/cache/sqlite_cache.hpp"

namespace apilab::cache {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using http::Request;
using http::Response;

const SystemTime t0 = SystemTime(std::chrono::hours(500'000));

struct Folder {
    [[nodiscard]] fs::path file() const { return made.path() / "cache.db"; }

    TemporaryFolder made = TemporaryFolder::make("apilab-cache-").value();
};

Request get(const std::string& path = "/a") {
    return Request::get(*http::Url::parse("http://api.test" + path));
}

enum class Kind : std::uint8_t { memory, sqlite };

class ResponseCaches : public ::testing::TestWithParam<Kind> {
protected:
    std::shared_ptr<ResponseCache> make(CacheLimits limits = {}) {
        if (GetParam() == Kind::memory) {
            return *MemoryCache::make(limits);
        }
        return *SqliteCache::open(folder_.file(), limits);
    }
    static bool store(ResponseCache& cache, const Request& request, std::string body,
                      Duration at = 0s, http::Headers headers = {{"cache-control", "max-age=60"}},
                      std::string_view principal = {}) {
        const KeyMaker keys(cache.digest_key());
        Response response(200, std::move(body), std::move(headers));
        auto stored = make_stored(request, response, t0 + at, t0 + at);
        stored.body = response.share_body();
        stored.vary = keys.vary_of(request, response.headers());
        return cache.store(keys.key_of(request, principal),
                           std::make_shared<const StoredResponse>(std::move(stored)));
    }
    static Found find(ResponseCache& cache, const Request& request, Duration at = 0s,
                      std::string_view principal = {}) {
        const KeyMaker keys(cache.digest_key());
        return cache.find(keys.key_of(request, principal), request, keys, t0 + at);
    }
    static std::string body(const Found& found) { return found.stored ? *found.stored->body : "-"; }

    Folder folder_;
};

INSTANTIATE_TEST_SUITE_P(Both, ResponseCaches, ::testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& param) {
                             return param.param == Kind::memory ? "memory" : "sqlite";
                         });

TEST_P(ResponseCaches, find_what_was_stored_and_its_freshness) {
    auto cache = make();
    EXPECT_FALSE(find(*cache, get()).stored);
    EXPECT_TRUE(store(*cache, get(), "one"));
    const auto found = find(*cache, get());
    EXPECT_EQ(body(found), "one");
    EXPECT_EQ(found.stored->freshness.lifetime, 60s);
    EXPECT_TRUE(found.variants);
    EXPECT_EQ(body(find(*cache, get("/b"))), "-");
    EXPECT_TRUE(store(*cache, get(), "two", 1s));
    EXPECT_EQ(body(find(*cache, get())), "two");
    EXPECT_EQ(cache->stats().entries, 1U);
    EXPECT_EQ(cache->stats().stored, 2U);
}

TEST_P(ResponseCaches, keep_principals_apart) {
    auto cache = make();
    store(*cache, get(), "alice's", 0s, {{"cache-control", "max-age=60"}}, "alice");
    EXPECT_EQ(body(find(*cache, get(), 0s, "alice")), "alice's");
    EXPECT_EQ(body(find(*cache, get(), 0s, "bob")), "-");
    EXPECT_FALSE(find(*cache, get(), 0s, "bob").variants);
    EXPECT_EQ(body(find(*cache, get())), "-");
    EXPECT_EQ(body(find(*cache, get().header("authorization", "alice"))), "-");
}

TEST_P(ResponseCaches, keep_variants_and_select_by_the_request) {
    auto cache = make();
    const http::Headers vary{{"cache-control", "max-age=60"}, {"vary", "Accept"}};
    store(*cache, get().header("accept", "json"), "{}", 0s, vary);
    store(*cache, get().header("accept", "html"), "<>", 1s, vary);
    EXPECT_EQ(body(find(*cache, get().header("accept", "json"))), "{}");
    EXPECT_EQ(body(find(*cache, get().header("accept", "html"))), "<>");
    const auto none = find(*cache, get().header("accept", "xml"));
    EXPECT_EQ(body(none), "-");
    EXPECT_TRUE(none.variants);
    // An answer without Vary does for all: the newest that fits counts.
    store(*cache, get(), "any", 2s);
    EXPECT_EQ(body(find(*cache, get().header("accept", "json"))), "any");
}

TEST_P(ResponseCaches, bound_the_variants_of_a_url) {
    auto cache = make({.variants_max = 3});
    const http::Headers vary{{"cache-control", "max-age=60"}, {"vary", "Accept"}};
    for (int i = 0; i < 10; ++i) {
        store(*cache, get().header("accept", std::to_string(i)), "x", std::chrono::seconds(i),
              vary);
    }
    EXPECT_EQ(cache->stats().entries, 3U);
    EXPECT_EQ(body(find(*cache, get().header("accept", "9"))), "x");
    EXPECT_EQ(body(find(*cache, get().header("accept", "0"))), "-");
}

TEST_P(ResponseCaches, forget_what_was_unused_longest_at_their_limits) {
    auto cache = make({.entries_max = 3});
    for (int i = 0; i < 3; ++i) {
        store(*cache, get("/" + std::to_string(i)), "x", std::chrono::seconds(i));
    }
    EXPECT_EQ(body(find(*cache, get("/0"), 1h)), "x");  // used again
    store(*cache, get("/3"), "x", 2h);
    EXPECT_EQ(body(find(*cache, get("/0"), 2h)), "x");
    EXPECT_EQ(body(find(*cache, get("/1"), 2h)), "-");
    EXPECT_EQ(cache->stats().entries, 3U);
    EXPECT_EQ(cache->stats().evicted, 1U);
}

TEST_P(ResponseCaches, stay_below_their_limit_in_bytes) {
    auto cache = make({.bytes_max = 20'000, .entry_bytes_max = 10'000});
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(store(*cache, get("/" + std::to_string(i)), std::string(5000, 'x'),
                          std::chrono::seconds(i)));
        EXPECT_LE(cache->stats().bytes, 20'000U);
    }
    EXPECT_GT(cache->stats().evicted, 10U);
    EXPECT_FALSE(store(*cache, get("/19"), std::string(20'000, 'x'), 1h));
    EXPECT_EQ(cache->stats().too_large, 1U);
    EXPECT_EQ(body(find(*cache, get("/19"))), "-") << "what it would have replaced is old";
}

TEST_P(ResponseCaches, forget_a_url_for_every_principal) {
    auto cache = make();
    const http::Headers fresh{{"cache-control", "max-age=60"}};
    store(*cache, get(), "a", 0s, fresh, "alice");
    store(*cache, get(), "b", 0s, fresh, "bob");
    store(*cache, get("/other"), "c", 0s, fresh, "bob");
    const KeyMaker keys(cache->digest_key());
    cache->invalidate(keys.url_of(get().url()));
    cache->invalidate("http://nothing.test/");
    EXPECT_EQ(body(find(*cache, get(), 0s, "alice")), "-");
    EXPECT_EQ(body(find(*cache, get(), 0s, "bob")), "-");
    EXPECT_EQ(body(find(*cache, get("/other"), 0s, "bob")), "c");
    cache->clear();
    EXPECT_EQ(cache->stats().entries, 0U);
    EXPECT_EQ(cache->stats().bytes, 0U);
}

TEST_P(ResponseCaches, check_their_limits) {
    const CacheLimits none{.entries_max = 0};
    EXPECT_FALSE(MemoryCache::make(none));
    EXPECT_FALSE(SqliteCache::open(folder_.file(), none));
}

TEST(MemoryCache, hands_out_the_stored_answer_itself) {
    auto cache = *MemoryCache::make();
    const KeyMaker keys(cache->digest_key());
    const auto stored = std::make_shared<const StoredResponse>();
    cache->store(keys.key_of(get(), {}), stored);
    EXPECT_EQ(cache->find(keys.key_of(get(), {}), get(), keys, t0).stored, stored);
}

class SqliteCaches : public ResponseCaches {};
INSTANTIATE_TEST_SUITE_P(File, SqliteCaches, ::testing::Values(Kind::sqlite));

TEST_P(SqliteCaches, survive_the_process_and_are_shared_by_several) {
    auto one = make();
    auto two = make();
    store(*one, get().header("authorization", "s3cret-token"), "kept");
    EXPECT_EQ(body(find(*two, get().header("authorization", "s3cret-token"))), "kept");
    one.reset();
    two.reset();
    EXPECT_EQ(body(find(*make(), get().header("authorization", "s3cret-token"))), "kept");
}

TEST_P(SqliteCaches, are_private_and_hold_no_credentials) {
    auto cache = make();
    auto request = get("/a?access_token=s3cret-query").header("authorization", "s3cret-token");
    request.header("cookie", "s3cret-cookie");
    store(*cache, request, "b", 0s,
          {{"cache-control", "max-age=60"}, {"vary", "cookie"}, {"set-cookie", "s3cret-set"}});
    ASSERT_EQ(body(find(*cache, request)), "b");
    for (const auto& file : fs::directory_iterator(folder_.file().parent_path())) {
        EXPECT_EQ(file.status().permissions() & fs::perms::all,
                  fs::perms::owner_read | fs::perms::owner_write)
            << file.path();
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), {}};
        EXPECT_FALSE(bytes.contains("s3cret")) << file.path();
    }
    cache.reset();
    fs::permissions(folder_.file(), fs::perms::others_read, fs::perm_options::add);
    EXPECT_FALSE(SqliteCache::open(folder_.file()));
}

TEST_P(SqliteCaches, take_a_broken_entry_for_a_miss_and_forget_it) {
    auto cache = make();
    store(*cache, get(), "one");
    {
        SQLite::Database db(folder_.file().string(), SQLite::OPEN_READWRITE);
        db.exec("UPDATE entry SET bytes = substr(bytes, 1, length(bytes) - 3)");
    }
    EXPECT_EQ(body(find(*cache, get())), "-");
    EXPECT_EQ(cache->stats().broken, 1U);
    EXPECT_EQ(cache->stats().entries, 0U);
    store(*cache, get(), "two");
    EXPECT_EQ(body(find(*cache, get())), "two");
}

TEST_P(SqliteCaches, make_a_ruined_file_anew) {
    {
        std::ofstream(folder_.file()) << std::string(10'000, 'x');
        fs::permissions(folder_.file(), fs::perms::owner_read | fs::perms::owner_write);
    }
    auto cache = make();
    EXPECT_EQ(cache->stats().broken, 1U);
    store(*cache, get(), "one");
    EXPECT_EQ(body(find(*cache, get())), "one");
}

TEST_P(SqliteCaches, that_cannot_read_or_write_are_caches_without_anything) {
    auto cache = make();
    store(*cache, get(), "one");
    {
        SQLite::Database db(folder_.file().string(), SQLite::OPEN_READWRITE);
        db.exec("DROP TABLE entry");
    }
    EXPECT_EQ(body(find(*cache, get())), "-");
    EXPECT_FALSE(store(*cache, get(), "two"));
    cache->invalidate("http://api.test/a");
    EXPECT_GE(cache->stats().broken, 3U);
}

TEST_P(SqliteCaches, of_a_newer_program_are_left_alone) {
    make().reset();
    {
        SQLite::Database db(folder_.file().string(), SQLite::OPEN_READWRITE);
        db.exec("PRAGMA user_version=99");
    }
    const auto opened = SqliteCache::open(folder_.file());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), ErrorKind::invalid_argument);
}

}  // namespace
}  // namespace apilab::cache
