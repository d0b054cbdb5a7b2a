#include "apilab/cache/internal/entry_format.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace apilab::cache::internal {
namespace {

StoredResponse example() {
    StoredResponse stored{.status = 203,
                          .reason = "Odd",
                          .headers = {{"ETag", "\"\xff\""}, {"x", ""}},
                          .decoded_from = "gzip",
                          .body = std::make_shared<const std::string>(std::string("a\0b", 3)),
                          .vary = {{"accept", "x"}, {"foo", std::nullopt}, {"bar", ""}},
                          .requested = SystemTime(Duration(-5)),
                          .answered = SystemTime(Duration(1'800'000'000'000'000'001))};
    return stored;
}

TEST(EntryFormat, brings_back_what_was_written) {
    const auto stored = example();
    const auto read = read_entry(write_entry(stored));
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(read->status, 203);
    EXPECT_EQ(read->reason, "Odd");
    EXPECT_EQ(read->headers, stored.headers);
    EXPECT_EQ(read->decoded_from, "gzip");
    EXPECT_EQ(*read->body, *stored.body);
    EXPECT_EQ(read->vary, stored.vary);
    EXPECT_EQ(read->requested, stored.requested);
    EXPECT_EQ(read->answered, stored.answered);
    EXPECT_EQ(read_vary(write_vary(stored.vary)), stored.vary);
}

TEST(EntryFormat, a_byte_that_changed_or_is_missing_is_found) {
    const auto bytes = write_entry(example());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_FALSE(read_entry(bytes.substr(0, i))) << i;
        auto changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(read_entry(changed)) << i;
    }
    EXPECT_FALSE(read_entry(bytes + "x"));
    const auto vary = write_vary(example().vary);
    for (std::size_t i = 0; i < vary.size(); ++i) {
        EXPECT_FALSE(read_vary(vary.substr(0, i))) << i;
    }
    EXPECT_FALSE(read_vary(vary + "x"));
    EXPECT_FALSE(read_vary("\xff\xff\xff\xff"));  // a number that nobody can mean
}

RC_GTEST_PROP(EntryFormat, reads_no_garbage, (const std::string& bytes)) {
    RC_ASSERT(!read_entry("APC1" + bytes));
}

}  // namespace
}  // namespace apilab::cache::internal
