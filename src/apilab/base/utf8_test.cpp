#include "apilab/base/utf8.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace apilab {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, is_every_character_that_unicode_has) {
    for (const auto text :
         {""sv, "plain"sv, "\0"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv,
          "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv,
          "\xF4\x8F\xBF\xBF"sv, "f\xC3\xBC\xC3\xBCr \xE2\x82\xAC 5"sv}) {
        EXPECT_TRUE(valid_utf8(text)) << text;
    }
}

TEST(Utf8, is_nothing_that_is_too_long_cut_off_or_no_character) {
    for (const auto text : {
             "\x80"sv,  // a continuation alone
             "\xC0\x80"sv,
             "\xC1\xBF"sv,          // one byte written as two
             "\xE0\x9F\xBF"sv,      // two written as three
             "\xF0\x8F\xBF\xBF"sv,  // three written as four
             "\xED\xA0\x80"sv,
             "\xED\xBF\xBF"sv,  // surrogates
             "\xF4\x90\x80\x80"sv,
             "\xF5\x80\x80\x80"sv,
             "\xFF"sv,  // above U+10FFFF
             "\xC3"sv,
             "\xE2\x82"sv,
             "\xF0\x90\x80"sv,  // cut off
             "\xC3("sv,
             "\xE2(\x82"sv,
             "\xF0\x90\x80("sv,  // interrupted
             "good\xC3"sv,
         }) {
        EXPECT_FALSE(valid_utf8(text)) << text;
    }
}

}  // namespace
}  // namespace apilab
