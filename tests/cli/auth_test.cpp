// apilab auth against the sandbox's authorisation server, from the login to the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

class Auth : public testing::Test {
protected:
    Auth() {
        // Who opens a page meets our browser.
        const auto opener =
            home.write("xdg-open", "#!/bin/sh\nexec " + browser_path() + " \"$1\"\n");
        fs::permissions(opener, fs::perms::owner_all);
        variables["PATH"] = home.path().string();
        variables["HOME"] = home.path().string();
        variables["THE_SECRET"] = server.variables().at("APILAB_OAUTH_CLIENT_SECRET");
    }
    Finished ask(Words words) {
        words.insert(words.begin(), "auth");
        auto ended = apilab(std::move(words), variables, home.path());
        EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(variables["THE_SECRET"])));
        EXPECT_THAT(ended.out + ended.err, Not(ContainsRegex("[ar]t_[0-9a-f]")));
        return ended;
    }
    Finished login(Words more = {}) {
        Words words{"login",       "desk",
                    "--issuer",    server.variables().at("APILAB_OAUTH_URL"),
                    "--client-id", server.variables().at("APILAB_OAUTH_CLIENT_ID")};
        words.insert(words.end(), more.begin(), more.end());
        return ask(words);
    }
    json::object status() {
        const auto text = ask({"status", "--json"}).out;
        return json::parse(text).at("credentials").at(0).as_object();
    }
    const Words with_secret{"--client-secret", "env:THE_SECRET"};
    TempDir home;
    RunningSandbox server;
    Variables variables;
};

TEST_F(Auth, login_with_a_browser_then_status_refresh_and_revoke) {
    const auto in = login(with_secret);
    ASSERT_EQ(in.code, 0) << in.err;
    EXPECT_THAT(in.err, HasSubstr("/oauth/authorize?"));
    EXPECT_THAT(in.out, AllOf(HasSubstr("desk is logged in"), HasSubstr("renewable")));
    const auto first = status();
    EXPECT_EQ(first.at("state"), "good");

    const auto renewed = ask({"refresh", "desk"});
    EXPECT_EQ(renewed.code, 0) << renewed.err;
    const auto second = status();
    EXPECT_NE(first.at("access"), second.at("access"));
    EXPECT_NE(first.at("refresh"), second.at("refresh")) << "it rotates, and the new one is kept";

    const auto gone = ask({"revoke", "desk"});
    EXPECT_EQ(gone.code, 0) << gone.err;
    EXPECT_THAT(ask({"status"}).out, HasSubstr("nobody is logged in"));
    EXPECT_EQ(ask({"status", "desk"}).code, 4);
    EXPECT_EQ(ask({"refresh", "desk"}).code, 2);
}

TEST_F(Auth, what_is_kept_is_for_its_owner_and_the_client_secret_is_not_in_it) {
    ASSERT_EQ(login(with_secret).code, 0);
    int files = 0;
    for (const auto& file : fs::recursive_directory_iterator(home.path() / ".local")) {
        if (file.is_regular_file()) {
            ++files;
            EXPECT_EQ(file.status().permissions(), fs::perms::owner_read | fs::perms::owner_write)
                << file.path();
            EXPECT_THAT(read_text(file.path()), Not(HasSubstr(variables["THE_SECRET"])));
        }
    }
    EXPECT_GE(files, 2);
}

TEST_F(Auth, a_session_that_was_ended_elsewhere_needs_a_person_and_says_so_once) {
    ASSERT_EQ(login(with_secret).code, 0);
    const auto folder = home.path() / ".local" / "state" / "apilab" / "tokens";
    const auto entry = read_text(folder / "desk.json");
    ASSERT_EQ(ask({"refresh", "desk"}).code, 0);
    (void)home.write(".local/state/apilab/tokens/desk.json", entry);  // an old backup
    fs::permissions(folder / "desk.json", fs::perms::owner_read | fs::perms::owner_write);
    const auto refused = ask({"refresh", "desk"});
    EXPECT_EQ(refused.code, 4);
    EXPECT_THAT(refused.err, HasSubstr("invalid_grant"));
    EXPECT_EQ(status().at("state"), "needs_consent");
    EXPECT_EQ(ask({"status"}).code, 4);
}

TEST_F(Auth, a_client_may_log_in_for_itself) {
    auto words = with_secret;
    words.emplace_back("--client-credentials");
    const auto in = login(words);
    ASSERT_EQ(in.code, 0) << in.err;
    EXPECT_THAT(in.out, HasSubstr("not renewable"));
    const auto first = status();
    EXPECT_EQ(ask({"refresh", "desk"}).code, 0) << "it asks for another one";
    EXPECT_NE(first.at("access"), status().at("access"));
}

TEST_F(Auth, a_wrong_secret_is_a_refusal_of_the_server) {
    variables["WRONG"] = "not-this-one";
    const auto in = login({"--client-credentials", "--client-secret", "env:WRONG"});
    EXPECT_EQ(in.code, 4);
    EXPECT_THAT(in.err, HasSubstr("invalid_client"));
    EXPECT_THAT(ask({"status"}).out, HasSubstr("nobody is logged in"));
}

TEST_F(Auth, a_secret_on_the_command_line_is_refused_without_being_repeated) {
    const auto in = login({"--client-secret", "hunter2hunter2"});
    EXPECT_EQ(in.code, 2);
    EXPECT_THAT(in.err,
                AllOf(HasSubstr("env:NAME, @file or cmd:COMMAND"), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(login({"--client-secret", "env:NOT_SET"}).err, HasSubstr("not set"));
}

TEST_F(Auth, a_file_that_others_may_read_is_said_before_anybody_logs_in) {
    ASSERT_EQ(login(with_secret).code, 0);
    const auto file = home.path() / ".local" / "state" / "apilab" / "tokens" / "desk.json";
    fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
    const auto in = login(with_secret);
    EXPECT_EQ(in.code, 2);
    EXPECT_THAT(in.err, HasSubstr("others may read it"));
    EXPECT_THAT(in.err, Not(HasSubstr("/oauth/authorize")));
    EXPECT_EQ(ask({"status"}).code, 4);
}

TEST_F(Auth, a_server_that_is_not_there_and_one_that_is_none) {
    Words words{"login", "desk", "--issuer", "http://127.0.0.1:1", "--client-id", "x"};
    EXPECT_EQ(ask(words).code, 7);
    words[3] = server.variables().at("APILAB_NPM_URL");
    EXPECT_NE(ask(words).code, 0);
    words[3] = "ftp://example.org";
    EXPECT_EQ(ask(words).code, 2);
}

}  // namespace
}  // namespace apilab::cli_test
