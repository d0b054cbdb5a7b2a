#include "apilab/base/ascii.hpp"

#include <gtest/gtest.h>

namespace apilab {
namespace {

TEST(Ascii, only_the_26_letters_have_a_lower_case) {
    int changed = 0;
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (ascii_lower(c) != c) {
            ++changed;
            EXPECT_TRUE(c >= 'A' && c <= 'Z') << byte;
        }
    }
    EXPECT_EQ(changed, 26);
    EXPECT_EQ(ascii_lowered("ETag-\xC3\x84 [Z]"), "etag-\xC3\x84 [z]");
}

TEST(Ascii, letters_and_digits_are_62_bytes) {
    int alnum = 0;
    int digits = 0;
    for (int byte = 0; byte < 256; ++byte) {
        alnum += ascii_alnum(static_cast<char>(byte)) ? 1 : 0;
        digits += ascii_digit(static_cast<char>(byte)) ? 1 : 0;
    }
    EXPECT_EQ(alnum, 62);
    EXPECT_EQ(digits, 10);
    EXPECT_FALSE(ascii_alnum('@'));
    EXPECT_FALSE(ascii_alnum('['));
}

}  // namespace
}  // namespace apilab
