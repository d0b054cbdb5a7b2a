#include "apilab/base/base64.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace apilab {
namespace {

TEST(Base64, the_vectors_of_rfc_4648_go_both_ways) {
    for (const auto& [bytes, text] :
         {std::pair("", ""), std::pair("f", "Zg=="), std::pair("fo", "Zm8="),
          std::pair("foo", "Zm9v"), std::pair("foob", "Zm9vYg=="), std::pair("fooba", "Zm9vYmE="),
          std::pair("foobar", "Zm9vYmFy")}) {
        EXPECT_EQ(base64_encode(bytes), text);
        EXPECT_EQ(base64_decode(text), bytes);
    }
}

TEST(Base64, every_byte_survives) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
}

TEST(Base64, what_is_not_base64_is_nothing) {
    for (const auto* text :
         {"Z", "Zg", "Zg=", "Zg==\n", "Z g=", "Zm9v!A==", "Z===", "====", "Zm=v", "_-8="}) {
        EXPECT_FALSE(base64_decode(text)) << text;
    }
}

TEST(Base64Url, has_neither_padding_nor_what_a_url_would_have_to_escape) {
    for (const auto& [bytes, text] :
         {std::pair("", ""), std::pair("f", "Zg"), std::pair("fo", "Zm8"), std::pair("foo", "Zm9v"),
          std::pair("\xFB\xEF\xFF", "--__")}) {
        EXPECT_EQ(base64url_encode(bytes), text);
        EXPECT_EQ(base64url_decode(text), bytes);
    }
}

TEST(Base64Url, there_is_one_text_for_some_bytes) {
    for (const auto* text : {"Z", "Zg==", "Zh", "Zm9", "Zm8=", "++//", "Zg\n", "Z g", "Zm9vA"}) {
        EXPECT_FALSE(base64url_decode(text)) << text;
    }
}

}  // namespace
}  // namespace apilab
