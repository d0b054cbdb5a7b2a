// What each policy does with each kind of drift: the table of docs/explain/decode.md.

#include <gtest/gtest.h>

#include <cstdint>

#include "apilab/data/decode.hpp"
#include "apilab/data/encode.hpp"

namespace apilab::data {
namespace {

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)

struct Label {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Label, (), (name))

struct Issue {
    std::int64_t id = 0;
    std::string title;
    Open<State> state;
    std::optional<std::string> body;
    std::vector<Label> labels;
    std::vector<int> sizes;
    UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(Issue, (), (id, title, state, body, labels, sizes, unknown))

constexpr auto policies = {OnDrift::strict, OnDrift::tolerant, OnDrift::discard_item,
                           OnDrift::discard_value};

/// A list of three, the second as `middle` says. What comes back, written again; or the error.
std::string outcome(std::string_view middle, OnDrift policy) {
    constexpr std::string_view good =
        R"({"id":1,"title":"t","state":"open","body":"b","labels":[],"sizes":[1]})";
    const auto text =
        "[" + std::string(good) + "," + std::string(middle) + "," + std::string(good) + "]";
    const auto decoded = decode<std::vector<Issue>>(text, {.on_drift = policy});
    if (!decoded) {
        return "error " + decoded.error().detail();
    }
    if (decoded->value.size() == 2) {
        return decoded->drift.items_discarded == 1 ? "dropped" : "dropped, not counted";
    }
    EXPECT_EQ(encode(decoded->value.front()), good);
    EXPECT_EQ(encode(decoded->value.back()), good);
    return encode(decoded->value.at(1));
}

struct Row {
    std::string_view drift;
    std::string_view middle;
    std::string_view strict;
    std::string_view tolerant;
    std::string_view discard_item;
    std::string_view discard_value;
};

// In the order of the columns: strict, tolerant, discard_item, discard_value.
const std::vector<Row>& rows() {
    static const std::vector<Row> table{
        {"required member missing", R"({"id":2,"state":"open","labels":[],"sizes":[]})",
         "error /1/title", R"({"id":2,"title":"","state":"open","labels":[],"sizes":[]})",
         "dropped", R"({"id":2,"title":"","state":"open","labels":[],"sizes":[]})"},
        {"required member null", R"({"id":2,"title":null,"state":"open","labels":[],"sizes":[]})",
         "error /1/title", R"({"id":2,"title":null,"state":"open","labels":[],"sizes":[]})",
         "dropped", R"({"id":2,"title":"","state":"open","labels":[],"sizes":[]})"},
        {"required member of another type",
         R"({"id":"2","title":"t","state":"open","labels":[],"sizes":[]})", "error /1/id",
         R"({"id":"2","title":"t","state":"open","labels":[],"sizes":[]})", "dropped",
         R"({"id":0,"title":"t","state":"open","labels":[],"sizes":[]})"},
        {"optional member of another type",
         R"({"id":2,"title":"t","state":"open","body":5,"labels":[],"sizes":[]})", "error /1/body",
         R"({"id":2,"title":"t","state":"open","body":5,"labels":[],"sizes":[]})", "dropped",
         R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[]})"},
        {"integer that lost its precision",
         R"({"id":9.007199254740993e15,"title":"t","state":"open","labels":[],"sizes":[]})",
         "error /1/id",
         R"({"id":9.007199254740993e15,"title":"t","state":"open","labels":[],"sizes":[]})",
         "dropped", R"({"id":0,"title":"t","state":"open","labels":[],"sizes":[]})"},
        {"integer out of range",
         R"({"id":9223372036854775808,"title":"t","state":"open","labels":[],"sizes":[]})",
         "error /1/id",
         R"({"id":9223372036854775808,"title":"t","state":"open","labels":[],"sizes":[]})",
         "dropped", R"({"id":0,"title":"t","state":"open","labels":[],"sizes":[]})"},
        {"value that the enum does not have",
         R"({"id":2,"title":"t","state":"merged","labels":[],"sizes":[]})", "error /1/state",
         R"({"id":2,"title":"t","state":"merged","labels":[],"sizes":[]})",
         R"({"id":2,"title":"t","state":"merged","labels":[],"sizes":[]})",
         R"({"id":2,"title":"t","state":"merged","labels":[],"sizes":[]})"},
        {"new member", R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[],"n":1.0})",
         "error /1/n", R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[],"n":1.0})",
         R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[],"n":1.0})",
         R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[],"n":1.0})"},
        {"member renamed", R"({"id":2,"name":"t","state":"open","labels":[],"sizes":[]})",
         "error /1/name", R"({"id":2,"title":"","state":"open","labels":[],"sizes":[],"name":"t"})",
         "dropped", R"({"id":2,"title":"","state":"open","labels":[],"sizes":[],"name":"t"})"},
        {"member twice",
         R"({"id":2,"title":"t","title":"u","state":"open","labels":[],"sizes":[]})",
         "error /1/title", R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[]})",
         "dropped", R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[]})"},
        {"element of a list of another type",
         R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[1,"x",3]})", "error /1/sizes/1",
         R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[1,0,3]})", "dropped",
         R"({"id":2,"title":"t","state":"open","labels":[],"sizes":[1,3]})"},
        {"struct in a list with drift",
         R"({"id":2,"title":"t","state":"open","labels":[{"name":1},{"name":"a"}],"sizes":[]})",
         "error /1/labels/0/name",
         R"({"id":2,"title":"t","state":"open","labels":[{"name":""},{"name":"a"}],"sizes":[]})",
         "dropped",
         R"({"id":2,"title":"t","state":"open","labels":[{"name":""},{"name":"a"}],"sizes":[]})"},
        {"element that is no struct",
         R"({"id":2,"title":"t","state":"open","labels":[7,{"name":"a"}],"sizes":[]})",
         "error /1/labels/0",
         R"({"id":2,"title":"t","state":"open","labels":[{"name":""},{"name":"a"}],"sizes":[]})",
         "dropped", R"({"id":2,"title":"t","state":"open","labels":[{"name":"a"}],"sizes":[]})"},
        {"item that is no struct", "7", "error /1",
         R"({"id":0,"title":"","state":"open","labels":[],"sizes":[]})", "dropped", "left out"},
    };
    return table;
}

TEST(DecodePolicies, do_with_each_drift_what_they_declare) {
    for (const Row& row : rows()) {
        for (const auto policy : policies) {
            auto wanted = policy == OnDrift::strict         ? row.strict
                          : policy == OnDrift::tolerant     ? row.tolerant
                          : policy == OnDrift::discard_item ? row.discard_item
                                                            : row.discard_value;
            wanted = wanted == "left out" ? "dropped, not counted" : wanted;
            EXPECT_EQ(outcome(row.middle, policy), wanted)
                << row.drift << ", " << to_string(policy);
        }
    }
}

struct Page {
    bool has_more = false;
    std::vector<Issue> data;
};
BOOST_DESCRIBE_STRUCT(Page, (), (has_more, data))

TEST(DecodePolicies, an_item_is_an_element_of_the_outermost_list) {
    const auto decoded =
        decode<Page>(R"({"has_more":true,"data":[{"id":1},{"id":2,"title":"t","state":"open",)"
                     R"("labels":[],"sizes":[]}]})",
                     {.on_drift = OnDrift::discard_item});
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    ASSERT_EQ(decoded->value.data.size(), 1U);
    EXPECT_EQ(decoded->value.data[0].id, 2);
    EXPECT_EQ(decoded->drift.items_discarded, 1U);
}

TEST(DecodePolicies, drift_outside_of_every_item_discards_the_document) {
    const auto failed = decode<Page>(R"({"data":[]})", {.on_drift = OnDrift::discard_item});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message(), "/has_more: missing, expected true or false");
    EXPECT_EQ(failed.error().detail(), "/has_more");
}

struct Money {
    std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(Money, (), (amount))
struct Row2 {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Row2, (), (name))
struct Order {
    std::string id;
    std::vector<Row2> rows;
    std::optional<Row2> first;
    std::optional<Money> paid;
};
BOOST_DESCRIBE_STRUCT(Order, (), (id, rows, first, paid))
struct Holder {
    Row2 row;
    std::string id;
};
BOOST_DESCRIBE_STRUCT(Holder, (), (row, id))

}  // namespace

template <>
struct Model<Money> {
    static constexpr auto on_drift = OnDrift::strict;
};
template <>
struct Model<Row2> {
    static constexpr auto on_drift = OnDrift::discard_item;
};

namespace {

TEST(DecodePolicies, of_a_model_hold_for_its_values_only) {
    const auto decoded = decode<Order>(
        R"({"id":5,"rows":[{"name":"a"},{"name":1},{}],"first":{},"paid":{"amount":1}})");
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(decoded->value.id, "") << "the order is tolerant";
    ASSERT_EQ(decoded->value.rows.size(), 1U);
    EXPECT_FALSE(decoded->value.first);
    const auto failed = decode<Order>(R"({"id":5,"rows":[],"paid":{"amount":"1"}})");
    ASSERT_FALSE(failed) << "money is strict";
    EXPECT_EQ(failed.error().detail(), "/paid/amount");
}

TEST(DecodePolicies, a_discarded_value_that_has_to_be_there_is_drift_of_its_holder) {
    constexpr std::string_view text = R"([{"row":{},"id":"a"},{"row":{"name":"n"},"id":"b"}])";
    const auto tolerant = decode<std::vector<Holder>>(text);
    ASSERT_TRUE(tolerant);
    EXPECT_EQ(tolerant->value.size(), 2U);
    EXPECT_EQ(tolerant->value[0].row.name, "");
    const auto over = decode<std::vector<Holder>>(text, {.on_drift = OnDrift::tolerant});
    EXPECT_EQ(over->value.size(), 2U);
    const auto dropped = decode<std::vector<Holder>>(text, {.on_drift = OnDrift::discard_item});
    ASSERT_TRUE(dropped);
    ASSERT_EQ(dropped->value.size(), 1U);
    EXPECT_EQ(dropped->value[0].id, "b");
}

TEST(DecodePolicies, of_a_call_hold_for_every_model) {
    const auto decoded = decode<Order>(R"({"id":"5","rows":[{}],"paid":{"amount":"1"}})",
                                       {.on_drift = OnDrift::tolerant});
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(decoded->value.rows.size(), 1U);
    EXPECT_TRUE(decoded->value.paid);
}

}  // namespace
}  // namespace apilab::data
