#include "apilab/work/inbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace apilab::work {
namespace {

using namespace std::chrono_literals;

const SystemTime start{1'700'000'000s};

class InboxTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "apilab-inbox-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        inbox = open();
    }
    void TearDown() override {
        inbox.reset();
        std::filesystem::remove_all(folder);
    }
    [[nodiscard]] std::unique_ptr<Inbox> open(InboxOptions options = {}) const {
        auto opened = Inbox::open(folder / "inbox.db", options);
        EXPECT_TRUE(opened) << opened.error().to_string();
        return opened ? *std::move(opened) : nullptr;
    }
    Inbox::Put put(std::string_view key, std::string_view body = "{}") {
        return inbox->put("slack", key, body, start).value();
    }
    std::vector<InboxJob> claim(SystemTime now = start) { return inbox->claim(10, now).value(); }

    std::filesystem::path folder;
    std::unique_ptr<Inbox> inbox;
};

using enum Inbox::Put;

TEST_F(InboxTest, the_same_id_of_the_same_sender_is_one_event) {
    EXPECT_EQ(put("e1"), stored);
    EXPECT_EQ(put("e1"), duplicate);
    EXPECT_EQ(inbox->put("github", "e1", "{}", start).value(), stored) << "another sender's id";
    EXPECT_EQ(inbox->counts().value(), (Inbox::Counts{.available = 2}));
}

TEST_F(InboxTest, an_event_keeps_its_bytes) {
    const std::string bytes("\0\xFF{\n\"a\" : 1.0}\0", 15);
    put("e1", bytes);
    put("e2", "");
    const auto jobs = claim();
    ASSERT_EQ(jobs.size(), 2);
    EXPECT_EQ(jobs[0].body, bytes);
    EXPECT_EQ(jobs[0].source, "slack");
    EXPECT_EQ(jobs[0].key, "e1");
    EXPECT_EQ(jobs[1].body, "");
}

TEST_F(InboxTest, what_was_put_is_there_after_a_restart_and_what_runs_stays_leased) {
    put("e1");
    put("e2");
    ASSERT_EQ(inbox->claim(1, start)->size(), 1);
    inbox = open();
    EXPECT_EQ(inbox->counts().value(), (Inbox::Counts{.available = 1, .running = 1}));
    EXPECT_EQ(put("e1"), duplicate);
    EXPECT_EQ(claim().size(), 1) << "only the one that nobody had claimed";
    EXPECT_EQ(claim(start + 1min).size(), 2) << "both leases ran out";
}

TEST_F(InboxTest, writes_ahead_so_that_a_reader_does_not_stop_a_writer) {
    put("e1");
    EXPECT_TRUE(std::filesystem::exists(folder / "inbox.db-wal"));
    const auto reader = open();
    ASSERT_TRUE(reader->counts());
    EXPECT_EQ(put("e2"), stored);
}

TEST_F(InboxTest, a_claimed_job_belongs_to_one_worker_until_its_lease_is_over) {
    put("e1");
    const auto first = claim();
    ASSERT_EQ(first.size(), 1);
    EXPECT_EQ(first[0].attempt, 1);
    EXPECT_TRUE(claim(start + 59999ms).empty());
    const auto second = claim(start + 1min);
    ASSERT_EQ(second.size(), 1);
    EXPECT_EQ(second[0].attempt, 2);
    EXPECT_FALSE(inbox->complete(first[0], start + 61s).value()) << "it has lost the job";
    EXPECT_FALSE(inbox->retry(first[0], start + 61s, "late").value());
    EXPECT_TRUE(inbox->complete(second[0], start + 62s).value());
    EXPECT_FALSE(inbox->complete(second[0], start + 63s).value()) << "done is done";
    EXPECT_TRUE(claim(start + 24h).empty());
}

TEST_F(InboxTest, two_workers_on_one_file_never_get_the_same_job) {
    for (int i = 0; i < 20; ++i) {
        put("e" + std::to_string(i));
    }
    const auto other = open();
    const auto mine = inbox->claim(10, start).value();
    const auto theirs = other->claim(20, start).value();
    EXPECT_EQ(mine.size(), 10);
    EXPECT_EQ(theirs.size(), 10);
    EXPECT_NE(mine[0].id, theirs[0].id);
}

TEST_F(InboxTest, a_job_that_is_given_back_waits_and_in_the_end_is_a_dead_letter) {
    inbox = open({.attempts_max = 2});
    put("e1");
    EXPECT_TRUE(inbox->retry(claim()[0], start + 10s, "HTTP 503").value());
    EXPECT_TRUE(claim(start + 9s).empty());
    EXPECT_EQ(inbox->next_due().value(), start + 10s);
    const auto again = claim(start + 10s);
    ASSERT_EQ(again.size(), 1);
    EXPECT_TRUE(inbox->retry(again[0], start + 20s, "HTTP 422").value());
    EXPECT_TRUE(claim(start + 24h).empty());
    const auto letters = inbox->dead_letters(10).value();
    ASSERT_EQ(letters.size(), 1);
    EXPECT_EQ(letters[0].key, "e1");
    EXPECT_EQ(letters[0].attempts, 2);
    EXPECT_EQ(letters[0].reason, "HTTP 422");
    EXPECT_EQ(inbox->next_due().value(), std::nullopt);
}

TEST_F(InboxTest, a_job_that_kills_its_worker_every_time_is_a_dead_letter_too) {
    inbox = open({.attempts_max = 2});
    put("e1");
    EXPECT_EQ(claim().size(), 1);
    EXPECT_EQ(claim(start + 1min).size(), 1);
    EXPECT_TRUE(claim(start + 2min).empty());
    EXPECT_EQ(inbox->counts()->dead, 1);
}

TEST_F(InboxTest, a_dead_letter_that_is_sent_again_has_another_chance) {
    inbox = open({.attempts_max = 1});
    put("e1");
    EXPECT_TRUE(inbox->retry(claim()[0], start, "HTTP 500").value());
    EXPECT_EQ(inbox->counts()->dead, 1);
    EXPECT_EQ(put("e1"), revived);
    EXPECT_EQ(claim().at(0).attempt, 1);
}

TEST_F(InboxTest, a_known_id_with_another_body_is_a_conflict_and_changes_nothing) {
    put("e1", "{\"a\":1}");
    EXPECT_EQ(put("e1", "{\"a\":2}"), conflict);
    EXPECT_EQ(claim().at(0).body, "{\"a\":1}");
}

TEST_F(InboxTest, the_longest_due_comes_first) {
    put("late");
    put("early");
    auto jobs = claim();
    ASSERT_TRUE(inbox->retry(jobs[0], start + 20s, "").value());
    ASSERT_TRUE(inbox->retry(jobs[1], start + 10s, "").value());
    EXPECT_EQ(inbox->claim(1, start + 30s)->at(0).key, "early");
}

TEST_F(InboxTest, too_large_a_body_is_refused_and_bad_options_are_named) {
    inbox = open({.body_max = 4});
    EXPECT_EQ(inbox->put("slack", "e1", "12345", start).error().kind(), ErrorKind::too_large);
    EXPECT_EQ(inbox->put("slack", "e1", "1234", start).value(), stored);
    const auto detail = [&](InboxOptions options) {
        return Inbox::open(folder / "other.db", options).error().detail();
    };
    EXPECT_EQ(detail({.lease = 999ms}), "lease");
    EXPECT_EQ(detail({.lease = 25h}), "lease");
    EXPECT_EQ(detail({.attempts_max = 0}), "attempts_max");
    EXPECT_EQ(detail({.attempts_max = 101}), "attempts_max");
    EXPECT_EQ(detail({.body_max = 0}), "body_max");
}

TEST_F(InboxTest, a_file_that_is_none_of_ours_is_an_error_and_no_exception) {
    const auto file = folder / "no.db";
    std::ofstream(file) << "this is not a database, and it is longer than a header of one. " << 42;
    EXPECT_EQ(Inbox::open(file).error().kind(), ErrorKind::io);
    EXPECT_EQ(Inbox::open(folder / "missing" / "inbox.db").error().kind(), ErrorKind::io);
}

}  // namespace
}  // namespace apilab::work
