// How the sandbox's senders sign, against the vectors that receivers are tested with
// (APILAB_DATA/webhooks), and the shape of what they send, against recorded payloads.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "apilab/sandbox/webhook/bodies.hpp"
#include "apilab/sandbox/webhook/sign.hpp"
#include "external_data.hpp"

namespace apilab::sandbox::webhook {
namespace {

// What the sender would have written, for a vector that a receiver accepts; empty for schemes that
// the sandbox has no sender for.
std::string signature_of(http::Json row) {
    const auto from = row["provider"].string_or("");
    const std::string secret(row["secret"].string_or(""));
    const std::string body(row["body"].string_or(""));
    const auto headers = row["headers"];
    if (from == "github") {
        return github_signature(secret, body);
    }
    if (from == "notion") {
        return notion_signature(secret, body);
    }
    if (from == "slack") {
        return slack_signature(secret, headers["X-Slack-Request-Timestamp"].string_or(""), body);
    }
    if (from == "stripe") {
        return "v1=" + stripe_signature(secret, std::to_string(*row["now"].integer()), body);
    }
    if (from == "standard-webhooks") {
        return standard_signature(secret, headers["webhook-id"].string_or(""),
                                  headers["webhook-timestamp"].string_or(""), body)
            .value_or("");
    }
    return "";
}

TEST(WebhookSigning, writes_what_receivers_accept_and_not_what_they_refuse) {
    const auto files = external::files_in("webhooks");
    APILAB_SKIP_WITHOUT(files);
    std::set<std::string> senders;
    for (const auto& file : files) {
        const auto document = external::json_of(file);
        for (const auto row : document.root().elements()) {
            const auto signature = signature_of(row);
            if (signature.empty() || row["expect"].string() != "accept") {
                continue;
            }
            bool found = false;
            for (const auto& [name, value] : row["headers"].members()) {
                found = found || std::string(value.string_or("")).contains(signature);
            }
            EXPECT_TRUE(found) << row["id"].string_or("?");
            senders.insert(std::string(row["provider"].string_or("")));
        }
    }
    EXPECT_EQ(senders.size(), 5);
}

// The names of the members of an object.
std::set<std::string> names(http::Json object) {
    std::set<std::string> all;
    for (const auto& [name, value] : object.members()) {
        all.insert(std::string(name));
    }
    return all;
}

TEST(WebhookBodies, have_the_members_of_a_recorded_stripe_event) {
    const auto files = external::files_in("stripe");
    APILAB_SKIP_WITHOUT(files);
    const auto body = write_body({.from = "stripe", .id = "evt_1", .matter = Matter::created});
    const auto ours = http::JsonDocument::parse(body.text);
    ASSERT_TRUE(ours);
    const auto recorded = external::json_of(files.front());
    EXPECT_EQ(names(ours->root()), names(recorded.root()["resources"]["event"]));
}

TEST(WebhookBodies, have_the_members_of_a_recorded_push_of_github) {
    const auto files = external::files_in("github/webhooks/push");
    APILAB_SKIP_WITHOUT(files);
    const auto body = write_body({.from = "github", .id = "x", .number = 2});
    const auto ours = http::JsonDocument::parse(body.text);
    ASSERT_TRUE(ours);
    auto recorded = names(external::json_of(files.front()).root());
    recorded.erase("organization");  // only where there is one
    recorded.erase("installation");
    EXPECT_EQ(names(ours->root()), recorded);
}

}  // namespace
}  // namespace apilab::sandbox::webhook
