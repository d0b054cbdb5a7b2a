#include "apilab/work/signature.hpp"

#include <gtest/gtest.h>

#include <string>

#include "apilab/work/hmac.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

const SystemTime now{1'700'000'000s};

SignatureVerifier verifier(SignatureScheme scheme, std::vector<Secret> secrets = {Secret("s3")},
                           Duration tolerance = 5min) {
    return *SignatureVerifier::create(scheme,
                                      {.secrets = std::move(secrets), .tolerance = tolerance});
}

// Empty: accepted.
std::string why_not(const SignatureVerifier& subject, const http::Headers& headers,
                    std::string_view body) {
    const auto verdict = subject.verify(headers, body, now);
    if (!verdict) {
        EXPECT_EQ(verdict.error().kind(), ErrorKind::auth);
    }
    return verdict ? "" : verdict.error().detail();
}

http::Headers github(std::string_view body, const std::string& secret = "s3") {
    return {{"X-Hub-Signature-256", "sha256=" + hmac_sha256_hex(Secret(secret), body)}};
}

http::Headers slack(std::string_view body, const std::string& stamp,
                    const std::string& secret = "s3") {
    return {{"X-Slack-Request-Timestamp", stamp},
            {"X-Slack-Signature",
             "v0=" + hmac_sha256_hex(Secret(secret), "v0:" + stamp + ":" + std::string(body))}};
}

std::string at(Duration offset) {
    return std::to_string((now + offset).time_since_epoch() / 1s);
}

TEST(Signature, the_published_vector_of_github_verifies) {
    const auto subject = verifier(SignatureScheme::github, {Secret("It's a Secret to Everybody")});
    const http::Headers headers{
        {"X-Hub-Signature-256",
         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}};
    EXPECT_EQ(why_not(subject, headers, "Hello, World!"), "");
    EXPECT_EQ(why_not(subject, headers, "Hello, World!\n"), "mismatch");
}

TEST(Signature, raw_bytes_count_whatever_they_are) {
    using std::string_view_literals::operator""sv;
    const auto subject = verifier(SignatureScheme::github);
    for (const auto body : {""sv, "{ \"a\" : 1.0 }\n"sv, "\xEF\xBB\xBF{}"sv, "a\0b"sv, "\xFF"sv}) {
        EXPECT_EQ(why_not(subject, github(body), body), "");
    }
}

TEST(Signature, one_changed_byte_or_another_secret_is_a_mismatch) {
    const auto subject = verifier(SignatureScheme::github);
    EXPECT_EQ(why_not(subject, github("{\"a\":1}"), "{\"a\":2}"), "mismatch");
    EXPECT_EQ(why_not(subject, github("{}", "other"), "{}"), "mismatch");
}

TEST(Signature, what_is_not_a_signature_is_refused_and_says_why) {
    const auto subject = verifier(SignatureScheme::github);
    const std::string hex = hmac_sha256_hex(Secret("s3"), "{}");
    const auto with = [&](const std::string& value) {
        return why_not(subject, {{"x-hub-signature-256", value}}, "{}");
    };
    EXPECT_EQ(why_not(subject, {}, "{}"), "missing");
    EXPECT_EQ(with(""), "missing");
    EXPECT_EQ(with(hex), "malformed");
    EXPECT_EQ(with("sha256="), "malformed");
    EXPECT_EQ(with("sha1=" + hex), "malformed");
    EXPECT_EQ(with("sha256=" + hex.substr(1)), "malformed");
    EXPECT_EQ(with("sha256=" + hex + "0"), "malformed");
    EXPECT_EQ(with("sha256=g" + hex.substr(1)), "malformed");
    EXPECT_EQ(why_not(subject, {{"x-hub-signature", "sha1=" + hex}}, "{}"), "missing")
        << "the old scheme alone is not enough";
    http::Headers twice = github("{}");
    twice.add("x-hub-signature-256", "sha256=" + hex);
    EXPECT_EQ(why_not(subject, twice, "{}"), "repeated");
}

TEST(Signature, digits_may_be_in_capitals) {
    auto headers = github("{}");
    std::string value(headers.value("x-hub-signature-256"));
    for (std::size_t i = 7; i < value.size(); ++i) {
        value[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(value[i])));
    }
    headers.set("x-hub-signature-256", value);
    EXPECT_EQ(why_not(verifier(SignatureScheme::github), headers, "{}"), "");
}

TEST(Signature, any_of_several_secrets_counts_until_it_is_taken_out) {
    const auto both = verifier(SignatureScheme::github, {Secret("new"), Secret("old")});
    EXPECT_EQ(why_not(both, github("{}", "old"), "{}"), "");
    EXPECT_EQ(why_not(both, github("{}", "new"), "{}"), "");
    EXPECT_EQ(
        why_not(verifier(SignatureScheme::github, {Secret("new")}), github("{}", "old"), "{}"),
        "mismatch");
}

TEST(Signature, slack_is_taken_five_minutes_around_and_not_a_second_more) {
    const auto subject = verifier(SignatureScheme::slack);
    for (const Duration offset : {Duration(0), Duration(-5min), Duration(5min)}) {
        EXPECT_EQ(why_not(subject, slack("{}", at(offset)), "{}"), "") << at(offset);
    }
    for (const Duration offset : {Duration(-301s), Duration(301s), Duration(-24h), Duration(24h)}) {
        EXPECT_EQ(why_not(subject, slack("{}", at(offset)), "{}"), "timestamp") << at(offset);
    }
    const auto strict = verifier(SignatureScheme::slack, {Secret("s3")}, 10s);
    EXPECT_EQ(why_not(strict, slack("{}", at(-11s)), "{}"), "timestamp");
}

TEST(Signature, the_text_of_the_timestamp_is_signed_and_nothing_else_is_read_from_it) {
    const auto subject = verifier(SignatureScheme::slack);
    for (const std::string stamp :
         {" 1700000000", "+1700000000", "1700000000.0", "1700000000 ", "-1", "0x10", "1e9",
          "9999999999999", "1700000000,1700000000"}) {
        EXPECT_EQ(why_not(subject, slack("{}", stamp), "{}"), "malformed") << stamp;
    }
    EXPECT_EQ(why_not(subject, slack("{}", "999999999999"), "{}"), "timestamp");
    EXPECT_EQ(why_not(subject, slack("{}", "01700000000"), "{}"), "") << "signed as it came";
    auto moved = slack("{}", at(-1s));
    moved.set("x-slack-request-timestamp", at(0s));
    EXPECT_EQ(why_not(subject, moved, "{}"), "mismatch") << "the time is part of what is signed";
    auto without = slack("{}", at(0s));
    without.remove("x-slack-request-timestamp");
    EXPECT_EQ(why_not(subject, without, "{}"), "missing");
}

TEST(Signature, bad_options_are_named) {
    const auto detail = [](std::vector<Secret> secrets, Duration tolerance) {
        const auto made = SignatureVerifier::create(
            SignatureScheme::slack, {.secrets = std::move(secrets), .tolerance = tolerance});
        return made ? "" : made.error().detail();
    };
    EXPECT_EQ(detail({}, 5min), "secrets");
    EXPECT_EQ(detail({Secret("")}, 5min), "secrets");
    EXPECT_EQ(detail(std::vector<Secret>(11, Secret("x")), 5min), "secrets");
    EXPECT_EQ(detail({Secret("x")}, 0s), "tolerance");
    EXPECT_EQ(detail({Secret("x")}, 61min), "tolerance");
    EXPECT_EQ(detail({Secret("x")}, 1h), "");
}

}  // namespace
}  // namespace apilab::work
