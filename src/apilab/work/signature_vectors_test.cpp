// What others publish, as it stands there.
#include <gtest/gtest.h>

#include <string>

#include "apilab/work/hmac.hpp"
#include "apilab/work/internal/test_signatures.hpp"

namespace apilab::work {
namespace {

using test::why_not;
using enum SignatureScheme;

struct Vector {
    const char* origin;
    SignatureScheme scheme;
    std::string sender;
    std::string receiver;
    std::string body;
    std::int64_t seconds;
    http::Headers headers;
};

const std::string slack_body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
    "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
    "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIG"
    "lgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

Vector github_vector(const char* secret, const char* body, const std::string& digits) {
    return {"octokit/webhooks-methods.js test/verify.test.ts", github, secret, secret, body, 0,
            {{"X-Hub-Signature-256", "sha256=" + digits}}};
}

Vector standard_vector(const char* origin, SignatureScheme scheme, const char* sender,
                       const char* receiver, const std::string& signature) {
    return {origin,
            scheme,
            sender,
            receiver,
            R"({"test": 2432232314})",
            1614265330,
            {{"webhook-id", std::string(test::message_id)},
             {"webhook-timestamp", "1614265330"},
             {"webhook-signature", signature}}};
}

std::vector<Vector> vectors() {
    std::vector<Vector> all{
        github_vector("It's a Secret to Everybody", "Hello, World!",
                      "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"),
        github_vector("mysecret", R"({"foo":"bar"})",
                      "4864d2759938a15468b5df9ade20bf161da9b4f737ea61794142f3484236bda3"),
        github_vector("development",
                      R"({"foo":"Foo\n\u001B[34mbar: ♥♥♥♥♥♥♥♥\nthis-is-lost\u001B[0m\u001B[2K"})",
                      "afecc3caa27548bb90d51a50384cb2868b9a3327b4ad6a01c9bd4ed0f8b0b12c"),
        github_vector("development", R"({"foo":"\\u001b"})",
                      "6f8326efbacfbd04e870cea25b5652e635be8c9807f2fd5348ef60753c9e96ed"),
        {"python-slack-sdk test_signature_verifier.py",
         slack,
         "8f742231b10e8888abcd99yyyzzz85a5",
         "8f742231b10e8888abcd99yyyzzz85a5",
         slack_body,
         1531420618,
         {{"X-Slack-Request-Timestamp", "1531420618"},
          {"X-Slack-Signature",
           "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}}},
        {"stripe-python tests/test_webhook.py (inputs; Stripe publishes no header)",
         stripe,
         "whsec_test_secret",
         "whsec_test_secret",
         "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}",
         1614265330,
         {{"Stripe-Signature",
           "t=1614265330,v1=af4ead0627a34a8cca29808e8de9ada8e41a92e6237c63cef6eacf51d36cca34"}}},
        {"computed with Python's hmac (Shopify publishes none)",
         shopify,
         "my super secret key",
         "my super secret key",
         "my awesome data",
         0,
         {{"X-Shopify-Hmac-Sha256", "wnOkrtsDBJ3txMOrBP3OeXVueSJYH/e9q2BEEzVUqkc="}}},
        {"notion-sdk-js test/webhooks.test.ts",
         notion,
         "fixed-verification-token",
         "fixed-verification-token",
         R"({"id":"fixed-evt","type":"page.created"})",
         0,
         {{"X-Notion-Signature",
           "sha256=e51fc361bd9b019cc34c59929547007291a6dd982179d36bb5d6d9e7e12cbac2"}}}};
    all.push_back(standard_vector("standard-webhooks libraries/go/webhook_test.go", standard,
                                  test::wrapped_key, test::wrapped_key,
                                  "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    all.push_back(standard_vector(
        "svix-webhooks svix-server/src/worker.rs", standard_ed25519, test::private_key,
        test::public_key,
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg"
        "=="));
    return all;
}

TEST(SignatureVectors, are_accepted) {
    for (const auto& each : vectors()) {
        const SystemTime when{std::chrono::seconds(each.seconds)};
        const auto subject = test::verifier(each.scheme, {each.receiver});
        EXPECT_EQ(why_not(subject, each.headers, each.body, when), "") << each.origin;
        EXPECT_EQ(why_not(subject, each.headers, each.body + "\n", when), "mismatch");
    }
}

TEST(SignatureVectors, are_what_our_signer_writes) {
    for (const auto& each : vectors()) {
        const SystemTime when{std::chrono::seconds(each.seconds)};
        EXPECT_EQ(test::signed_by(each.scheme, each.sender, each.body, when), each.headers)
            << each.origin;
    }
}

TEST(SignatureVectors, of_the_core_of_stripe_node_are_plain_hmacs) {
    const Secret key("test_secret");
    EXPECT_EQ(hmac_sha256_hex(key, ""),
              "f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd");
    EXPECT_EQ(hmac_sha256_hex(key, R"({"obj1":"hello","obj2":"world"})"),
              "bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363");
    EXPECT_EQ(hmac_sha256_hex(key, "\U0001F600"),
              "837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43");
}

TEST(SignatureVectors, notion_takes_digits_in_either_case) {
    const auto subject = test::verifier(notion, {"fixed-verification-token"});
    const std::string body = R"({"id":"fixed-evt","type":"page.created"})";
    const auto with = [&](const std::string& value) {
        return why_not(subject, {{"x-notion-signature", value}}, body);
    };
    EXPECT_EQ(with("sha256=E51FC361BD9B019CC34C59929547007291A6DD982179D36BB5D6D9E7E12CBAC2"), "");
    EXPECT_EQ(with("sha256=e51fc361bd9b019cc34c59929547007291a6dd982179d36bb5d6d9e7e12cba"),
              "malformed");
    EXPECT_EQ(with("SHA256=e51fc361bd9b019cc34c59929547007291a6dd982179d36bb5d6d9e7e12cbac2"),
              "malformed");
}

}  // namespace
}  // namespace apilab::work
