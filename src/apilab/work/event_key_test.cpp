#include "apilab/work/event_key.hpp"

#include <gtest/gtest.h>

#include "apilab/base/digest.hpp"

namespace apilab::work {
namespace {

TEST(EventKey, is_the_digest_of_its_parts_and_their_lengths) {
    // hashlib.sha256(b''.join(struct.pack('>Q', len(p)) + p for p in (b'slack', b'', b'Ev1')))
    EXPECT_EQ(to_hex(event_key("slack", "", "Ev1")),
              "1bbe6f2be28a491d9e32dc427114a9ae0fc2a6a4cbe496394e40686febabf4f9");
}

TEST(EventKey, moves_with_every_border_between_parts) {
    EXPECT_NE(digest_of_parts({"a", "bc"}), digest_of_parts({"ab", "c"}));
    EXPECT_NE(digest_of_parts({"a", ""}), digest_of_parts({"a"}));
    EXPECT_NE(digest_of_parts({"", "a"}), digest_of_parts({"a", ""}));
}

TEST(EventKey, of_a_body_depends_on_who_sent_it_and_every_byte) {
    EXPECT_EQ(event_body_key("github", "{}"), event_body_key("github", "{}"));
    EXPECT_NE(event_body_key("github", "{}"), event_body_key("shopify", "{}"));
    EXPECT_NE(event_body_key("github", "{}"), event_body_key("github", "{} "));
    EXPECT_NE(event_body_key("github", std::string_view("\0", 1)), event_body_key("github", ""));
}

}  // namespace
}  // namespace apilab::work
