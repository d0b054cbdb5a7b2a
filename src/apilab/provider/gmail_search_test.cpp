#include "apilab/provider/gmail_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace apilab::provider {
namespace {

using testing::HasSubstr;

constexpr SystemTime second_100{std::chrono::seconds(100)};

TEST(GmailSearch, writes_each_condition_and_quotes_what_would_end_it) {
    EXPECT_EQ(GmailSearch().q().value(), "");
    EXPECT_EQ(GmailSearch()
                  .from("octo@example.com")
                  .to("-me")
                  .subject("weekly report")
                  .label("to do")
                  .message_id("a.b@c")
                  .has_attachment()
                  .unread()
                  .phrase("exactly (this)")
                  .after(second_100)
                  .before(second_100 + std::chrono::hours(1))
                  .larger_than(5'000'000'000)
                  .q()
                  .value(),
              "from:octo@example.com to:\"-me\" subject:\"weekly report\" label:to-do "
              "rfc822msgid:a.b@c has:attachment is:unread \"exactly (this)\" after:100 "
              "before:3700 larger:5000000000");
}

TEST(GmailSearch, joins_and_excludes) {
    EXPECT_EQ(GmailSearch()
                  .any_of({GmailSearch().from("a"), GmailSearch().to("b").unread()})
                  .without(GmailSearch().label("spam"))
                  .without(GmailSearch())
                  .q()
                  .value(),
              "{from:a (to:b is:unread)} -(label:spam)");
}

TEST(GmailSearch, no_value_adds_a_condition) {
    EXPECT_EQ(GmailSearch().subject("x is:unread} {from:a").q().value(),
              "subject:\"x is:unread} {from:a\"");
}

TEST(GmailSearch, refuses_what_gmail_cannot_be_asked_for) {
    struct Row {
        GmailSearch search;
        std::string_view what;
    };
    const std::array rows{
        Row{GmailSearch().from(""), "from"},
        Row{GmailSearch().subject("a\" from:b"), "subject"},
        Row{GmailSearch().phrase("a\nb"), "phrase"},
        Row{GmailSearch().any_of({}), "any_of"},
        Row{GmailSearch().any_of({GmailSearch()}), "any_of"},
        Row{GmailSearch().without(GmailSearch().label("")), "label"},
        Row{GmailSearch().subject(std::string(2048, 'x')), "2048"},
    };
    for (const auto& row : rows) {
        const auto q = row.search.q();
        ASSERT_FALSE(q.has_value()) << row.what;
        EXPECT_EQ(q.error().kind(), ErrorKind::invalid_argument);
        EXPECT_THAT(q.error().message(), HasSubstr(row.what));
    }
}

}  // namespace
}  // namespace apilab::provider
