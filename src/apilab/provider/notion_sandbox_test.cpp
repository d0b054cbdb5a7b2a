// The typed client against the sandbox's Notion.

#include <gmock/gmock.h>

#include <set>

#include "apilab/http/date.hpp"
#include "apilab/provider/internal/test_notion.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using internal::NotionBox;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string fault(std::string_view where, std::string_view what, std::string_view when = "") {
    return "[[fault]]\nwhere = \"notion:" + std::string(where) + "\"\nwhat = " + std::string(what) +
           "\n" + (when.empty() ? "" : "when = " + std::string(when) + "\n");
}

client::ClientOptions one_attempt() {
    client::ClientOptions options;
    options.retry.max_attempts = 1;
    return options;
}

std::string seed_source() {
    for (const auto& one : sandbox::seed_credentials(1)) {
        if (one.first == "APILAB_NOTION_DS") {
            return one.second;
        }
    }
    return "none";
}

TEST(NotionRows, a_query_is_read_to_its_end_whatever_the_page_size) {
    NotionBox box;
    const auto notion = box.notion({.data_source = seed_source()});
    const auto rows = box.run(notion.query({}));
    ASSERT_THAT(rows, IsOk());
    EXPECT_TRUE(rows->complete);
    EXPECT_THAT(rows->items, SizeIs(130));
    EXPECT_EQ(box.count("query_data_source"), 2U);
}

TEST(NotionRows, a_query_that_stops_at_a_limit_says_so) {
    NotionBox box;
    const auto rows = box.run(box.notion().query({.rows_max = 7, .data_source = seed_source()}));
    ASSERT_THAT(rows, IsOk());
    EXPECT_FALSE(rows->complete);
    EXPECT_EQ(rows->why, "items_max");
    EXPECT_THAT(rows->items, SizeIs(7));
    EXPECT_EQ(box.count("query_data_source"), 1U) << "and asks for no more than it hands out";
    NotionBox capped(fault("query_data_source", R"({ page = "incomplete" })"));
    const auto cut = capped.run(capped.notion().query({.data_source = seed_source()}));
    ASSERT_THAT(cut, IsOk());
    EXPECT_FALSE(cut->complete);
    EXPECT_EQ(cut->why, "query_result_limit_reached");
}

TEST(NotionRows, filters_sorts_and_wanted_properties_go_along) {
    NotionBox box;
    const auto rows = box.run(box.notion().query(
        {.filter = NotionFilter::number("Score").greater_than(8),
         .sorts = {{.property = "Name", .direction = NotionSort::Direction::descending}},
         .properties = {"title"},
         .rows_max = 3,
         .data_source = seed_source()}));
    ASSERT_THAT(rows, IsOk());
    ASSERT_THAT(rows->items, SizeIs(3));
    ASSERT_THAT(rows->items[0].properties, SizeIs(1));
    EXPECT_EQ(notion::to_text(rows->items[0].properties.at("Name")), "Task 129");
    EXPECT_EQ(notion::find_property(rows->items[0], "Score"), nullptr);
}

TEST(NotionRows, every_type_of_property_is_read_without_drift) {
    NotionBox box;
    std::set<std::string> drifted;
    const auto notion =
        box.notion({.data_source = seed_source(),
                    .on_drift = [&](std::string_view operation, const data::DriftReport& drift) {
                        for (const auto& entry : drift.entries) {
                            drifted.insert(std::string(operation) + " " + entry.pattern);
                        }
                    }});
    ASSERT_THAT(box.run(notion.query({})), IsOk());
    ASSERT_THAT(box.run(notion.get_data_source(seed_source())), IsOk());
    ASSERT_THAT(box.run(notion.get_database(NotionBox::database())), IsOk());
    ASSERT_THAT(box.run(notion.users()), IsOk());
    ASSERT_THAT(box.run(notion.me()), IsOk());
    ASSERT_THAT(box.run(notion.search_data_sources("Tasks")), IsOk());
    EXPECT_THAT(drifted, IsEmpty());
}

TEST(NotionRows, a_row_is_made_changed_thrown_away_and_taken_back) {
    NotionBox box;
    box.add_column(R"("Key":{"rich_text":{}},"Score":{"number":{}})");
    const auto notion = box.notion();
    const auto made = box.run(notion.create(notion_properties(
        {{"Name", NotionValue::title("lodash")}, {"Key", NotionValue::text("shop/lodash")}})));
    ASSERT_THAT(made, IsOk());
    const auto changed =
        box.run(notion.update(made->id, notion_properties({{"Score", NotionValue::integer(491)}})));
    ASSERT_THAT(changed, IsOk());
    EXPECT_EQ(changed->properties.at("Score").number, 491);
    EXPECT_EQ(notion::to_text(changed->properties.at("Key")), "shop/lodash") << "left alone";
    EXPECT_TRUE(box.run(notion.set_trash(made->id, true))->thrown_away());
    EXPECT_THAT(*box.run(notion.find_all("shop/lodash", "Key")), IsEmpty());
    EXPECT_THAT(*box.run(notion.find_all("shop/lodash", "Key", true)), SizeIs(1));
    EXPECT_FALSE(box.run(notion.set_trash(made->id, false))->thrown_away());
    const auto found = box.run(notion.find("shop/lodash"));
    ASSERT_THAT(found, IsOk());
    ASSERT_TRUE(*found);
    EXPECT_EQ((*found)->id, made->id);
    EXPECT_EQ(box.run(notion.get_page(made->id))->parent.data_source_id, box.source);
}

TEST(NotionUpsert, makes_a_row_once_and_changes_it_after_that) {
    NotionBox box;
    box.add_column(R"("Key":{"rich_text":{}},"Score":{"number":{}})");
    const auto notion = box.notion();
    const auto first = box.run(notion.upsert("k", {{"Score", NotionValue::integer(1)}}));
    ASSERT_THAT(first, IsOk());
    EXPECT_TRUE(first->created);
    const auto second = box.run(notion.upsert("k", {{"Score", NotionValue::integer(2)}}));
    ASSERT_THAT(second, IsOk());
    EXPECT_FALSE(second->created);
    EXPECT_EQ(second->page.id, first->page.id);
    EXPECT_EQ(second->page.properties.at("Score").number, 2);
    EXPECT_THAT(box.rows(), SizeIs(1));
}

TEST(NotionUpsert, within_the_lag_of_the_index_it_makes_a_twin_and_says_so_later) {
    NotionBox box(fault("create_page", R"({ index_lag = "20s" })"));
    box.add_column(R"("Key":{"rich_text":{}})");
    const auto notion = box.notion();
    const auto first = box.run(notion.upsert("k", {}));
    const auto second = box.run(notion.upsert("k", {}));
    ASSERT_THAT(second, IsOk());
    EXPECT_TRUE(second->created) << "as documented: nobody can know";
    box.scheduler.advance(30s);
    const auto third = box.run(notion.upsert("k", {}));
    ASSERT_THAT(third, IsOk());
    EXPECT_FALSE(third->created);
    EXPECT_EQ(third->page.id, first->page.id);
    EXPECT_THAT(third->twins, ElementsAre(second->page.id));
}

TEST(NotionUpsert, what_may_have_been_made_is_not_made_again) {
    NotionBox box(fault("create_page", R"({ reset = "after_commit" })", "{ nth = 1 }"));
    box.add_column(R"("Key":{"rich_text":{}})");
    const auto lost = box.run(box.notion().upsert("k", {}));
    ASSERT_THAT(lost, IsError(ErrorKind::connection_lost));
    EXPECT_EQ(lost.error().outcome(), Outcome::unknown);
    EXPECT_THAT(box.rows(), SizeIs(1));
    EXPECT_FALSE(box.run(box.notion().upsert("k", {}))->created) << "whoever looks finds it";
}

TEST(NotionPages, a_text_that_a_page_shows_in_part_is_had_whole) {
    NotionBox box;
    const auto rows = box.run(box.notion().query({.rows_max = 3, .data_source = seed_source()}));
    ASSERT_THAT(rows, IsOk());
    const auto& page = rows->items[1];
    const notion::PropertyValue* cut = nullptr;
    for (const auto& [name, value] : page.properties) {
        if (value.type == "rich_text" && notion::may_be_cut(value)) {
            cut = &value;
        }
    }
    ASSERT_NE(cut, nullptr);
    const auto whole = box.run(box.notion().text_of(page.id, cut->id));
    ASSERT_THAT(whole, IsOk());
    EXPECT_GT(whole->size(), notion::to_text(*cut).size());
    EXPECT_TRUE(whole->starts_with(notion::to_text(*cut)));
}

TEST(NotionPages, what_stands_around_rows_is_read) {
    NotionBox box;
    const auto database = box.run(box.notion().get_database(NotionBox::database()));
    ASSERT_THAT(database, IsOk());
    EXPECT_EQ(notion::plain_text(database->title), "Tasks");
    EXPECT_THAT(database->data_sources, SizeIs(2));
    const auto source = box.run(box.notion().update_data_source(
        box.source, R"({"Level":{"select":{"options":[{"name":"high"}]}}})"));
    ASSERT_THAT(source, IsOk());
    EXPECT_EQ(source->properties.at("Level").type, "select");
    EXPECT_NE(source->properties.at("Level").details.find("select"), nullptr);
    EXPECT_EQ(box.run(box.notion().me())->type, "bot");
    const auto users = box.run(box.notion().users());
    ASSERT_THAT(users, IsOk());
    EXPECT_EQ(users->items.front().name, "Mara Lind");
    EXPECT_EQ(box.run(box.notion().user(users->items.front().id))->person->email,
              "mara@apilab.example");
}

TEST(NotionSearch, finds_pages_and_data_sources_by_their_titles) {
    NotionBox box;
    const auto pages = box.run(box.notion().search_pages("Task 00"));
    ASSERT_THAT(pages, IsOk());
    EXPECT_THAT(pages->items, SizeIs(9));
    const auto sources = box.run(box.notion().search_data_sources("tasks"));
    ASSERT_THAT(sources, IsOk());
    ASSERT_THAT(sources->items, SizeIs(1));
    EXPECT_EQ(sources->items[0].id, seed_source());
}

class NotionAppend : public ::testing::Test {
protected:
    std::string page() { return box.run(box.notion().create(R"({"Name":{"title":[]}})"))->id; }
    // The texts of all blocks below, in order; how deep by dots.
    std::vector<std::string> texts(const std::string& parent, const std::string& dots = "") {
        std::vector<std::string> all;
        const auto blocks = box.run(box.notion().children(parent));
        EXPECT_THAT(blocks, IsOk());
        for (const auto& block : blocks->items) {
            const auto* content = block.content.find(block.type);
            const auto document = http::JsonDocument::parse(content->text);
            std::string text;
            for (const auto piece : document->root()["rich_text"].elements()) {
                text += piece["plain_text"].string_or("");
            }
            all.push_back(dots + text);
            if (block.has_children) {
                for (auto& inner : texts(block.id, dots + ".")) {
                    all.push_back(std::move(inner));
                }
            }
        }
        return all;
    }
    static std::vector<NotionBlock> many(std::size_t count) {
        std::vector<NotionBlock> blocks;
        for (std::size_t i = 0; i < count; ++i) {
            blocks.push_back(NotionBlock::bullet(std::to_string(i)));
        }
        return blocks;
    }
    NotionBox box;
};

TEST_F(NotionAppend, more_than_a_hundred_blocks_go_in_order_in_several_requests) {
    const auto id = page();
    const auto done = box.run(box.notion().append(id, many(250)));
    ASSERT_FALSE(done.error) << done.error->to_string();
    EXPECT_THAT(done.ids, SizeIs(250));
    EXPECT_EQ(done.blocks, 250U);
    EXPECT_EQ(box.count("append_blocks"), 3U);
    const auto all = texts(id);
    ASSERT_THAT(all, SizeIs(250));
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i], std::to_string(i));
    }
}

TEST_F(NotionAppend, a_text_of_any_length_arrives_whole) {
    const auto id = page();
    std::string text;
    for (int i = 0; text.size() < 450'000; ++i) {
        text += "word " + std::to_string(i) + " \xF0\x9F\x8E\x89 ";
    }
    const auto done = box.run(box.notion().append(id, {NotionBlock::paragraph(text)}));
    ASSERT_FALSE(done.error) << done.error->to_string();
    std::string arrived;
    for (const auto& part : texts(id)) {
        arrived += part;
    }
    EXPECT_TRUE(arrived == text);
    EXPECT_GT(done.ids.size(), 1U);
    // Each byte of it is six in JSON.
    const auto control =
        box.run(box.notion().append(id, {NotionBlock::code(std::string(150'000, '\x01'), "json")}));
    EXPECT_FALSE(control.error) << control.error->to_string();
}

TEST_F(NotionAppend, blocks_that_nest_deeper_than_a_request_takes_go_one_after_another) {
    const auto id = page();
    auto block = NotionBlock::toggle("5");
    for (int level = 4; level >= 0; --level) {
        block = NotionBlock::toggle(std::to_string(level)).with({std::move(block)});
    }
    auto wide = NotionBlock::toggle("wide").with(many(150));
    const auto done = box.run(
        box.notion().append(id, {std::move(block), std::move(wide), NotionBlock::divider()}));
    ASSERT_FALSE(done.error) << done.error->to_string();
    EXPECT_THAT(done.ids, SizeIs(3));
    EXPECT_EQ(done.blocks, 6U + 151U + 1U);
    const auto all = texts(id);
    ASSERT_THAT(all, SizeIs(158));
    EXPECT_THAT(std::vector(all.begin(), all.begin() + 8),
                ElementsAre("0", ".1", "..2", "...3", "....4", ".....5", "wide", ".0"));
    EXPECT_EQ(all[156], ".149");
}

TEST_F(NotionAppend, how_far_it_came_is_told) {
    NotionBox failing(fault("append_blocks", "{ status = 500 }", "{ nth = 2 }"));
    const auto id = failing.run(failing.notion().create(R"({"Name":{"title":[]}})"))->id;
    const auto done = failing.run(failing.notion().append(id, many(250)));
    ASSERT_TRUE(done.error);
    EXPECT_EQ(done.error->status(), 500);
    EXPECT_THAT(done.ids, SizeIs(100));
    EXPECT_EQ(done.blocks, 100U);
    EXPECT_EQ(failing.count("append_blocks"), 2U) << "a block is not sent twice";
}

TEST_F(NotionAppend, what_cannot_be_sent_is_refused_before_anything_is) {
    const auto id = page();
    const auto bad = box.run(
        box.notion().append(id, {NotionBlock::paragraph("good"), NotionBlock::paragraph("\xff")}));
    ASSERT_TRUE(bad.error);
    EXPECT_EQ(bad.error->kind(), ErrorKind::invalid_argument);
    const auto large = box.run(box.notion().append(
        id, {NotionBlock::raw("embed", "{\"url\":\"" + std::string(600'000, 'x') + "\"}")}));
    ASSERT_TRUE(large.error);
    EXPECT_EQ(large.error->kind(), ErrorKind::too_large);
    EXPECT_EQ(box.count("append_blocks"), 0U);
}

TEST(NotionBatches, each_request_keeps_every_limit) {
    std::vector<NotionBlock> blocks;
    for (int i = 0; i < 40; ++i) {
        auto inner = NotionBlock::toggle("inner").with(std::vector(30, NotionBlock::bullet("x")));
        blocks.push_back(NotionBlock::toggle(std::string(std::size_t(i) * 500, 'a'))
                             .with({inner, NotionBlock::quote(std::string(9000, 'b'))}));
    }
    const auto batches = notion_batches(blocks);
    ASSERT_THAT(batches, IsOk());
    std::size_t all = 0;
    for (const auto& batch : *batches) {
        EXPECT_LE(batch.top, 100U);
        EXPECT_LE(batch.blocks, 1000U);
        EXPECT_LE(batch.children.size(), 500'000U);
        EXPECT_THAT(http::JsonDocument::parse(batch.children), IsOk());
        all += batch.blocks;
    }
    EXPECT_EQ(all, 40U * 33U);
}

struct Refusal {
    std::string what;
    ErrorKind kind;
    std::string code;
    int status;
};

TEST(NotionErrors, each_class_keeps_its_code_its_status_and_the_id_of_the_request) {
    for (const auto& [what, kind, code, status] :
         std::vector<Refusal>{{"{ status = 400 }", ErrorKind::status, "validation_error", 400},
                              {"{ status = 401 }", ErrorKind::auth, "unauthorized", 401},
                              {"{ status = 403 }", ErrorKind::auth, "restricted_resource", 403},
                              {"{ status = 404 }", ErrorKind::status, "object_not_found", 404},
                              {"{ status = 409 }", ErrorKind::status, "conflict_error", 409},
                              {R"({ limit = "primary", retry_after = "7s" })",
                               ErrorKind::rate_limited, "rate_limited", 429},
                              {"{ status = 500 }", ErrorKind::status, "internal_server_error", 500},
                              {"{ status = 503 }", ErrorKind::status, "service_unavailable", 503},
                              {R"({ status = 529, retry_after = "7s" })", ErrorKind::rate_limited,
                               "service_overload", 529}}) {
        NotionBox box(fault("create_page", what) + fault("query_data_source", what), one_attempt());
        const auto single = box.run(box.notion().create(R"({"Name":{"title":[]}})"));
        ASSERT_THAT(single, IsError(kind)) << what;
        EXPECT_EQ(single.error().provider_code(), code);
        EXPECT_EQ(single.error().status(), status);
        EXPECT_EQ(single.error().request_id().size(), 36U) << what;
        EXPECT_EQ(single.error().outcome(), Outcome::answered);
        EXPECT_THAT(single.error().to_string(), HasSubstr("notion create_page: HTTP "));
        if (kind == ErrorKind::rate_limited) {
            EXPECT_EQ(single.error().retry_after(), 7s);
        }
        const auto walk = box.run(box.notion().query({}));
        ASSERT_THAT(walk, IsError(kind)) << what;
        EXPECT_EQ(walk.error().provider_code(), code);
        EXPECT_EQ(walk.error().request_id().size(), 36U) << what;
    }
}

TEST(NotionErrors, a_refusal_says_what_notion_said_and_never_the_token) {
    NotionBox box("", one_attempt());
    const auto refused =
        box.run(box.notion().create(notion_properties({{"No", NotionValue::text("x")}})));
    ASSERT_THAT(refused, IsError(ErrorKind::status));
    EXPECT_THAT(refused.error().to_string(), HasSubstr("No is not a property that exists."));
    const auto denied =
        box.run(box.notion({.token = Secret("ntn_wr0ng")}).create(R"({"Name":{"title":[]}})"));
    ASSERT_THAT(denied, IsError(ErrorKind::auth));
    EXPECT_FALSE(denied.error().to_string().contains("wr0ng"));
}

TEST(NotionErrors, an_answer_that_is_no_json_is_told_from_a_refusal) {
    NotionBox box(fault("create_page", R"({ corrupt = "html" })"), one_attempt());
    const auto answer = box.run(box.notion().create(R"({"Name":{"title":[]}})"));
    ASSERT_THAT(answer, IsError(ErrorKind::decode));
    EXPECT_EQ(answer.error().outcome(), Outcome::answered);
    http::Response plain(400, "400 Bad Request");
    EXPECT_EQ(notion_error(plain).status(), 400);
    EXPECT_EQ(notion_error(plain).provider_code(), "");
    http::Response dated(429, "{}");
    dated.header("retry-after", "Thu, 01 Jan 2026 00:00:30 GMT");
    EXPECT_FALSE(notion_error(dated).retry_after()) << "without its own date nobody can say";
    dated.header("date", "Thu, 01 Jan 2026 00:00:00 GMT");
    EXPECT_EQ(notion_error(dated).retry_after(), 30s);
}

TEST(NotionErrors, a_limit_is_waited_out_and_a_conflict_of_a_create_is_not_tried_again) {
    NotionBox limited(
        fault("create_page", R"({ limit = "primary", retry_after = "3s" })", "{ first = 1 }"));
    const auto begun = limited.scheduler.now();
    ASSERT_THAT(limited.run(limited.notion().create(R"({"Name":{"title":[]}})")), IsOk());
    EXPECT_GE(limited.scheduler.now() - begun, 3s);
    NotionBox conflict(fault("create_page", "{ status = 409 }", "{ first = 1 }"));
    EXPECT_THAT(conflict.run(conflict.notion().create(R"({"Name":{"title":[]}})")),
                IsError(ErrorKind::status));
    EXPECT_EQ(conflict.count("create_page"), 1U);
}

TEST(NotionOptions, the_version_is_sent_and_checked) {
    NotionBox box;
    const auto notion = box.notion({.version = "2026-03-11"});
    EXPECT_EQ(notion.request("GET", "/v1/users/me").headers().value("notion-version"),
              "2026-03-11");
    const auto made = box.run(notion.create(R"({"Name":{"title":[]}})"));
    ASSERT_THAT(made, IsOk());
    EXPECT_TRUE(box.run(notion.set_trash(made->id, true))->thrown_away());
    const Secret token("t");
    EXPECT_THAT((Notion::Options{.token = token}.validate()), IsOk());
    EXPECT_THAT((Notion::Options{.token = token, .version = "2022-06-28"}.validate()),
                IsError(ErrorKind::invalid_argument));
    EXPECT_THAT((Notion::Options{.token = token, .version = "latest-one"}.validate()),
                IsError(ErrorKind::invalid_argument));
    EXPECT_THAT(Notion::Options{}.validate(), IsError(ErrorKind::invalid_argument));
}

struct Comment {
    std::string id;
    std::string discussion_id;
};
BOOST_DESCRIBE_STRUCT(Comment, (), (id, discussion_id))

TEST(NotionEndpoints, one_that_is_not_there_is_a_few_lines) {
    NotionBox box;
    const auto notion = box.notion();
    const auto page = box.run(notion.create(R"({"Name":{"title":[]}})"))->id;
    const auto made = box.run(
        notion.ask<Comment>(notion.request("POST", "/v1/comments",
                                           R"({"parent":{"page_id":")" + page +
                                               R"("},"rich_text":[{"text":{"content":"hello"}}]})"),
                            {.name = "create_comment", .url_template = "/v1/comments"}));
    ASSERT_THAT(made, IsOk());
    const auto all = box.run(
        notion.list<Comment>(notion.request("GET", "/v1/comments", "", "block_id=" + page),
                             {.name = "list_comments", .url_template = "/v1/comments"}, 1000));
    ASSERT_THAT(all, IsOk());
    ASSERT_THAT(all->items, SizeIs(1));
    EXPECT_EQ(all->items[0].id, made->id);
}

}  // namespace
}  // namespace apilab::provider
