// What goes wrong in receivers that are out there; one test each.
#include <gtest/gtest.h>

#include <string>

#include "apilab/base/base64.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/work/hmac.hpp"
#include "apilab/work/internal/test_signatures.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using test::now;
using test::signed_by;
using test::why_not;
using enum SignatureScheme;

std::string at(Duration offset) {
    return std::to_string((now + offset).time_since_epoch() / 1s);
}

// A sender that writes whatever it likes for the time, and signs what it wrote.
http::Headers with_stamp(SignatureScheme scheme, const std::string& stamp) {
    const Secret key(scheme == standard ? *base64_decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                                        : "s3");
    if (scheme == slack) {
        return {{"x-slack-request-timestamp", stamp},
                {"x-slack-signature", "v0=" + hmac_sha256_hex(key, "v0:" + stamp + ":{}")}};
    }
    if (scheme == stripe) {
        return {{"stripe-signature", "t=" + stamp + ",v1=" + hmac_sha256_hex(key, stamp + ".{}")}};
    }
    return {
        {"webhook-id", "msg_1"},
        {"webhook-timestamp", stamp},
        {"webhook-signature", "v1," + base64_encode(hmac_sha256(key, "msg_1." + stamp + ".{}"))}};
}

SignatureVerifier receiver_of(SignatureScheme scheme) {
    return test::verifier(scheme, {scheme == standard ? test::wrapped_key : "s3"});
}

TEST(SignatureTraps, whsec_is_part_of_the_key_for_stripe_and_a_wrapper_for_standard_webhooks) {
    const std::string wrapped = test::wrapped_key;
    const std::string bare = wrapped.substr(6);
    EXPECT_EQ(why_not(test::verifier(stripe, {bare}), signed_by(stripe, wrapped, "{}"), "{}"),
              "mismatch");
    EXPECT_EQ(why_not(test::verifier(stripe, {wrapped}), signed_by(stripe, bare, "{}"), "{}"),
              "mismatch");
    EXPECT_EQ(why_not(test::verifier(standard, {bare}), signed_by(standard, wrapped, "{}"), "{}"),
              "");
    EXPECT_EQ(why_not(test::verifier(standard, {wrapped}), signed_by(standard, bare, "{}"), "{}"),
              "");
}

TEST(SignatureTraps, the_example_of_the_specification_is_the_signature_of_another_message) {
    const std::string example =
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg"
        "==";
    const auto subject = test::verifier(standard_ed25519, {test::public_key});
    const std::string body = R"({"test": 2432232314})";
    const http::Headers as_shown{{"webhook-id", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
                                 {"webhook-timestamp", "1674087231"},
                                 {"webhook-signature", example}};
    EXPECT_EQ(why_not(subject, as_shown, body, SystemTime(1674087231s)), "mismatch");
    const http::Headers its_own{{"webhook-id", std::string(test::message_id)},
                                {"webhook-timestamp", "1614265330"},
                                {"webhook-signature", example}};
    EXPECT_EQ(why_not(subject, its_own, body, SystemTime(1614265330s)), "");
}

TEST(SignatureTraps, the_text_of_a_timestamp_is_signed_and_nothing_else_is_read_from_it) {
    for (const auto scheme : {slack, stripe, standard}) {
        const auto subject = receiver_of(scheme);
        for (const std::string stamp :
             {" 1700000000", "+1700000000", "1700000000.0", "1700000000 ", "-1", "0x10", "1e9",
              "17000_00000", "9999999999999", "0001700000000", "\xD9\xA1"}) {
            EXPECT_EQ(why_not(subject, with_stamp(scheme, stamp), "{}"), "malformed")
                << to_string(scheme) << " " << stamp;
        }
        EXPECT_EQ(why_not(subject, with_stamp(scheme, "01700000000"), "{}"), "")
            << "signed as it came";
        EXPECT_EQ(why_not(subject, with_stamp(scheme, "999999999999"), "{}"), "timestamp");
        EXPECT_EQ(why_not(subject, with_stamp(scheme, "0"), "{}"), "timestamp");
    }
}

TEST(SignatureTraps, a_time_ahead_is_refused_as_one_in_the_past) {
    for (const auto& each : test::samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        for (const Duration offset : {Duration(0), Duration(-5min), Duration(5min)}) {
            EXPECT_EQ(
                why_not(subject, signed_by(each.scheme, each.sender, "{}", now + offset), "{}"), "")
                << to_string(each.scheme);
        }
        for (const Duration offset :
             {Duration(-301s), Duration(301s), Duration(-24h), Duration(24h * 365 * 76)}) {
            EXPECT_EQ(
                why_not(subject, signed_by(each.scheme, each.sender, "{}", now + offset), "{}"),
                test::timed(each.scheme) ? "timestamp" : "")
                << to_string(each.scheme);
        }
    }
}

TEST(SignatureTraps, there_is_no_way_to_leave_the_time_out) {
    for (const Duration tolerance : {Duration(0), Duration(-1s), Duration(61min)}) {
        const auto made =
            SignatureVerifier::create(stripe, {.secrets = {Secret("s3")}, .tolerance = tolerance});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().detail(), "tolerance");
    }
    EXPECT_EQ(SignatureOptions{}.tolerance, Duration(5min));
    EXPECT_EQ(why_not(receiver_of(stripe), with_stamp(stripe, "12345"), "{}"), "timestamp");
    auto timeless = with_stamp(stripe, at(0s));
    std::string value(timeless.value("stripe-signature"));
    timeless.set("stripe-signature", value.substr(value.find("v1=")));
    EXPECT_EQ(why_not(receiver_of(stripe), timeless, "{}"), "missing");
    timeless.set("stripe-signature", "t=," + value.substr(value.find("v1=")));
    EXPECT_EQ(why_not(receiver_of(stripe), timeless, "{}"), "missing");
}

TEST(SignatureTraps, a_header_that_is_there_twice_is_refused_even_where_both_are_the_same) {
    for (const auto& each : test::samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        const auto headers = signed_by(each.scheme, each.sender, "{}");
        for (const auto& [name, value] : headers) {
            for (const auto& second : {value, std::string("x"), std::string()}) {
                auto twice = headers;
                twice.add(name, second);
                EXPECT_EQ(why_not(subject, twice, "{}"), "repeated") << name;
            }
        }
    }
    auto two_times = with_stamp(stripe, at(0s));
    two_times.set("stripe-signature",
                  std::string(two_times.value("stripe-signature")) + ",t=" + at(1s));
    EXPECT_EQ(why_not(receiver_of(stripe), two_times, "{}"), "repeated");
    two_times.set("stripe-signature", "t=," + std::string(two_times.value("stripe-signature")));
    EXPECT_EQ(why_not(receiver_of(stripe), two_times, "{}"), "repeated");
}

TEST(SignatureTraps, an_empty_body_is_signed_like_any_other) {
    for (const auto& each : test::samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        EXPECT_EQ(why_not(subject, signed_by(each.scheme, each.sender, ""), ""), "");
        EXPECT_EQ(why_not(subject, signed_by(each.scheme, each.sender, "{}"), ""), "mismatch")
            << to_string(each.scheme);
        EXPECT_EQ(why_not(subject, {}, ""), "missing");
    }
}

TEST(SignatureTraps, the_end_of_an_id_cannot_move_into_the_time) {
    // Three texts that are the same bytes when they are put together.
    const std::string stamp = at(0s);
    const std::string all = "msg_1." + stamp + "." + stamp + ".{}";
    const Secret key(*base64_decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    http::Headers headers{{"webhook-id", "msg_1"},
                          {"webhook-timestamp", stamp},
                          {"webhook-signature", "v1," + base64_encode(hmac_sha256(key, all))}};
    EXPECT_EQ(why_not(receiver_of(standard), headers, stamp + ".{}"), "") << "what was signed";
    headers.set("webhook-id", "msg_1." + stamp);
    EXPECT_EQ(why_not(receiver_of(standard), headers, "{}"), "malformed");
    headers.set("webhook-id", std::string(256, 'x'));
    EXPECT_EQ(why_not(receiver_of(standard), headers, "{}"), "malformed");
}

TEST(SignatureTraps, a_body_is_judged_before_anybody_knows_what_it_is_and_each_time_anew) {
    const auto subject = test::verifier(github, {"s3"});
    const std::string nonsense = "{\"never closed\": \xFF";
    const auto headers = signed_by(github, "s3", nonsense);
    EXPECT_EQ(why_not(subject, headers, nonsense), "");
    EXPECT_EQ(why_not(subject, headers, nonsense), "") << "whether it came before is not asked";
    EXPECT_EQ(why_not(subject, headers, "{}"), "mismatch");
}

TEST(SignatureTraps, an_older_or_another_version_proves_nothing) {
    const auto sha1 = http::Headers{{"x-hub-signature", "sha1=" + std::string(40, '0')}};
    EXPECT_EQ(why_not(test::verifier(github, {"s3"}), sha1, "{}"), "missing");

    auto old = signed_by(stripe, "s3", "{}");
    std::string value(old.value("stripe-signature"));
    old.set("stripe-signature", value.replace(value.find("v1="), 3, "v0="));
    EXPECT_EQ(why_not(test::verifier(stripe, {"s3"}), old, "{}"), "missing");

    const auto hmac_only = signed_by(standard, test::wrapped_key, "{}");
    EXPECT_EQ(why_not(test::verifier(standard_ed25519, {test::public_key}), hmac_only, "{}"),
              "missing");
    const auto point_only = signed_by(standard_ed25519, test::private_key, "{}");
    EXPECT_EQ(why_not(test::verifier(standard, {test::wrapped_key}), point_only, "{}"), "missing");
}

TEST(SignatureTraps, a_public_key_is_never_the_key_of_an_hmac) {
    // Whoever knows the public key, and that is everybody, signs with it as if it were a secret.
    const std::string point(std::string(test::public_key).substr(5));
    const std::string text = std::string(test::message_id) + "." + at(0s) + ".{}";
    for (const auto& key : {*base64_decode(point), point, std::string(test::public_key)}) {
        const auto forged = base64_encode(hmac_sha256(Secret(key), text));
        for (const std::string version : {"v1,", "v1a,"}) {
            const http::Headers headers{{"webhook-id", std::string(test::message_id)},
                                        {"webhook-timestamp", at(0s)},
                                        {"webhook-signature", version + forged}};
            EXPECT_NE(why_not(test::verifier(standard_ed25519, {test::public_key}), headers, "{}"),
                      "");
        }
    }
}

TEST(SignatureTraps, signatures_of_other_versions_beside_ours_do_no_harm) {
    auto mixed = signed_by(standard, test::wrapped_key, "{}");
    const std::string ours(mixed.value("webhook-signature"));
    const std::string theirs(
        signed_by(standard_ed25519, test::private_key, "{}").value("webhook-signature"));
    for (const auto& value :
         {ours + " " + theirs, theirs + " " + ours, "v2,? " + ours, ours + " "}) {
        mixed.set("webhook-signature", value);
        EXPECT_EQ(why_not(test::verifier(standard, {test::wrapped_key}), mixed, "{}"), "") << value;
    }
    for (const auto& value : {"v1, " + ours, "v1,%% " + ours, ours + " v1,AAAA"}) {
        mixed.set("webhook-signature", value);
        EXPECT_EQ(why_not(test::verifier(standard, {test::wrapped_key}), mixed, "{}"), "malformed")
            << value;
    }
    mixed.set("webhook-signature", theirs + " " + ours);
    EXPECT_EQ(why_not(test::verifier(standard_ed25519, {test::public_key}), mixed, "{}"), "");
    auto stripe_mixed = signed_by(stripe, "s3", "{}");
    const std::string value(stripe_mixed.value("stripe-signature"));
    stripe_mixed.set("stripe-signature", value + ",v0=" + std::string(64, '0') + ",v2=,x=");
    EXPECT_EQ(why_not(test::verifier(stripe, {"s3"}), stripe_mixed, "{}"), "");
}

TEST(SignatureTraps, a_signature_has_one_spelling_in_base64) {
    // The last character has bits that say nothing: another one decodes to the same bytes.
    auto headers = signed_by(shopify, "s3", "{}");
    std::string value(headers.value("x-shopify-hmac-sha256"));
    value[42] = value[42] == '/' ? '+' : static_cast<char>(value[42] + 1);
    headers.set("x-shopify-hmac-sha256", value);
    EXPECT_NE(why_not(test::verifier(shopify, {"s3"}), headers, "{}"), "");
}

}  // namespace
}  // namespace apilab::work
