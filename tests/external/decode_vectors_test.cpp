// JSON written to trip parsers (APILAB_DATA/standards/json-parsing and json-transform), through
// decode: what is refused, and what becomes of duplicate keys, odd keys and numbers at the edge.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "apilab/data/decode.hpp"
#include "apilab/data/encode.hpp"
#include "external_data.hpp"

namespace apilab::data {
namespace {

using external::files_in;
using external::text_of;

/// The file is read, or refused; and why.
const std::map<std::string, std::string_view, std::less<>>& choices() {
    static const std::map<std::string, std::string_view, std::less<>> table{
        // Beyond every double: refused, not rounded to infinity.
        {"i_number_huge_exp.json", "refused"},
        {"i_number_neg_int_huge_exp.json", "refused"},
        {"i_number_pos_double_huge_exp.json", "refused"},
        {"i_number_real_neg_overflow.json", "refused"},
        {"i_number_real_pos_overflow.json", "refused"},
        // Below every double: zero, as IEEE 754 rounds.
        {"i_number_double_huge_neg_exp.json", "read"},
        {"i_number_real_underflow.json", "read"},
        // Integers beyond 64 bits: refused, not rounded.
        {"i_number_too_big_neg_int.json", "refused"},
        {"i_number_too_big_pos_int.json", "refused"},
        {"i_number_very_big_negative_int.json", "refused"},
        // Half a surrogate pair is no text.
        {"i_object_key_lone_2nd_surrogate.json", "refused"},
        {"i_string_1st_surrogate_but_2nd_missing.json", "refused"},
        {"i_string_1st_valid_surrogate_2nd_invalid.json", "refused"},
        {"i_string_incomplete_surrogate_and_escape_valid.json", "refused"},
        {"i_string_incomplete_surrogate_pair.json", "refused"},
        {"i_string_incomplete_surrogates_escape_valid.json", "refused"},
        {"i_string_invalid_lonely_surrogate.json", "refused"},
        {"i_string_invalid_surrogate.json", "refused"},
        {"i_string_inverted_surrogates_U+1D11E.json", "refused"},
        {"i_string_lone_second_surrogate.json", "refused"},
        // Other encodings, and broken UTF-8.
        {"i_string_UTF-16LE_with_BOM.json", "refused"},
        {"i_string_UTF-8_invalid_sequence.json", "refused"},
        {"i_string_UTF8_surrogate_U+D800.json", "refused"},
        {"i_string_invalid_utf-8.json", "refused"},
        {"i_string_iso_latin_1.json", "refused"},
        {"i_string_lone_utf8_continuation_byte.json", "refused"},
        {"i_string_not_in_unicode_range.json", "refused"},
        {"i_string_overlong_sequence_2_bytes.json", "refused"},
        {"i_string_overlong_sequence_6_bytes.json", "refused"},
        {"i_string_overlong_sequence_6_bytes_null.json", "refused"},
        {"i_string_truncated-utf-8.json", "refused"},
        {"i_string_utf16BE_no_BOM.json", "refused"},
        {"i_string_utf16LE_no_BOM.json", "refused"},
        // Deeper than the limit of 256.
        {"i_structure_500_nested_arrays.json", "refused"},
        // A byte order mark is skipped.
        {"i_structure_UTF-8_BOM_empty_object.json", "read"},
    };
    return table;
}

TEST(DecodeVectors, are_read_or_refused_as_declared) {
    const auto files = files_in("standards/json-parsing");
    APILAB_SKIP_WITHOUT(files);
    for (const auto& file : files) {
        const auto name = file.filename().string();
        const auto decoded = decode<RawJson>(text_of(file));
        if (name.starts_with("i_")) {
            const auto choice = choices().find(name);
            ASSERT_NE(choice, choices().end()) << name << " is not declared";
            EXPECT_EQ(decoded.has_value(), choice->second == "read") << name;
        } else {
            EXPECT_EQ(decoded.has_value(), name.starts_with("y_")) << name;
        }
        if (decoded) {
            // What is kept raw reads back as the same, number by number.
            const auto again = decode<RawJson>(encode(decoded->value));
            ASSERT_TRUE(again) << name;
            EXPECT_EQ(again->value, decoded->value) << name;
        }
    }
}

TEST(DecodeVectors, numbers_keep_their_text_and_odd_keys_stay_apart) {
    const auto files = files_in("standards/json-transform");
    APILAB_SKIP_WITHOUT(files);
    std::size_t numbers = 0;
    std::size_t objects = 0;
    for (const auto& file : files) {
        const auto name = file.filename().string();
        const auto text = text_of(file);
        if (name.starts_with("number_")) {
            ++numbers;
            const auto decimals = decode<std::vector<Decimal>>(text);
            ASSERT_TRUE(decimals) << name;
            EXPECT_TRUE(decimals->drift.none()) << name;
            const auto said = text.substr(1, text.rfind(']') - 1);
            EXPECT_EQ(decimals->value.at(0).text(), said);
            EXPECT_EQ(encode(decimals->value), "[" + said + "]");
            const bool whole = said.find_first_not_of("-0123456789") == std::string::npos;
            const auto integers = decode<std::vector<std::int64_t>>(text);
            ASSERT_TRUE(integers);
            const bool fits = whole && said.size() < 20;
            EXPECT_EQ(integers->drift.none(), fits) << name << ": 1.0 and 1e6 are no integers";
        } else if (name.starts_with("object_same_key")) {
            ++objects;
            const auto map = decode<std::map<std::string, RawJson>>(text);
            ASSERT_TRUE(map) << name;
            EXPECT_EQ(map->value.size(), 1U) << "the first counts";
            EXPECT_EQ(map->drift.count(DriftKind::duplicate_key), 1U) << name;
            EXPECT_FALSE(
                (decode<std::map<std::string, RawJson>>(text, {.on_drift = OnDrift::strict})));
        } else if (name.starts_with("object_")) {
            ++objects;
            const auto map = decode<std::map<std::string, RawJson>>(text);
            ASSERT_TRUE(map) << name;
            EXPECT_EQ(map->value.size(), 2U) << "two spellings of one letter are two keys";
        } else if (name.contains("invalid_codepoint")) {
            EXPECT_FALSE(decode<RawJson>(text)) << name;
        }
    }
    EXPECT_GE(numbers, 5U);
    EXPECT_GE(objects, 2U);
}

}  // namespace
}  // namespace apilab::data
