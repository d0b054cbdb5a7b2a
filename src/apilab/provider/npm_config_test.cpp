#include "apilab/provider/npm_config.hpp"

#include <gtest/gtest.h>

#include <map>

namespace apilab::provider {
namespace {

Lookup environment_of(std::map<std::string, std::string, std::less<>> values) {
    return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

std::optional<std::string> registry(std::string_view npmrc) {
    return registry_of_npmrc(npmrc, environment_of({{"HOST", "r.example"}}));
}

TEST(NpmConfig, reads_the_registry_of_an_npmrc) {
    EXPECT_EQ(registry("registry=https://a.example/\n"), "https://a.example");
    EXPECT_EQ(registry("; a comment\r\n# another\r\n registry = \"https://a.example/npm/\"\r\n"),
              "https://a.example/npm");
    EXPECT_EQ(registry("registry=https://${HOST}/x"), "https://r.example/x");
    EXPECT_EQ(registry("registry=https://a/\nregistry=https://b/"), "https://b");
}

TEST(NpmConfig, what_is_not_the_registry_is_not_taken_for_it) {
    EXPECT_EQ(registry(""), std::nullopt);
    EXPECT_EQ(registry("@scope:registry=https://a.example"), std::nullopt);
    EXPECT_EQ(registry("//a.example/:_authToken=x"), std::nullopt);
    EXPECT_EQ(registry("[section]\nregistry=https://a.example"), std::nullopt);
    EXPECT_EQ(registry("registry=\nregistry"), std::nullopt);
}

TEST(NpmConfig, an_unset_variable_stays_as_it_stands) {
    EXPECT_EQ(registry("registry=https://${NOBODY}/"), "https://${NOBODY}");
    EXPECT_EQ(registry("registry=https://a/${"), "https://a/${");
}

TEST(NpmConfig, the_environment_counts_in_either_case) {
    EXPECT_EQ(registry_of_environment(environment_of({{"NPM_CONFIG_REGISTRY", "https://a/"}})),
              "https://a");
    EXPECT_EQ(registry_of_environment(environment_of(
                  {{"npm_config_registry", "https://b"}, {"NPM_CONFIG_REGISTRY", "https://a/"}})),
              "https://b");
    EXPECT_EQ(registry_of_environment(environment_of({{"npm_config_registry", " "}})),
              std::nullopt);
    EXPECT_EQ(clean_registry("undefined\n"), std::nullopt);
}

}  // namespace
}  // namespace apilab::provider
