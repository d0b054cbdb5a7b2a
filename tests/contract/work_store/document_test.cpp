#include <thread>

#include "work_store.hpp"

namespace apilab::work {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Version = std::optional<std::int64_t>;

std::vector<std::string> keys(const std::vector<Document>& documents) {
    std::vector<std::string> all;
    for (const Document& document : documents) {
        all.push_back(document.key);
    }
    return all;
}

TEST_P(WorkStore, a_document_comes_back_as_it_was_put) {
    std::string bytes;
    for (int c = 0; c < 256; ++c) {
        bytes += static_cast<char>(c);
    }
    EXPECT_FALSE(ok(store->document("item", "webshop/lodash")));
    EXPECT_EQ(ok(store->put_document("item", "webshop/lodash", bytes, {}, start)), 1);
    const auto found = ok(open_again()->document("item", "webshop/lodash"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, "item");
    EXPECT_EQ(found->key, "webshop/lodash");
    EXPECT_EQ(found->body, bytes);
    EXPECT_EQ(found->version, 1);
    EXPECT_EQ(found->updated, start);
    EXPECT_FALSE(ok(store->document("run", "webshop/lodash"))) << "another kind is another one";
    EXPECT_EQ(ok(store->put_document("item", "empty", "", {}, start)), 1);
    EXPECT_EQ(ok(store->document("item", "empty"))->body, "");
}

TEST_P(WorkStore, each_change_of_a_document_is_a_version) {
    EXPECT_EQ(ok(store->put_document("item", "a", "1", {}, start)), 1);
    EXPECT_EQ(ok(store->put_document("item", "a", "2", {}, start + 1s)), 2);
    EXPECT_EQ(ok(store->put_document("item", "a", "3", 2, start + 2s)), 3);
    const auto found = ok(store->document("item", "a"));
    EXPECT_EQ(found->body, "3");
    EXPECT_EQ(found->version, 3);
    EXPECT_EQ(found->updated, start + 2s);
}

TEST_P(WorkStore, a_document_that_is_not_at_the_expected_version_stays_as_it_is) {
    EXPECT_EQ(ok(store->put_document("item", "a", "1", 1, start)), Version()) << "there is none";
    EXPECT_FALSE(ok(store->document("item", "a")));
    EXPECT_EQ(ok(store->put_document("item", "a", "1", 0, start)), 1);
    EXPECT_EQ(ok(store->put_document("item", "a", "2", 0, start + 1s)), Version());
    EXPECT_EQ(ok(store->put_document("item", "a", "2", 2, start + 1s)), Version());
    EXPECT_EQ(ok(store->put_document("item", "a", "2", 1, start + 1s)), 2);
    EXPECT_EQ(ok(store->put_document("item", "a", "3", 1, start + 2s)), Version())
        << "somebody was faster";
    const auto found = ok(store->document("item", "a"));
    EXPECT_EQ(found->body, "2");
    EXPECT_EQ(found->version, 2);
    EXPECT_EQ(found->updated, start + 1s);
}

TEST_P(WorkStore, documents_come_by_key_a_page_at_a_time) {
    for (const char* key : {"b", "a/2", "a", "B", "\u00e9", "a/10", "c"}) {
        EXPECT_EQ(ok(store->put_document("item", key, key, {}, start)), 1);
    }
    (void)ok(store->put_document("run", "a", "", {}, start));
    EXPECT_THAT(keys(ok(store->documents("item", "", 1000))),
                ElementsAre("B", "a", "a/10", "a/2", "b", "c", "\u00e9"));
    EXPECT_THAT(keys(ok(store->documents("item", "", 3))), ElementsAre("B", "a", "a/10"));
    const auto next = ok(store->documents("item", "a/10", 2));
    EXPECT_THAT(keys(next), ElementsAre("a/2", "b"));
    EXPECT_EQ(next[0].body, "a/2");
    EXPECT_THAT(keys(ok(store->documents("item", "b0", 10))), ElementsAre("c", "\u00e9"));
    EXPECT_TRUE(ok(store->documents("item", "\u00e9", 10)).empty());
    EXPECT_TRUE(ok(store->documents("none", "", 10)).empty());
}

TEST_P(WorkStore, documents_are_listed_without_their_bodies) {
    (void)ok(store->put_document("item", "a", "1", {}, start));
    (void)ok(store->put_document("item", "b", "1", {}, start));
    (void)ok(store->put_document("item", "b", "2", {}, start + 1s));
    EXPECT_THAT(keys(ok(store->list_documents("item", "", 1000))), ElementsAre("a", "b"));
    EXPECT_EQ(field(store->list_documents("item", "", 0)), "limit");
    const auto rest = ok(store->list_documents("item", "a", 1));
    ASSERT_EQ(rest.size(), 1);
    EXPECT_EQ(rest[0].body, "");
    EXPECT_EQ(rest[0].version, 2);
    EXPECT_EQ(rest[0].updated, start + 1s);
}

TEST_P(WorkStore, a_document_that_was_removed_begins_anew) {
    EXPECT_FALSE(ok(store->remove_document("item", "a")));
    (void)ok(store->put_document("item", "a", "1", {}, start));
    (void)ok(store->put_document("item", "a", "2", {}, start));
    (void)ok(store->put_document("run", "a", "kept", {}, start));
    EXPECT_TRUE(ok(store->remove_document("item", "a")));
    EXPECT_FALSE(ok(store->remove_document("item", "a")));
    EXPECT_FALSE(ok(store->document("item", "a")));
    EXPECT_EQ(ok(store->put_document("item", "a", "3", 0, start)), 1);
    EXPECT_EQ(ok(store->document("run", "a"))->body, "kept");
}

TEST_P(WorkStore, a_document_has_its_limits) {
    const auto put = [&](std::string_view kind, std::string_view key) {
        return field(store->put_document(kind, key, "", {}, start));
    };
    EXPECT_EQ(put("", "a"), "kind");
    EXPECT_EQ(put("Item", "a"), "kind");
    EXPECT_EQ(put(std::string(65, 'k'), "a"), "kind");
    EXPECT_EQ(put("item", ""), "key");
    EXPECT_EQ(put("item", std::string(256, 'k')), "key");
    EXPECT_EQ(put("item", std::string_view("a\0b", 3)), "key");
    EXPECT_EQ(put("item", "\xff"), "key");
    EXPECT_EQ(put("item", std::string(255, 'k')), "no error");
    EXPECT_EQ(field(store->put_document("item", "a", "", -1, start)), "expected");
    EXPECT_EQ(field(store->document("item", "")), "key");
    EXPECT_EQ(field(store->remove_document("", "a")), "kind");
    EXPECT_EQ(field(store->documents("", "", 10)), "kind");
    EXPECT_EQ(field(store->documents("item", "", 0)), "limit");
    EXPECT_EQ(field(store->documents("item", "", 1001)), "limit");
    EXPECT_EQ(field(store->documents("item", std::string(256, 'k'), 10)), "after_key");
    const auto small = open_again({.body_max = 3});
    EXPECT_EQ(ok(small->put_document("item", "small", "123", {}, start)), 1);
    const auto large = small->put_document("item", "large", "1234", {}, start);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().kind(), ErrorKind::too_large);
    EXPECT_EQ(large.error().detail(), "body");
}

TEST_P(WorkStore, documents_and_messages_are_there_together_or_not_at_all) {
    const auto reader = open_again();
    done(store->begin());
    EXPECT_EQ(ok(store->put_document("item", "a", "1", 0, start)), 1);
    (void)ok(store->post({.target = "slack", .key = "k"}, start));
    EXPECT_EQ(ok(store->put_document("item", "a", "2", 1, start)), 2) << "one's own is seen";
    EXPECT_EQ(ok(store->put_document("item", "a", "3", 1, start)), Version());
    EXPECT_FALSE(store->put_document("item", "", "", {}, start))
        << "refused, and takes back itself";
    EXPECT_FALSE(ok(reader->document("item", "a")));
    done(store->commit());
    EXPECT_EQ(ok(reader->document("item", "a"))->body, "2");
    EXPECT_EQ(ok(reader->message_counts("")).pending, 1);

    done(store->begin());
    EXPECT_EQ(ok(store->put_document("item", "a", "lost", {}, start)), 3);
    EXPECT_TRUE(ok(store->remove_document("item", "a")));
    (void)ok(store->put_document("item", "b", "lost", {}, start));
    (void)ok(store->post({.target = "slack", .key = "lost"}, start));
    store->rollback();
    EXPECT_EQ(ok(store->document("item", "a"))->body, "2");
    EXPECT_EQ(ok(store->document("item", "a"))->version, 2);
    EXPECT_FALSE(ok(store->document("item", "b")));
    EXPECT_EQ(ok(store->message_counts("")).pending, 1);
}

TEST_P(WorkStore, of_many_that_change_a_document_each_builds_on_what_it_read) {
    constexpr int people = 4;
    constexpr int times = 25;
    (void)ok(store->put_document("item", "count", "0", 0, start));
    std::vector<std::thread> threads;
    for (int person = 0; person < people; ++person) {
        threads.emplace_back([this] {
            const auto mine = open_again();
            for (int added = 0; added < times;) {
                const auto read = ok(mine->document("item", "count"));
                const std::string next = std::to_string(std::stoi(read->body) + 1);
                const auto put =
                    ok(mine->put_document("item", "count", next, read->version, start));
                added += put ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(ok(store->document("item", "count"))->body, std::to_string(people * times));
    EXPECT_EQ(ok(store->document("item", "count"))->version, 1 + people * times);
}

TEST_P(WorkStore, a_sweep_leaves_documents_alone) {
    (void)ok(store->put_document("item", "a", "1", {}, start));
    (void)ok(store->sweep({}, 1000, start + std::chrono::days(1000)));
    EXPECT_TRUE(ok(store->document("item", "a")));
}

}  // namespace
}  // namespace apilab::work
