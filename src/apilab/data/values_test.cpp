#include "apilab/data/values.hpp"

#include <gtest/gtest.h>

namespace apilab::data {
namespace {

TEST(Decimal, keeps_its_text) {
    for (const auto* text : {"0", "-0", "0.10", "-12.50", "1e3", "1E-7", "123456789012345678901",
                             "0.1000000000000000055511151231257827"}) {
        const auto decimal = Decimal::parse(text);
        ASSERT_TRUE(decimal) << text;
        EXPECT_EQ(decimal->text(), text);
    }
    EXPECT_NE(*Decimal::parse("0.1"), *Decimal::parse("0.10"));
}

TEST(Decimal, refuses_what_is_no_number_of_json) {
    for (const auto* text : {"", "-", "01", ".5", "1.", "1e", "1e+", "+1", "1,5", " 1", "1 ", "NaN",
                             "0x1", "1.2.3", "--1"}) {
        EXPECT_FALSE(Decimal::parse(text)) << text;
    }
    EXPECT_FALSE(Decimal::parse(std::string(65, '1')));
}

TEST(Decimal, in_minor_units_is_exact_or_nothing) {
    const auto scaled = [](std::string_view text, int places) {
        return Decimal::parse(text)->scaled(places);
    };
    EXPECT_EQ(scaled("0.10", 2), 10);
    EXPECT_EQ(scaled("-12.5", 2), -1250);
    EXPECT_EQ(scaled("12.500", 2), 1250) << "zeros are no digits that get lost";
    EXPECT_EQ(scaled("1e3", 0), 1000);
    EXPECT_EQ(scaled("1.5E+1", 0), 15);
    EXPECT_EQ(scaled("0.000", 0), 0);
    EXPECT_EQ(scaled("-0", 2), 0);
    EXPECT_EQ(scaled("9223372036854775807", 0), 9223372036854775807);
    EXPECT_EQ(scaled("-9223372036854775808", 0), INT64_MIN);
    EXPECT_EQ(scaled("9223372036854775808", 0), std::nullopt);
    EXPECT_EQ(scaled("0.105", 2), std::nullopt);
    EXPECT_EQ(scaled("1e99", 0), std::nullopt);
    EXPECT_EQ(scaled("1e-99", 0), std::nullopt);
    EXPECT_EQ(scaled("1e99999999999999999999", 0), std::nullopt);
    EXPECT_EQ(scaled("1e-99999999999999999999", 0), std::nullopt);
}

TEST(UnknownFields, are_found_and_removed_by_name) {
    UnknownFields fields;
    fields.add("a", {"1"});
    fields.add("b", {"2"});
    fields.add("a", {"3"});
    EXPECT_EQ(fields.find("a")->text, "1");
    EXPECT_EQ(fields.find("c"), nullptr);
    fields.remove("a");
    ASSERT_EQ(fields.entries().size(), 1U);
    EXPECT_EQ(fields.entries()[0].name, "b");
}

}  // namespace
}  // namespace apilab::data
