#include "apilab/base/secret_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "apilab/base/file.hpp"

namespace apilab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
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

TEST_F(Sources, a_command_comes_last_and_only_where_it_is_allowed) {
    const Environment environment = {{"A", "env"},
                                     {"A_COMMAND", "printf nothing"},
                                     {"B_COMMAND", "printf 'from %s' 'a command'"}};
    const auto dotenv = write(".env", "C_COMMAND=echo from dotenv\nD=dotenv\nD_COMMAND=echo no\n");
    SecretSources allowed(environment, dotenv, {.commands = true});
    EXPECT_EQ(value(allowed, "A"), "env from environment");
    EXPECT_EQ(value(allowed, "B"), "from a command from command printf");
    EXPECT_EQ(value(allowed, "C"), "from dotenv from command echo");
    EXPECT_EQ(value(allowed, "D"), "dotenv from .env line 2");
    SecretSources off(environment, dotenv);
    EXPECT_EQ(value(off, "B"), "nowhere");
    EXPECT_EQ(value(off, "C"), "nowhere");
    const auto refused = off.require({"B"});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().to_string(), HasSubstr("B_COMMAND is set, and commands are off"));
    off.set_command("B", "echo the program said so");
    EXPECT_EQ(value(off, "B"), "the program said so from command echo");
}

TEST_F(Sources, a_command_that_fails_is_an_error_without_what_it_printed) {
    const SecretSources sources(
        {{"CODE_COMMAND", "/bin/sh -c 'echo hunter2; echo hunter2 >&2; exit 4'"},
         {"QUOTE_COMMAND", "echo 'hunter2"},
         {"GONE_COMMAND", "no-such-program-anywhere hunter2"},
         {"LONG_COMMAND", "/bin/sh -c 'while :; do echo hunter2; done'"},
         {"EMPTY_COMMAND", "true"}},
        {}, {.commands = true});
    for (const auto& [name, expected] :
         {std::pair("CODE", "the command for CODE: '/bin/sh' ended with code 4"),
          std::pair("QUOTE", "never closed"), std::pair("GONE", "cannot start"),
          std::pair("LONG", "more than 64 KiB")}) {
        const auto found = sources.find(name);
        ASSERT_FALSE(found) << name;
        EXPECT_THAT(found.error().to_string(), HasSubstr(expected));
        EXPECT_THAT(found.error().to_string(), Not(HasSubstr("hunter2")));
    }
    EXPECT_EQ(value(sources, "EMPTY"), "nowhere");
}

TEST_F(Sources, a_file_is_read_again_each_time) {
    const auto file = write("key", "old");
    const SecretSources sources({{"A_FILE", file}});
    EXPECT_EQ(value(sources, "A"), "old from file " + file);
    write("key", "new");
    EXPECT_EQ(value(sources, "A"), "new from file " + file);
    const SecretSources others({}, folder_ / ".env");
    EXPECT_EQ(value(others, "A"), "nowhere");
    write(".env", "A=late");
    EXPECT_EQ(value(others, "A"), "late from .env line 1");
    write(".env", "B=1\nA=later");
    EXPECT_EQ(value(others, "A"), "later from .env line 2");
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

TEST_F(Sources, each_missing_one_is_named_with_what_it_is_for) {
    const SecretSources sources({{"C_FILE", (folder_ / "nowhere").string()}});
    const auto refused =
        sources.require({{"A", "the orders API"}, {"B", ""}, {"C", "the webhook"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail(), "A,B,C");
    EXPECT_THAT(
        refused.error().to_string(),
        HasSubstr("not set: A [the orders API], B; cannot be read: C [the webhook] (C_FILE"));
}

TEST_F(Sources, a_file_that_others_may_read_is_a_warning_or_where_asked_for_an_error) {
    const auto file = write("key", "hunter2");
    const auto dotenv = write(".env", "B=hunter22\n");
    const Environment environment = {{"A_FILE", file}};
    const SecretSources sources(environment, dotenv);
    const SecretSources strict(environment, dotenv, {.strict = true});
    EXPECT_THAT((*sources.find("A"))->warnings, IsEmpty());
    EXPECT_TRUE((*strict.find("A"))->written);
    for (const auto& [mode, who] :
         {std::pair(0640U, "its group (mode 0640)"), std::pair(0604U, "everybody (mode 0604)")}) {
        for (const auto& [name, path] : {std::pair("A", file), std::pair("B", dotenv)}) {
            std::filesystem::permissions(path, std::filesystem::perms(mode));
            const auto found = sources.find(name);
            ASSERT_TRUE(found && *found);
            EXPECT_THAT((*found)->warnings, ElementsAre(HasSubstr(path + " is open to " + who)));
            const auto refused = strict.find(name);
            ASSERT_FALSE(refused);
            EXPECT_THAT(refused.error().to_string(), HasSubstr("chmod 600"));
        }
    }
}

TEST_F(Sources, what_is_found_is_in_no_output_from_then_on) {
    Scrubber scrubber;
    const SecretSources sources({{"A", "hunter2"}, {"B", "short"}}, {}, {.scrubber = &scrubber});
    EXPECT_EQ(scrubber.scrubbed("hunter2"), "hunter2");
    EXPECT_THAT((*sources.find("A"))->warnings, IsEmpty());
    EXPECT_EQ(scrubber.scrubbed("hunter2"), "***");
    EXPECT_THAT((*sources.find("B"))->warnings, ElementsAre(HasSubstr("shorter than 6 bytes")));
    ASSERT_TRUE(SecretSources({{"A", "found-by-another"}}).find("A"));
    EXPECT_EQ(Scrubber::of_process().scrubbed("found-by-another"), "***");
}

TEST_F(Sources, all_places_of_a_name_are_told_in_their_order) {
    const auto file = write("key", "from file");
    const auto dotenv = write(".env", "A=from dotenv\nA_COMMAND=echo from command\n");
    const SecretSources sources({{"A_FILE", file}}, dotenv, {.commands = true});
    const auto places = sources.places("A");
    ASSERT_EQ(places.size(), 4U);
    EXPECT_EQ(places[0].place, "environment A");
    EXPECT_FALSE(*places[0].found);
    EXPECT_EQ(places[1].place, "environment A_FILE");
    EXPECT_EQ((*places[1].found)->value.reveal(), "from file");
    EXPECT_EQ(places[2].place, dotenv);
    EXPECT_EQ((*places[2].found)->value.reveal(), "from dotenv");
    EXPECT_EQ(places[3].place, "command (not run)");
    EXPECT_FALSE(*places[3].found);
}

TEST_F(Sources, a_dotenv_that_cannot_be_read_is_an_error_that_names_it_and_shows_nothing) {
    const auto path = folder_ / ".env";
    const SecretSources sources({}, path);
    const auto expect = [&](std::string_view expected) {
        const auto found = sources.find("A");
        ASSERT_FALSE(found) << expected;
        EXPECT_THAT(found.error().to_string(), HasSubstr(path.string()));
        EXPECT_THAT(found.error().to_string(), HasSubstr(std::string(expected)));
        EXPECT_THAT(found.error().to_string(), Not(HasSubstr("hunter2")));
    };
    std::filesystem::create_directory(path);
    expect("not a file");
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect("not a file");  // and it does not wait for a writer
    std::filesystem::remove(path);
    write(".env", std::string("A=hunter2\nB=\0\1\2\xff", 16));
    expect("line 2: holds NUL");
    write(".env", "A=" + std::string(std::size_t{2} << 20U, 'x'));
    expect("more than the limit");
    write(".env", "B=1\nA=\"hunter2\nC=1\n");
    expect("line 2: the quote is never closed");
}

TEST_F(Sources, a_dotenv_of_another_system_is_read) {
    const SecretSources sources({}, write(".env",
                                          "\xEF\xBB\xBF"
                                          "A=hunter2\r\nB='x y'\r\n"));
    EXPECT_EQ(value(sources, "A"), "hunter2 from .env line 1");
    EXPECT_EQ(value(sources, "B"), "x y from .env line 2");
}

TEST(SecretNames, tell_secrets_from_where_they_are) {
    for (const char* name :
         {"APILAB_API_KEY", "GITHUB_TOKEN", "npm_config__authToken", "DB_PASSWORD",
          "AWS_SECRET_ACCESS_KEY", "APILAB_OAUTH_CODE", "X_TOKEN_OLD"}) {
        EXPECT_TRUE(variable_names_a_secret(name)) << name;
    }
    for (const char* name : {"PATH", "PWD", "OLDPWD", "APILAB_API_KEY_FILE", "TOKEN_URL", "HOME",
                             "SSH_AUTH_SOCK", "APILAB_API_TOKEN_COMMAND", "KEYBOARD"}) {
        EXPECT_FALSE(variable_names_a_secret(name)) << name;
    }
}

TEST(SecretNames, those_of_an_environment_are_scrubbed_and_passwords_in_addresses) {
    Scrubber scrubber;
    add_secrets(scrubber, {{"A_TOKEN", "hunter2"},
                           {"SHELL", "/a-shell"},
                           {"HTTPS_PROXY", "http://ada:pass-word@proxy.test:8080"},
                           {"PLAIN_URL", "http://proxy.test:8080/ada:other-word@x"}});
    EXPECT_EQ(scrubber.scrubbed("hunter2 /a-shell pass-word other-word 8080/ada"),
              "*** /a-shell *** other-word 8080/ada");
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
