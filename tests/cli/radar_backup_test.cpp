// apilab radar backup, as a person and cron use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "apilab/work/sqlite_store.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

class RadarBackup : public testing::Test {
protected:
    RadarBackup() {
        EXPECT_TRUE(store->put_document("item", "webshop/lodash", "then", {}, now));
        EXPECT_TRUE(store->enqueue({.queue = "radar", .kind = "check"}, now));
    }
    [[nodiscard]] Finished ask(Words more) const {
        Words words{"radar", "backup"};
        words.insert(words.end(), more.begin(), more.end());
        return apilab(words, variables, folder.path());
    }
    [[nodiscard]] std::string take() const {
        const auto taken = ask({"--to", "kept", "--json"});
        EXPECT_EQ(taken.code, 0) << taken.err;
        return std::string(json::parse(taken.out).at("file").as_string());
    }

    const SystemTime now{std::chrono::seconds(1'764'000'000)};
    TempDir folder;
    Variables variables{{"RADAR_STORE", "sqlite:radar.db"}};
    std::unique_ptr<work::SqliteStore> store =
        work::SqliteStore::open(folder.path() / "radar.db").value();
};

TEST_F(RadarBackup, copies_the_store_while_somebody_has_it_open_and_proves_the_copy) {
    const auto taken = ask({"--to", "kept", "--json"});
    ASSERT_EQ(taken.code, 0) << taken.err;
    const auto told = json::parse(taken.out);
    EXPECT_EQ(told.at("counts").at("document").as_int64(), 1);
    EXPECT_EQ(told.at("counts").at("job").as_int64(), 1);
    const fs::path file = folder.path() / std::string(told.at("file").as_string());
    EXPECT_EQ(fs::file_size(file), static_cast<std::uintmax_t>(told.at("bytes").as_int64()));
    EXPECT_THAT(read_text(file.string() + ".json"), Not(HasSubstr("\"drilled\":null")));
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(fs::status(folder.path() / "kept").permissions(), fs::perms::owner_all);
    const auto people = ask({"--to", "kept"});
    EXPECT_THAT(people.out, HasSubstr("restored once to prove it"));
}

TEST_F(RadarBackup, puts_it_back_where_nothing_is_and_never_over_a_file) {
    const auto file = take();
    ASSERT_TRUE(store->put_document("item", "webshop/lodash", "later", {}, now));
    const auto over = ask({"restore", file, "--to", "radar.db"});
    EXPECT_EQ(over.code, 2) << over.err;
    EXPECT_THAT(over.err, HasSubstr("is there already"));
    EXPECT_EQ(store->document("item", "webshop/lodash")->value().body, "later");
    const auto restored = ask({"restore", file, "--to", "again.db"});
    ASSERT_EQ(restored.code, 0) << restored.err;
    const auto again = work::SqliteStore::open(folder.path() / "again.db").value();
    EXPECT_EQ(again->document("item", "webshop/lodash")->value().body, "then");
}

TEST_F(RadarBackup, a_damaged_one_and_a_cut_one_are_refused) {
    const auto file = take();
    EXPECT_EQ(ask({"verify", file}).code, 0);
    const fs::path path = folder.path() / file;
    {
        std::fstream bytes(path, std::ios::binary | std::ios::in | std::ios::out);
        bytes.seekp(5000);
        bytes << 'X';
    }
    const auto damaged = ask({"verify", file});
    EXPECT_NE(damaged.code, 0);
    EXPECT_THAT(damaged.err, HasSubstr("SHA-256"));
    EXPECT_NE(ask({"restore", file, "--to", "again.db"}).code, 0);
    EXPECT_FALSE(fs::exists(folder.path() / "again.db"));
    fs::resize_file(path, 5000);
    const auto cut = ask({"verify", file});
    EXPECT_NE(cut.code, 0);
    EXPECT_THAT(cut.err, HasSubstr("5000 bytes"));
}

TEST_F(RadarBackup, keeps_so_many) {
    for (int i = 0; i < 4; ++i) {
        ASSERT_EQ(ask({"--to", "kept", "--keep", "2"}).code, 0);
    }
    EXPECT_EQ(
        std::distance(fs::directory_iterator(folder.path() / "kept"), fs::directory_iterator()), 4)
        << "two snapshots and their manifests";
}

TEST_F(RadarBackup, says_what_is_missing) {
    EXPECT_EQ(ask({}).code, 2);
    EXPECT_THAT(ask({}).err, HasSubstr("--to DIR"));
    variables["RADAR_STORE"] = "sqlite:none.db";
    EXPECT_THAT(ask({"--to", "kept"}).err, HasSubstr("there is no store"));
    variables["RADAR_STORE"] = "postgres://radar:hush-hush@db/radar";
    const auto postgres = ask({"--to", "kept"});
    EXPECT_EQ(postgres.code, 2);
    EXPECT_THAT(postgres.err, HasSubstr("pg_dump"));
    EXPECT_THAT(postgres.err, Not(HasSubstr("hush-hush")));
    EXPECT_FALSE(fs::exists(folder.path() / "none.db"));
}

}  // namespace
}  // namespace apilab::cli_test
