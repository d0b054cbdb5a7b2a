#include "apilab/sandbox/internal/meaning.hpp"

#include <gtest/gtest.h>

namespace apilab::sandbox {
namespace {

using internal::meaning_sha256;

TEST(Meaning, is_the_same_where_only_ids_and_times_differ) {
    const auto first = meaning_sha256(
        R"({"event":"a","sent_at":"2026-01-01T00:00:00Z","meta":{"requestId":"0123456789abcdef"}})");
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(
        first,
        meaning_sha256(
            R"({"event":"a","sent_at":"2026-01-01T00:00:02Z","meta":{"requestId":"fedcba9876543210"}})"));
    EXPECT_EQ(meaning_sha256(R"({"a":1,"timestamp":1767225600,"attempt":1})"),
              meaning_sha256(R"({"a":1,"timestamp":1767225601,"attempt":2})"));
}

TEST(Meaning, differs_where_anything_else_does) {
    EXPECT_NE(meaning_sha256(R"({"event":"a","ts":"1767225600.000100"})"),
              meaning_sha256(R"({"event":"b","ts":"1767225600.000100"})"));
    EXPECT_NE(meaning_sha256(R"({"id":7,"nonce":"x"})"), meaning_sha256(R"({"id":8,"nonce":"x"})"))
        << "a small number is chosen, not drawn";
    EXPECT_NE(meaning_sha256(R"({"page_id":"0123456789abcdef0123","nonce":"x"})"),
              meaning_sha256(R"({"page_id":"fedcba9876543210fedc","nonce":"x"})"))
        << "somebody else's id says what is asked for";
}

TEST(Meaning, is_nothing_of_its_own_where_nothing_differs_each_time) {
    EXPECT_EQ(meaning_sha256(R"({"event":"a"})"), "");
    EXPECT_EQ(meaning_sha256(R"({"event":)"), "");
    EXPECT_EQ(meaning_sha256("[1,2]"), "");
    EXPECT_EQ(meaning_sha256(R"({"nonce":"x","pad":")" + std::string(70'000, 'x') + "\"}"), "");
}

}  // namespace
}  // namespace apilab::sandbox
