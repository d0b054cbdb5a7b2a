// Sources that fail: the answer says which and how, and never that all is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <tuple>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Fault {
    const char* name;
    const char* what;
};

void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

constexpr Fault down = {"down", "{ status = 503 }"};
constexpr Fault garbage = {"garbage", R"({ status = 200, body = "<html>" })"};
constexpr Fault slow = {"slow", R"({ stall = { at = "headers" } })"};
// Longer than anyone waits, and as long as the deadline.
constexpr Fault limited = {"limited", R"({ limit = "primary", retry_after = "300s" })"};
constexpr Fault limited_to_the_end = {"limited_to_the_end",
                                      R"({ limit = "primary", retry_after = "4s" })"};

// Long enough for two healthy sources on a busy machine; only the slow one uses it up.
const Words deadline = {"--deadline", "4s"};

class Failing {
public:
    Failing(const std::string& where, const Fault& fault)
        : scenario_(dir_.write("scenario.toml",
                               "name = \"failing\"\ndescription = \"one fault\"\n"
                               "[[fault]]\nwhere = \"" +
                                   where + ":*\"\nwhat = " + fault.what + "\n")),
          sandbox_({"--scenario", scenario_}) {}

    [[nodiscard]] Finished check(const Words& flags = {}) const {
        Words words = {"radar", "check", small_lockfile(dir_)};
        words.insert(words.end(), deadline.begin(), deadline.end());
        words.insert(words.end(), flags.begin(), flags.end());
        return apilab(words, sandbox_.variables());
    }

private:
    TempDir dir_;
    std::string scenario_;
    RunningSandbox sandbox_;
};

// No sentence that a person could take for an all-clear.
void expect_no_all_clear(const std::string& text) {
    EXPECT_THAT(text, Not(HasSubstr("Found: ")));
    EXPECT_THAT(text, Not(HasSubstr("0 problems")));
    EXPECT_THAT(text, Not(HasSubstr("no problem")));
}

class OneSource : public testing::TestWithParam<std::tuple<const char*, Fault>> {};

TEST_P(OneSource, that_fails_is_shown_and_the_rest_still_answers) {
    const auto& [name, fault] = GetParam();
    const Failing failing(name, fault);
    const auto text = failing.check();
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_THAT(text.out, HasSubstr("Found in what could be asked: "));
    EXPECT_THAT(text.out, HasSubstr(std::string("Incomplete: ") + name + " failed."));
    expect_no_all_clear(text.out);
}

TEST_P(OneSource, that_fails_lowers_the_confidence_of_every_decision) {
    const auto& [name, fault] = GetParam();
    const auto ended = Failing(name, fault).check({"--json"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto document = boost::json::parse(ended.out);
    for (const auto& source : document.at("sources").as_array()) {
        const bool failed = source.at("name").as_string() == name;
        EXPECT_EQ(source.at("status").as_string(), failed ? "failed" : "ok") << source;
        EXPECT_EQ(source.at("error").is_null(), !failed) << source;
    }
    ASSERT_FALSE(document.at("decisions").as_array().empty());
    for (const auto& decision : document.at("decisions").as_array()) {
        EXPECT_NE(decision.at("confidence").as_string(), "full") << decision;
    }
}

INSTANTIATE_TEST_SUITE_P(Each, OneSource,
                         testing::Combine(testing::Values("npm", "osv", "github"),
                                          testing::Values(down, garbage, slow, limited,
                                                          limited_to_the_end)),
                         [](const auto& tested) {
                             return std::string(std::get<0>(tested.param)) + "_" +
                                    std::get<1>(tested.param).name;
                         });

void expect_no_answer(const Finished& ended, int code) {
    EXPECT_EQ(ended.code, code) << ended.out;
    EXPECT_THAT(ended.out, HasSubstr("No advisory could be evaluated"));
    EXPECT_THAT(ended.out, Not(HasSubstr("Found")));
    expect_no_all_clear(ended.out);
}

struct AllCase {
    Fault fault;
    int code;
};

void PrintTo(const AllCase& value, std::ostream* out) {
    *out << value.fault.name;
}

class AllSources : public testing::TestWithParam<AllCase> {};

TEST_P(AllSources, that_fail_alike_have_an_exit_code_of_their_own) {
    expect_no_answer(Failing("*", GetParam().fault).check(), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Each, AllSources,
                         testing::Values(AllCase{down, 7}, AllCase{garbage, 7}, AllCase{slow, 8},
                                         AllCase{limited, 9}, AllCase{limited_to_the_end, 9}),
                         [](const auto& tested) { return std::string(tested.param.fault.name); });

TEST(SourceFailure, a_closed_port_is_unreachable) {
    const TempDir dir;
    const auto ended = apilab({"radar", "check", small_lockfile(dir)},
                              {{"APILAB_NPM_URL", "http://127.0.0.1:1"},
                               {"APILAB_OSV_URL", "http://127.0.0.1:1"},
                               {"APILAB_GITHUB_URL", "http://127.0.0.1:1"}});
    expect_no_answer(ended, 7);
}

TEST(SourceFailure, of_the_registry_leaves_a_package_json_without_versions_to_ask_about) {
    const TempDir dir;
    const auto manifest = dir.write("package.json", R"({"dependencies": {"lodash": "^4.17.0"}})");
    const auto scenario =
        dir.write("scenario.toml",
                  "name = \"down\"\n[[fault]]\nwhere = \"npm:*\"\nwhat = { status = 503 }\n");
    const RunningSandbox sandbox({"--scenario", scenario});
    expect_no_answer(apilab({"radar", "check", manifest}, sandbox.variables()), 7);
}

TEST(Deadline, that_is_none_is_refused_by_name) {
    for (const char* value : {"soon", "5", "0s", "2h", "-1s"}) {
        const auto ended =
            apilab({"radar", "check", webshop(), std::string("--deadline=") + value});
        EXPECT_EQ(ended.code, 2) << value;
        EXPECT_THAT(ended.err, HasSubstr("--deadline")) << value;
    }
}

}  // namespace
}  // namespace apilab::cli_test
