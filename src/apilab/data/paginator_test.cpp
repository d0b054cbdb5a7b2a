// Tables: an answer, and what comes next.

#include "apilab/data/paginator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apilab/data/page_detector.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::data {
namespace {

using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::JsonDocument;
using http::Request;
using http::Response;
using http::Url;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Request get(std::string_view url) {
    return Request::get(*Url::parse(url));
}
Response page(std::string body, http::Headers headers = {}) {
    return Response(200, std::move(body), std::move(headers));
}
PageRules cursor_rules() {
    return {.name = "shop",
            .kind = PageKind::cursor,
            .items = "/items",
            .next = "/next",
            .parameter = "cursor"};
}
PageRules numbered(PageKind kind) {
    return {.name = "shop",
            .kind = kind,
            .items = "/items",
            .parameter = kind == PageKind::offset ? "offset" : "page",
            .total_items = "/total"};
}

// One step: the answer to `position`, and the request after it.
struct Step {
    Result<PageAnswer> answer;
    std::string next;
    std::string body;
};
Step step(Paginator& paginator, const Response& response, const PagePosition& position = {}) {
    const auto sent = paginator.request(position);
    EXPECT_THAT(sent, IsOk());
    auto document = parse_page(response);
    auto root = document ? document->root() : http::Json();
    Step step{.answer = paginator.read(position, *sent, response, root), .next = {}, .body = {}};
    if (step.answer && step.answer->next) {
        const auto next = paginator.request(*step.answer->next);
        EXPECT_THAT(next, IsOk());
        step.next = next->url().to_string();
        step.body = next->body();
    }
    if (step.answer) {
        step.answer->items = {};  // views into the document
    }
    return step;
}
Step step(PageRules rules, const Response& response, const Request& first) {
    auto paginator = Paginator::create(first, std::move(rules));
    EXPECT_THAT(paginator, IsOk());
    return step(*paginator, response);
}

TEST(Paginator, a_link_header_is_followed_as_it_stands) {
    struct Case {
        std::string link;
        std::string next;
    };
    const Case cases[] = {
        {"<http://h/a?page=2>; rel=\"next\"", "http://h/a?page=2"},
        {"</a?page=2>; rel=next", "http://h/a?page=2"},
        {"<?page=2>; rel=next", "http://h/a?page=2"},
        {"<b?page=2#x>; rel=\"last next\"", "http://h/b?page=2"},
        {"<//h/a?p=%26>; rel=next", "http://h/a?p=%26"},
        {"<http://h/a?page=1>; rel=prev", ""},
        {"<http://h/a?page=2; rel=next", ""},
        {"", ""},
    };
    for (const auto& one : cases) {
        const auto got =
            step(page_rules::github(), page("[1]", {{"link", one.link}}), get("http://h/a"));
        ASSERT_THAT(got.answer, IsOk());
        EXPECT_EQ(got.next, one.next) << one.link;
        EXPECT_FALSE(got.answer->problem) << one.link;
    }
}

TEST(Paginator, a_next_that_must_not_be_asked_is_named_and_the_items_are_good) {
    struct Case {
        std::string first;
        std::string next;
        std::string why;
    };
    const Case cases[] = {
        {"http://h/a", "http://evil/a", "at another origin, http://evil"},
        {"http://h/a", "//evil/a", "at another origin, http://evil"},
        {"http://h/a", "http://h:8080/a", "at another origin, http://h:8080"},
        {"https://h/a", "http://h/a", "from https to http"},
        {"http://h/a", "http://127.0.0.1/a", "into a private network"},
        {"http://h/a", "http://user:pw@h/a", "cannot be asked"},
        {"http://h/a", "http://[::", "cannot be asked"},
        {"http://h/a", "javascript:1", "cannot be asked"},
        {"http://h/a", "/" + std::string(1 << 20, 'x'), "1048577 bytes, more than 32768"},
    };
    for (const auto& one : cases) {
        PageRules rules{.kind = PageKind::next_url, .items = "/items", .next = "/next"};
        const auto got =
            step(rules, page("{\"items\":[1],\"next\":" + http::json_quote(one.next) + "}"),
                 get(one.first));
        ASSERT_THAT(got.answer, IsOk());
        ASSERT_TRUE(got.answer->problem) << one.why;
        EXPECT_THAT(got.answer->problem->to_string(), HasSubstr(one.why));
        EXPECT_EQ(got.answer->problem->kind(), ErrorKind::protocol);
        EXPECT_FALSE(got.answer->next);
    }
}

TEST(Paginator, another_origin_gets_no_credentials_and_the_way_back_neither) {
    auto rules = page_rules::github();
    rules.next_origin = NextOrigin::without_credentials;
    auto first = get("http://h/a?api_key=k");
    first.header("authorization", "Bearer t").header("x-api-key", "k").header("x-mine", "m");
    first.header("accept", "application/json").hide_header("x-mine");
    auto paginator = *Paginator::create(first, rules);
    const auto away = paginator.read({}, first, page("[]", {{"link", "<http://o/b>; rel=next"}}),
                                     JsonDocument::parse("[]")->root());
    ASSERT_TRUE(away->next);
    EXPECT_TRUE(away->next->foreign);
    const auto sent = *paginator.request(*away->next);
    EXPECT_EQ(sent.url().to_string(), "http://o/b");
    EXPECT_THAT(sent.headers(), SizeIs(1));
    const auto back =
        paginator.read(*away->next, sent, page("[]", {{"link", "<http://h/c>; rel=next"}}),
                       JsonDocument::parse("[]")->root());
    ASSERT_TRUE(back->next);
    EXPECT_THAT(paginator.request(*back->next)->headers(), SizeIs(1));
    EXPECT_EQ(paginator.request(*back->next)->url().to_string(), "http://h/c");

    auto secret = first;
    secret.hide_body();
    auto careful = *Paginator::create(secret, rules);
    const auto refused = careful.read({}, secret, page("[]", {{"link", "<http://o/b>; rel=next"}}),
                                      JsonDocument::parse("[]")->root());
    EXPECT_TRUE(refused->problem);
}

TEST(Paginator, a_cursor_is_quoted_into_query_and_body_whatever_it_holds) {
    const auto body = R"({"items":[],"next":"a=&b+/ \"c"})";
    EXPECT_EQ(step(cursor_rules(), page(body), get("http://h/x/?q=1&cursor=old&z")).next,
              "http://h/x/?q=1&cursor=a%3D%26b%2B%2F%20%22c&z");
    auto rules = cursor_rules();
    rules.place = CursorPlace::body;
    const auto posted =
        step(rules, page(body), Request::post(*Url::parse("http://h/x"), R"({"a":1})"));
    EXPECT_EQ(posted.body, R"({"a":1,"cursor":"a=&b+/ \"c"})");
    EXPECT_EQ(posted.next, "http://h/x");
    rules.place = CursorPlace::by_method;
    EXPECT_EQ(step(rules, page(body), Request::post(*Url::parse("http://h/x"), "")).body,
              R"({"cursor":"a=&b+/ \"c"})");
    EXPECT_EQ(step(rules, page(R"({"items":[],"next":7})"), get("http://h/x")).next,
              "http://h/x?cursor=7");
}

TEST(Paginator, the_end_of_a_cursor_is_absent_null_or_empty_where_the_api_says_so) {
    auto rules = cursor_rules();
    for (const auto* body :
         {R"({"items":[1]})", R"({"items":[1],"next":null})", R"({"items":[1],"next":""})"}) {
        const auto got = step(rules, page(body), get("http://h/x"));
        ASSERT_THAT(got.answer, IsOk());
        EXPECT_FALSE(got.answer->next) << body;
        EXPECT_FALSE(got.answer->problem) << body;
    }
    rules.empty_ends = false;
    EXPECT_EQ(step(rules, page(R"({"items":[1],"next":""})"), get("http://h/x")).next,
              "http://h/x?cursor=");
    for (const auto* body : {R"({"items":[1],"next":{}})", R"({"items":[1],"next":true})"}) {
        const auto got = step(rules, page(body), get("http://h/x"));
        EXPECT_THAT(got.answer, IsError(ErrorKind::decode));
        EXPECT_EQ(got.answer.error().detail(), "/next");
    }
    const auto long_one = R"({"items":[],"next":")" + std::string(40'000, 'x') + "\"}";
    EXPECT_TRUE(step(rules, page(long_one), get("http://h/x")).answer->problem);
}

TEST(Paginator, a_cursor_may_stand_in_a_header) {
    PageRules rules{.kind = PageKind::cursor, .next_header = "x-next", .parameter = "after"};
    EXPECT_EQ(step(rules, page("[1]", {{"X-Next", "c"}}), get("http://h/x")).next,
              "http://h/x?after=c");
    EXPECT_EQ(step(rules, page("[1]"), get("http://h/x")).next, "");
}

TEST(Paginator, has_more_decides_against_the_cursor) {
    const auto first = Request::post(*Url::parse("http://h/v1/search"), "{}");
    const auto ended = R"({"results":[],"next_cursor":"c","has_more":false})";
    EXPECT_FALSE(step(page_rules::notion(), page(ended), first).answer->next);
    const auto more = R"({"results":[],"next_cursor":"c","has_more":true})";
    EXPECT_EQ(step(page_rules::notion(), page(more), first).body, R"({"start_cursor":"c"})");
    const auto stuck = R"({"results":[],"next_cursor":null,"has_more":true})";
    EXPECT_TRUE(step(page_rules::notion(), page(stuck), first).answer->problem);
    const auto odd = R"({"results":[],"next_cursor":"c","has_more":"yes"})";
    EXPECT_THAT(step(page_rules::notion(), page(odd), first).answer, IsError(ErrorKind::decode));
}

TEST(Paginator, stripe_goes_on_after_the_last_item) {
    const auto first = get("http://h/v1/charges?limit=2");
    const auto more = R"({"object":"list","data":[{"id":"a"},{"id":"b"}],"has_more":true})";
    EXPECT_EQ(step(page_rules::stripe(), page(more), first).next,
              "http://h/v1/charges?limit=2&starting_after=b");
    const auto end = R"({"object":"list","data":[{"id":"c"}],"has_more":false})";
    EXPECT_FALSE(step(page_rules::stripe(), page(end), first).answer->next);
    const auto stuck = R"({"object":"list","data":[],"has_more":true})";
    EXPECT_TRUE(step(page_rules::stripe(), page(stuck), first).answer->problem);
}

TEST(Paginator, page_numbers_end_at_the_total_or_at_an_empty_page) {
    struct Case {
        std::string first;
        std::string body;
        std::string next;
    };
    auto rules = numbered(PageKind::page_number);
    rules.size_parameter = "size";
    const Case cases[] = {
        {"http://h/x?size=2", R"({"items":[1,2],"total":5})", "http://h/x?size=2&page=2"},
        {"http://h/x?size=2&page=2", R"({"items":[1,2],"total":5})", "http://h/x?size=2&page=3"},
        {"http://h/x?size=2&page=3", R"({"items":[1],"total":5})", ""},
        {"http://h/x?size=2", R"({"items":[],"total":5})", "http://h/x?size=2&page=2"},
        {"http://h/x?size=2", R"({"items":[],"total":0})", ""},
        {"http://h/x?size=2", R"({"items":[1,2]})", "http://h/x?size=2&page=2"},
        {"http://h/x?size=2", R"({"items":[]})", ""},
    };
    for (const auto& one : cases) {
        const auto got = step(rules, page(one.body), get(one.first));
        ASSERT_THAT(got.answer, IsOk());
        EXPECT_EQ(got.next, one.next) << one.first << " " << one.body;
    }
    EXPECT_THAT(step(rules, page(R"({"items":[],"total":-1})"), get("http://h/x")).answer,
                IsError(ErrorKind::decode));
    rules.total_items = {};
    rules.total_pages = "/pages";
    EXPECT_EQ(step(rules, page(R"({"items":[1],"pages":2})"), get("http://h/x")).next,
              "http://h/x?page=2");
    EXPECT_EQ(step(rules, page(R"({"items":[1],"pages":1})"), get("http://h/x")).next, "");
    rules.first = 0;
    EXPECT_EQ(step(rules, page(R"({"items":[1],"pages":2})"), get("http://h/x")).next,
              "http://h/x?page=1");
    EXPECT_EQ(step(rules, page(R"({"items":[1],"pages":2})"), get("http://h/x?page=1")).next, "");
}

TEST(Paginator, offsets_go_on_behind_what_came_so_that_a_capped_page_loses_no_rows) {
    auto rules = numbered(PageKind::offset);
    rules.size_parameter = "limit";
    EXPECT_EQ(step(rules, page(R"({"items":[1,2,3],"total":9})"), get("http://h/x?limit=100")).next,
              "http://h/x?limit=100&offset=3");
    EXPECT_EQ(step(rules, page(R"({"items":[],"total":9})"), get("http://h/x?limit=4")).next,
              "http://h/x?limit=4&offset=4");
    EXPECT_EQ(
        step(rules, page(R"({"items":[1],"total":9})"), get("http://h/x?limit=2&offset=8")).next,
        "");
    EXPECT_EQ(step(rules, page(R"({"items":[]})"), get("http://h/x")).next, "");
    EXPECT_TRUE(step(rules, page(R"({"items":[],"total":9})"), get("http://h/x")).answer->problem);
    rules.size_in_answer = "/limit";
    EXPECT_EQ(step(rules, page(R"({"items":[1],"total":9,"limit":5})"), get("http://h/x")).next,
              "http://h/x?offset=5");
}

TEST(Paginator, pages_that_can_be_told_are_foreseen_and_no_others) {
    const auto foreseen = [](PageRules rules, const Response& response, const Request& first) {
        auto paginator = *Paginator::create(first, std::move(rules));
        const auto got = step(paginator, response);
        std::vector<std::string> urls;
        for (const auto& position : Paginator::ahead(*got.answer, 3)) {
            urls.push_back(paginator.request(position)->url().target());
        }
        return urls;
    };
    using ::testing::ElementsAre;
    auto pages = numbered(PageKind::page_number);
    pages.size_parameter = "size";
    EXPECT_THAT(foreseen(pages, page(R"({"items":[1,2],"total":99})"), get("http://h/x?size=2")),
                ElementsAre("/x?size=2&page=2", "/x?size=2&page=3", "/x?size=2&page=4"));
    EXPECT_THAT(foreseen(pages, page(R"({"items":[1,2],"total":6})"), get("http://h/x?size=2")),
                ElementsAre("/x?size=2&page=2", "/x?size=2&page=3"));
    EXPECT_THAT(foreseen(pages, page(R"({"items":[1,2]})"), get("http://h/x?size=2")), SizeIs(1));
    EXPECT_THAT(foreseen(numbered(PageKind::offset), page(R"({"items":[1,2],"total":5})"),
                         get("http://h/x")),
                ElementsAre("/x?offset=2", "/x?offset=4"));
    const auto link = [](std::string next, std::string last) {
        return page("[1]", {{"link", "<" + next + ">; rel=next, <" + last + ">; rel=last"}});
    };
    EXPECT_THAT(foreseen(page_rules::github(), link("/x?a=1&page=2&b=3", "/x?a=1&page=4&b=3"),
                         get("http://h/x")),
                ElementsAre("/x?a=1&page=2&b=3", "/x?a=1&page=3&b=3", "/x?a=1&page=4&b=3"));
    for (const auto* last : {"/y?page=4&b=2", "/x?page=4", "/x?page=c&b=2", "//o/x?page=4&b=2",
                             "/x?page=4&b=4", "/x?q=4&b=2"}) {
        EXPECT_THAT(foreseen(page_rules::github(), link("/x?page=2&b=2", last), get("http://h/x")),
                    SizeIs(1))
            << last;
    }
    EXPECT_THAT(foreseen(cursor_rules(), page(R"({"items":[],"next":"2"})"), get("http://h/x")),
                SizeIs(1));
    EXPECT_THAT(foreseen(cursor_rules(), page(R"({"items":[]})"), get("http://h/x")), IsEmpty());
}

TEST(Paginator, only_queries_of_a_batch_that_got_a_token_are_asked_again_each_with_its_own) {
    const auto first = Request::post(
        *Url::parse("http://h/v1/querybatch"),
        R"({"queries":[{"package":{"name":"a"}},{"package":{"name":"b"}},{"package":{"name":"c"}}]})");
    auto rules = page_rules::osv_batch();
    auto paginator = *Paginator::create(first, rules);
    const auto got = step(
        paginator,
        page(
            R"({"results":[{"next_page_token":"ta"},{"next_page_token":""},{"vulns":[{"id":"V"}],"next_page_token":"tc"}]})"),
        *paginator.start());
    ASSERT_THAT(got.answer, IsOk());
    EXPECT_EQ(
        got.body,
        R"({"queries":[{"package":{"name":"a"},"page_token":"ta"},{"package":{"name":"c"},"page_token":"tc"}]})");
    const auto wrong = step(paginator, page(R"({"results":[{}]})"), *paginator.start());
    EXPECT_THAT(wrong.answer, IsError(ErrorKind::decode));

    rules.batch_max = 2;
    auto split = *Paginator::create(first, rules);
    const auto half =
        step(split, page(R"({"results":[{"next_page_token":"ta"},{}]})"), *split.start());
    EXPECT_EQ(
        half.body,
        R"({"queries":[{"package":{"name":"c"}},{"package":{"name":"a"},"page_token":"ta"}]})");
    EXPECT_FALSE(
        Paginator::create(Request::post(first.url(), R"({"queries":[]})"), rules)->start());
    EXPECT_THAT(Paginator::create(Request::post(first.url(), R"({"q":[]})"), rules),
                IsError(ErrorKind::invalid_argument));
}

TEST(Paginator, refusals_are_errors_with_the_providers_code_and_expired_cursors_are_told_apart) {
    const auto first = get("http://h/x");
    const auto refused = step(page_rules::slack("/channels"),
                              page(R"({"ok":false,"error":"channel_not_found"})"), first);
    EXPECT_THAT(refused.answer, IsError(ErrorKind::status));
    EXPECT_EQ(refused.answer.error().provider_code(), "channel_not_found");
    EXPECT_EQ(refused.answer.error().detail(), "");
    const auto limited =
        step(page_rules::slack("/channels"), page(R"({"ok":false,"error":"ratelimited"})"), first);
    EXPECT_THAT(limited.answer, IsError(ErrorKind::rate_limited));

    auto paginator = *Paginator::create(first, page_rules::slack("/channels"));
    const PagePosition second{.first = false, .token = "c"};
    const auto expired = step(paginator, page(R"({"ok":false,"error":"invalid_cursor"})"), second);
    EXPECT_EQ(expired.answer.error().detail(), "cursor_expired");
    const auto gone = step(page_rules::gmail_history(), Response::json(404, "{}"), first);
    EXPECT_EQ(gone.answer.error().detail(), "cursor_expired");
    EXPECT_THAT(gone.answer.error().remedy(), HasSubstr("read the whole list"));
    const auto missing = step(page_rules::gmail(), Response::json(404, "{}"), first);
    EXPECT_THAT(missing.answer, IsError(ErrorKind::status));
    EXPECT_EQ(missing.answer.error().detail(), "");
    EXPECT_THAT(step(page_rules::slack("/channels"), page("{}"), first).answer,
                IsError(ErrorKind::decode));
}

TEST(Paginator, an_empty_body_has_no_items_and_what_is_no_array_is_an_error) {
    const auto first = get("http://h/x");
    EXPECT_THAT(step(page_rules::github(), Response(204), first).answer, IsOk());
    EXPECT_THAT(step(page_rules::github(), page("{}"), first).answer, IsError(ErrorKind::decode));
    EXPECT_THAT(step(page_rules::gmail(), page(R"({"resultSizeEstimate":0})"), first).answer,
                IsOk());
    EXPECT_THAT(step(page_rules::gmail(), page(R"({"messages":{}})"), first).answer,
                IsError(ErrorKind::decode));
    EXPECT_THAT(step(page_rules::notion(), page(R"({"has_more":false})"), first).answer,
                IsError(ErrorKind::decode));
    EXPECT_THAT(step(page_rules::github(), Response(304), first).answer,
                IsError(ErrorKind::status));
}

TEST(Paginator, a_list_that_is_not_whole_says_so) {
    const auto first = get("http://h/x");
    const auto rows = R"({"results":[],"next_cursor":null,"has_more":false,"request_status":)"
                      R"({"type":"incomplete","incomplete_reason":"query_result_limit_reached"}})";
    EXPECT_EQ(step(page_rules::notion(), page(rows), first).answer->incomplete,
              "query_result_limit_reached");
    EXPECT_THAT(
        step(page_rules::github_search(), page(R"({"items":[],"incomplete_results":true})"), first)
            .answer->incomplete,
        HasSubstr("ran out of time"));
    EXPECT_EQ(
        step(page_rules::github_search(), page(R"({"items":[],"incomplete_results":false})"), first)
            .answer->incomplete,
        "");
}

TEST(Paginator, history_gives_the_token_for_the_next_walk) {
    const auto got =
        step(page_rules::gmail_history(), page(R"({"historyId":"12","nextPageToken":"p"})"),
             get("http://h/x?startHistoryId=7"));
    EXPECT_EQ(got.answer->sync_token, "12");
    EXPECT_EQ(got.next, "http://h/x?startHistoryId=7&pageToken=p");
}

TEST(Paginator, the_page_size_is_set_once_and_stays) {
    auto rules = page_rules::slack("/channels");
    rules.size = 50;
    auto paginator = *Paginator::create(get("http://h/x?limit=7"), rules);
    EXPECT_EQ(paginator.request({})->url().to_string(), "http://h/x?limit=50");
    EXPECT_EQ(paginator.request({.first = false, .token = "c"})->url().to_string(),
              "http://h/x?limit=50&cursor=c");
    auto other = rules;
    other.size = 51;
    EXPECT_NE(Paginator::create(get("http://h/x"), other)->fingerprint(), paginator.fingerprint());
}

TEST(PageRules, a_walk_without_an_end_is_refused) {
    auto rules = numbered(PageKind::page_number);
    EXPECT_THAT(rules.validate(), IsOk());
    rules.total_items = {};
    EXPECT_THAT(rules.validate(), IsOk());
    rules.empty_page_ends = false;
    EXPECT_THAT(rules.validate(), IsError(ErrorKind::invalid_argument));
    rules.more = "/more";
    EXPECT_THAT(rules.validate(), IsOk());
    auto last = page_rules::stripe();
    last.more = {};
    EXPECT_THAT(last.validate(), IsError(ErrorKind::invalid_argument));
    auto none = cursor_rules();
    none.next = {};
    EXPECT_THAT(none.validate(), IsError(ErrorKind::invalid_argument));
    auto odd = cursor_rules();
    odd.items = "items";
    EXPECT_THAT(odd.validate().error().to_string(), HasSubstr("\"/items\"?"));
    for (const auto& preset :
         {page_rules::github(), page_rules::github_search(), page_rules::slack("/x"),
          page_rules::slack_admin("/x"), page_rules::notion(), page_rules::stripe(),
          page_rules::osv_query(), page_rules::osv_batch(), page_rules::gmail(),
          page_rules::gmail_history(), page_rules::sandbox(PageKind::link_header),
          page_rules::sandbox(PageKind::next_url), page_rules::sandbox(PageKind::cursor),
          page_rules::sandbox(PageKind::page_number), page_rules::sandbox(PageKind::offset)}) {
        EXPECT_THAT(preset.validate(), IsOk()) << preset.describe();
    }
}

TEST(Paginator, what_is_kept_holds_no_credential_and_gets_it_back) {
    auto paginator =
        *Paginator::create(get("http://h/x?api_key=S&per_page=2"), page_rules::github());
    const PagePosition next{.first = false, .token = "http://h/x?api_key=S&per_page=2&page=2"};
    const auto kept = *paginator.for_keeping(next);
    EXPECT_EQ(kept.token, "http://h/x?per_page=2&page=2");
    EXPECT_EQ(paginator.request(paginator.from_keeping(kept))->url().to_string(),
              "http://h/x?per_page=2&page=2&api_key=S");
    const auto other = paginator.for_keeping({.first = false, .token = "http://h/x?sig=T&page=2"});
    EXPECT_THAT(other, IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(other.error().to_string(), ::testing::Not(HasSubstr("T&")));
    // Another key, the same walk.
    EXPECT_EQ(Paginator::create(get("http://h/x?api_key=R&per_page=2"), page_rules::github())
                  ->fingerprint(),
              paginator.fingerprint());
}

TEST(PageDetector, says_what_it_found_and_why) {
    struct Case {
        Response response;
        PageKind kind;
        std::string why;
    };
    const Case cases[] = {
        {page("[1]", {{"link", "</x?p=2>; rel=next"}}), PageKind::link_header,
         "rel=next; items: the whole answer"},
        {page(R"({"data":[1],"links":{"next":"http://h/x?p=2"}})"), PageKind::next_url,
         "/links/next holds a URL; items: /data"},
        {page(R"({"value":[1],"@odata.nextLink":"http://h/x?$skip=2"})"), PageKind::next_url,
         "/@odata.nextLink"},
        {page(R"({"items":[1],"next_cursor":"c"})"), PageKind::cursor,
         "/next_cursor holds a word, asked for by cursor"},
        {page(R"({"ok":true,"channels":[],"response_metadata":{"next_cursor":""}})"),
         PageKind::cursor, "items: /channels"},
        {page(R"({"object":"list","results":[],"next_cursor":null,"has_more":false})"),
         PageKind::cursor, "asked for by start_cursor"},
        {page(R"({"object":"list","data":[],"has_more":true})"), PageKind::cursor,
         "as Stripe has it"},
        {page(R"({"messages":[],"nextPageToken":"p"})"), PageKind::cursor, "by pageToken"},
        {page(R"({"items":[],"page":1,"pages":3,"total":5})"), PageKind::page_number,
         "/page beside the total /pages"},
        {page(R"({"items":[],"offset":0,"limit":2,"total":5})"), PageKind::offset,
         "/offset beside the total /total"},
        {page(R"({"things":[1]})"), PageKind::single, "nothing in the answer"},
    };
    for (const auto& one : cases) {
        const auto document = *parse_page(one.response);
        const auto found = detect_pages(get("http://h/x"), one.response, document.root());
        ASSERT_THAT(found, IsOk());
        EXPECT_EQ(found->rules.kind, one.kind) << found->why;
        EXPECT_THAT(found->why, HasSubstr(one.why));
        EXPECT_THAT(found->rules.validate(), IsOk()) << found->why;
        const auto json = *JsonDocument::parse(detected_to_json(found->rules));
        const auto again = detected_from_json(json.root());
        ASSERT_THAT(again, IsOk());
        EXPECT_EQ(again->describe(), found->rules.describe());
    }
    const auto none = *JsonDocument::parse(R"({"a":1})");
    EXPECT_THAT(detect_pages(get("http://h/x"), page("{}"), none.root()),
                IsError(ErrorKind::decode));
}

}  // namespace
}  // namespace apilab::data
