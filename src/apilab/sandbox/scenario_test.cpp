#include "apilab/sandbox/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/base/file.hpp"
#include "apilab/sandbox/internal/embedded.hpp"

namespace apilab::sandbox {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

TEST(Scenario, reads_a_file) {
    const auto scenario = parse_scenario(R"(
name = "one"
description = "d"
seed = 7
failures_per_operation = 2
[[fault]]
where = "npm:*"
what = { status = 503, retry_after = "1s", headers = { x-a = "b" } }
when = { nth = 2 }
times = 1
[[fault]]
where = "npm:GET *"
what.delay.uniform = ["1ms", "2ms"]
[[check]]
id = "RL-01"
decides = true
)");
    ASSERT_TRUE(scenario) << scenario.error().to_string();
    EXPECT_EQ(scenario->name, "one");
    EXPECT_EQ(scenario->seed, 7U);
    EXPECT_EQ(scenario->failures_per_operation, 2U);
    ASSERT_EQ(scenario->faults.size(), 2U);
    EXPECT_EQ(scenario->faults[0].what.headers.value("x-a"), "b");
    EXPECT_EQ(scenario->faults[1].what.delay->kind, FaultDelay::Kind::uniform);
    ASSERT_EQ(scenario->checks.size(), 1U);
    EXPECT_TRUE(scenario->checks[0].decides);
}

TEST(Scenario, a_fault_reads_the_same_from_toml_and_from_json) {
    const auto toml = parse_scenario(
        "name=\"x\"\n[[fault]]\nwhere = \"a:*\"\n"
        "what = { status = 429, body = { n = [1, true, 2.5] } }\nwhen = { every = 3 }\n");
    const auto json = parse_fault_text(
        R"({"where":"a:*","what":{"status":429,"body":{"n":[1,true,2.5]}},"when":{"every":3}})");
    ASSERT_TRUE(toml) << toml.error().to_string();
    ASSERT_TRUE(json);
    EXPECT_EQ(toml->faults[0].what.body, json->what.body);
    EXPECT_EQ(toml->faults[0].when_text, json->when_text);
}

TEST(Scenario, an_error_names_the_place) {
    const auto detail = [](std::string_view toml) {
        const auto scenario = parse_scenario(toml);
        return scenario ? std::string("accepted") : scenario.error().detail();
    };
    EXPECT_EQ(detail(""), "/name");
    EXPECT_EQ(detail("name = \"a\"\nfault = 3"), "/fault");
    EXPECT_EQ(detail("name = \"a\"\nlimtis = 3"), "/limtis");
    EXPECT_EQ(detail("name = \"a\"\nseed = -1"), "/seed");
    EXPECT_EQ(detail("name = \"a\"\n\n[[fault]\n"), "line 3");
    EXPECT_EQ(detail("name = \"a\"\n[[fault]]\nwhere = \"a:*\"\nwhat = { status = 503 }\n"
                     "when = { nth = 0 }"),
              "/fault/0/when/nth");
    EXPECT_EQ(detail("name = \"a\"\n[[check]]\nidd = \"x\""), "/check/0/idd");
    EXPECT_EQ(parse_scenario(std::string((std::size_t{1} << 20U) + 1, '#')).error().kind(),
              ErrorKind::too_large);
}

TEST(Scenario, every_built_in_can_be_read_and_bears_its_own_name) {
    ASSERT_FALSE(internal::embedded_scenarios().empty());
    for (const auto& file : internal::embedded_scenarios()) {
        const auto scenario = parse_scenario(file.bytes);
        ASSERT_TRUE(scenario) << file.name << ": " << scenario.error().to_string();
        EXPECT_EQ(scenario->name + ".toml", file.name);
        EXPECT_FALSE(scenario->description.empty()) << file.name;
    }
    for (const auto* name : {"none", "flaky", "rate-limited", "outage-30s"}) {
        EXPECT_THAT(built_in_scenarios(), Contains(Field(&ScenarioInfo::name, name)));
    }
}

TEST(Scenario, an_unknown_name_lists_those_there_are) {
    const auto scenario = load_scenario("flakey");
    ASSERT_FALSE(scenario);
    EXPECT_THAT(scenario.error().remedy(), HasSubstr("flaky, "));
}

TEST(Scenario, loads_a_file_by_path_and_names_it_in_errors) {
    const auto path = testing::TempDir() + "scenario_test.toml";
    ASSERT_TRUE(write_file_atomically(path, "name = \"mine\""));
    const auto scenario = load_scenario(path);
    ASSERT_TRUE(scenario);
    EXPECT_EQ(scenario->name, "mine");
    ASSERT_TRUE(write_file_atomically(path, "name = 3"));
    EXPECT_THAT(load_scenario(path).error().to_string(), HasSubstr("scenario_test.toml"));
    EXPECT_THAT(load_scenario("no/such.toml").error().message(), HasSubstr("no such file"));
}

}  // namespace
}  // namespace apilab::sandbox
