// explain, help, completions and man pages: nothing is without a page, and all come from one table.
// After a change of a help text: APILAB_GOLDEN=write cli_test --gtest_filter='Golden.*'
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

json::value json_of(Words words) {
    words.emplace_back("--json");
    const auto ended = apilab(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return json::parse(ended.out);
}

std::set<std::string> topic_ids() {
    std::set<std::string> ids;
    const auto topics = json_of({"explain"});
    for (const auto& topic : topics.at("topics").as_array()) {
        ids.emplace(topic.at("id").as_string());
    }
    return ids;
}

TEST(Explain, every_check_has_a_page_that_says_why_and_what_to_do) {
    const auto checks = json_of({"sandbox", "checks"});
    for (const auto& check : checks.at("checks").as_array()) {
        const std::string id(check.at("id").as_string());
        const auto page = apilab({"explain", id});
        EXPECT_EQ(page.code, 0) << page.err;
        for (const char* part : {"Why it matters", "What the wrong program does", "What to do here",
                                 "Where to read", "see  "}) {
            EXPECT_THAT(page.out, HasSubstr(part)) << id;
        }
    }
}

TEST(Explain, every_item_exit_code_and_kind_of_error_has_a_page) {
    const auto ids = topic_ids();
    const auto items = json_of({"checklist", "list"});
    for (const auto& item : items.at("items").as_array()) {
        EXPECT_TRUE(ids.contains(std::string(item.at("id").as_string())));
    }
    for (const char* id : {"exit-0", "exit-9", "exit-22", "exit-143", "error-timeout",
                           "error-internal", "ending-budget", "outcome-unknown"}) {
        EXPECT_TRUE(ids.contains(id)) << id;
    }
}

TEST(Explain, what_a_page_names_is_there) {
    const auto ids = topic_ids();
    for (const auto& id : ids) {
        if (id.size() == 3) {
            continue;  // items name only what names them
        }
        const auto page = json_of({"explain", id});
        for (const char* list : {"see", "checks", "checklist"}) {
            for (const auto& other : page.at(list).as_array()) {
                EXPECT_TRUE(ids.contains(std::string(other.as_string())))
                    << id << " names " << other;
            }
        }
    }
}

TEST(Explain, knows_other_names_and_the_nearest) {
    EXPECT_THAT(apilab({"explain", "429"}).out, HasSubstr("retry-after: "));
    EXPECT_THAT(apilab({"explain", "day02.idem-key"}).out, HasSubstr("idempotency: "));
    EXPECT_THAT(apilab({"explain", "b07"}).out, HasSubstr("B07: "));
    const auto wrong = apilab({"explain", "retry-aftre"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, HasSubstr("no topic 'retry-aftre' (did you mean retry-after?)"));
}

// Of a page of `help --json`: every command's words.
void collect(const json::value& page, std::vector<Words>& all) {
    const std::string name(page.at("name").as_string());
    Words words;
    for (std::size_t from = 0; from < name.size();) {
        const auto end = std::min(name.find(' ', from), name.size());
        words.push_back(name.substr(from, end - from));
        from = end + 1;
    }
    words.erase(words.begin());
    all.push_back(words);
    for (const auto& command : page.at("commands").as_array()) {
        collect(command, all);
    }
}

std::vector<Words> all_commands() {
    std::vector<Words> all;
    collect(json_of({"help"}), all);
    return all;
}

void expect_golden(const std::string& name, const std::string& text) {
    const auto file = std::filesystem::path(APILAB_SOURCE_DIR) / "tests" / "cli" / "golden" / name;
    if (std::getenv("APILAB_GOLDEN") != nullptr) {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
    }
    EXPECT_EQ(read_text(file), text)
        << "regenerate: APILAB_GOLDEN=write build/dev/bin/cli_test --gtest_filter='Golden.*'";
}

TEST(Golden, help_and_man_page_of_every_command) {
    for (auto words : all_commands()) {
        std::string name = "apilab";
        for (const auto& word : words) {
            name += "-" + word;
        }
        auto man = words;
        man.insert(man.begin(), "man");
        expect_golden(name + ".1", apilab(man).out);
        words.emplace_back("--help");
        expect_golden(name + ".txt", apilab(words).out);
    }
}

TEST(Golden, completions) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        expect_golden(std::string("completion.") + shell, apilab({"completion", shell}).out);
    }
}

TEST(Completion, in_bash_offers_commands_flags_and_values) {
    const TempDir dir;
    const auto script = dir.write("apilab.bash", apilab({"completion", "bash"}).out);
    const auto offers = [&](const std::string& words, int at) {
        const auto text = ". " + script + "; COMP_WORDS=(" + words +
                          "); COMP_CWORD=" + std::to_string(at) +
                          "; _apilab; echo \"${COMPREPLY[@]}\"";
        return Program({"/bin/bash", "-c", text}, {}).wait().out;
    };
    EXPECT_EQ(offers("apilab sand", 1), "sandbox\n");
    EXPECT_EQ(offers("apilab sandbox se", 2), "serve services\n");
    EXPECT_EQ(offers("apilab sandbox serve --rea", 3), "--ready-file\n");
    EXPECT_EQ(offers("apilab sandbox serve --scenario fla", 4), "flaky\n");
    EXPECT_EQ(offers("apilab --color al", 2), "always\n");
}

TEST(ManPage, is_roff_without_a_warning) {
    if (!std::filesystem::exists("/usr/bin/groff")) {
        GTEST_SKIP() << "groff is not there";
    }
    const TempDir dir;
    for (auto words : all_commands()) {
        words.insert(words.begin(), "man");
        const auto page = dir.write("page.1", apilab(words).out);
        const auto ended = Program({"/usr/bin/groff", "-ww", "-man", "-Tutf8", "-z", page},
                                   {{"PATH", "/usr/bin:/bin"}})
                               .wait();
        EXPECT_EQ(ended.code, 0);
        EXPECT_EQ(ended.err, "") << words.back();
    }
}

TEST(Help, works_anywhere_on_the_line_and_by_its_own_command) {
    const auto page = apilab({"radar", "check", "--help"}).out;
    EXPECT_EQ(apilab({"--help", "radar", "check"}).out, page);
    EXPECT_EQ(apilab({"radar", "-h", "check"}).out, page);
    EXPECT_EQ(apilab({"help", "radar", "check"}).out, page);
    EXPECT_THAT(apilab({"help", "exit-codes"}).out, HasSubstr("gave up"));
}

}  // namespace
}  // namespace apilab::cli_test
