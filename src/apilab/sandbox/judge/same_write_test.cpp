// DAT-01 over journals made by hand, and the judge's eye for a write that is asked for twice. The
// clients are in trials/.

#include <gtest/gtest.h>

#include "apilab/sandbox/judge/check.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;

// A journal written by hand: each row begins a second after the last and takes 10 ms.
class Book {
public:
    Exchange& add(std::string method, std::string path, int status = 200) {
        Exchange row;
        row.seq = rows_.size() + 1;
        row.provider = "api";
        row.operation = method + " something";
        row.effect = method == "POST" ? http::Effect::write : http::Effect::read;
        row.identity = method + path;
        row.method = std::move(method);
        row.path = std::move(path);
        row.status = status;
        row.first_byte = SteadyTime() + std::chrono::seconds(rows_.size());
        row.finished = row.first_byte + 10ms;
        rows_.push_back(std::move(row));
        return rows_.back();
    }
    Exchange& post(std::string body, std::string meaning, bool lost = false) {
        Exchange& row = add("POST", "/things", 201);
        row.identity += body;
        row.body_sha256 = std::move(body);
        row.meaning = std::move(meaning);
        row.cut = lost;
        row.decision = lost ? Exchange::Decision::fault : Exchange::Decision::served;
        return row;
    }
    [[nodiscard]] Finding judged(std::string_view id) const {
        const auto operations = group_operations(rows_, 120s);
        return find_check(id)->judge({.rows = &rows_, .operations = &operations});
    }

private:
    std::deque<Exchange> rows_;
};

void cut(Exchange& row, std::string ids, std::string next = {}) {
    row.facts = {{"corrupt", "truncated_json"}, {"list", "l"}, {"page_ids", std::move(ids)}};
    if (!next.empty()) {
        row.facts["page_next"] = std::move(next);
    }
}

TEST(CutJson, that_is_asked_for_again_before_it_is_used_passes) {
    Book book;
    cut(book.add("GET", "/items"), "a b c");
    book.add("GET", "/items").facts = {{"list", "l"}, {"page_ids", "a b c"}};
    book.add("GET", "/items/a");
    const auto found = book.judged("DAT-01");
    EXPECT_EQ(found.verdict, Verdict::pass) << found.sentence;
    EXPECT_EQ(found.rows.size(), 2U);
}

TEST(CutJson, that_ends_in_an_error_passes) {
    Book book;
    cut(book.add("GET", "/items"), "a b c", "t2");
    book.add("GET", "/elsewhere");
    EXPECT_EQ(book.judged("DAT-01").verdict, Verdict::pass);
}

TEST(CutJson, whose_items_are_looked_at_fails) {
    Book book;
    cut(book.add("GET", "/items"), "a b%c");
    book.add("GET", "/items/b%25c");
    const auto found = book.judged("DAT-01");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows, (std::vector<std::uint64_t>{1, 2}));
}

TEST(CutJson, whose_next_page_is_asked_for_fails) {
    Book book;
    cut(book.add("GET", "/items"), "a", "t2");
    Exchange& next = book.add("GET", "/items");
    next.identity = "another query";
    next.facts = {{"list", "l"}, {"page_asked", "t2"}};
    EXPECT_EQ(book.judged("DAT-01").verdict, Verdict::fail);
}

TEST(CutJson, whose_items_were_known_before_is_no_proof) {
    Book book;
    book.add("GET", "/items").facts = {{"list", "l"}, {"page_ids", "a"}};
    cut(book.add("GET", "/items"), "a b");
    book.add("GET", "/items/a");
    EXPECT_EQ(book.judged("DAT-01").verdict, Verdict::pass);
    book.add("GET", "/items/b");
    EXPECT_EQ(book.judged("DAT-01").verdict, Verdict::fail);
}

TEST(CutJson, that_never_came_is_not_judged) {
    Book book;
    book.add("GET", "/items");
    EXPECT_EQ(book.judged("DAT-01").reason, UnknownReason::not_exercised);
}

TEST(SameWrite, is_seen_by_its_natural_key) {
    Book book;
    book.post("one", "", true).facts = {{"makes", "F-7"}};
    book.post("two", "").facts = {{"makes", "F-7"}};
    EXPECT_EQ(book.judged("IDM-01").verdict, Verdict::fail);
}

TEST(SameWrite, with_another_natural_key_is_another_one) {
    Book book;
    book.post("one", "m", true).facts = {{"makes", "F-7"}};
    book.post("two", "m").facts = {{"makes", "F-8"}};
    EXPECT_EQ(book.judged("IDM-01").verdict, Verdict::pass);
}

TEST(SameWrite, is_seen_where_only_ids_and_times_differ) {
    Book book;
    book.post("one", "m", true);
    book.post("two", "m");
    const auto found = book.judged("IDM-01");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_NE(found.sentence.find("another id or time"), std::string::npos) << found.sentence;
    EXPECT_EQ(found.rows.size(), 2U);
}

// Who reports the temperature each second sends bodies that differ in their time only.
TEST(SameWrite, is_none_where_such_bodies_follow_each_other_in_peace) {
    Book book;
    book.post("one", "m");
    book.post("two", "m");
    book.post("three", "m", true);
    book.post("four", "m");
    EXPECT_EQ(book.judged("IDM-01").verdict, Verdict::pass);
    book.post("four", "m", true);
    book.post("four", "m");
    EXPECT_EQ(book.judged("IDM-01").verdict, Verdict::fail) << "these are the same bytes";
}

}  // namespace
}  // namespace apilab::sandbox
