// Every key is documented: the page holds the table that `config_reference` writes, and the example
// is a configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

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

}  // namespace
}  // namespace apilab::radar
