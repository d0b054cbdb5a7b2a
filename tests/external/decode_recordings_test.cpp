// Answers that were recorded from GitHub, Notion, Slack, OSV and Stripe, decoded into typed models:
// no drift at all, and what is taken from them is what they say.

#include <gtest/gtest.h>

#include "apilab/data/decode.hpp"
#include "apilab/data/encode.hpp"
#include "apilab/data/shape.hpp"
#include "apilab/provider/github_models.hpp"
#include "external_data.hpp"

namespace apilab::data {
namespace {

using external::data_root;
using external::files_in;
using external::json_of;
namespace github = provider::github;

/// Decoded under the hardest policy: any drift is a failure with its pointer.
template <class T>
T strictly(http::Json value, const std::string& what) {
    auto decoded = decode<T>(value, {.on_drift = OnDrift::strict});
    EXPECT_TRUE(decoded) << what << ": " << decoded.error().to_string();
    return decoded ? std::move(decoded->value) : T{};
}

TEST(Recordings, of_github_decode_without_drift) {
    const auto folder = data_root() / "github" / "fixtures";
    if (!std::filesystem::exists(folder)) {
        GTEST_SKIP() << "no recordings in " << folder;
    }
    std::vector<std::int64_t> numbers;
    const auto pages = json_of(folder / "paginate-issues" / "normalized-fixture.json");
    for (const auto page : pages.root().elements()) {
        const auto name = std::string(page["path"].string_or(""));
        for (const auto& issue : strictly<std::vector<github::Issue>>(page["response"], name)) {
            numbers.push_back(issue.number);
            EXPECT_EQ(issue.state, github::IssueState::open);
            EXPECT_EQ(issue.user->type, github::AccountType::User);
            EXPECT_EQ(encode(issue.created_at), "\"2017-10-10T16:00:00Z\"");
        }
    }
    EXPECT_EQ(numbers.size(), 13U);
    EXPECT_TRUE(std::ranges::is_sorted(numbers, std::greater()));

    const auto found = json_of(folder / "search-issues" / "normalized-fixture.json");
    EXPECT_EQ(
        strictly<std::vector<github::Issue>>(found.root().at_pointer("/0/response/items"), "search")
            .size(),
        2U);
    const auto labels = json_of(folder / "labels" / "normalized-fixture.json");
    EXPECT_FALSE(
        strictly<std::vector<github::Label>>(labels.root().at_pointer("/0/response"), "labels")
            .empty());
    const auto release = json_of(folder / "release-assets" / "normalized-fixture.json");
    EXPECT_EQ(
        strictly<github::Release>(release.root().at_pointer("/0/response"), "release").tag_name,
        "v1.0.0");
    EXPECT_EQ(strictly<std::vector<github::ReleaseAsset>>(release.root().at_pointer("/2/response"),
                                                          "assets")
                  .at(0)
                  .size,
              14);
}

// --- OSV: the whole schema, with what each database adds kept as it is
// -----------------------------

struct OsvEvent {
    std::optional<std::string> introduced, fixed, last_affected, limit;
};
BOOST_DESCRIBE_STRUCT(OsvEvent, (), (introduced, fixed, last_affected, limit))
enum class OsvRangeType : std::uint8_t { ECOSYSTEM, SEMVER, GIT };
BOOST_DESCRIBE_ENUM(OsvRangeType, ECOSYSTEM, SEMVER, GIT)
struct OsvRange {
    Open<OsvRangeType> type;
    std::optional<std::string> repo;
    std::vector<OsvEvent> events;
    std::optional<RawJson> database_specific;
};
BOOST_DESCRIBE_STRUCT(OsvRange, (), (type, repo, events, database_specific))
struct OsvPackage {
    std::string ecosystem;
    std::string name;
    std::optional<std::string> purl;
};
BOOST_DESCRIBE_STRUCT(OsvPackage, (), (ecosystem, name, purl))
struct OsvSeverity {
    std::string type;
    std::string score;
};
BOOST_DESCRIBE_STRUCT(OsvSeverity, (), (type, score))
struct OsvAffected {
    std::optional<OsvPackage> package;
    std::optional<std::vector<OsvSeverity>> severity;
    std::optional<std::vector<OsvRange>> ranges;
    std::optional<std::vector<std::string>> versions;
    std::optional<RawJson> ecosystem_specific, database_specific;
};
BOOST_DESCRIBE_STRUCT(OsvAffected, (),
                      (package, severity, ranges, versions, ecosystem_specific, database_specific))
struct OsvReference {
    std::string type;
    std::string url;
};
BOOST_DESCRIBE_STRUCT(OsvReference, (), (type, url))
struct OsvRecord {
    std::optional<std::string> schema_version;
    std::string id;
    std::optional<SystemTime> modified, published, withdrawn;
    std::optional<std::vector<std::string>> aliases, related, upstream;
    std::optional<std::string> summary, details;
    std::optional<std::vector<OsvSeverity>> severity;
    std::optional<std::vector<OsvAffected>> affected;
    std::optional<std::vector<OsvReference>> references;
    std::optional<RawJson> credits, database_specific;
};
BOOST_DESCRIBE_STRUCT(OsvRecord, (),
                      (schema_version, id, modified, published, withdrawn, aliases, related,
                       upstream, summary, details, severity, affected, references, credits,
                       database_specific))

TEST(Recordings, of_osv_decode_without_drift_and_are_written_back) {
    auto files = files_in("osv/advisories-npm");
    APILAB_SKIP_WITHOUT(files);
    for (const auto& file : files) {
        const auto document = json_of(file);
        const auto record = strictly<OsvRecord>(document.root(), file.filename().string());
        EXPECT_EQ(record.id, file.stem().string());
        const auto again = decode<OsvRecord>(encode(record), {.on_drift = OnDrift::strict});
        ASSERT_TRUE(again) << again.error().to_string();
        // The same members and types: nothing was lost or made up on the way.
        Shape before;
        before.observe(document.root());
        const auto written = http::JsonDocument::parse(encode(record));
        ASSERT_TRUE(written);
        Shape after;
        after.observe(written->root());
        EXPECT_EQ(before.to_text(), after.to_text()) << file;
    }
}

// --- Notion: lists of any kind
// ---------------------------------------------------------------------

struct NotionBlock {
    std::string object;
    std::string id;
    SystemTime created_time;
    SystemTime last_edited_time;
    std::string type;
    bool has_children = false;
};
BOOST_DESCRIBE_STRUCT(NotionBlock, (),
                      (object, id, created_time, last_edited_time, type, has_children))
template <class Item>
struct NotionList {
    std::vector<Item> results;
    Nullable<std::string> next_cursor;
    bool has_more = false;
    std::string type;
};
using NotionBlocks = NotionList<NotionBlock>;
BOOST_DESCRIBE_STRUCT(NotionBlocks, (), (results, next_cursor, has_more, type))
using NotionAnything = NotionList<RawJson>;
BOOST_DESCRIBE_STRUCT(NotionAnything, (), (results, next_cursor, has_more, type))

// --- Slack: pages with a cursor
// --------------------------------------------------------------------

struct SlackCursor {
    std::string next_cursor;
};
BOOST_DESCRIBE_STRUCT(SlackCursor, (), (next_cursor))
struct SlackMessage {
    std::string type;
    std::string user;
    std::string text;
    /// Microseconds that no double holds: a string, and kept as one.
    Decimal ts;
};
BOOST_DESCRIBE_STRUCT(SlackMessage, (), (type, user, text, ts))
struct SlackHistory {
    bool ok = false;
    std::vector<SlackMessage> messages;
    bool has_more = false;
    std::int64_t pin_count = 0;
    std::optional<SlackCursor> response_metadata;
};
BOOST_DESCRIBE_STRUCT(SlackHistory, (), (ok, messages, has_more, pin_count, response_metadata))
struct SlackChannel {
    std::string id;
    std::string name;
    bool is_channel = false;
    bool is_archived = false;
    bool is_private = false;
    bool is_member = false;
    std::int64_t created = 0;
    std::string creator;
    std::int64_t num_members = 0;
};
BOOST_DESCRIBE_STRUCT(SlackChannel, (),
                      (id, name, is_channel, is_archived, is_private, is_member, created, creator,
                       num_members))
struct SlackChannels {
    bool ok = false;
    std::vector<SlackChannel> channels;
    std::optional<SlackCursor> response_metadata;
};
BOOST_DESCRIBE_STRUCT(SlackChannels, (), (ok, channels, response_metadata))

// --- Stripe: money in minor units, prices with decimals in strings
// ---------------------------------

enum class StripeInterval : std::uint8_t { day, week, month, year };
BOOST_DESCRIBE_ENUM(StripeInterval, day, week, month, year)
struct StripePlan {
    std::string id;
    bool active = false;
    Nullable<std::int64_t> amount;
    Nullable<Decimal> amount_decimal;
    std::string currency;
    Open<StripeInterval> interval;
    std::int64_t interval_count = 0;
    std::int64_t created = 0;
    std::map<std::string, std::string> metadata;
    UnknownFields unknown;
};
BOOST_DESCRIBE_STRUCT(StripePlan, (),
                      (id, active, amount, amount_decimal, currency, interval, interval_count,
                       created, metadata, unknown))
struct StripeRefund {
    std::string id;
    std::string object;
    std::int64_t amount = 0;
    std::string currency;
    std::string charge;
    std::string status;
    Nullable<std::string> reason;
    std::int64_t created = 0;
    std::map<std::string, std::string> metadata;
};
BOOST_DESCRIBE_STRUCT(StripeRefund, (),
                      (id, object, amount, currency, charge, status, reason, created, metadata))

}  // namespace

template <>
struct Model<NotionBlock> {
    static constexpr bool partial = true;  // each type has a member of its own name
};
template <>
struct Model<NotionBlocks> {
    static constexpr std::array<std::string_view, 3> ignored{"object", "request_id", "block"};
};
template <>
struct Model<NotionAnything> {
    static constexpr bool partial = true;
};
template <>
struct Model<SlackChannel> {
    static constexpr bool partial = true;
};
template <>
struct Model<StripePlan> {
    static constexpr bool partial = true;
};
template <>
struct Model<StripeRefund> {
    static constexpr std::array<std::string_view, 9> ignored{"balance_transaction",
                                                             "destination_details",
                                                             "payment_intent",
                                                             "receipt_number",
                                                             "source_transfer_reversal",
                                                             "transfer_reversal",
                                                             "customer",
                                                             "customer_account",
                                                             "payment_method"};
};

namespace {

TEST(Recordings, of_notion_decode_without_drift) {
    const auto files = files_in("notion/cassettes");
    APILAB_SKIP_WITHOUT(files);
    std::size_t lists = 0;
    std::size_t blocks = 0;
    for (const auto& file : files) {
        const auto document = json_of(file);
        for (const auto exchange : document.root().elements()) {
            const auto body = exchange["response_body"];
            if (body["object"].string_or("") != "list") {
                continue;
            }
            ++lists;
            const auto name = file.filename().string();
            const auto list = strictly<NotionAnything>(body, name);
            EXPECT_EQ(list.has_more, list.next_cursor.has_value()) << name;
            if (list.type == "block") {
                blocks += strictly<NotionBlocks>(body, name).results.size();
            }
        }
    }
    EXPECT_EQ(lists, 23U);
    EXPECT_GT(blocks, 10U);
}

TEST(Recordings, of_slack_decode_without_drift) {
    const auto file = data_root() / "slack" / "web-api-examples.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no recordings: " << file;
    }
    const auto document = json_of(file);
    const auto history =
        strictly<SlackHistory>(document.root()["conversations.history"]["200"], "history");
    ASSERT_EQ(history.messages.size(), 2U);
    EXPECT_EQ(history.messages[0].ts.text(), "1512085950.000216");
    EXPECT_EQ(history.messages[0].ts.scaled(6), 1512085950000216);
    EXPECT_TRUE(history.response_metadata);
    const auto channels =
        strictly<SlackChannels>(document.root()["conversations.list"]["200"], "list");
    EXPECT_EQ(channels.channels.at(1).name, "random");
    // A refusal with status 200 is no page.
    EXPECT_FALSE(decode<SlackHistory>(document.root()["conversations.history"]["default"],
                                      {.on_drift = OnDrift::strict}));
}

TEST(Recordings, of_stripe_decode_without_drift_and_are_written_back) {
    const auto file = data_root() / "stripe" / "fixtures3.json";
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << "no recordings: " << file;
    }
    const auto document = json_of(file);
    const auto resources = document.root()["resources"];
    const auto plan = strictly<StripePlan>(resources["plan"], "plan");
    EXPECT_EQ(plan.amount, 2000);
    EXPECT_EQ(plan.amount_decimal->text(), "2000");
    EXPECT_TRUE(plan.amount_decimal->quoted());
    EXPECT_EQ(plan.interval, StripeInterval::month);
    Shape before;
    before.observe(resources["plan"]);
    const auto written = http::JsonDocument::parse(encode(plan));
    ASSERT_TRUE(written);
    Shape after;
    after.observe(written->root());
    EXPECT_EQ(before.to_text(), after.to_text()) << "what the model does not have is kept";
    EXPECT_EQ(strictly<StripeRefund>(resources["refund"], "refund").amount, 100);
}

}  // namespace
}  // namespace apilab::data
