#include "apilab/sandbox/npm/audit_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/ask_provider.hpp"
#include "apilab/sandbox/npm/provider.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox::npm {
namespace {

constexpr std::string_view bulk = "/-/npm/v1/security/advisories/bulk";
constexpr std::string_view quick = "/-/npm/v1/security/audits/quick";

class NpmAudit : public ::testing::Test {
protected:
    NpmProvider provider{make_world().value().npm};
    AskProvider ask{provider};
    http::JsonDocument keep = http::JsonDocument::parse("null").value();
};

TEST_F(NpmAudit, a_gzipped_body_is_read_and_a_broken_one_refused) {
    // {"ws":["7.4.5"]}, gzip with one stored block.
    const std::string text = R"({"ws":["7.4.5"]})";
    std::string zipped("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x01\x10\x00\xef\xff", 15);
    zipped += text;
    const auto send = [&](std::string body, std::string coding) {
        return ask.send("POST", bulk,
                        {{"content-type", "application/json"}, {"content-encoding", coding}},
                        std::move(body));
    };
    EXPECT_EQ(send(zipped, "gzip").status(), 400) << "its end is missing";
    EXPECT_EQ(send(text, "gzip").status(), 400);
    EXPECT_EQ(send(text, "zork").status(), 400);
    EXPECT_EQ(send(text, "identity").status(), 200);
}

TEST_F(NpmAudit, the_older_audit_walks_the_tree_and_counts) {
    const auto reply = ask.post(quick, R"({"name":"t","version":"1.0.0","requires":{},
        "dependencies":{"express":{"version":"4.16.3","dependencies":{
            "qs":{"version":"6.5.2"}}},"lodash":{"version":"4.18.1","dev":true}}})");
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(reply.headers().contains("npm-notice"));
    const auto report = parsed(reply, keep);
    EXPECT_EQ(report["metadata"]["totalDependencies"].integer(), 3);
    EXPECT_EQ(report["metadata"]["devDependencies"].integer(), 1);
    EXPECT_GE(report["metadata"]["vulnerabilities"]["high"].integer().value_or(0), 1);
    bool qs = false;
    for (const auto& [id, advisory] : report["advisories"].members()) {
        if (advisory["module_name"].string_or("") == "qs") {
            qs = true;
            EXPECT_EQ(advisory["findings"].at_pointer("/0/paths/0").string(), "express>qs");
        }
    }
    EXPECT_TRUE(qs);
    EXPECT_EQ(report["muted"].size(), 0U);
}

TEST_F(NpmAudit, a_tree_that_is_too_deep_is_refused) {
    std::string body;
    for (int i = 0; i < 120; ++i) {
        body += R"({"dependencies":{"a":)";
    }
    body += "{}";
    for (int i = 0; i < 120; ++i) {
        body += "}}";
    }
    EXPECT_EQ(ask.post(quick, body).status(), 400);
    EXPECT_EQ(ask.post(quick, "[]").status(), 400);
}

}  // namespace
}  // namespace apilab::sandbox::npm
