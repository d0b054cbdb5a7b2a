#include "apilab/data/encode.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "apilab/data/decode.hpp"

namespace apilab::data {
namespace {

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)

struct Invoice {
    std::uint64_t id = 0;
    std::int64_t balance = 0;
    Open<State> state;
    Decimal total;
    Decimal tax;
    std::optional<std::string> note;
    Nullable<std::string> body;
    Field<int> due;
    SystemTime made;
    std::vector<double> shares;
    std::map<std::string, bool> flags;
    UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(Invoice, (),
                      (id, balance, state, total, tax, note, body, due, made, shares, flags,
                       unknown))

Invoice read(std::string_view text) {
    auto decoded = decode<Invoice>(text);
    EXPECT_TRUE(decoded) << decoded.error().to_string();
    return decoded ? decoded->value : Invoice();
}

constexpr std::string_view invoice =
    R"({"id":18446744073709551615,"balance":-9223372036854775808,"state":"disputed",)"
    R"("total":0.10,"tax":"1.00","body":null,"due":null,"made":"2026-11-22T10:00:00.25Z",)"
    R"("shares":[0.1,-5e-324],"flags":{"a":true},"later":{"rate":1.50,"n":9007199254740993},"x":"y"})";

TEST(Encode, what_was_read_is_written_back_unchanged) {
    EXPECT_EQ(encode(read(invoice)), invoice);
}

TEST(Encode, an_absent_field_is_not_written_and_null_is) {
    Invoice value;
    EXPECT_FALSE(encode(value).contains("due"));
    EXPECT_FALSE(encode(value).contains("note"));
    EXPECT_TRUE(encode(value).contains(R"("body":null)"));
    value.due = Field<int>::null();
    EXPECT_TRUE(encode(value).contains(R"("due":null)"));
    value.due = 5;
    value.note = "n";
    EXPECT_TRUE(encode(value).contains(R"("note":"n","body":null,"due":5)"));
}

TEST(Encode, a_member_that_was_not_usable_is_written_as_it_came) {
    std::string drifted(invoice);
    drifted.replace(drifted.find("18446744073709551615"), 20, R"({"new":"form"})");
    auto value = read(drifted);
    EXPECT_EQ(value.id, 0U);
    EXPECT_EQ(encode(value), drifted);
    value.id = 7;
    EXPECT_TRUE(encode(value).starts_with(R"({"id":7,"balance")")) << "what was set since counts";
    EXPECT_FALSE(encode(value).contains("form"));
}

TEST(Encode, what_a_policy_discards_is_not_written_back) {
    const auto decoded =
        decode<Invoice>(R"({"note":5,"flags":{"a":1}})", {.on_drift = OnDrift::discard_value});
    ASSERT_TRUE(decoded);
    EXPECT_FALSE(encode(decoded->value).contains("note"));
    EXPECT_TRUE(encode(decoded->value).contains(R"("flags":{})"));
}

TEST(Encode, numbers_that_json_does_not_have_are_null) {
    EXPECT_EQ(encode(std::vector<double>{-0.0}), "[-0.0]");
    EXPECT_EQ(encode(std::vector<double>{NAN, INFINITY, 1, 0.1, 1e300}),
              "[null,null,1,0.1,1e+300]");
}

TEST(Encode, strings_are_escaped) {
    EXPECT_EQ(encode(std::map<std::string, std::string>{{"a\"", "\n\x01"}}),
              R"({"a\"":"\n\u0001"})");
    EXPECT_EQ(encode(std::vector<bool>{true, false}), "[true,false]");
    EXPECT_EQ(encode(static_cast<State>(9)), "null");
}

}  // namespace
}  // namespace apilab::data
