// apilab hook sign and verify, as a script uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>
#include <string>

#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

constexpr const char* whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
// A published pair (svix-webhooks, server/svix-server/src/worker.rs).
constexpr const char* whsk =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
constexpr const char* whpk = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

class Hook : public testing::Test {
protected:
    // A secret is never told, whatever is asked.
    Finished ask(const std::string& command, const std::string& scheme, Words more) {
        Words words{"hook", command, "--scheme", scheme};
        words.insert(words.end(), more.begin(), more.end());
        auto ended = apilab(words, variables, folder.path());
        for (const auto& [name, value] : variables) {
            if (value.size() > 7) {
                EXPECT_THAT(ended.out + ended.err, Not(HasSubstr(value))) << name;
            }
        }
        return ended;
    }
    // `--header` for each line that `hook sign` writes.
    static Words headers_of(const Finished& signed_one) {
        Words words;
        std::istringstream lines(signed_one.out);
        for (std::string line; std::getline(lines, line);) {
            words.insert(words.end(), {"--header", line});
        }
        return words;
    }
    // The published message of GitHub.
    Finished verify_hello(const std::string& name, Words more = {}) {
        const std::string header =
            "X-Hub-Signature-256: "
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        more.insert(more.end(), {"--secret", "env:GITHUB", "--header", header, name});
        return ask("verify", "github", more);
    }

    TempDir folder;
    std::string hello = folder.write("hello", "Hello, World!");
    std::string other = folder.write("other", "Hello, World!\n");
    std::string empty = folder.write("empty", "");
    Variables variables{{"GITHUB", "It's a Secret to Everybody"},
                        {"TEXT", "8f742231b10e8888abcd99yyyzzz85a5"},
                        {"OTHER", "whsec_of_somebody_else"},
                        {"WHSEC", whsec},
                        {"WHSK", whsk},
                        {"WHPK", whpk}};
};

TEST_F(Hook, verify_says_that_it_is_genuine) {
    const auto ended = verify_hello(hello);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.out, "genuine\n");
}

TEST_F(Hook, verify_ends_with_3_and_says_why_not) {
    const auto ended = verify_hello(other);
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.out, HasSubstr("refused (mismatch): "));
    EXPECT_EQ(ended.err, "");
    const auto none = ask("verify", "github", {"--secret", "env:GITHUB", hello});
    EXPECT_EQ(none.code, 3);
    EXPECT_THAT(none.out, HasSubstr("refused (missing): the webhook has no X-Hub-Signature-256"));
}

TEST_F(Hook, verify_tells_a_program_the_same) {
    const auto good = verify_hello(hello, {"--json"});
    EXPECT_EQ(json::parse(good.out),
              (json::value{{"version", 1}, {"scheme", "github"}, {"genuine", true}}));
    const auto bad = verify_hello(other, {"--json"});
    EXPECT_EQ(bad.code, 3);
    const auto told = json::parse(bad.out);
    EXPECT_EQ(told.at("genuine"), false);
    EXPECT_EQ(told.at("reason"), "mismatch");
    EXPECT_TRUE(told.at("message").is_string());
}

TEST_F(Hook, what_sign_writes_verify_takes_whatever_the_scheme) {
    struct Row {
        std::string scheme;
        std::string signs;
        std::string checks;
    };
    for (const auto& row : {Row{"github", "env:TEXT", "env:TEXT"},
                            {"slack", "env:TEXT", "env:TEXT"},
                            {"stripe", "env:WHSEC", "env:WHSEC"},
                            {"standard", "env:WHSEC", "env:WHSEC"},
                            {"standard-ed25519", "env:WHSK", "env:WHPK"},
                            {"shopify", "env:TEXT", "env:TEXT"},
                            {"notion", "env:TEXT", "env:TEXT"}}) {
        for (const auto& file : {hello, empty}) {
            const auto made =
                ask("sign", row.scheme, {"--secret", row.signs, "--id", "msg_1", file});
            ASSERT_EQ(made.code, 0) << row.scheme << made.err;
            auto words = headers_of(made);
            words.insert(words.end(), {"--secret", row.checks});
            for (const auto& [body, code] : {std::pair(file, 0), std::pair(other, 3)}) {
                auto all = words;
                all.push_back(body);
                EXPECT_EQ(ask("verify", row.scheme, all).code, code) << row.scheme;
            }
        }
    }
}

TEST_F(Hook, sign_writes_the_published_headers) {
    const auto body = folder.write("svix", R"({"test": 2432232314})");
    const Words message{"--id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "--at", "1614265330", body};
    Words words{"--secret", "env:WHSEC"};
    words.insert(words.end(), message.begin(), message.end());
    EXPECT_EQ(ask("sign", "standard", words).out,
              "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n"
              "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n");
    words.emplace_back("--json");
    EXPECT_EQ(json::parse(ask("sign", "standard", words).out).at("headers").at("webhook-signature"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(Hook, at_says_what_the_time_is) {
    const auto made = ask("sign", "slack", {"--secret", "env:TEXT", "--at", "1531420618", hello});
    const auto verified_at = [&](const std::string& time) {
        auto words = headers_of(made);
        words.insert(words.end(), {"--secret", "env:TEXT", "--at", time, hello});
        return ask("verify", "slack", words);
    };
    EXPECT_EQ(verified_at("1531420918").code, 0);
    EXPECT_EQ(verified_at("1531420318").code, 0);
    const auto late = verified_at("1531420919");
    EXPECT_EQ(late.code, 3);
    EXPECT_THAT(late.out, HasSubstr("refused (timestamp): the webhook was signed 301 s ago"));
    EXPECT_EQ(verified_at("1531420317").code, 3) << "it is dated ahead";
    for (const std::string wrong :
         {"now", "+1", "1e9", "", "1531420618.0", "1234567890123", "999999999999"}) {
        const auto ended = verified_at(wrong);
        EXPECT_EQ(ended.code, wrong.empty() ? 3 : 2) << wrong;
    }
}

TEST_F(Hook, any_of_several_secrets_counts_and_sign_writes_one_signature_for_each) {
    EXPECT_EQ(verify_hello(hello, {"--secret", "env:OTHER"}).code, 0);
    const auto made =
        ask("sign", "stripe", {"--secret", "env:TEXT", "--secret", "env:OTHER", hello});
    ASSERT_EQ(made.code, 0) << made.err;
    for (const std::string secret : {"env:TEXT", "env:OTHER"}) {
        auto words = headers_of(made);
        words.insert(words.end(), {"--secret", secret, hello});
        EXPECT_EQ(ask("verify", "stripe", words).code, 0) << secret;
    }
    const auto no_room =
        ask("sign", "github", {"--secret", "env:TEXT", "--secret", "env:OTHER", hello});
    EXPECT_EQ(no_room.code, 2);
    EXPECT_THAT(no_room.err, HasSubstr("X-Hub-Signature-256 has room for one"));
}

TEST_F(Hook, a_minus_is_the_standard_input) {
    const auto ended = Program({"/bin/sh", "-c",
                                "printf 'Hello, World!' | " + apilab_path() +
                                    " hook sign --scheme github --secret env:GITHUB -"},
                               variables)
                           .wait();
    EXPECT_EQ(ended.out,
              "X-Hub-Signature-256: "
              "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n");
}

TEST_F(Hook, what_cannot_be_used_is_named_and_ends_with_2) {
    const auto expect_usage = [&](const Words& words, const std::string& scheme,
                                  const std::string& what) {
        const auto ended = ask("verify", scheme, words);
        EXPECT_EQ(ended.code, 2) << ended.out;
        EXPECT_EQ(ended.out, "");
        EXPECT_THAT(ended.err, HasSubstr(what));
    };
    const Words good{"--secret", "env:TEXT", hello};
    expect_usage(good, "gitlab", "standard-ed25519");
    expect_usage({"--secret", "s3cret-in-clear", hello}, "github", "env:NAME");
    expect_usage({"--secret", "env:NOT_SET", hello}, "github", "--secret");
    expect_usage({"--secret", "env:TEXT", "--header", "no colon", hello}, "github", "--header");
    expect_usage({"--secret", "env:TEXT", "--header", "a b:c", hello}, "github", "--header");
    expect_usage({"--secret", "env:TEXT", folder.path() / "missing"}, "github", "missing");
    expect_usage({"--secret", "env:TEXT"}, "github", "FILE");
    expect_usage({hello}, "github", "--secret");
    expect_usage({"--secret", "env:OTHER", hello}, "standard", "base64");
    expect_usage({"--secret", "env:WHSEC", hello}, "standard-ed25519", "whpk_");
    expect_usage({"--secret", "env:WHSK", hello}, "standard-ed25519", "private key");
    const auto without_id = ask("sign", "standard", {"--secret", "env:WHSEC", hello});
    EXPECT_EQ(without_id.code, 2);
    EXPECT_THAT(without_id.err, HasSubstr("--id ID"));
}

}  // namespace
}  // namespace apilab::cli_test
