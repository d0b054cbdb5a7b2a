#include "apilab/work/sender.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

TEST(Senders, stand_in_the_order_of_their_names_and_are_found_by_them) {
    EXPECT_TRUE(std::ranges::is_sorted(senders(), {}, &Sender::name));
    for (const Sender& sender : senders()) {
        EXPECT_EQ(find_sender(sender.name), &sender);
    }
    EXPECT_EQ(find_sender("svix"), nullptr);
    EXPECT_EQ(find_sender(""), nullptr);
}

TEST(Senders, each_says_where_its_id_stands_and_how_long_it_waits) {
    for (const Sender& sender : senders()) {
        EXPECT_NE(sender.id.in, EventPlace::In::nowhere) << sender.name;
        EXPECT_FALSE(sender.id.name.empty()) << sender.name;
        EXPECT_GE(sender.budget, 3s) << sender.name;
        EXPECT_GE(sender.horizon, 10min) << sender.name;
        EXPECT_LE(sender.horizon, 7 * 24h) << "30 days of ids would not do: " << sender.name;
    }
}

TEST(Senders, github_alone_does_not_try_again) {
    for (const Sender& sender : senders()) {
        EXPECT_EQ(sender.retries, sender.name != "github") << sender.name;
    }
}

TEST(Senders, an_id_in_a_header_is_signed_only_by_standard_webhooks) {
    for (const Sender& sender : senders()) {
        const bool in_header = sender.id.in == EventPlace::In::header;
        EXPECT_EQ(sender.id_is_signed, !in_header || sender.source == "standard") << sender.name;
    }
}

TEST(Senders, both_kinds_of_standard_webhooks_are_one_source) {
    EXPECT_EQ(find_sender("standard_ed25519")->source, find_sender("standard")->source);
    EXPECT_EQ(find_sender("standard_ed25519")->scheme, SignatureScheme::standard_ed25519);
}

}  // namespace
}  // namespace apilab::work
