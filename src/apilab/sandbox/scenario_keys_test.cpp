// A scenario file that is wrong in any of its keys: the error names the key and its line.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "apilab/sandbox/scenario.hpp"

namespace apilab::sandbox {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Key {
    /// The tables before it, each with its line end.
    std::string before;
    /// Of the table that it stands in.
    std::string table;
    std::string key;
    std::string good;
    /// Lines behind it that it needs.
    std::string after = "";
};

constexpr std::string_view one_fault = "[[fault]]\nwhere = \"npm:*\"\n";
constexpr std::string_view one_limit = "[[limits.api]]\nkind = \"window\"\nlimit = 3\n";

std::vector<Key> top_keys() {
    return {{"", "", "name", "\"x\""},
            {"name = \"x\"\n", "", "description", "\"d\""},
            {"name = \"x\"\n", "", "seed", "7"},
            {"name = \"x\"\n", "", "failures_per_operation", "2"},
            {"name = \"x\"\n", "", "items", "10"},
            {"name = \"x\"\n", "", "page_items", "10"}};
}

std::vector<Key> fault_keys() {
    const std::string name = "name = \"x\"\n";
    const std::string fault(one_fault);
    const std::string fine = "what = { status = 503 }\n";
    std::vector<Key> keys = {
        {name + "[[fault]]\n", "/fault/0", "where", "\"npm:*\"", fine},
        {name + fault, "/fault/0", "what", "{ status = 503 }"},
        {name + fault + fine, "/fault/0", "times", "2"},
        {name + fault + fine, "/fault/0", "ttl", "\"5s\""},
        {name + "[[fault]]\nwhere = \"*:*\"\n" + fine, "/fault/0", "per", "\"provider\""},
        {name + fault + fine, "/fault/0", "when", "{ nth = 2 }"},
        {name + fault + fine + "[fault.when]\n", "/fault/0/when", "first", "2"},
        {name + fault + fine + "[fault.when]\n", "/fault/0/when", "nth", "2"},
        {name + fault + fine + "[fault.when]\n", "/fault/0/when", "every", "2"},
        {name + fault + fine + "[fault.when]\nevery = 3\n", "/fault/0/when", "within", "\"1s\""},
        {name + fault + fine + "[fault.when]\n", "/fault/0/when", "probability", "0.5"},
        {name + fault + fine + "[fault.when]\n", "/fault/0/when", "window", "[\"1s\", \"2s\"]"},
    };
    const std::string what = name + fault + "[fault.what]\n";
    for (const auto& [key, good] : std::vector<std::pair<std::string, std::string>>{
             {"status", "503"},
             {"limit", "\"primary\""},
             {"auth", "\"expire\""},
             {"delay", "\"5ms\""},
             {"reset", "\"mid_body\""},
             {"close", "\"before_request\""},
             {"truncate", "5"},
             {"stall", "{ at = \"body\" }"},
             {"drip", "5"},
             {"framing", "\"stray_bytes\""},
             {"corrupt", "\"bom\""},
             {"drift", "[{ op = \"null\", pointer = \"/id\" }]"},
             {"redirect", "{ to = \"loop\" }"},
             {"page", "\"loop\""},
             {"index_lag", "\"5s\""},
             {"webhook", "\"forge\""}}) {
        keys.push_back({what, "/fault/0/what", key, good});
    }
    for (const auto& [key, good] : std::vector<std::pair<std::string, std::string>>{
             {"headers", "{ x-a = \"b\" }"}, {"retry_after", "\"1s\""}}) {
        keys.push_back({what + "status = 503\n", "/fault/0/what", key, good});
    }
    keys.push_back(
        {what + "limit = \"primary\"\nretry_after = \"1s\"\n", "/fault/0/what", "hold", "true"});
    keys.push_back({what + "[fault.what.stall]\n", "/fault/0/what/stall", "at", "\"body\""});
    keys.push_back(
        {what + "[fault.what.stall]\nat = \"body\"\n", "/fault/0/what/stall", "for", "\"1s\""});
    keys.push_back({what + "[fault.what.redirect]\n", "/fault/0/what/redirect", "to", "\"loop\""});
    keys.push_back({what + "[fault.what.redirect]\nto = \"loop\"\n", "/fault/0/what/redirect",
                    "status", "307"});
    keys.push_back(
        {what + "[fault.what.delay]\n", "/fault/0/what/delay", "uniform", "[\"1ms\", \"2ms\"]"});
    keys.push_back(
        {what + "[fault.what.delay]\n", "/fault/0/what/delay", "lognormal", "[\"1ms\", 0.5]"});
    return keys;
}

std::vector<Key> other_keys() {
    const std::string name = "name = \"x\"\n";
    std::vector<Key> keys = {
        {name + "[[check]]\n", "/check/0", "id", "\"RL-01\""},
        {name + "[[check]]\nid = \"RL-01\"\n", "/check/0", "decides", "true"},
        {name + "[[visitor]]\n", "/visitor/0", "path", "\"/a\""},
        {name + "[kill]\n", "/kill", "count", "2"},
        {name + "[kill]\ncount = 2\n", "/kill", "within", "\"60s\""},
        {name + "[kill]\ncount = 2\n", "/kill", "away", "\"1s\""},
        {name + "[limits.api]\nlimit = 3\n", "/limits/api", "kind", "\"window\""},
        {name + "[limits.api]\nkind = \"window\"\n", "/limits/api", "limit", "3"},
        {name + "[limits.api]\nkind = \"token_bucket\"\nlimit = 3\n", "/limits/api", "burst", "3"},
        {name + "[limits.api]\nkind = \"cost\"\nlimit = 3\n", "/limits/api", "costs",
         "{ get_item = 2 }"},
        {name + "[[webhook]]\nevents = 3\n", "/webhook/0", "from", "\"github\""},
        {name + "[[webhook]]\nfrom = \"github\"\n", "/webhook/0", "events", "3"},
    };
    for (const auto& [key, good] :
         std::vector<std::pair<std::string, std::string>>{{"method", "\"PUT\""},
                                                          {"every", "\"5ms\""},
                                                          {"count", "2"},
                                                          {"after", "\"1s\""},
                                                          {"patience", "\"1s\""}}) {
        keys.push_back(
            {name + "[[visitor]]\npath = \"/a\"\nevery = \"1s\"\n", "/visitor/0", key, good});
    }
    keys[keys.size() - 4].before = name + "[[visitor]]\npath = \"/a\"\n";  // `every` itself
    for (const auto& [key, good] :
         std::vector<std::pair<std::string, std::string>>{{"window", "\"1s\""},
                                                          {"dialect", "\"ietf\""},
                                                          {"name", "\"n\""},
                                                          {"says", "\"secondary\""},
                                                          {"status", "429"},
                                                          {"operations", "[\"get_item\"]"}}) {
        keys.push_back({name + std::string(one_limit), "/limits/api/0", key, good});
    }
    const auto sender = [&](std::string_view from) {
        return fmt::format("{}[[webhook]]\nfrom = \"{}\"\nevents = 3\n", name, from);
    };
    for (const auto* key :
         {"odd", "lost", "duplicate", "twin", "altered", "forged", "unsigned", "stale", "future",
          "redelivered", "reorder", "unknown", "slow", "huge", "lure", "own", "attempts"}) {
        keys.push_back({sender("slack"), "/webhook/0", key, "1"});
    }
    keys.push_back({sender("slack"), "/webhook/0", "path", "\"/hook\""});
    keys.push_back({sender("slack"), "/webhook/0", "every", "\"1s\""});
    keys.push_back({sender("slack"), "/webhook/0", "after", "\"1s\""});
    keys.push_back({sender("slack"), "/webhook/0", "again_after", "\"1s\""});
    keys.push_back({sender("slack"), "/webhook/0", "handshake", "true"});
    keys.push_back({sender("stripe"), "/webhook/0", "rotate", "1"});
    keys.push_back({sender("stripe"), "/webhook/0", "retired", "1"});
    keys.push_back({sender("stripe"), "/webhook/0", "mode", "\"test\""});
    keys.push_back({sender("standard"), "/webhook/0", "signs", "\"v1\""});
    return keys;
}

std::vector<Key> all_keys() {
    auto keys = top_keys();
    std::ranges::copy(fault_keys(), std::back_inserter(keys));
    std::ranges::copy(other_keys(), std::back_inserter(keys));
    return keys;
}

std::size_t lines(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

std::string text_of(const Key& key, std::string_view value) {
    return fmt::format("{}{} = {}\n{}", key.before, key.key, value, key.after);
}

TEST(ScenarioKeys, each_is_taken_with_a_good_value) {
    for (const auto& key : all_keys()) {
        const auto scenario = parse_scenario(text_of(key, key.good));
        EXPECT_TRUE(scenario) << text_of(key, key.good) << scenario.error().to_string();
    }
}

// None of these is good anywhere but in a body, which may be anything.
TEST(ScenarioKeys, each_names_itself_and_its_line_with_a_value_of_another_type) {
    for (const auto& key : all_keys()) {
        for (const auto* wrong :
             {"{ zzz = [] }", "[[[]]]", "-3", "-1.5", "nan", "1e400", "2026-01-01T00:00:00Z",
              "\"\\u0007 \\u0000\"", "99999999999999"}) {
            const auto text = text_of(key, wrong);
            const auto scenario = parse_scenario(text);
            const bool a_string =
                *wrong == '"' || *wrong == 'n' || std::string_view(wrong).starts_with("2026");
            const bool free_text = key.key == "description" || key.key == "name" ||
                                   key.key == "id" || key.key == "method" ||
                                   key.key == "retry_after" || key.key == "where" ||
                                   key.key == "to";
            const bool any_number = key.key == "seed";
            if (scenario && ((free_text && a_string) || (any_number && *wrong == '9'))) {
                continue;
            }
            if (!scenario && !scenario.error().detail().starts_with('/')) {
                continue;  // no TOML, or no JSON: a test of its own
            }
            ASSERT_FALSE(scenario) << text;
            const auto& error = scenario.error();
            EXPECT_THAT(error.detail(), StartsWith(key.table + "/" + key.key)) << text;
            EXPECT_THAT(error.to_string(),
                        HasSubstr(fmt::format("line {}: ", lines(key.before) + 1)))
                << text;
        }
    }
}

TEST(ScenarioKeys, a_name_that_is_not_known_is_named_with_its_line_in_every_table) {
    for (const auto& key : all_keys()) {
        const auto text =
            fmt::format("{}{} = {}\nzzz = 1\n{}", key.before, key.key, key.good, key.after);
        const auto scenario = parse_scenario(text);
        ASSERT_FALSE(scenario) << text;
        EXPECT_EQ(scenario.error().detail(), key.table + "/zzz") << text;
        EXPECT_THAT(scenario.error().to_string(),
                    HasSubstr(fmt::format("line {}: ", lines(key.before) + 2)))
            << text;
        EXPECT_THAT(scenario.error().to_string(), HasSubstr("known here")) << text;
    }
}

TEST(ScenarioKeys, a_table_that_is_no_table_is_named) {
    for (const auto* key : {"fault", "limits", "check", "visitor", "webhook", "kill"}) {
        for (const auto* wrong : {"3", "\"x\"", "[1]", "true"}) {
            const auto text = fmt::format("name = \"x\"\n{} = {}\n", key, wrong);
            const auto scenario = parse_scenario(text);
            ASSERT_FALSE(scenario) << text;
            EXPECT_THAT(scenario.error().detail(), StartsWith(fmt::format("/{}", key))) << text;
            EXPECT_THAT(scenario.error().to_string(), HasSubstr("line 2: ")) << text;
        }
    }
}

TEST(ScenarioKeys, what_is_lacking_is_named_with_the_line_of_its_table) {
    const auto said = [](std::string_view text) {
        const auto scenario = parse_scenario(text);
        return scenario ? std::string("accepted") : scenario.error().to_string();
    };
    EXPECT_THAT(said("name = \"x\"\n\n[[fault]]\nwhat = { status = 503 }\n"),
                HasSubstr("line 3: /fault/0/where"));
    EXPECT_THAT(said("name = \"x\"\n[[check]]\n"), HasSubstr("line 2: /check/0/id"));
    EXPECT_THAT(said("name = \"x\"\n[[visitor]]\n"), HasSubstr("line 2: /visitor/0/path"));
    EXPECT_THAT(said("name = \"x\"\n[[webhook]]\nevents = 1\n"),
                HasSubstr("line 2: /webhook/0/from"));
    EXPECT_THAT(said("name = \"x\"\n[kill]\n"), HasSubstr("line 2: /kill/count"));
    EXPECT_THAT(said("name = \"x\"\n[limits.api]\n"), HasSubstr("line 2: /limits/api/kind"));
}

TEST(ScenarioKeys, text_that_is_no_toml_or_nests_without_end_is_refused) {
    const auto deep = [](std::string_view open, std::string_view close) {
        std::string text = "name = ";
        for (int i = 0; i < 20'000; ++i) {
            text += open;
        }
        for (int i = 0; i < 20'000; ++i) {
            text += close;
        }
        return text;
    };
    std::string dotted = "a";
    std::string header = "[a";
    for (int i = 0; i < 20'000; ++i) {
        dotted += ".a";
        header += ".a";
    }
    const auto long_key = parse_scenario("name = \"a\"\n" + dotted + " = 1\n");
    ASSERT_FALSE(long_key);
    EXPECT_EQ(long_key.error().message(), "line 2: a key has at most 16 parts");
    EXPECT_TRUE(
        parse_scenario("name = \"......................\"  # ......................\n"
                       "description = '''\"......................'''\n"));
    for (const auto& text : {deep("[", "]"), deep("{a=", "}"), dotted + " = 1\n", header + "]\n",
                             std::string("name = \"\xff\"\n"), std::string("name = \"a\0b\"\n", 13),
                             std::string("name = \"\"\"x\n"), std::string("name = 1\nname = 2\n"),
                             std::string("\xff\xfe\0n\0a", 6)}) {
        const auto scenario = parse_scenario(text);
        EXPECT_FALSE(scenario) << text.substr(0, 100);
    }
}

}  // namespace
}  // namespace apilab::sandbox
