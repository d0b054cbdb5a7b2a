#include "apilab/sandbox/internal/utf8.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox::internal {
namespace {

TEST(RepairedUtf8, what_is_no_character_is_replaced_byte_by_byte) {
    EXPECT_EQ(repaired_utf8("a\xC3\xA9\xF0\x9F\x8E\x89"), "a\xC3\xA9\xF0\x9F\x8E\x89");
    const std::string no = "\xEF\xBF\xBD";
    EXPECT_EQ(repaired_utf8("\xFFx\xC3"), no + "x" + no);
    EXPECT_EQ(repaired_utf8("\xC0\xAF"), no + no) << "overlong";
    EXPECT_EQ(repaired_utf8("\xED\xA0\x80"), no + no + no) << "half of a surrogate pair";
    EXPECT_EQ(repaired_utf8("\xF4\x90\x80\x80"), no + no + no + no) << "beyond U+10FFFF";
    EXPECT_EQ(repaired_utf8(""), "");
}

}  // namespace
}  // namespace apilab::sandbox::internal
