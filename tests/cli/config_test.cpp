// apilab config explain: each setting with its value and who said it, by precedence; secrets by
// fingerprint alone; what nothing reads with what was probably meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

class ConfigExplain : public testing::Test {
protected:
    [[nodiscard]] Finished explain(const Words& flags = {}) const {
        Words words = {"config", "explain"};
        words.insert(words.end(), flags.begin(), flags.end());
        return apilab(words, variables, folder.path());
    }
    // `value|layer|origin` of one setting.
    [[nodiscard]] std::string of(std::string_view name, const Words& flags = {}) const {
        Words words = flags;
        words.emplace_back("--json");
        const auto document = json::parse(explain(words).out);
        for (const auto& setting : document.at("settings").as_array()) {
            if (setting.at("name").as_string() == name) {
                const auto& value = setting.at("value");
                return std::string(value.is_null() ? "-" : value.as_string().c_str()) + "|" +
                       setting.at("layer").as_string().c_str() + "|" +
                       setting.at("origin").as_string().c_str();
            }
        }
        return "no such setting";
    }
    [[nodiscard]] std::string user_file(const std::string& text) const {
        fs::create_directories(home.path() / ".config" / "apilab");
        return home.write(".config/apilab/config.toml", text);
    }

    TempDir folder;
    TempDir home;
    Variables variables = {{"HOME", home.path().string()}};
};

TEST_F(ConfigExplain, an_address_is_the_default_until_user_project_and_environment_say_another) {
    EXPECT_EQ(of("urls.osv"), "https://api.osv.dev/|default|default");
    EXPECT_EQ(of("urls.api"), "-|none|set APILAB_API_URL");
    const auto mine = user_file("[urls]\nosv = 'http://user.test'\n");
    EXPECT_EQ(of("urls.osv"), "http://user.test/|user|" + mine + " [urls] osv");
    const auto project = folder.write("apilab.toml", "[urls]\nosv = 'http://project.test'\n");
    EXPECT_EQ(of("urls.osv"), "http://project.test/|project|" + project + " [urls] osv");
    variables["APILAB_OSV_URL"] = "http://environment.test";
    EXPECT_EQ(of("urls.osv"), "http://environment.test/|environment|APILAB_OSV_URL");
}

TEST_F(ConfigExplain, places_follow_their_variable_then_xdg_then_home) {
    const auto state = home.path() / ".local" / "state" / "apilab";
    EXPECT_EQ(of("traces"), (state / "traces.db").string() + "|default|below HOME");
    variables["XDG_STATE_HOME"] = "/xdg";
    EXPECT_EQ(of("traces"), "/xdg/apilab/traces.db|environment|XDG_STATE_HOME");
    EXPECT_EQ(of("tokens"), "/xdg/apilab/tokens|environment|XDG_STATE_HOME");
    variables["APILAB_TRACES"] = "/mine.db";
    EXPECT_EQ(of("traces"), "/mine.db|environment|APILAB_TRACES");
}

TEST_F(ConfigExplain, colour_says_who_decided_it) {
    EXPECT_EQ(of("color"), "auto|default|default");
    variables["CLICOLOR_FORCE"] = "1";
    EXPECT_EQ(of("color"), "always|environment|CLICOLOR_FORCE");
    variables["NO_COLOR"] = "1";
    EXPECT_EQ(of("color"), "never|environment|NO_COLOR");
    EXPECT_EQ(of("color", {"--color", "always"}), "always|flag|--color");
}

TEST_F(ConfigExplain, a_secret_is_shown_by_its_fingerprint_alone) {
    variables["GITHUB_TOKEN"] = "ghp_canary0123456789";
    const auto table = explain();
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, HasSubstr("sha256:"));
    EXPECT_THAT(table.out + explain({"--json"}).out, Not(HasSubstr("canary")));
    EXPECT_THAT(of("GITHUB_TOKEN"), testing::MatchesRegex("sha256:.*environment.*"));
}

TEST_F(ConfigExplain, an_address_that_is_none_is_not_repeated) {
    variables["APILAB_OSV_URL"] = "http://me:canary@host.test";
    EXPECT_EQ(of("urls.osv"), "(no URL)|environment|APILAB_OSV_URL");
}

TEST_F(ConfigExplain, every_word_that_nothing_reads_is_named_with_the_nearest) {
    (void)folder.write("apilab.toml", "url = 1\n[urls]\nnmp = 'http://a'\nosw = 'http://b'\n");
    variables["APILAB_GITHBU_URL"] = "http://c";
    variables["APILAB_API_TOKEN"] = "of-the-sandbox";
    const auto ended = explain();
    EXPECT_EQ(ended.code, 2);
    for (const char* said : {"nothing reads 'url' (did you mean [urls]?)", "did you mean 'npm'?",
                             "did you mean 'osv'?", "did you mean APILAB_GITHUB_URL?"}) {
        EXPECT_THAT(ended.err, HasSubstr(said));
    }
    EXPECT_THAT(ended.err, Not(HasSubstr("APILAB_API_TOKEN")));
    EXPECT_THAT(ended.out, HasSubstr("a file has a mistake"));
    EXPECT_EQ(json::parse(explain({"--json"}).out).at("problems").as_array().size(), 4U);
}

}  // namespace
}  // namespace apilab::cli_test
