#include "apilab/http/link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace apilab::http {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

TEST(Link, is_a_target_with_parameters) {
    const auto links = parse_link(
        "<http://example.com/TheBook/chapter2>; rel=\"previous\"; title=\"previous chapter\"");
    ASSERT_THAT(links, SizeIs(1));
    EXPECT_EQ(links[0].target, "http://example.com/TheBook/chapter2");
    EXPECT_THAT(links[0].params,
                ElementsAre(Pair("rel", "previous"), Pair("title", "previous chapter")));
    EXPECT_TRUE(links[0].has_rel("previous"));
    EXPECT_TRUE(links[0].has_rel("PREVIOUS"));
    EXPECT_FALSE(links[0].has_rel("prev"));
    EXPECT_TRUE(links[0].has("title"));
    EXPECT_FALSE(links[0].has("anchor"));
}

TEST(Link, examples_of_rfc_8288_section_3_5_are_read) {
    const auto root = parse_link("</>; rel=\"http://example.net/foo\"");
    ASSERT_THAT(root, SizeIs(1));
    EXPECT_TRUE(root[0].has_rel("http://example.net/foo"));

    const auto anchored = parse_link("</terms>; rel=\"copyright\"; anchor=\"#foo\"");
    ASSERT_THAT(anchored, SizeIs(1));
    EXPECT_TRUE(anchored[0].has("anchor"));

    const auto titled = parse_link(
        "</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, "
        "</TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel");
    ASSERT_THAT(titled, SizeIs(2));
    EXPECT_EQ(titled[1].target, "/TheBook/chapter4");
    EXPECT_THAT(titled[1].params[1], Pair("title*", "UTF-8'de'n%c3%a4chstes%20Kapitel"));

    const auto many =
        parse_link("<http://example.org/>; rel=\"start http://example.net/relation/other\"");
    ASSERT_THAT(many, SizeIs(1));
    EXPECT_TRUE(many[0].has_rel("start"));
    EXPECT_TRUE(many[0].has_rel("http://example.net/relation/other"));

    const auto terse =
        parse_link("<https://example.org/>; rel=start,<https://example.org/index>; rel=index");
    ASSERT_THAT(terse, SizeIs(2));
    EXPECT_TRUE(terse[0].has_rel("start"));
    EXPECT_TRUE(terse[1].has_rel("index"));
}

TEST(Link, separators_in_targets_and_quotes_separate_nothing) {
    const auto links = parse_link(
        R"(<http://h/a,b;c="d">; title="x, <y>; \"z\" \\"; rel="next", <http://h/2>; rel=last)");
    ASSERT_THAT(links, SizeIs(2));
    EXPECT_EQ(links[0].target, "http://h/a,b;c=\"d\"");
    EXPECT_THAT(links[0].params,
                ElementsAre(Pair("title", "x, <y>; \"z\" \\"), Pair("rel", "next")));
    EXPECT_EQ(links[1].target, "http://h/2");
}

TEST(Link, space_is_free_and_names_are_lower_case) {
    const auto links = parse_link(" \t<a> ;\tREL = \"next\" ; Foo ;; bar= baz , , <b>;rel=last,");
    ASSERT_THAT(links, SizeIs(2));
    EXPECT_THAT(links[0].params,
                ElementsAre(Pair("rel", "next"), Pair("foo", ""), Pair("bar", "baz")));
    EXPECT_EQ(links[1].target, "b");
}

TEST(Link, only_the_first_rel_counts) {
    const auto links = parse_link("<a>; rel=prev; rel=next");
    ASSERT_THAT(links, SizeIs(1));
    EXPECT_TRUE(links[0].has_rel("prev"));
    EXPECT_FALSE(links[0].has_rel("next"));
    EXPECT_FALSE(Link{}.has_rel("next"));
}

TEST(Link, a_relation_is_a_whole_word) {
    const auto links = parse_link("<a>; rel=\"nextish  last \"");
    ASSERT_THAT(links, SizeIs(1));
    EXPECT_FALSE(links[0].has_rel("next"));
    EXPECT_TRUE(links[0].has_rel("last"));
    EXPECT_FALSE(links[0].has_rel(""));
}

TEST(Link, what_is_malformed_ends_the_list_and_spoils_nothing_before_it) {
    struct Row {
        std::string_view text;
        std::size_t links;
    };
    const Row rows[] = {
        {"", 0},
        {",", 0},
        {",,,", 0},
        {"garbage", 0},
        {"<", 0},
        {"<a", 0},
        {"a>; rel=next", 0},
        {"<a>", 1},
        {"<>", 1},
        {"<a>;", 1},
        {"<a>; rel", 1},
        {"<a>; rel=", 1},
        {"<a>; rel=\"next", 0},
        {"<a>; rel=\"next\\", 0},
        {"<a>; rel=next, <b", 1},
        {"<a>; rel=next, b; rel=last", 1},
        {"<a>; rel=next <b>; rel=last", 1},
        {"<a>; rel=\"next\" garbage, <b>; rel=last", 1},
        {"<a> garbage, <b>", 1},
        {"<a>, <b>; x=\"unclosed, <c>", 1},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(parse_link(row.text).size(), row.links) << row.text;
    }
}

TEST(Link, lists_and_parameters_end_at_their_limits) {
    std::string field;
    for (int i = 0; i < 1000; ++i) {
        field += "<a>,";
    }
    EXPECT_EQ(parse_link(field).size(), 64U);
    std::string params;
    for (int i = 0; i < 32; ++i) {
        params += ";x";
    }
    EXPECT_EQ(parse_link("<a>" + params).size(), 1U);
    EXPECT_EQ(parse_link("<a>" + params + ";x").size(), 0U);
}

TEST(FindLink, looks_through_every_link_field_for_the_first) {
    const Headers headers = {{"Link", "<p>; rel=prev"},
                             {"x", "<wrong>; rel=next"},
                             {"LINK", "<n>; rel=\"last next\", <m>; rel=next"}};
    EXPECT_EQ(find_link(headers, "next"), "n");
    EXPECT_EQ(find_link(headers, "prev"), "p");
    EXPECT_EQ(find_link(headers, "first"), std::nullopt);
    EXPECT_EQ(find_link({}, "next"), std::nullopt);
}

TEST(FindLink, passes_over_links_of_another_resource) {
    const Headers headers = {{"link", "<n>; rel=next; anchor=\"/other\", <m>; rel=next"}};
    EXPECT_EQ(find_link(headers, "next"), "m");
}

RC_GTEST_PROP(Link, what_was_rendered_comes_back, ()) {
    const auto text = rc::gen::container<std::string>(rc::gen::inRange('\x20', '\x7F'));
    const auto target = rc::gen::map(text, [](std::string raw) {
        std::erase(raw, '>');
        return raw;
    });
    const auto name = rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcxyz019*-"))));
    const auto targets = *rc::gen::resize(20, rc::gen::container<std::vector<std::string>>(target));
    std::vector<Link> links;
    std::string field;
    for (const auto& to : targets) {
        Link link;
        link.target = to;
        field += "<" + to + ">";
        const auto count = *rc::gen::inRange(0, 4);
        for (int i = 0; i < count; ++i) {
            const auto key = *name;
            const auto value = *text;
            link.params.emplace_back(key, value);
            field += " ; " + key + "=\"";
            for (const char c : value) {
                field += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
            }
            field += '"';
        }
        field += *rc::gen::element(std::string(","), std::string(" , "), std::string(",,"));
        links.push_back(std::move(link));
    }
    const auto parsed = parse_link(field);
    RC_ASSERT(parsed.size() == links.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
        RC_ASSERT(parsed[i].target == links[i].target);
        RC_ASSERT(parsed[i].params == links[i].params);
    }
}

RC_GTEST_PROP(Link, any_text_gives_links_whose_targets_stand_in_it, (const std::string& text)) {
    for (const auto& link : parse_link("<a>; rel=\"" + text)) {
        RC_ASSERT(link.target == "a" || text.contains(link.target));
    }
}

}  // namespace
}  // namespace apilab::http
