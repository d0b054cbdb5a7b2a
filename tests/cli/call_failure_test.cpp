// `apilab call` when things go wrong, against the sandbox: exit codes and what is said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <map>
#include <memory>
#include <sstream>

#include "apilab/base/ascii.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

class CallFailure : public testing::Test {
protected:
    // A sandbox in which everything goes wrong like that.
    void world(const std::string& what, const std::string& when = "") {
        sandbox = std::make_unique<RunningSandbox>(
            Words{"--scenario", dir.write("faults.toml",
                                          "name = \"x\"\n[[fault]]\nwhere = "
                                          "\"*:*\"\nwhat = { " +
                                              what + " }\n" + when)});
        variables = sandbox->variables();
        variables["HOME"] = dir.path().string();
    }
    Finished call(Words words) {
        words.insert(words.begin(), "call");
        return apilab(std::move(words), variables, dir.path());
    }
    std::vector<json::object> journal() {
        std::istringstream in(
            apilab({"sandbox", "journal", "--ready-file", sandbox->ready_file().string()}).out);
        std::vector<json::object> rows;
        for (std::string line; std::getline(in, line);) {
            auto row = json::parse(line).as_object();
            if (row.contains("type") && row.at("type") == "exchange") {
                rows.push_back(std::move(row));
            }
        }
        return rows;
    }
    TempDir dir;
    std::unique_ptr<RunningSandbox> sandbox;
    Variables variables;
};

TEST_F(CallFailure, a_503_is_asked_again_and_told_with_v) {
    world("status = 503", "when = { nth = 1 }\n");
    const auto ended = call({"npm:/lodash", "-v", "--show-attempts", "--timing"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr("attempt 1: 503"), HasSubstr("503 -> retry in"),
                      HasSubstr("attempt 2: 200"), HasSubstr("200 -> done"), HasSubstr("backoff"),
                      HasSubstr("2 attempts"), HasSubstr("apilab trace show t-")));
    EXPECT_EQ(journal().size(), 2U);
}

TEST_F(CallFailure, no_retries_are_one_attempt_and_a_status_is_an_answer) {
    world("status = 503");
    const auto ended = call({"npm:/lodash", "--retries", "0"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    EXPECT_EQ(journal().size(), 1U);
    const auto failed = call({"npm:/lodash", "--retries", "0", "--fail"});
    EXPECT_EQ(failed.code, 22);
    EXPECT_THAT(failed.err, AllOf(HasSubstr("[exit 22]"), HasSubstr("  why: "),
                                  HasSubstr("  do:  "), HasSubstr("see: apilab trace show t-"),
                                  HasSubstr("apilab explain transient")));
}

TEST_F(CallFailure, a_limit_beyond_the_deadline_is_given_up) {
    world("status = 429, retry_after = \"30s\"");
    const auto ended = call({"npm:/lodash", "--deadline", "10s"});
    EXPECT_EQ(ended.code, 9);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("GET npm:/lodash stopped after 1 attempt"),
                                 HasSubstr("the next wait of 30"), HasSubstr("--deadline"),
                                 HasSubstr("apilab explain retry-after")));
    EXPECT_EQ(call({"npm:/lodash", "--retries", "0"}).code, 0) << "who asks once gets the answer";
    const auto document = json::parse(call({"npm:/lodash", "--deadline", "10s", "--json"}).out);
    EXPECT_EQ(document.at("exit_code").to_number<int>(), 9);
    EXPECT_EQ(document.at("error").at("ending"), "deadline");
}

TEST_F(CallFailure, a_reply_lost_after_the_commit_is_unknown_and_said) {
    world("reset = \"after_commit\"");
    const auto ended = call({"POST", "api:/session", "user=ada", "--json"});
    EXPECT_EQ(ended.code, 7) << ended.err;
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr("the other side may have acted"), HasSubstr("--idempotency-key"),
                      HasSubstr("apilab explain outcome-unknown")));
    EXPECT_EQ(json::parse(ended.out).at("error").at("outcome"), "unknown");
    EXPECT_EQ(journal().size(), 1U) << "a write is not sent twice";
}

TEST_F(CallFailure, a_key_or_a_declared_effect_makes_a_post_safe_to_send_again) {
    world("reset = \"after_commit\"", "when = { nth = 1 }\n");
    const auto keyed = call({"POST", "api:/session", "user=ada", "password=env:APILAB_API_PASSWORD",
                             "--idempotency-key", "auto"});
    EXPECT_EQ(keyed.code, 0) << keyed.err;
    const auto rows = journal();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_TRUE(rows[0].at("key").is_string());
    EXPECT_EQ(rows[0].at("key"), rows[1].at("key"));
    world("status = 503", "when = { nth = 1 }\n");
    EXPECT_EQ(call({"POST", "api:/session", "user=ada", "--effect", "read"}).code, 0);
    EXPECT_EQ(journal().size(), 2U);
}

TEST_F(CallFailure, a_pace_is_kept_between_attempts) {
    world("status = 503", "when = { nth = 1 }\n");
    const auto paced = call({"npm:/lodash", "--pace", "1/h"});
    EXPECT_EQ(paced.code, 9) << paced.err;
    EXPECT_EQ(journal().size(), 1U);
    EXPECT_EQ(call({"npm:/lodash", "--pace", "off"}).code, 0);
}

TEST_F(CallFailure, the_deadline_has_its_exit_code) {
    world("delay = \"5s\"");
    const auto ended = call({"npm:/lodash", "--deadline", "100ms"});
    EXPECT_EQ(ended.code, 8);
    EXPECT_THAT(ended.err, HasSubstr("apilab explain"));
    const auto attempt = call({"npm:/lodash", "--timeout", "50ms", "--retries", "0"});
    EXPECT_EQ(attempt.code, 8);
    EXPECT_THAT(attempt.err, HasSubstr("--timeout"));
}

TEST_F(CallFailure, nobody_there_has_its_exit_code) {
    const auto ended = call({"http://127.0.0.1:1/", "--retries", "0"});
    EXPECT_EQ(ended.code, 7);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("nothing was sent"), HasSubstr("exit 7")));
    EXPECT_EQ(call({"http://nowhere.invalid/", "--retries", "0"}).code, 7);
}

TEST_F(CallFailure, an_interruption_is_told_at_once_with_what_may_have_happened) {
    world("delay = \"30s\"");
    for (const auto& [number, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
        const auto before = journal().size();
        Program program({apilab_path(), "call", "POST", "api:/orders", "a=1"}, variables);
        while (journal().size() == before && !program.ended(std::chrono::milliseconds(20))) {
        }
        program.signal(number);
        const auto ended = program.wait();
        EXPECT_EQ(ended.code, code);
        EXPECT_THAT(ended.err, AllOf(HasSubstr("interrupted: ending the call"),
                                     HasSubstr("the other side may have acted"),
                                     HasSubstr("apilab trace show t-")));
    }
}

TEST_F(CallFailure, an_answer_that_refuses_a_limited_quota_counts_as_given_up) {
    world("status = 429, retry_after = \"0s\"");
    EXPECT_EQ(call({"npm:/lodash", "--retries", "1"}).code, 9);
}

TEST_F(CallFailure, a_curl_line_asks_the_same) {
    world("delay = \"0ms\"", "");
    variables["AUTHORIZATION"] = "Bearer " + variables.at("APILAB_SLACK_TOKEN");
    const Words words{"POST",
                      "slack:/chat.postMessage",
                      "X-Own:it's $HOME `x`",
                      "text=a\"b'c\n$(x)",
                      "q==a b&c",
                      "--bearer",
                      "env:APILAB_SLACK_TOKEN"};
    auto offline = words;
    offline.insert(offline.end(), {"--offline", "--print-curl"});
    const auto line = call(offline);
    ASSERT_EQ(line.code, 0) << line.err;
    EXPECT_THAT(line.out, Not(HasSubstr(variables.at("APILAB_SLACK_TOKEN"))));
    ASSERT_EQ(call(words).code, 0);
    variables["PATH"] = "/usr/bin:/bin";
    const auto curl = Program({"/bin/sh", "-c", line.out}, variables).wait();
    ASSERT_EQ(curl.code, 0) << curl.err;
    const auto rows = journal();
    ASSERT_EQ(rows.size(), 2U);
    for (const auto* key : {"method", "path", "query", "body_sha256", "status"}) {
        EXPECT_EQ(rows[0].at(key), rows[1].at(key)) << key;
    }
    // Names have no case; and curl unpacks nothing here, so it says nothing of that.
    const auto plain = [](const json::value& headers) {
        std::map<std::string, json::value> all;
        for (const auto& [name, value] : headers.as_object()) {
            all[ascii_lowered(name)] = value;
        }
        all.erase("accept-encoding");
        return all;
    };
    EXPECT_EQ(plain(rows[0].at("headers")), plain(rows[1].at("headers")));
}

}  // namespace
}  // namespace apilab::cli_test
