// Every key is documented: the page holds the table that `config_reference` writes, and the example
// is a configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/radar/service/config_load.hpp"

namespace apilab::radar {
namespace {

std::string text_of(const std::string& name) {
    return read_file(std::filesystem::path(APILAB_SOURCE_DIR) / name, config_text_max).value();
}

TEST(ConfigDocs, the_page_has_every_key_as_the_table_says_it) {
    EXPECT_TRUE(
        text_of("docs/explain/radar-config.md").ends_with("## All keys\n\n" + config_reference()))
        << "the page is to end with:\n"
        << config_reference();
}

TEST(ConfigDocs, the_example_is_a_configuration) {
    const auto loaded =
        load_config({.text = text_of("examples/radar/radar.toml"),
                     .environment = {{"APILAB_NPM_URL", "http://127.0.0.1:4010/npm"}}});
    for (const auto& problem : loaded.problems) {
        ADD_FAILURE() << problem.to_string();
    }
    ASSERT_TRUE(loaded.config);
    EXPECT_EQ(loaded.config->watches.size(), 2U);
}

// What follows `name` on a line is a variable: `PORT = "8080"`, `PORT=8080`.
Environment variables_in(const std::string& text, const std::vector<std::string>& names) {
    Environment found;
    for (const auto& name : names) {
        const auto at = text.find(name);
        if (at == std::string::npos) {
            continue;
        }
        const auto from = text.find_first_not_of(" =\"", at + name.size());
        found[name] = text.substr(from, text.find_first_of(" \"\n", from) - from);
    }
    return found;
}

TEST(ShippedConfig, starts_at_fly_with_and_without_a_dashboards_token) {
    const auto text = text_of("deploy/fly.toml");
    auto environment = variables_in(text.substr(text.find("[env]")), {"PORT", "RADAR_ADDRESS"});
    EXPECT_EQ(environment["PORT"], "8080");
    auto loaded = load_config({.environment = environment});
    ASSERT_TRUE(loaded.config) << loaded.problems.front().to_string();
    EXPECT_EQ(loaded.config->address, "0.0.0.0");
    EXPECT_FALSE(loaded.config->dashboard);
    environment["RADAR_DASHBOARD_TOKEN"] = "0123456789abcdef";
    loaded = load_config({.environment = environment});
    ASSERT_TRUE(loaded.config);
    EXPECT_TRUE(loaded.config->dashboard);
}

TEST(ShippedConfig, is_heard_on_this_machine_alone_as_a_unit) {
    const auto text = text_of("deploy/radar.service");
    const auto loaded =
        load_config({.environment = variables_in(text.substr(text.find("\nEnvironment=PORT")),
                                                 {"PORT", "RADAR_ADDRESS"})});
    ASSERT_TRUE(loaded.config) << loaded.problems.front().to_string();
    EXPECT_EQ(loaded.config->port, 8080);
    EXPECT_TRUE(is_loopback(loaded.config->address)) << loaded.config->address;
}

}  // namespace
}  // namespace apilab::radar
