// What is said of `integrations.toml` in docs/explain/checklist.md and in the file to begin with is
// what the parser reads: no key more, none less.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "checklist/manifest.hpp"
#include "checklist/manifest_template.hpp"

namespace apilab::cli::checklist {
namespace {

using Keys = std::set<std::string>;

std::string page() {
    std::ifstream file(std::string(APILAB_SOURCE_DIR) + "/docs/explain/checklist.md");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Of the table below `| key | what it says |`.
Keys told() {
    Keys keys;
    const auto text = page();
    std::istringstream lines(text.substr(std::min(text.find("| key | what"), text.size())));
    for (std::string line; std::getline(lines, line) && line.starts_with("|");) {
        if (line.starts_with("| `")) {
            keys.insert(line.substr(3, line.find('`', 3) - 3));
        }
    }
    return keys;
}

// What the parser says it knows when it is shown a key that it does not.
Keys known(const std::string& toml, const std::string& prefix) {
    const auto refused = parse_manifest(toml);
    if (refused) {
        return {};
    }
    constexpr std::string_view before = "the keys are ";
    std::string said = refused.error().remedy();
    said.erase(0, std::min(said.find(before) + before.size(), said.size()));
    Keys keys;
    std::istringstream words(said);
    for (std::string word; words >> word;) {
        keys.insert(prefix + word.substr(0, word.find(',')));
    }
    return keys;
}

TEST(ManifestDocs, tell_of_every_key_and_of_no_other) {
    auto read = known("zzzzzzzzzz = 1\n", "");
    EXPECT_TRUE(read.erase("service") == 1 && read.erase("integration") == 1);
    read.merge(known("name = \"x\"\n[service]\nzzzzzzzzzz = 1\n", "service."));
    read.merge(known("name = \"x\"\n[[integration]]\nprovider = \"npm\"\nzzzzzzzzzz = 1\n",
                     "integration."));
    EXPECT_EQ(told(), read);
}

TEST(ManifestDocs, what_one_begins_with_is_read_as_it_is_and_with_all_that_is_behind_a_mark) {
    const std::string begun(manifest_template());
    const auto plain = parse_manifest(begun);
    ASSERT_TRUE(plain) << plain.error().to_string();
    EXPECT_TRUE(plain->service.command.empty());
    std::string all;
    std::istringstream lines(begun);
    for (std::string line; std::getline(lines, line);) {
        const bool key =
            line.starts_with("# ") &&
            (line.find(" = ") < line.find_first_of(".,:;`") || line == "# [[integration]]");
        all += (key ? line.substr(2) : line) + "\n";
    }
    const auto full = parse_manifest(all);
    ASSERT_TRUE(full) << full.error().to_string() << "\n" << all;
    EXPECT_EQ(full->service.trigger, "github");
    ASSERT_EQ(full->integrations.size(), 1U);
    EXPECT_EQ(full->integrations[0].off, "GITHUB_ENABLED=false");
    EXPECT_TRUE(full->answers.contains("K02"));
    EXPECT_TRUE(full->not_applicable.contains("D05"));
    for (const auto& key : told()) {
        EXPECT_GT(line_of(all, key.starts_with("integration.")
                                   ? "integration.github" + key.substr(key.find('.'))
                                   : key),
                  0U)
            << key << " is in what one begins with";
    }
}

TEST(ManifestDocs, tell_what_each_state_means) {
    for (const auto* state : {"pass", "fail", "untested", "open", "answered", "n/a"}) {
        EXPECT_THAT(page(), testing::HasSubstr(std::string("| `") + state + "` |"));
    }
}

}  // namespace
}  // namespace apilab::cli::checklist
