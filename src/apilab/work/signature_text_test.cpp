#include "apilab/work/internal/signature_text.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/rng.hpp"

namespace apilab::work::internal {
namespace {

std::optional<std::string> hex(std::string_view text, std::size_t size) {
    std::string bytes(size, '?');
    return read_hex(text, bytes) ? std::optional(bytes) : std::nullopt;
}

std::optional<std::string> base64(std::string_view text, std::size_t size) {
    std::string bytes(size, '?');
    return read_base64(text, bytes) ? std::optional(bytes) : std::nullopt;
}

TEST(SignatureText, hex_has_two_digits_in_either_case_for_a_byte) {
    EXPECT_EQ(hex("00ff7FaB", 4), std::string("\x00\xFF\x7F\xAB", 4));
    EXPECT_EQ(hex("", 0), "");
    for (const std::string_view text : {"00ff7Fa", "00ff7FaB0", "00ff7Fag", "00ff7Fa ", "0x00ff7F",
                                        "00ff7F\xC3\xA4", "@0ff7FaB", "G0ff7FaB", "`0ff7FaB"}) {
        EXPECT_EQ(hex(text, 4), std::nullopt) << text;
    }
}

// Vectors of RFC 4648 section 10.
TEST(SignatureText, base64_is_that_of_rfc_4648) {
    EXPECT_EQ(base64("", 0), "");
    EXPECT_EQ(base64("Zg==", 1), "f");
    EXPECT_EQ(base64("Zm8=", 2), "fo");
    EXPECT_EQ(base64("Zm9v", 3), "foo");
    EXPECT_EQ(base64("Zm9vYg==", 4), "foob");
    EXPECT_EQ(base64("Zm9vYmE=", 5), "fooba");
    EXPECT_EQ(base64("Zm9vYmFy", 6), "foobar");
}

TEST(SignatureText, base64_has_one_spelling) {
    for (const std::string_view text : {"Zh==", "Zg=", "Zg", "Zg==Zg==", "=g==", "Z===", "Zg=A",
                                        "Z-==", " Zg=", "Zm8=", "Zg==\n"}) {
        EXPECT_EQ(base64(text, 1), std::nullopt) << text;
    }
    EXPECT_EQ(base64("Zm9=", 2), std::nullopt) << "bits that say nothing";
    EXPECT_EQ(base64("Zm9v", 2), std::nullopt) << "a byte too many";
    EXPECT_EQ(base64("Zm-v", 3), std::nullopt) << "the other alphabet";
}

TEST(SignatureText, is_what_was_written_whatever_bytes_it_is) {
    SeededRng rng(7);
    for (std::size_t size = 0; size < 70; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i) {
            bytes += static_cast<char>(rng.between(0, 255));
        }
        EXPECT_EQ(hex(to_hex(bytes), size), bytes);
        EXPECT_EQ(base64(base64_encode(bytes), size), bytes);
    }
}

}  // namespace
}  // namespace apilab::work::internal
