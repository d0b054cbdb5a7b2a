#include "apilab/base/secret.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <sstream>

namespace apilab {
namespace {

const std::string small = "hunter2";
const std::string large = "a-token-that-is-longer-than-any-small-string-buffer-0123456789";

TEST(Secret, prints_as_three_stars) {
    const Secret secret(small);
    std::ostringstream out;
    out << secret;
    EXPECT_EQ(out.str(), "***");
    EXPECT_EQ(to_string(secret), "***");
    EXPECT_EQ(testing::PrintToString(secret), "***");
    EXPECT_EQ(to_string(Secret()), "***");  // not even whether there is one
}

TEST(Secret, reveals_its_bytes_where_asked) {
    EXPECT_EQ(Secret(small).reveal(), small);
    EXPECT_EQ(Secret(std::string("a\0b", 3)).reveal(), std::string_view("a\0b", 3));
    EXPECT_TRUE(Secret().empty());
    EXPECT_TRUE(Secret("").empty());
    EXPECT_FALSE(Secret(small).empty());
}

TEST(Secret, is_equal_only_to_the_same_bytes) {
    EXPECT_EQ(Secret(small), Secret(small));
    EXPECT_EQ(Secret(), Secret(""));
    EXPECT_FALSE(Secret(small) == Secret("hunter3"));
    EXPECT_FALSE(Secret(small) == Secret("Hunter2"));
    EXPECT_FALSE(Secret(small) == Secret("hunter"));
    EXPECT_FALSE(Secret(small) == Secret("hunter22"));
    EXPECT_FALSE(Secret(std::string("a\0b", 3)) == Secret(std::string("a\0c", 3)));
}

TEST(Secret, copies_and_moves_carry_the_bytes) {
    for (const auto& text : {small, large}) {
        Secret first(text);
        Secret copy(first);
        EXPECT_EQ(copy.reveal(), text);
        EXPECT_EQ(first.reveal(), text);
        Secret moved(std::move(copy));
        EXPECT_EQ(moved.reveal(), text);
        Secret assigned("other");
        assigned = first;
        EXPECT_EQ(assigned.reveal(), text);
        Secret taken("other");
        taken = std::move(moved);
        EXPECT_EQ(taken.reveal(), text);
        auto& self = taken;
        taken = self;
        EXPECT_EQ(taken.reveal(), text);
        taken = std::move(self);
        EXPECT_EQ(taken.reveal(), text);
    }
}

/// Does the object itself (not what it points to) hold `text` anywhere?
bool holds(const void* object, std::size_t size, const std::string& text) {
    return ::memmem(object, size, text.data(), text.size()) != nullptr;
}

TEST(Secret, leaves_nothing_behind_where_it_was_moved_from) {
    Secret constructed_from(small);
    ASSERT_TRUE(holds(&constructed_from, sizeof(Secret), small));
    const Secret to(std::move(constructed_from));
    // A string that is moved from zeroes its first byte by itself: look for the rest.
    // NOLINTNEXTLINE(bugprone-use-after-move): what is left behind is what this is about
    EXPECT_FALSE(holds(&constructed_from, sizeof(Secret), small.substr(1)));

    Secret assigned_from(small);
    Secret target("x");
    target = std::move(assigned_from);
    // NOLINTNEXTLINE(bugprone-use-after-move): as above
    EXPECT_FALSE(holds(&assigned_from, sizeof(Secret), small.substr(1)));
    EXPECT_TRUE(assigned_from.empty());
}

TEST(Secret, leaves_nothing_behind_where_a_shorter_one_replaced_it) {
    Secret secret(small);
    secret = Secret("x");
    EXPECT_FALSE(holds(&secret, sizeof(Secret), small.substr(1)));
    Secret copied_over(small);
    const Secret shorter("y");
    copied_over = shorter;
    EXPECT_FALSE(holds(&copied_over, sizeof(Secret), small.substr(1)));
}

TEST(Secret, is_wiped_when_it_goes) {
    alignas(Secret) unsigned char place[sizeof(Secret)];
    auto* secret = new (place) Secret(small);
    ASSERT_TRUE(holds(place, sizeof(place), small));
    secret->~Secret();
    EXPECT_FALSE(holds(place, sizeof(place), small.substr(1)));
}

TEST(Secret, has_a_fingerprint_that_tells_secrets_apart) {
    EXPECT_EQ(Secret("abc").fingerprint(), "ba7816bf");  // FIPS 180 gives SHA-256 of "abc"
    EXPECT_EQ(Secret().fingerprint(), "e3b0c442");
    EXPECT_NE(Secret("abd").fingerprint(), Secret("abc").fingerprint());
}

}  // namespace
}  // namespace apilab
