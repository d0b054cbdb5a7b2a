// apilab doctor: each thing that can be wrong around the program is found, named with what to do,
// and shows no secret; nothing is made, and nothing is sent unless asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>

#include "apilab/http/date.hpp"
#include "echo_server.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

class Doctor : public testing::Test {
protected:
    [[nodiscard]] Finished doctor(const Words& flags = {}) const {
        Words words = {"doctor"};
        words.insert(words.end(), flags.begin(), flags.end());
        return apilab(words, variables, folder.path());
    }
    // The findings of one area that are not well, or are (`ok`), as `health: what (remedy)` lines.
    [[nodiscard]] std::string found(std::string_view area, const Words& flags = {}) const {
        Words words = flags;
        words.emplace_back("--json");
        const auto ended = doctor(words);
        std::string lines;
        bool well = true;
        const auto document = json::parse(ended.out);
        for (const auto& finding : document.at("findings").as_array()) {
            const std::string health(finding.at("health").as_string());
            well = well && health == "ok";
            // What is not well has a remedy, and nothing else.
            EXPECT_EQ(finding.at("remedy").as_string().empty(), health == "ok") << finding;
            if (finding.at("area").as_string() == area) {
                lines += health + ": " + finding.at("what").as_string().c_str() + " (" +
                         finding.at("remedy").as_string().c_str() + ")\n";
            }
        }
        EXPECT_EQ(ended.code, well ? 0 : 6) << ended.out;
        EXPECT_NE(lines, "");
        return lines;
    }
    [[nodiscard]] fs::path state() const { return home.path() / ".local" / "state" / "apilab"; }

    TempDir folder;
    TempDir home;
    Variables variables = {{"HOME", home.path().string()}};
};

TEST_F(Doctor, finds_nothing_where_all_is_well_and_makes_nothing) {
    const auto ended = doctor();
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    for (const char* area : {"settings", "proxy", "certificates", "state", "traces", "tokens",
                             "secrets", "terminal", "versions", "OpenSSL", "are well"}) {
        EXPECT_THAT(ended.out, HasSubstr(area));
    }
    EXPECT_TRUE(fs::is_empty(home.path()));
    EXPECT_TRUE(fs::is_empty(folder.path()));
    EXPECT_EQ(doctor({"-q"}).out, "");
}

TEST_F(Doctor, names_mistakes_in_settings) {
    (void)folder.write("apilab.toml", "[urls]\nnmp = 'http://a'\n");
    variables["APILAB_GITHBU_URL"] = "http://b";
    const auto lines = found("settings");
    EXPECT_THAT(lines, HasSubstr("fail: "));
    EXPECT_THAT(lines, HasSubstr("did you mean 'npm'?"));
    EXPECT_THAT(lines, HasSubstr("did you mean APILAB_GITHUB_URL?"));
}

TEST_F(Doctor, tells_which_proxy_without_its_password) {
    variables["https_proxy"] = "http://me:canary-password@proxy.test:3128";
    EXPECT_EQ(found("proxy"),
              "ok: https goes through http://proxy.test:3128, with a password ()\n");
    variables["https_proxy"] = "socks5://me:canary-password@proxy.test";
    EXPECT_THAT(found("proxy"), testing::StartsWith("fail: "));
    EXPECT_THAT(doctor().out, Not(HasSubstr("canary")));
    variables.erase("https_proxy");
    variables["HTTP_PROXY"] = "http://proxy.test";
    EXPECT_THAT(found("proxy"), HasSubstr("HTTP_PROXY is set, which is never read"));
}

TEST_F(Doctor, looks_into_certificate_files) {
    const EchoServer server({}, EchoServer::Over::tls);
    variables["APILAB_CA_FILE"] = folder.write("ca.pem", server.authority());
    EXPECT_THAT(found("certificates"), HasSubstr("ok: APILAB_CA_FILE: 1 in "));
    variables["APILAB_CA_FILE"] = folder.write("no.pem", "-----BEGIN nothing");
    EXPECT_THAT(found("certificates"), HasSubstr("holds no certificate"));
    variables["APILAB_CA_FILE"] = "/nowhere.pem";
    EXPECT_THAT(found("certificates"), HasSubstr("fail: APILAB_CA_FILE: "));
    variables["SSL_CERT_FILE"] = "/nowhere";
    variables["SSL_CERT_DIR"] = "/nowhere";
    EXPECT_THAT(found("certificates"), HasSubstr("install ca-certificates"));
}

TEST_F(Doctor, warns_of_what_others_may_read) {
    fs::create_directories(state() / "tokens");
    fs::permissions(state() / "tokens", fs::perms::owner_all);
    fs::permissions(state(), fs::perms::owner_all);
    EXPECT_THAT(found("state"), HasSubstr("is private"));
    const auto file = home.write(".local/state/apilab/tokens/desk.json", "{}");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
    EXPECT_THAT(found("state"), HasSubstr("(mode 0640) (chmod 600 '" + file + "')"));
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    fs::permissions(state(), fs::perms::owner_all | fs::perms::others_exec);
    EXPECT_THAT(found("state"), HasSubstr("(mode 0701) (chmod 700 '" + state().string() + "')"));
}

TEST_F(Doctor, says_where_nothing_can_be_kept) {
    (void)home.write("file", "");
    variables["XDG_STATE_HOME"] = (home.path() / "file").string();
    EXPECT_THAT(found("state"), HasSubstr("is no folder"));
}

TEST_F(Doctor, tells_the_size_of_the_trace_store_and_what_is_wrong_with_it) {
    const EchoServer server;
    EXPECT_EQ(apilab({"call", server.url()}, variables).code, 0);
    EXPECT_THAT(found("traces"), HasSubstr("ok: 1 calls, 0.0 MiB in "));
    variables["APILAB_TRACES"] = folder.write("traces.db", "this is no database, by far not one");
    fs::permissions(variables["APILAB_TRACES"], fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THAT(found("traces"), testing::StartsWith("fail: "));
}

TEST_F(Doctor, tells_the_state_of_tokens_and_no_value) {
    fs::create_directories(state() / "tokens");
    fs::permissions(state(), fs::perms::owner_all);
    fs::permissions(state() / "tokens", fs::perms::owner_all);
    const auto file = home.write(".local/state/apilab/tokens/desk.json", "canary, no JSON");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THAT(found("tokens"), HasSubstr("(apilab auth login desk)"));
    EXPECT_THAT(doctor().out, Not(HasSubstr("canary")));
}

TEST_F(Doctor, names_secrets_of_the_environment_and_those_that_are_too_short) {
    variables["GITHUB_TOKEN"] = "ghp_canary0123456789";
    variables["DB_PASSWORD"] = "abc";
    const auto lines = found("secrets");
    EXPECT_THAT(lines, HasSubstr("ok: in the environment: GITHUB_TOKEN"));
    EXPECT_THAT(lines, HasSubstr("warn: too short to be kept out of what is printed: DB_PASSWORD"));
    EXPECT_THAT(lines, Not(HasSubstr("canary")));
}

TEST_F(Doctor, asks_a_server_once_without_credentials) {
    variables["GITHUB_TOKEN"] = "ghp_canary0123456789";
    const EchoServer server;
    EXPECT_THAT(found("network", {"--url", server.url("/path?q=1")}),
                HasSubstr(" answers 200 in "));
    const auto seen = server.last();
    EXPECT_EQ(seen.method(), "HEAD");
    EXPECT_FALSE(seen.headers().get("authorization"));
}

TEST_F(Doctor, compares_the_clocks) {
    const auto at = [](std::chrono::seconds ahead) {
        return [ahead](const http::Request&) {
            http::Response answer(204);
            answer.header("date", http::format_http_date(std::chrono::system_clock::now() + ahead));
            return answer;
        };
    };
    const EchoServer right(at(std::chrono::seconds(0)));
    EXPECT_THAT(found("clock", {"--url", right.url()}), testing::StartsWith("ok: "));
    // Half a minute more than is looked for: the date has no fractions and the second may turn.
    const EchoServer early(at(std::chrono::hours(1) + std::chrono::seconds(30)));
    EXPECT_THAT(found("clock", {"--url", early.url()}), testing::StartsWith("fail: ours is 1 h"));
    EXPECT_THAT(found("clock", {"--url", early.url()}), HasSubstr(" behind the server's (set "));
    const EchoServer late(at(std::chrono::seconds(-90)));
    EXPECT_THAT(found("clock", {"--url", late.url()}), testing::StartsWith("warn: ours is 1 m"));
}

TEST_F(Doctor, says_what_keeps_a_server_from_being_asked) {
    EXPECT_THAT(found("network", {"--url", "http://127.0.0.1:1"}),
                HasSubstr("does it run, is the port right"));
    const EchoServer server({}, EchoServer::Over::tls);
    EXPECT_THAT(found("network", {"--url", server.url()}), HasSubstr("APILAB_CA_FILE names"));
    variables["APILAB_CA_FILE"] = folder.write("ca.pem", server.authority());
    EXPECT_THAT(found("network", {"--url", server.url()}), HasSubstr("its certificate is good"));
    const auto wrong = doctor({"--url", "http://[no"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("--url: "));
}

TEST_F(Doctor, online_asks_configured_addresses_once_each_and_none_otherwise) {
    EXPECT_THAT(found("network", {"--online"}), HasSubstr("no address is configured"));
    const EchoServer server;
    variables["APILAB_OSV_URL"] = server.url("/osv");
    variables["APILAB_GITHUB_URL"] = server.url("/github");
    EXPECT_EQ(doctor().code, 0);
    EXPECT_TRUE(server.seen().empty());
    EXPECT_EQ(doctor({"--online"}).code, 0);
    EXPECT_EQ(server.seen().size(), 1U);
}

}  // namespace
}  // namespace apilab::cli_test
