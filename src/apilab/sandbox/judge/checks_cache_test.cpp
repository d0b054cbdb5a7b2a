// Each check has a client that passes, one that fails, and one that does nothing.

#include <gtest/gtest.h>

#include <string>

#include "apilab/sandbox/internal/test_walker.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::Walker;

const std::string repository = "/github/repos/octo/hello";
const std::string releases = "/github/repos/octo/hello/releases?per_page=1";

std::string etag_of(const internal::Seen& seen) {
    return std::string(seen.headers.value("etag"));
}

TEST(CacheChecks, who_does_nothing_is_not_judged) {
    Walker walker;
    for (const auto* id : {"CCH-01", "CCH-02", "CCH-03", "CCH-04", "CCH-05"}) {
        EXPECT_EQ(walker.judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

TEST(CacheChecks, a_poll_brings_the_entity_tag_back_as_it_was) {
    Walker good;
    const auto tag = etag_of(good.get(repository));
    ASSERT_TRUE(tag.starts_with("W/"));
    EXPECT_EQ(good.get(repository, {{"if-none-match", tag}}).status, 304);
    EXPECT_EQ(good.get(repository, {{"if-none-match", "\"other\", " + tag}}).status, 304);
    EXPECT_EQ(good.judged("CCH-01").verdict, Verdict::pass);

    Walker strips;
    const auto weak = etag_of(strips.get(repository));
    (void)strips.get(repository, {{"if-none-match", weak.substr(2)}});
    EXPECT_EQ(strips.judged("CCH-01").verdict, Verdict::fail);

    Walker forgets;
    (void)forgets.get(repository);
    (void)forgets.get(repository);
    EXPECT_EQ(forgets.judged("CCH-01").verdict, Verdict::fail);
}

TEST(CacheChecks, after_a_304_what_was_stored_is_used) {
    Walker good;
    const auto first = good.get(releases);
    const auto next = good.fact("page_next");
    (void)good.get(releases, {{"if-none-match", etag_of(first)}});
    (void)good.get("/github" + next);
    EXPECT_EQ(good.judged("CCH-02").verdict, Verdict::pass);

    Walker lost;
    const auto tag = etag_of(lost.get(releases));
    (void)lost.get(releases, {{"if-none-match", tag}});
    (void)lost.get(releases);
    EXPECT_EQ(lost.judged("CCH-02").verdict, Verdict::fail);
}

TEST(CacheChecks, an_entity_tag_goes_nowhere_else) {
    Walker good;
    const auto tag = etag_of(good.get(repository));
    (void)good.get(repository, {{"if-none-match", tag}});
    EXPECT_EQ(good.judged("CCH-03").verdict, Verdict::pass);

    const http::Headers other_token{{"authorization", "Bearer ghp_stubtoken"}};
    const http::Headers other_form{{"accept", "application/vnd.github.raw+json"}};
    for (const auto& [target, headers] :
         {std::pair(releases, http::Headers()), std::pair(repository, other_token),
          std::pair(repository, other_form)}) {
        Walker crosses;
        const auto one = etag_of(crosses.get(repository));
        auto with_tag = headers;
        with_tag.add("if-none-match", one);
        (void)crosses.get(target, with_tag);
        EXPECT_EQ(crosses.judged("CCH-03").verdict, Verdict::fail) << target;
    }
}

TEST(CacheChecks, what_says_no_store_is_not_kept) {
    const std::string scenario =
        "name = \"x\"\n[[fault]]\nwhere = \"github:*\"\n"
        "what = { status = 200, body = \"{}\", headers = { \"cache-control\" = \"no-store\", "
        "etag = '\"s\"' } }\n";
    for (const bool keeps : {false, true}) {
        Walker walker(scenario);
        (void)walker.get(repository);
        (void)walker.get(repository,
                         keeps ? http::Headers{{"if-none-match", "\"s\""}} : http::Headers());
        EXPECT_EQ(walker.judged("CCH-04").verdict, keeps ? Verdict::fail : Verdict::pass);
    }
}

TEST(CacheChecks, a_poll_waits_out_max_age_and_the_poll_interval) {
    for (const auto* header : {"\"cache-control\" = \"private, max-age=30, s-maxage=900\"",
                               "\"x-poll-interval\" = \"30\""}) {
        // Ages are counted from `Date`, which has whole seconds: 29 s are forgiven.
        for (const auto pause : {28s, 29s}) {
            Walker walker(
                "name = \"x\"\n[[fault]]\nwhere = \"github:*\"\nwhat = { status = 200, "
                "body = \"{}\", headers = { " +
                std::string(header) + " } }\n");
            (void)walker.get(repository);
            walker.wait(pause);
            (void)walker.get(repository);
            EXPECT_EQ(walker.judged("CCH-05").verdict, pause == 29s ? Verdict::pass : Verdict::fail)
                << header;
        }
    }
}

}  // namespace
}  // namespace apilab::sandbox
