// What holds for every row of the table of schemes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <string>
#include <thread>
#include <vector>

#include "apilab/work/internal/test_signatures.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using test::now;
using test::samples;
using test::signed_by;
using test::why_not;

TEST(SignatureSchemes, have_a_name_each_by_which_they_are_found) {
    std::vector<std::string> names;
    for (const auto scheme : all_signature_schemes()) {
        names.emplace_back(to_string(scheme));
        EXPECT_EQ(find_signature_scheme(to_string(scheme)), scheme);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"github", "slack", "stripe", "standard",
                                               "standard-ed25519", "shopify", "notion"}));
    EXPECT_EQ(find_signature_scheme("GitHub"), std::nullopt);
    EXPECT_EQ(find_signature_scheme(""), std::nullopt);
}

TEST(SignatureSchemes, what_the_sender_signs_is_genuine_whatever_bytes_it_is) {
    using std::string_view_literals::operator""sv;
    for (const auto& each : samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        EXPECT_EQ(subject.scheme(), each.scheme);
        for (const auto body :
             {""sv, "{ \"a\" : 1.0 }\n"sv, "\xEF\xBB\xBF{}"sv, "a\0b"sv, "\xFF"sv, "a=b&c=%20"sv}) {
            EXPECT_EQ(why_not(subject, signed_by(each.scheme, each.sender, body), body), "")
                << to_string(each.scheme);
        }
        const std::string large(std::size_t{1} << 20U, 'x');
        EXPECT_EQ(why_not(subject, signed_by(each.scheme, each.sender, large), large), "");
    }
}

TEST(SignatureSchemes, one_changed_bit_of_the_body_is_a_mismatch) {
    const std::string body = R"({"id":820982911946154508})";
    for (const auto& each : samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        const auto headers = signed_by(each.scheme, each.sender, body);
        for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
            auto changed = body;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1U << (bit % 8)));
            EXPECT_EQ(why_not(subject, headers, changed), "mismatch") << to_string(each.scheme);
        }
        for (const auto& cut : {body + " ", body + std::string(1, '\0'), body.substr(1),
                                "" + body + body, std::string()}) {
            EXPECT_EQ(why_not(subject, headers, cut), "mismatch") << to_string(each.scheme);
        }
    }
}

bool writes_hex(SignatureScheme scheme) {
    using enum SignatureScheme;
    return scheme == github || scheme == slack || scheme == stripe || scheme == notion;
}

TEST(SignatureSchemes, one_changed_character_of_a_header_is_refused) {
    for (const auto& each : samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        const auto headers = signed_by(each.scheme, each.sender, "{}");
        for (const auto& [name, value] : headers) {
            for (std::size_t at = 0; at < value.size(); ++at) {
                for (const char c : {'0', '1', 'A', 'B', ' ', ',', '=', '.', '\x80'}) {
                    auto changed = value;
                    changed[at] = c;
                    auto others = headers;
                    others.set(name, changed);
                    // A digit of a hexadecimal number may be in capitals, a prefix not.
                    const bool digit = writes_hex(each.scheme) && value[at] == std::tolower(c) &&
                                       at >= std::string_view("sha").size();
                    EXPECT_EQ(why_not(subject, others, "{}").empty(), c == value[at] || digit)
                        << name << ": " << changed;
                }
            }
        }
    }
}

TEST(SignatureSchemes, the_secret_of_another_proves_nothing) {
    for (const auto& each : samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        EXPECT_EQ(why_not(subject, signed_by(each.scheme, each.other_sender, "{}"), "{}"),
                  "mismatch")
            << to_string(each.scheme);
    }
}

TEST(SignatureSchemes, any_of_several_secrets_counts_until_it_is_taken_out) {
    for (const auto& each : samples()) {
        const auto both = test::verifier(each.scheme, {each.receiver, each.other_receiver});
        const auto older = signed_by(each.scheme, each.other_sender, "{}");
        EXPECT_EQ(why_not(both, signed_by(each.scheme, each.sender, "{}"), "{}"), "");
        EXPECT_EQ(why_not(both, older, "{}"), "") << to_string(each.scheme);
        EXPECT_EQ(why_not(test::verifier(each.scheme, {each.receiver}), older, "{}"), "mismatch");
    }
}

TEST(SignatureSchemes, any_signature_of_a_header_counts_where_it_has_room_for_several) {
    for (const auto& each : samples()) {
        if (each.scheme != SignatureScheme::stripe && each.scheme != SignatureScheme::standard &&
            each.scheme != SignatureScheme::standard_ed25519) {
            continue;
        }
        const auto headers =
            signed_by(each.scheme, each.sender, "{}", now, {Secret(each.other_sender)});
        for (const auto& receiver : {each.receiver, each.other_receiver}) {
            EXPECT_EQ(why_not(test::verifier(each.scheme, {receiver}), headers, "{}"), "")
                << to_string(each.scheme);
        }
        const std::vector<Secret> nine(9, Secret(each.other_sender));
        const auto ten = signed_by(each.scheme, each.sender, "{}", now, nine);
        EXPECT_EQ(why_not(test::verifier(each.scheme, {each.receiver}), ten, "{}"), "");
    }
}

TEST(SignatureSchemes, more_signatures_than_ten_or_a_header_beyond_4_kib_are_not_looked_at) {
    const std::vector<Secret> nine(9, Secret("other"));
    auto stripe = signed_by(SignatureScheme::stripe, "s", "{}", now, nine);
    const std::string value(stripe.value("stripe-signature"));
    const auto subject = test::verifier(SignatureScheme::stripe, {"s"});
    stripe.set("stripe-signature", value + "," + value.substr(value.find("v1=")));
    EXPECT_EQ(why_not(subject, stripe, "{}"), "malformed");
    stripe.set("stripe-signature", value + ",v2=" + std::string(4096 - value.size() - 4, 'x'));
    EXPECT_EQ(why_not(subject, stripe, "{}"), "") << "4 KiB";
    stripe.set("stripe-signature", value + ",v2=" + std::string(4096 - value.size() - 3, 'x'));
    EXPECT_EQ(why_not(subject, stripe, "{}"), "malformed");
}

TEST(SignatureSchemes, a_header_of_another_scheme_proves_nothing) {
    for (const auto& sender : samples()) {
        const auto headers = signed_by(sender.scheme, sender.sender, "{}");
        for (const auto& receiver : samples()) {
            if (receiver.scheme == sender.scheme) {
                continue;
            }
            const auto subject = test::verifier(receiver.scheme, {receiver.receiver});
            EXPECT_EQ(why_not(subject, headers, "{}"), "missing")
                << to_string(sender.scheme) << " as " << to_string(receiver.scheme);
        }
    }
}

TEST(SignatureSchemes, each_header_is_needed_once) {
    for (const auto& each : samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        const auto headers = signed_by(each.scheme, each.sender, "{}");
        for (const auto& [name, value] : headers) {
            auto without = headers;
            without.remove(name);
            EXPECT_EQ(why_not(subject, without, "{}"), "missing") << name;
            auto empty = headers;
            empty.set(name, "");
            EXPECT_EQ(why_not(subject, empty, "{}"), "missing") << name;
            auto joined = headers;
            joined.set(name, value + ", " + value);  // how some servers join two of them
            EXPECT_EQ(why_not(subject, joined, "{}"),
                      name == "webhook-id" ? "mismatch" : "malformed")
                << name;
        }
    }
}

TEST(SignatureSchemes, names_of_headers_have_no_case) {
    for (const auto& each : samples()) {
        http::Headers shouted;
        for (auto [name, value] : signed_by(each.scheme, each.sender, "{}")) {
            std::ranges::transform(name, name.begin(), [](char c) {
                return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            });
            shouted.add(name, value);
        }
        EXPECT_EQ(why_not(test::verifier(each.scheme, {each.receiver}), shouted, "{}"), "");
    }
}

TEST(SignatureSchemes, a_copy_of_a_verifier_says_the_same) {
    for (const auto& each : samples()) {
        const auto first = test::verifier(each.scheme, {each.receiver});
        const auto copy = first;  // NOLINT(performance-unnecessary-copy-initialization)
        const auto headers = signed_by(each.scheme, each.sender, "{}");
        EXPECT_EQ(why_not(copy, headers, "{}"), "");
        EXPECT_EQ(why_not(first, headers, "{}"), "") << "after another one used the same keys";
        EXPECT_EQ(why_not(copy, headers, "{"), "mismatch");
        EXPECT_EQ(why_not(first, headers, "{}"), "") << "and nothing of the former body is left";
    }
}

TEST(SignatureSchemes, one_verifier_serves_many_threads) {
    for (const auto& each : samples()) {
        const auto subject = test::verifier(each.scheme, {each.receiver});
        std::atomic<int> wrong = 0;
        std::vector<std::jthread> threads;
        threads.reserve(4);
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&, number] {
                const std::string body(4096, static_cast<char>('a' + number));
                const auto headers = signed_by(each.scheme, each.sender, body);
                for (int i = 0; i < 100; ++i) {
                    wrong += subject.verify(headers, body, now) ? 0 : 1;
                    wrong += subject.verify(headers, body + "x", now) ? 1 : 0;
                }
            });
        }
        threads.clear();
        EXPECT_EQ(wrong, 0) << to_string(each.scheme);
    }
}

TEST(SignatureSchemes, secrets_that_are_none_are_named_and_not_repeated) {
    const auto wrong = [](SignatureScheme scheme, const std::string& secret) {
        const auto made = SignatureVerifier::create(scheme, {.secrets = {Secret(secret)}});
        if (made) {
            return std::string();
        }
        EXPECT_EQ(made.error().kind(), ErrorKind::invalid_argument);
        EXPECT_TRUE(secret.size() < 7 || !made.error().to_string().contains(secret));
        return made.error().detail();
    };
    for (const auto scheme : all_signature_schemes()) {
        EXPECT_EQ(wrong(scheme, ""), "secrets");
    }
    using enum SignatureScheme;
    for (const std::string text :
         {"whsec_", "whsec_s3cret", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFR==",  // gitleaks:allow
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-",                            // gitleaks:allow
          test::public_key, test::private_key}) {
        EXPECT_EQ(wrong(standard, text), "secrets") << text;
    }
    EXPECT_EQ(wrong(standard, "whsec_" + std::string(100, 'A')), "") << "75 bytes";
    EXPECT_EQ(wrong(standard, "whsec_" + std::string(104, 'A')), "secrets") << "78 bytes";
    for (const std::string text :
         {test::wrapped_key, test::private_key, "whpk_", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
          "1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="}) {
        EXPECT_EQ(wrong(standard_ed25519, text), "secrets") << text;
    }
}

}  // namespace
}  // namespace apilab::work
