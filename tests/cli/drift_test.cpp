// apilab drift: record, see what changed, accept.
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

class DriftCommand : public testing::Test {
protected:
    Finished ask(Words words) {
        words.insert(words.begin(), "drift");
        return apilab(std::move(words), {}, folder.path());
    }

    TempDir folder;
    const std::string before =
        folder.write("before.json", R"([{"id":1,"email":"ada@example.org","n":1}])");
    const std::string after =
        folder.write("after.json", R"([{"id":"1","email":"ada@example.org","more":true}])");
};

TEST_F(DriftCommand, records_shows_what_changed_and_accepts) {
    auto ended = ask({"accept", "people.list", before});
    EXPECT_EQ(ended.code, 0) << ended.err;
    const auto text = read_text(folder.path() / ".apilab/baselines/people.list.json");
    EXPECT_THAT(text, HasSubstr("/*/email"));
    EXPECT_THAT(text, Not(HasSubstr("ada@"))) << "a baseline has no values";

    ended = ask({"show", "people.list", before});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "");

    ended = ask({"show", "people.list", after});
    EXPECT_EQ(ended.code, 6) << ended.err;
    EXPECT_EQ(ended.out,
              "breaking  /*/id: integer, now string\n"
              "breaking  /*/n: removed, was integer\n"
              "additive  /*/more: new, boolean\n");
    EXPECT_THAT(ended.err, HasSubstr("3 changes, 2 of them breaking"));

    ended = ask({"show", "people.list", after, "--json"});
    EXPECT_EQ(ended.code, 6);
    const auto changes = json::parse(ended.out).at("changes").as_array();
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[0].at("pointer").as_string(), "/*/id");
    EXPECT_EQ(changes[0].at("breaking").as_bool(), true);
    EXPECT_THAT(ended.out, Not(HasSubstr("ada@")));

    EXPECT_EQ(ask({"accept", "people.list", after}).code, 0);
    EXPECT_EQ(ask({"show", "people.list", after}).code, 0);
    EXPECT_EQ(ask({"show", "people.list", before}).code, 0) << "what was before is still known";

    EXPECT_EQ(ask({"accept", "people.list", after, "--replace"}).code, 0);
    EXPECT_EQ(ask({"show", "people.list", before}).code, 6);
}

TEST_F(DriftCommand, lists_baselines) {
    EXPECT_EQ(ask({"accept", "a.list", before, after}).code, 0);
    const auto ended = ask({"show"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, testing::ContainsRegex("a.list +2 +6"));
}

TEST_F(DriftCommand, says_what_it_lacks) {
    auto ended = ask({"show", "people.list", before});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("apilab drift accept people.list"));
    for (const Words& words :
         {Words{"show"}, Words{"show", "people.list"}, Words{"accept", "../x", before},
          Words{"accept", ".x", before}, Words{"accept", "people.list"},
          Words{"accept", "people.list", "missing.json"}}) {
        ended = ask(words);
        EXPECT_EQ(ended.code, 2) << words.back() << ended.err;
    }
    const auto broken = folder.write("broken.json", "{");
    EXPECT_NE(ask({"accept", "people.list", broken}).code, 0);
    EXPECT_FALSE(fs::exists(folder.path() / ".apilab/baselines/people.list.json"));
    fs::create_directories(folder.path() / ".apilab/baselines");
    (void)folder.write(".apilab/baselines/people.list.json", "{}");
    ended = ask({"show", "people.list", before});
    EXPECT_NE(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr("/apilab_shape"));
}

TEST_F(DriftCommand, asks_a_url) {
    const RunningSandbox sandbox;
    const auto url = sandbox.variables().at("APILAB_NPM_URL") + "/lodash";
    auto ended = ask({"accept", "npm.packument", url});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ask({"show", "npm.packument", url}).code, 0);
    EXPECT_EQ(ask({"show", "npm.packument", url + "-that-is-not-there"}).code, 1);
}

}  // namespace
}  // namespace apilab::cli_test
