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

}  // namespace
}  // namespace apilab
