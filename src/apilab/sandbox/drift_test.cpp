#include "apilab/sandbox/drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/sandbox/fault.hpp"
#include "apilab/sandbox/internal/test_world.hpp"

namespace apilab::sandbox {
namespace {

using internal::World;
using ::testing::HasSubstr;

Result<Fault> with_drift(std::string_view drift) {
    return parse_fault_text(R"({"where":"things:*","what":{"drift":)" + std::string(drift) + "}}");
}
std::string drifted(std::string_view drift, std::string_view body) {
    const auto fault = with_drift(drift);
    EXPECT_TRUE(fault) << fault.error().to_string();
    const auto result = apply_drift(body, fault->what.drift);
    return result ? result->body : "untouched";
}

TEST(Drift, each_operation_does_what_it_is_called) {
    const std::string body = R"({"a":"x","n":1})";
    EXPECT_EQ(drifted(R"([{"op":"remove","pointer":"/a"}])", body), R"({"n":1})");
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/a"}])", body), R"({"a":null,"n":1})");
    EXPECT_EQ(drifted(R"([{"op":"retype","pointer":"/a"}])", body), R"({"a":1,"n":1})");
    EXPECT_EQ(drifted(R"([{"op":"retype","pointer":"/n"}])", body), R"({"a":"x","n":"1"})");
    EXPECT_EQ(drifted(R"([{"op":"retype","pointer":"/a","to":["x"]}])", body),
              R"({"a":["x"],"n":1})");
    EXPECT_EQ(drifted(R"([{"op":"add","pointer":"/b"}])", body), R"({"a":"x","n":1,"b":"new"})");
    EXPECT_EQ(drifted(R"([{"op":"enum","pointer":"/a","to":"y"}])", body), R"({"a":"y","n":1})");
    EXPECT_EQ(drifted(R"([{"op":"rename","pointer":"/a"}])", body), R"({"n":1,"a_new":"x"})");
    EXPECT_EQ(drifted(R"([{"op":"rename","pointer":"/a","to":"b"}])", body), R"({"n":1,"b":"x"})");
}

TEST(Drift, digits_beyond_every_number_type_are_sent_as_they_stand) {
    const std::string body = R"({"a":"x","n":1,"f":0.5})";
    EXPECT_EQ(drifted(R"([{"op":"precision","pointer":"/n"}])", body),
              R"({"a":"x","n":9007199254740993,"f":5E-1})");
    EXPECT_EQ(drifted(R"([{"op":"precision","pointer":"/f"}])", body),
              R"({"a":"x","n":1,"f":0.1234567890123456789012})");
    EXPECT_EQ(drifted(R"([{"op":"precision","pointer":"/n","to":"92233720368547758089"}])", body),
              R"({"a":"x","n":92233720368547758089,"f":5E-1})");
    EXPECT_EQ(drifted(R"([{"op":"precision","pointer":"/n","to":"-1e400"}])", R"({"n":1})"),
              R"({"n":-1e400})");
    EXPECT_EQ(drifted(R"([{"op":"precision","pointer":"/a"}])", body), "untouched");
}

TEST(Drift, a_pointer_goes_through_arrays_and_a_star_is_every_element) {
    const std::string body = R"([{"a":1},{"a":2}])";
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/1/a"}])", body), R"([{"a":1},{"a":null}])");
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/*/a"}])", body), R"([{"a":null},{"a":null}])");
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/a~1b"}])", R"({"a/b":1})"), R"({"a/b":null})");
}

TEST(Drift, what_has_no_place_changes_nothing) {
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/z"}])", R"({"a":1})"), "untouched");
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/9/a"}])", R"([{"a":1}])"), "untouched");
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/a/b"}])", R"({"a":1})"), "untouched");
    EXPECT_EQ(drifted(R"([{"op":"null","pointer":"/a"}])", "no json"), "untouched");
}

TEST(Drift, a_mistake_in_a_fault_is_named) {
    const auto detail = [](std::string_view drift) { return with_drift(drift).error().detail(); };
    EXPECT_EQ(detail("[]"), "/what/drift");
    EXPECT_EQ(detail(R"([{"op":"melt","pointer":"/a"}])"), "/what/drift/0/op");
    EXPECT_EQ(detail(R"([{"op":"null","pointer":"a"}])"), "/what/drift/0/pointer");
    EXPECT_EQ(detail(R"([{"op":"null","pointer":"/a","to":1}])"), "/what/drift/0/to");
    EXPECT_EQ(detail(R"([{"op":"rename","pointer":"/a","to":1}])"), "/what/drift/0/to");
    EXPECT_EQ(detail(R"([{"op":"precision","pointer":"/a","to":"1}"}])"), "/what/drift/0/to");
    const auto refused = parse_fault_text(
        R"({"where":"a:*","what":{"status":503,"drift":[{"op":"null","pointer":"/a"}]}})");
    EXPECT_EQ(refused.error().detail(), "/what/drift");
}

TEST(Drift, the_row_says_what_found_its_place) {
    World world(
        "name = \"x\"\n[[fault]]\nwhere = \"things:get_item\"\n"
        "what = { drift = [{ op = \"null\", pointer = \"/operation\" }, { op = \"enum\", "
        "pointer = \"/none\" }] }\n");
    const auto seen = world.get("/things/items/a");
    EXPECT_EQ(seen.status, 200);
    EXPECT_THAT(seen.body, HasSubstr("\"operation\":null"));
    ASSERT_EQ(world.rows().size(), 1U);
    EXPECT_EQ(world.rows()[0].facts.at("drift"), "null");
    EXPECT_EQ(world.rows()[0].faults.at(0).kind, "drift");
    EXPECT_EQ(world.get("/things/items/missing").status, 404) << "a refusal does not drift";
}

}  // namespace
}  // namespace apilab::sandbox
