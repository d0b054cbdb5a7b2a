#include "apilab/base/secret_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/file.hpp"

namespace apilab {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Sources : public ::testing::Test {
public:
    ~Sources() override { std::filesystem::remove_all(folder_); }

protected:
    std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) /
        ("secret_source_test_" +
         std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    Sources() {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    std::string write(const std::string& name, const std::string& text) {
        EXPECT_TRUE(write_file_atomically(folder_ / name, text));
        return folder_ / name;
    }
    static std::string value(const SecretSources& sources, const std::string& name) {
        const auto found = sources.find(name);
        EXPECT_TRUE(found) << found.error().to_string();
        return found && *found ? std::string((*found)->value.reveal()) + " from " + (*found)->source
                               : "nowhere";
    }
};

TEST_F(Sources, the_first_place_that_has_it_counts) {
    const auto file = write("key", "from file\n");
    const auto dotenv = write(".env", "# secrets\nA=dotenv\nB=dotenv\nC=dotenv\nD=dotenv\n");
    SecretSources sources(
        {{"A", "env"}, {"A_FILE", file}, {"B", "env"}, {"B_FILE", file}, {"C_FILE", file}}, dotenv);
    sources.set("A", Secret("given"));
    EXPECT_EQ(value(sources, "A"), "given from given");
    EXPECT_EQ(value(sources, "B"), "env from environment");
    EXPECT_EQ(value(sources, "C"), "from file from file " + file);
    EXPECT_EQ(value(sources, "D"), "dotenv from .env line 5");
    EXPECT_EQ(value(sources, "E"), "nowhere");
}

TEST_F(Sources, an_empty_value_is_none_and_the_next_place_is_asked) {
    const auto dotenv = write(".env", "A=dotenv\nB=\n");
    SecretSources sources({{"A", ""}, {"C_FILE", write("empty", "\n")}}, dotenv);
    EXPECT_EQ(value(sources, "A"), "dotenv from .env line 1");
    EXPECT_EQ(value(sources, "B"), "nowhere");
    EXPECT_EQ(value(sources, "C"), "nowhere");
}

TEST_F(Sources, dotenv_may_name_a_file_and_of_a_repeated_name_the_last_is_meant) {
    const auto file = write("key", "from file\r\n");
    const SecretSources sources(
        {}, write(".env", "A=1\nA_FILE=" + file + "\nB_FILE=" + file + "\nA=2\n"));
    EXPECT_EQ(value(sources, "A"), "2 from .env line 4");
    EXPECT_EQ(value(sources, "B"), "from file from file " + file);
}

TEST_F(Sources, a_file_is_read_again_each_time) {
    const auto file = write("key", "old");
    const SecretSources sources({{"A_FILE", file}});
    EXPECT_EQ(value(sources, "A"), "old from file " + file);
    write("key", "new");
    EXPECT_EQ(value(sources, "A"), "new from file " + file);
}

TEST_F(Sources, everything_missing_is_said_at_once_and_no_value) {
    const SecretSources sources({{"A", "hunter2"}, {"C_FILE", (folder_ / "nowhere").string()}});
    const auto refused = sources.require({"A", "B", "C", "D"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_argument);
    EXPECT_EQ(refused.error().detail(), "B,C,D");
    const auto text = refused.error().to_string();
    EXPECT_THAT(text, HasSubstr("not set: B, D; cannot be read: C (C_FILE"));
    EXPECT_THAT(text, HasSubstr("NAME_FILE"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST_F(Sources, found_secrets_come_in_the_order_asked_and_show_a_fingerprint_only) {
    const SecretSources sources({{"A", "hunter2"}, {"B", "x"}});
    const auto all = sources.require({"B", "A"});
    ASSERT_TRUE(all);
    EXPECT_EQ(all->at(0).name, "B");
    EXPECT_EQ(all->at(1).describe(), "A  environment  sha256:" + Secret("hunter2").fingerprint());
    EXPECT_THAT(all->at(1).describe(), Not(HasSubstr("hunter2")));
}

TEST_F(Sources, a_broken_dotenv_is_an_error_only_for_who_needs_it) {
    const auto dotenv = write(".env", "A=1\nhunter2\n");
    const SecretSources sources({{"B", "env"}}, dotenv);
    EXPECT_EQ(value(sources, "B"), "env from environment");
    const auto found = sources.find("A");
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error().to_string(), HasSubstr(".env: line 2"));
    EXPECT_THAT(found.error().to_string(), Not(HasSubstr("hunter2")));
}

TEST_F(Sources, a_secret_file_has_a_limit) {
    const SecretSources sources(
        {{"A_FILE", write("big", std::string(SecretSources::file_max + 1, 'x'))}});
    EXPECT_EQ(sources.find("A").error().kind(), ErrorKind::too_large);
}

}  // namespace
}  // namespace apilab
