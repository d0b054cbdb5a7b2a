#include "apilab/radar/service/item.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::radar {
namespace {

using namespace std::chrono_literals;

SystemTime at(std::string_view text) {
    return http::parse_iso_time(text).value();
}

Item example() {
    Item item;
    item.watch = "webshop";
    item.decision = {.package = "@scope/left-box",
                     .installed = {"1.0.0", "1.2.0"},
                     .direct = true,
                     .dev = false,
                     .advisories = {"GHSA-1", "OSV-2"},
                     .aliases = {{"GHSA-1", {"CVE-1", "CVE-2"}}, {"a/b~c", {"d"}}},
                     .candidate = "1.2.1",
                     .change = Change::minor,
                     .action = Action::upgrade,
                     .command = "npm install @scope/left-box@1.2.1",
                     .score = 391,
                     .points = {{"exposed", 400}, {"development only", -9}},
                     .confidence = Confidence::low,
                     .notes = {"osv did not answer", "\"quoted\"\n\u00e9"},
                     .level = Severity::critical};
    item.made_with = Confidence::partial;
    item.fingerprint = fingerprint_of(item.decision);
    item.first_seen = at("2026-11-01T00:00:00Z") + 5ms;
    item.last_seen = at("2026-11-22T10:00:00Z");
    item.resolved = at("2026-11-23T10:00:00Z") + 1ns;
    item.announced = "abc";
    item.announced_before = {"x", "y"};
    item.revision = 7;
    item.row_hash = "hash";
    item.human = {.decision = "ignore", .owner = "Ann", .snooze_until = at("2026-12-24T00:00:00Z")};
    item.row = {.decision = "maybe", .owner = "Bob", .snooze_until = {}};
    return item;
}

// The error of this text, with one part of it written otherwise.
Error refused(const std::string& part, const std::string& instead) {
    std::string text = item_json(example());
    const auto place = text.find(part);
    EXPECT_NE(place, std::string::npos) << part;
    text.replace(place, part.size(), instead);
    const auto item = read_item(text);
    EXPECT_FALSE(item) << text;
    return item ? Error(ErrorKind::internal, "read") : item.error();
}

TEST(Item, is_read_as_it_was_written) {
    const std::string text = item_json(example());
    const auto again = read_item(text);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(item_json(*again), text);
    EXPECT_EQ(again->decision.points, example().decision.points);
    EXPECT_EQ(again->decision.aliases, example().decision.aliases);
    EXPECT_EQ(again->decision.level, Severity::critical);
    EXPECT_EQ(again->made_with, Confidence::partial);
    EXPECT_EQ(again->first_seen, example().first_seen);
    EXPECT_EQ(again->resolved, example().resolved);
    EXPECT_EQ(again->announced_before, example().announced_before);
    EXPECT_EQ(again->human, example().human);
    EXPECT_EQ(again->row, example().row);
    EXPECT_EQ(again->revision, 7);
}

TEST(Item, without_what_it_need_not_have_is_read_too) {
    Item item;
    item.watch = "w";
    item.decision.package = "p";
    const std::string text = item_json(item);
    const auto again = read_item(text);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(item_json(*again), text);
    EXPECT_FALSE(again->resolved);
    EXPECT_FALSE(again->decision.candidate);
    EXPECT_FALSE(again->decision.level);
}

TEST(Item, that_is_something_else_is_refused_with_its_place) {
    EXPECT_EQ(refused(R"("watch":"webshop")", R"("watch":7)").detail(), "/watch");
    EXPECT_EQ(refused(R"("package":)", R"("packet":)").detail(), "/decision/package");
    EXPECT_EQ(refused(R"("upgrade")", R"("destroy")").detail(), "/decision/action");
    EXPECT_EQ(refused(R"(["1.0.0","1.2.0"])", R"(["1.0.0",2])").detail(), "/decision/installed/1");
    EXPECT_EQ(refused(R"(["d"])", R"({"d":1})").detail(), "/decision/aliases/a~1b~0c");
    EXPECT_EQ(refused(R"("points":-9)", R"("points":1e99)").detail(), "/decision/points/1/points");
    EXPECT_EQ(refused(R"("revision":7)", R"("revision":-7)").detail(), "/revision");
    EXPECT_EQ(refused(R"("2026-11-22T10:00:00Z")", R"("yesterday")").detail(), "/last_seen");
    EXPECT_EQ(refused(R"("direct":true)", R"("direct":"yes")").detail(), "/decision/direct");
    EXPECT_EQ(refused(R"("human":{)", R"("human":5,"other":{)").detail(), "/human");
    EXPECT_EQ(refused(R"("watch":)", R"("watch")").kind(), ErrorKind::decode);
    for (const std::string_view text : {"", "[]", "7", "null", "{", "{}", "\"text\""}) {
        const auto item = read_item(text);
        ASSERT_FALSE(item) << text;
        EXPECT_EQ(item.error().kind(), ErrorKind::decode) << text;
        EXPECT_FALSE(read_run(text)) << text;
    }
    // Every prefix of a document: a disk that was full.
    const std::string whole = item_json(example());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(read_item(std::string_view(whole).substr(0, size))) << size;
    }
}

TEST(Item, has_a_key_that_every_store_takes) {
    Item item;
    item.watch = std::string(64, 'w');
    item.decision.package = "@s/" + std::string(211, 'p');
    EXPECT_EQ(item.key().size(), Item::key_max);
    Item other = item;
    other.decision.package.back() = 'q';
    EXPECT_NE(item.key(), other.key());
    EXPECT_TRUE(item.key().starts_with(item.watch + "/@s/pp"));
    item.decision.package = "lodash";
    EXPECT_EQ(item.key(), item.watch + "/lodash");
}

TEST(Item, is_news_by_its_action_its_candidate_and_its_advisories_alone) {
    const Decision before = example().decision;
    const std::string known = fingerprint_of(before);
    EXPECT_EQ(known.size(), 16U);
    Decision same = before;
    same.score = 1;
    same.points.clear();
    same.notes.clear();
    same.confidence = Confidence::full;
    same.advisories = {"OSV-2", "GHSA-1"};  // in another order
    EXPECT_EQ(fingerprint_of(same), known);
    Decision other = before;
    other.action = Action::decide;
    EXPECT_NE(fingerprint_of(other), known);
    other = before;
    other.candidate.reset();
    EXPECT_NE(fingerprint_of(other), known);
    other = before;
    other.advisories = {"GHSA-1\",\"OSV-2"};
    EXPECT_NE(fingerprint_of(other), known);
}

TEST(Decline, is_said_in_many_words) {
    for (const std::string_view text :
         {"accepted", "Accepted.", " IGNORE ", "won't fix", "Won\u2019t fix!", "wontfix",
          "false-positive", "done", "N/A", "risk_accepted", "no"}) {
        EXPECT_TRUE(declines(text)) << text;
    }
    for (const std::string_view text : {"", " ", "upgrade", "not done", "don't ignore",
                                        "next sprint", "accepted until May", "\u00e9", "todo"}) {
        EXPECT_FALSE(declines(text)) << text;
    }
}

TEST(Run, is_read_as_it_was_written) {
    const RunRecord run{.watch = "webshop",
                        .started = at("2026-11-22T10:00:00Z"),
                        .finished = at("2026-11-22T10:00:09Z") + 250ms,
                        .why = "github push",
                        .report = R"({"as_of":"..."})",
                        .error = "a \"line\"",
                        .complete = true,
                        .last_complete = at("2026-11-21T10:00:00Z")};
    const auto again = read_run(run_json(run));
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(run_json(*again), run_json(run));
    EXPECT_EQ(again->finished, run.finished);
    EXPECT_EQ(again->last_complete, run.last_complete);
    EXPECT_TRUE(again->complete);
}

}  // namespace
}  // namespace apilab::radar
