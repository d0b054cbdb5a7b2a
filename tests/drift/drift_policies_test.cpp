// Every way in which the sandbox lets an answer drift, decoded under every policy: what comes out
// is what docs/explain/decode.md declares.

#include <gtest/gtest.h>

#include <cstdint>

#include "apilab/data/decode.hpp"
#include "apilab/data/encode.hpp"
#include "apilab/sandbox/drift.hpp"

namespace apilab::data {
namespace {

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)
struct User {
    std::string login;
};
BOOST_DESCRIBE_STRUCT(User, (), (login))
struct Issue {
    std::int64_t id = 0;
    std::string title;
    Open<State> state;
    User user;
    std::optional<std::string> body;
    UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(Issue, (), (id, title, state, user, body, unknown))

constexpr std::string_view page =
    R"([{"id":9007199254740993,"title":"a","state":"open","user":{"login":"ada"},"body":"x"},)"
    R"({"id":9007199254740995,"title":"b","state":"closed","user":{"login":"bob"},"body":"y"}])";
/// The second item, which never drifts.
constexpr std::string_view untouched =
    R"({"id":9007199254740995,"title":"b","state":"closed","user":{"login":"bob"},"body":"y"})";

struct Row {
    /// As in a scenario; it meets the first item.
    std::string_view drift;
    DriftKind kind;
    /// What is left of the first item under each policy; `error` or `dropped`.
    std::string_view strict;
    std::string_view tolerant;
    std::string_view discard_item;
    std::string_view discard_value;
};

const std::vector<Row>& rows() {
    static const std::vector<Row> table{
        {R"({"op":"remove","pointer":"/0/title"})", DriftKind::missing, "error /0/title",
         R"({"id":9007199254740993,"title":"","state":"open","user":{"login":"ada"},"body":"x"})",
         "dropped",
         R"({"id":9007199254740993,"title":"","state":"open","user":{"login":"ada"},"body":"x"})"},
        {R"({"op":"remove","pointer":"/0/user"})", DriftKind::missing, "error /0/user",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":""},"body":"x"})",
         "dropped",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":""},"body":"x"})"},
        {R"({"op":"null","pointer":"/0/title"})", DriftKind::null, "error /0/title",
         R"({"id":9007199254740993,"title":null,"state":"open","user":{"login":"ada"},"body":"x"})",
         "dropped",
         R"({"id":9007199254740993,"title":"","state":"open","user":{"login":"ada"},"body":"x"})"},
        {R"({"op":"null","pointer":"/0/user/login"})", DriftKind::null, "error /0/user/login",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":""},"body":"x"})",
         "dropped",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":""},"body":"x"})"},
        {R"({"op":"retype","pointer":"/0/id"})", DriftKind::wrong_type, "error /0/id",
         R"({"id":"9007199254740993","title":"a","state":"open","user":{"login":"ada"},"body":"x"})",
         "dropped", R"({"id":0,"title":"a","state":"open","user":{"login":"ada"},"body":"x"})"},
        {R"({"op":"retype","pointer":"/0/body"})", DriftKind::wrong_type, "error /0/body",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":"ada"},"body":1})",
         "dropped", R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":"ada"}})"},
        {R"({"op":"retype","pointer":"/0/id","to":9007199254740992.0})", DriftKind::wrong_type,
         "error /0/id",
         R"({"id":9.007199254740992E15,"title":"a","state":"open","user":{"login":"ada"},"body":"x"})",
         "dropped", R"({"id":0,"title":"a","state":"open","user":{"login":"ada"},"body":"x"})"},
        {R"({"op":"add","pointer":"/0/priority","to":{"level":1}})", DriftKind::new_field,
         "error /0/priority",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":"ada"},"body":"x",)"
         R"("priority":{"level":1}})",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":"ada"},"body":"x",)"
         R"("priority":{"level":1}})",
         R"({"id":9007199254740993,"title":"a","state":"open","user":{"login":"ada"},"body":"x",)"
         R"("priority":{"level":1}})"},
        {R"({"op":"enum","pointer":"/0/state","to":"snoozed"})", DriftKind::unknown_enum,
         "error /0/state",
         R"({"id":9007199254740993,"title":"a","state":"snoozed","user":{"login":"ada"},"body":"x"})",
         R"({"id":9007199254740993,"title":"a","state":"snoozed","user":{"login":"ada"},"body":"x"})",
         R"({"id":9007199254740993,"title":"a","state":"snoozed","user":{"login":"ada"},"body":"x"})"},
        {R"({"op":"rename","pointer":"/0/title","to":"name"})", DriftKind::missing, "error /0/name",
         R"({"id":9007199254740993,"title":"","state":"open","user":{"login":"ada"},"body":"x",)"
         R"("name":"a"})",
         "dropped",
         R"({"id":9007199254740993,"title":"","state":"open","user":{"login":"ada"},"body":"x",)"
         R"("name":"a"})"},
        {R"({"op":"precision","pointer":"/0/id","to":"18446744073709551615"})",
         DriftKind::out_of_range, "error /0/id",
         R"({"id":18446744073709551615,"title":"a","state":"open","user":{"login":"ada"},"body":"x"})",
         "dropped", R"({"id":0,"title":"a","state":"open","user":{"login":"ada"},"body":"x"})"},
    };
    return table;
}

std::string outcome(const std::string& body, OnDrift policy, DriftKind kind) {
    const auto decoded = decode<std::vector<Issue>>(body, {.on_drift = policy});
    if (!decoded) {
        return "error " + decoded.error().detail();
    }
    EXPECT_EQ(decoded->drift.count(kind), 1U);
    EXPECT_EQ(encode(decoded->value.back()), untouched);
    if (decoded->value.size() == 1) {
        EXPECT_EQ(decoded->drift.items_discarded, 1U);
        return "dropped";
    }
    return encode(decoded->value.front());
}

TEST(SandboxDrift, comes_out_of_each_policy_as_declared) {
    for (const Row& row : rows()) {
        const auto json = http::JsonDocument::parse("[" + std::string(row.drift) + "]");
        const auto drift = sandbox::parse_drift(json->root(), "/drift");
        ASSERT_TRUE(drift) << drift.error().to_string();
        const auto drifted = sandbox::apply_drift(page, *drift);
        ASSERT_TRUE(drifted) << row.drift;
        const auto of = [&](OnDrift policy) { return outcome(drifted->body, policy, row.kind); };
        EXPECT_EQ(of(OnDrift::strict), row.strict) << row.drift;
        EXPECT_EQ(of(OnDrift::tolerant), row.tolerant) << row.drift;
        EXPECT_EQ(of(OnDrift::discard_item), row.discard_item) << row.drift;
        EXPECT_EQ(of(OnDrift::discard_value), row.discard_value) << row.drift;
    }
}

TEST(SandboxDrift, a_number_that_nothing_holds_is_an_error_under_every_policy) {
    const auto json =
        http::JsonDocument::parse(R"([{"op":"precision","pointer":"/0/id","to":"1e400"}])");
    const auto drifted = sandbox::apply_drift(page, *sandbox::parse_drift(json->root(), "/drift"));
    ASSERT_TRUE(drifted);
    for (const auto policy :
         {OnDrift::strict, OnDrift::tolerant, OnDrift::discard_item, OnDrift::discard_value}) {
        const auto decoded = decode<std::vector<Issue>>(drifted->body, {.on_drift = policy});
        ASSERT_FALSE(decoded) << "a part of it would look like an answer";
        EXPECT_EQ(decoded.error().kind(), ErrorKind::decode);
    }
}

TEST(SandboxDrift, in_every_item_discards_every_item) {
    const auto json = http::JsonDocument::parse(R"([{"op":"remove","pointer":"/*/id"}])");
    const auto drifted = sandbox::apply_drift(page, *sandbox::parse_drift(json->root(), "/drift"));
    ASSERT_TRUE(drifted);
    const auto decoded =
        decode<std::vector<Issue>>(drifted->body, {.on_drift = OnDrift::discard_item});
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->value.empty());
    EXPECT_EQ(decoded->drift.items_discarded, 2U);
    ASSERT_EQ(decoded->drift.entries.size(), 1U);
    EXPECT_EQ(decoded->drift.entries[0].pattern, "/*/id");
    EXPECT_EQ(decoded->drift.entries[0].times, 2U);
}

}  // namespace
}  // namespace apilab::data
