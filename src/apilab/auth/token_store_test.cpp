#include "apilab/auth/token_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "apilab/auth/file_token_store.hpp"
#include "apilab/auth/internal/stored_tokens.hpp"
#include "apilab/auth/memory_token_store.hpp"
#include "apilab/auth/sqlite_token_store.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/temporary_folder.hpp"

namespace apilab::auth {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

StoredTokens entry(const std::string& access) {
    return {.tokens = {.access_token = Secret(access),
                       .refresh_token = Secret("r-\"\u00fc\n"),
                       .lifetime = 3600s,
                       .scope = "a b",
                       .id_token = Secret("id")},
            .obtained = SystemTime(1'700'000'000s),
            .generation = 7,
            .seed = "0123abcd",
            .refusal = "invalid_grant"};
}

struct Folder {
    TemporaryFolder made = TemporaryFolder::make("apilab-tokens-").value();
    fs::path path = made.path();
};

using Make = std::function<std::unique_ptr<TokenStore>(const fs::path&)>;

struct Kind {
    std::string name;
    Make make;
};

// One suite of behaviour over every store.
class TokenStores : public ::testing::TestWithParam<Kind> {
protected:
    Folder folder;
    std::unique_ptr<TokenStore> store = GetParam().make(folder.path);
};

TEST_P(TokenStores, give_back_all_that_was_saved) {
    EXPECT_EQ(*store->load("gmail"), std::nullopt);
    ASSERT_TRUE(store->save("gmail", entry("a1")));
    const auto loaded = store->load("gmail");
    ASSERT_TRUE(loaded && *loaded);
    const auto& got = **loaded;
    const auto want = entry("a1");
    EXPECT_EQ(got.tokens.access_token, want.tokens.access_token);
    EXPECT_EQ(got.tokens.refresh_token, want.tokens.refresh_token);
    EXPECT_EQ(got.tokens.id_token, want.tokens.id_token);
    EXPECT_EQ(got.tokens.lifetime, want.tokens.lifetime);
    EXPECT_EQ(got.tokens.scope, "a b");
    EXPECT_EQ(got.obtained, want.obtained);
    EXPECT_EQ(got.generation, 7U);
    EXPECT_EQ(got.seed, "0123abcd");
    EXPECT_EQ(got.refusal, "invalid_grant");
}

TEST_P(TokenStores, keep_entries_apart_and_forget_what_is_erased) {
    ASSERT_TRUE(store->save("b", entry("b1")));
    ASSERT_TRUE(store->save("a", entry("a1")));
    ASSERT_TRUE(store->save("a", entry("a2")));
    EXPECT_THAT(*store->names(), ElementsAre("a", "b"));
    EXPECT_EQ((*store->load("a"))->tokens.access_token, Secret("a2"));
    ASSERT_TRUE(store->erase("a"));
    ASSERT_TRUE(store->erase("a"));
    EXPECT_EQ(*store->load("a"), std::nullopt);
    EXPECT_EQ((*store->load("b"))->tokens.access_token, Secret("b1"));
}

TEST_P(TokenStores, lock_one_entry_for_one_holder) {
    auto held = store->try_lock("a");
    ASSERT_TRUE(held && *held);
    EXPECT_EQ(*store->try_lock("a"), nullptr);
    EXPECT_NE(*store->try_lock("b"), nullptr);
    held->reset();
    EXPECT_NE(*store->try_lock("a"), nullptr);
}

TEST_P(TokenStores, refuse_a_name_that_is_a_path) {
    for (const std::string name : {"", ".", "../x", "a/b", "a b", "\u00fc"}) {
        EXPECT_EQ(store->load(name).error().detail(), "name") << name;
        EXPECT_EQ(store->save(name, {}).error().detail(), "name") << name;
        EXPECT_EQ(store->erase(name).error().detail(), "name") << name;
        EXPECT_EQ(store->try_lock(name).error().detail(), "name") << name;
    }
    EXPECT_TRUE(check_token_name(std::string(64, 'x')));
    EXPECT_FALSE(check_token_name(std::string(65, 'x')));
}

INSTANTIATE_TEST_SUITE_P(
    All, TokenStores,
    ::testing::Values(
        Kind{"memory", [](const fs::path&) { return std::make_unique<MemoryTokenStore>(); }},
        Kind{"file", [](const fs::path& folder) { return *FileTokenStore::open(folder / "t"); }},
        Kind{"sqlite",
             [](const fs::path& folder) { return *SqliteTokenStore::open(folder / "t.db"); }}),
    [](const auto& info) { return info.param.name; });

TEST(DurableTokenStores, are_seen_and_locked_by_another_object) {
    const Folder folder;
    for (const auto& make :
         {Make([](const fs::path& at) { return *FileTokenStore::open(at / "t"); }),
          Make([](const fs::path& at) { return *SqliteTokenStore::open(at / "t.db"); })}) {
        const auto one = make(folder.path);
        const auto other = make(folder.path);
        ASSERT_TRUE(one->save("a", entry("a1")));
        EXPECT_EQ((*other->load("a"))->tokens.access_token, Secret("a1"));
        auto held = one->try_lock("a");
        EXPECT_EQ(*other->try_lock("a"), nullptr);
        held->reset();
        EXPECT_NE(*other->try_lock("a"), nullptr);
    }
}

TEST(DurableTokenStores, leave_files_that_only_their_owner_can_read_whatever_the_umask) {
    const Folder folder;
    const auto before = ::umask(0);
    auto files = FileTokenStore::open(folder.path / "deep" / "t");
    auto rows = SqliteTokenStore::open(folder.path / "t.db");
    ASSERT_TRUE(files && rows);
    ASSERT_TRUE((*files)->save("a", entry("a1")) && (*rows)->save("a", entry("a1")));
    const auto held = (*files)->try_lock("a");
    ::umask(before);
    int seen = 0;
    for (const auto& file : fs::recursive_directory_iterator(folder.path)) {
        if (file.is_regular_file()) {
            ++seen;
            EXPECT_EQ(file.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
                << file.path();
        }
    }
    EXPECT_GE(seen, 4) << "two entries' files, a lock, and SQLite's";
    EXPECT_EQ(fs::status(folder.path / "deep" / "t").permissions(), fs::perms::owner_all);
}

class TokenFile : public ::testing::Test {
protected:
    void write(std::string_view text) { ASSERT_TRUE(write_file_atomically(file, text)); }
    // What stands in the file is refused, and stays.
    std::string refused() {
        const auto before = *read_file(file, 1U << 20U);
        const auto loaded = store->load("a");
        EXPECT_FALSE(store->save("a", entry("new")));
        EXPECT_EQ(*read_file(file, 1U << 20U), before) << "nothing is written over";
        return loaded ? std::string() : loaded.error().to_string();
    }
    Folder folder;
    std::unique_ptr<FileTokenStore> store = *FileTokenStore::open(folder.path / "t");
    fs::path file = folder.path / "t" / "a.json";
};

TEST_F(TokenFile, of_a_newer_version_is_refused_and_left_alone) {
    write(R"({"version":2,"tokens":"elsewhere"})");
    EXPECT_THAT(refused(), HasSubstr("a newer version of apilab wrote this"));
}

TEST_F(TokenFile, that_others_may_read_is_refused_and_left_alone) {
    write(internal::write_stored_tokens(entry("a1")));
    fs::permissions(file, fs::perms::group_read, fs::perm_options::add);
    EXPECT_THAT(refused(), HasSubstr("others may read it (mode 0640)"));
}

TEST_F(TokenFile, with_garbage_is_refused_by_the_name_of_what_is_wrong_and_never_by_its_value) {
    auto good = internal::write_stored_tokens(entry("very-secret"));
    const auto with = [&](std::string_view from, std::string_view to) {
        auto text = good;
        text.replace(text.find(from), from.size(), to);
        return text;
    };
    const std::vector<std::pair<std::string, std::string>> all{
        {"", "document"},
        {"{", "document"},
        {"[]", "document"},
        {"access_token=very-secret", "document"},
        {"{}", "version"},
        {with("\"generation\":7", "\"generation\":\"very-secret\""), "generation"},
        {with("\"generation\":7", "\"generation\":-1"), "generation"},
        {with("1700000000000", "9223372036854775807"), "obtained_ms"},
        {with("3600000", "-5"), "lifetime_ms"},
        {with("\"very-secret\"", "[\"very-secret\"]"), "access_token"},
        {with("\"scope\"", "\"spoce\""), "scope"},
    };
    for (const auto& [text, member] : all) {
        write(text);
        const auto said = refused();
        EXPECT_THAT(said, HasSubstr("stored tokens: " + member)) << text;
        EXPECT_THAT(said, ::testing::Not(HasSubstr("very-secret"))) << text;
    }
    ASSERT_TRUE(store->erase("a")) << "only on request";
    EXPECT_TRUE(store->save("a", entry("new")));
}

TEST_F(TokenFile, that_is_no_file_is_refused) {
    fs::create_directory(file);
    EXPECT_FALSE(store->load("a"));
    ASSERT_TRUE(write_file_atomically(folder.path / "plain", "x"));
    EXPECT_THAT(FileTokenStore::open(folder.path / "plain").error().to_string(),
                HasSubstr("not a folder"));
    fs::create_directory(folder.path / "open");
    fs::permissions(folder.path / "open", fs::perms::all);
    EXPECT_THAT(FileTokenStore::open(folder.path / "open").error().to_string(),
                HasSubstr("others may write"));
}

TEST_F(TokenFile, larger_than_its_limit_is_not_read) {
    write(std::string(FileTokenStore::file_max + 1, ' '));
    EXPECT_EQ(store->load("a").error().kind(), ErrorKind::too_large);
}

}  // namespace
}  // namespace apilab::auth
