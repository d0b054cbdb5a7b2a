#include <gtest/gtest.h>

#include <string>

#include "apilab/work/internal/test_signatures.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using test::now;
using enum SignatureScheme;

std::vector<std::string> names_of(const http::Headers& headers) {
    std::vector<std::string> names;
    for (const auto& [name, value] : headers) {
        names.push_back(name);
    }
    return names;
}

std::string detail_of(SignatureScheme scheme, const std::string& secret,
                      const std::vector<Secret>& former = {}) {
    const auto made = SignatureSigner::create(scheme, Secret(secret), former);
    return made ? "" : made.error().detail();
}

TEST(SignatureSigner, writes_the_headers_of_its_scheme_and_no_others) {
    using Names = std::vector<std::string>;
    const auto headers = [](SignatureScheme scheme, const std::string& secret) {
        return names_of(test::signed_by(scheme, secret, "{}"));
    };
    const Names standard_names{"webhook-id", "webhook-timestamp", "webhook-signature"};
    EXPECT_EQ(headers(github, "s3"), Names{"X-Hub-Signature-256"});
    EXPECT_EQ(headers(slack, "s3"), (Names{"X-Slack-Request-Timestamp", "X-Slack-Signature"}));
    EXPECT_EQ(headers(stripe, "s3"), Names{"Stripe-Signature"});
    EXPECT_EQ(headers(standard, test::wrapped_key), standard_names);
    EXPECT_EQ(headers(standard_ed25519, test::private_key), standard_names);
    EXPECT_EQ(headers(shopify, "s3"), Names{"X-Shopify-Hmac-Sha256"});
    EXPECT_EQ(headers(notion, "s3"), Names{"X-Notion-Signature"});
}

TEST(SignatureSigner, puts_the_former_secrets_behind_the_new_one) {
    const std::string alone(test::signed_by(stripe, "new", "{}").value("stripe-signature"));
    const std::string former(test::signed_by(stripe, "old", "{}").value("stripe-signature"));
    const auto both = test::signed_by(stripe, "new", "{}", now, {Secret("old")});
    EXPECT_EQ(both.value("stripe-signature"), alone + former.substr(former.find(',')));
    EXPECT_EQ(detail_of(stripe, "s", std::vector<Secret>(9, Secret("x"))), "");
    EXPECT_EQ(detail_of(stripe, "s", std::vector<Secret>(10, Secret("x"))), "former");
    EXPECT_EQ(detail_of(stripe, "s", {Secret()}), "former");
    for (const auto scheme : {github, slack, shopify, notion}) {
        EXPECT_EQ(detail_of(scheme, "s", {Secret("x")}), "former") << "there is no room for two";
    }
}

TEST(SignatureSigner, needs_the_private_half_of_a_pair_and_both_halves_of_one_pair) {
    EXPECT_EQ(detail_of(standard_ed25519, test::private_key), "");
    EXPECT_EQ(detail_of(standard_ed25519, test::other_private_key), "") << "the seed alone";
    for (const std::string text :
         {test::public_key, test::wrapped_key, "whsk_", "whsk_AAEC", "",
          "6Xb/dCcHpPea21PS1N9VY/"
          "NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
          // the public half of another pair
          "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbcDoQe/884Qvh1w3Rjn"
          "S8CZZ+TWMJulDV8d3IZkElUxuA=="}) {
        EXPECT_EQ(detail_of(standard_ed25519, text), "secret") << text;
    }
}

TEST(SignatureSigner, signs_no_id_with_a_dot_and_no_line_break) {
    const auto signer = SignatureSigner::create(standard, Secret(test::wrapped_key)).value();
    for (const std::string id : {"", "msg.1", "a\r\nb", "a\nb"}) {
        const auto made = signer.sign("{}", id, now);
        ASSERT_FALSE(made) << id;
        EXPECT_EQ(made.error().kind(), ErrorKind::invalid_argument);
        EXPECT_EQ(made.error().detail(), "id");
    }
    EXPECT_FALSE(signer.sign("{}", std::string(256, 'x'), now));
    EXPECT_TRUE(signer.sign("{}", std::string(255, 'x'), now));
    EXPECT_TRUE(SignatureSigner::create(github, Secret("s3"))->sign("{}", "", now))
        << "where no id is signed, none is looked at";
}

TEST(SignatureSigner, signs_whole_seconds_from_1970_on) {
    const auto signer = SignatureSigner::create(slack, Secret("s3")).value();
    EXPECT_EQ(signer.sign("{}", "", now + 999ms)->value("x-slack-request-timestamp"), "1700000000");
    EXPECT_EQ(signer.sign("{}", "", SystemTime())->value("x-slack-request-timestamp"), "0");
    const auto before = signer.sign("{}", "", SystemTime(-1ns));
    ASSERT_FALSE(before);
    EXPECT_EQ(before.error().detail(), "now");
    EXPECT_TRUE(SignatureSigner::create(notion, Secret("s3"))->sign("{}", "", SystemTime(-1s)));
}

}  // namespace
}  // namespace apilab::work
