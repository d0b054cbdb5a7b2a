#include "apilab/work/hmac.hpp"

#include <gtest/gtest.h>

namespace apilab::work {
namespace {

// RFC 4231, test cases 1, 2 and 6.
TEST(Hmac, agrees_with_the_vectors_of_rfc_4231) {
    EXPECT_EQ(hmac_sha256_hex(Secret(std::string(20, '\x0b')), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hmac_sha256_hex(Secret("Jefe"), "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hmac_sha256_hex(Secret(std::string(131, '\xaa')),
                              "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, an_empty_key_and_an_empty_message_are_legal) {
    EXPECT_EQ(hmac_sha256_hex(Secret(), "").size(), 64);
    EXPECT_NE(hmac_sha256_hex(Secret("k"), ""), hmac_sha256_hex(Secret(), ""));
}

TEST(ConstantTime, compares_content_and_length) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
    EXPECT_FALSE(equal_in_constant_time("abc", ""));
    using std::string_view_literals::operator""sv;
    EXPECT_FALSE(equal_in_constant_time("a\0b"sv, "a\0c"sv));
}

}  // namespace
}  // namespace apilab::work
