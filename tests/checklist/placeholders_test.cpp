// What is put in for placeholders, what follows a secret, and what is hidden.
#include "checklist/placeholders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/sandbox/credentials.hpp"

namespace apilab::cli::checklist {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ChecklistPlaceholders, values_are_put_in_and_other_braces_stay) {
    const Values values{{"port", "8080"}, {"APILAB_NPM_URL", "http://127.0.0.1:1/npm"}};
    EXPECT_EQ(*put_in("--port={port}", values), "--port=8080");
    EXPECT_EQ(*put_in("{APILAB_NPM_URL}/a{port}{port}", values),
              "http://127.0.0.1:1/npm/a80808080");
    EXPECT_EQ(*put_in(R"({"a": {}} {unknown} {)", values), R"({"a": {}} {unknown} {)");
    EXPECT_EQ(*put_in("{{port}}", values), "{8080}");
}

TEST(ChecklistPlaceholders, a_name_of_the_sandbox_that_it_has_not_is_an_error) {
    const auto text = put_in("{APILAB_NMP_URL}", {});
    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().to_string(), HasSubstr("the sandbox has no {APILAB_NMP_URL}"));
}

TEST(ChecklistPlaceholders, a_secret_has_one_that_follows_one_before_it_and_a_file) {
    Values values{{"APILAB_GITHUB_WEBHOOK_SECRET", sandbox::webhook_secret(7, "github")},
                  {"APILAB_GITHUB_TOKEN", "ghp_0123"},
                  {"APILAB_ADMIN_TOKEN", "of-ours"},
                  {"APILAB_NPM_URL", "http://127.0.0.1"}};
    add_rotations(values, 7, "/secrets");
    EXPECT_EQ(values.at("APILAB_GITHUB_TOKEN_FILE"), "/secrets/APILAB_GITHUB_TOKEN");
    EXPECT_TRUE(values.at("APILAB_GITHUB_TOKEN_NEXT").starts_with("ghp_")) << "of the same kind";
    EXPECT_NE(values.at("APILAB_GITHUB_TOKEN_NEXT"), "ghp_0123");
    EXPECT_NE(values.at("APILAB_GITHUB_WEBHOOK_SECRET_NEXT"),
              values.at("APILAB_GITHUB_WEBHOOK_SECRET"));
    EXPECT_EQ(values.at("APILAB_GITHUB_WEBHOOK_SECRET_FORMER"),
              sandbox::webhook_secret(7, "github", true));
    EXPECT_FALSE(values.contains("APILAB_ADMIN_TOKEN_NEXT"));
    EXPECT_FALSE(values.contains("APILAB_NPM_URL_NEXT"));
}

TEST(ChecklistPlaceholders, the_files_that_have_to_be_there_are_those_that_are_named) {
    EXPECT_THAT(files_named_in("{APILAB_GITHUB_TOKEN_FILE}:{APILAB_SLACK_SIGNING_SECRET_FILE}"),
                ElementsAre("APILAB_GITHUB_TOKEN", "APILAB_SLACK_SIGNING_SECRET"));
    EXPECT_THAT(files_named_in("{APILAB_CA_FILE} {APILAB_GITHUB_TOKEN} APILAB_API_KEY_FILE"),
                IsEmpty());
}

TEST(ChecklistPlaceholders, each_place_of_a_secret_is_hidden_and_told) {
    std::string text = "a=secret-1 b=secret-1 c=short";
    EXPECT_THAT(mask(text, {{"A", "secret-1"}, {"B", "secret-2"}, {"C", "short"}}),
                ElementsAre("A"));
    EXPECT_EQ(text, "a=*** b=*** c=short");
}

}  // namespace
}  // namespace apilab::cli::checklist
