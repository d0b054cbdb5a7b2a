#include <fmt/format.h>

#include "apilab/sandbox/notion/internal/block_types.hpp"
#include "apilab/sandbox/notion/internal/test_notion.hpp"

namespace apilab::sandbox::notion {
namespace {

using ::testing::HasSubstr;

class NotionBlocks : public NotionWorld {
protected:
    static std::string paragraph(const std::string& content, const std::string& children = {}) {
        return R"({"paragraph":{"rich_text":[{"text":{"content":")" + content + "\"}}]" +
               (children.empty() ? "" : ",\"children\":[" + children + "]") + "}}";
    }
    http::Response append(const std::string& id, const std::string& blocks,
                          const std::string& more = {}, const std::string& version = "2025-09-03") {
        return call("PATCH", "/v1/blocks/" + id + "/children",
                    R"({"children":[)" + blocks + "]" + more + "}", version);
    }
    std::string contents(const std::string& id) {
        const auto answer = get("/v1/blocks/" + id + "/children");
        const auto document = http::JsonDocument::parse(answer.body());
        std::string all;
        for (const auto block : document->root()["results"].elements()) {
            all += block.at_pointer("/paragraph/rich_text/0/plain_text").string_or("?");
        }
        return all;
    }
};

TEST_F(NotionBlocks, the_seed_world_has_every_kind_nested) {
    const auto all = get("/v1/blocks/" + home + "/children");
    for (const auto& type : block_types()) {
        EXPECT_THAT(all.body(), HasSubstr(fmt::format("\"type\":\"{}\"", type.name)));
    }
    EXPECT_THAT(all.body(), HasSubstr("\"child_database\""));
    EXPECT_THAT(all.body(), HasSubstr("\"unsupported\""));
    const auto document = http::JsonDocument::parse(all.body());
    std::string nested;
    for (const auto block : document->root()["results"].elements()) {
        if (block["type"].string_or("") == "toggle") {
            nested = block["id"].string_or("");
            EXPECT_EQ(block["has_children"].boolean(), true);
        }
    }
    const auto below = get("/v1/blocks/" + nested + "/children");
    EXPECT_EQ(text(below, "/results/0/parent/block_id"), nested);
    EXPECT_EQ(field(below, "/results/0/has_children"), "true");
}

TEST_F(NotionBlocks, new_ones_stand_where_they_were_asked_to) {
    const auto page = make_page();
    const auto first = append(page, paragraph("a") + "," + paragraph("c"));
    EXPECT_EQ(text(first, "/results/0/paragraph/color"), "default");
    const auto a = text(first, "/results/0/id");
    EXPECT_EQ(size(append(page, paragraph("b"), ",\"after\":\"" + a + "\""), "/results"), 1U);
    EXPECT_EQ(contents(page), "abc");
    EXPECT_EQ(append(page, paragraph("x"), ",\"after\":\"" + page + "\"").status(), 400);
    EXPECT_EQ(append(page, paragraph("x"), ",\"after\":\"" + a + "\"", "2026-03-11").status(), 400);
    (void)append(page, paragraph("0"), R"(,"position":{"type":"start"})", "2026-03-11");
    (void)append(page, paragraph("1"),
                 R"(,"position":{"type":"after_block","after_block":{"id":")" + a + "\"}}",
                 "2026-03-11");
    EXPECT_EQ(contents(page), "0a1bc");
}

TEST_F(NotionBlocks, nesting_ends_at_two_levels_of_a_request) {
    const auto page = make_page();
    const auto two = paragraph("1", paragraph("2", paragraph("3")));
    EXPECT_EQ(append(page, two).status(), 200);
    const auto refused = append(page, paragraph("0", two));
    EXPECT_EQ(refused.status(), 400);
    EXPECT_THAT(text(refused, "/message"), HasSubstr("children should be not present"));
    const auto below = text(get("/v1/blocks/" + page + "/children"), "/results/0/id");
    EXPECT_EQ(append(below, two).status(), 200) << "but goes on in another request";
    const auto title = append(page, R"({"heading_1":{"rich_text":[]}})");
    EXPECT_EQ(append(text(title, "/results/0/id"), paragraph("x")).status(), 400)
        << "a heading holds nothing";
}

TEST_F(NotionBlocks, a_list_has_100_and_a_request_1000) {
    const auto page = make_page();
    const auto many = [&](int count, const std::string& one) {
        std::string all = one;
        for (int i = 1; i < count; ++i) {
            all += "," + one;
        }
        return all;
    };
    EXPECT_EQ(append(page, many(100, paragraph("x"))).status(), 200);
    EXPECT_THAT(text(append(page, many(101, paragraph("x"))), "/message"),
                HasSubstr("body.children.length should be ≤ `100`, instead was `101`"));
    const auto wide = paragraph("x", many(100, paragraph("y")));
    EXPECT_EQ(append(page, many(9, wide)).status(), 200);
    EXPECT_THAT(text(append(page, many(10, wide)), "/message"), HasSubstr("`1000`"));
}

TEST_F(NotionBlocks, what_is_no_block_is_told_with_all_that_it_could_be) {
    const auto page = make_page();
    const auto refused = append(page, R"({"nonsense":{}})");
    EXPECT_THAT(text(refused, "/message"),
                HasSubstr("Fix one: body.children[0].paragraph should be defined"));
    EXPECT_THAT(text(append(page, R"({"paragraph":{}})"), "/message"),
                HasSubstr("body.children[0].paragraph.rich_text should be defined"));
    const auto long_one =
        text(append(page, paragraph("a") + "," + paragraph(std::string(2049, 'x'))), "/message");
    EXPECT_EQ(long_one,
              "body failed validation: body.children[1].paragraph.rich_text[0].text.content.length "
              "should be ≤ `2000`, instead was `2049`.");
    EXPECT_EQ(contents(page), "") << "nothing of a refused request is there";
}

TEST_F(NotionBlocks, one_is_changed_deleted_and_brought_back) {
    const auto page = make_page();
    const auto id = text(append(page, R"({"to_do":{"rich_text":[{"text":{"content":"x"}}]}})"),
                         "/results/0/id");
    const auto changed = call("PATCH", "/v1/blocks/" + id, R"({"to_do":{"checked":true}})");
    EXPECT_EQ(field(changed, "/to_do/checked"), "true");
    EXPECT_EQ(text(changed, "/to_do/rich_text/0/plain_text"), "x");
    EXPECT_EQ(call("PATCH", "/v1/blocks/" + id, R"({"paragraph":{}})").status(), 400);
    EXPECT_EQ(field(call("DELETE", "/v1/blocks/" + id), "/archived"), "true");
    EXPECT_EQ(field(get("/v1/blocks/" + id), "/in_trash"), "true");
    EXPECT_EQ(size(get("/v1/blocks/" + page + "/children"), "/results"), 0U);
    EXPECT_EQ(field(call("PATCH", "/v1/blocks/" + id, R"({"archived":false})"), "/in_trash"),
              "false");
    EXPECT_EQ(size(get("/v1/blocks/" + page + "/children"), "/results"), 1U);
    const auto as_block = call("DELETE", "/v1/blocks/" + page);
    EXPECT_EQ(text(as_block, "/child_page/title"), "P");
    EXPECT_EQ(field(get("/v1/pages/" + page), "/in_trash"), "true");
    EXPECT_EQ(call("DELETE", "/v1/blocks/00000000-0000-4000-8000-00000000dead").status(), 404);
}

}  // namespace
}  // namespace apilab::sandbox::notion
