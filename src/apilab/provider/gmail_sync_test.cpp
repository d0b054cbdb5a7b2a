#include "apilab/provider/gmail_sync.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/google/mailbox.hpp"
#include "apilab/testing/matchers.hpp"

namespace apilab::provider {
namespace {

using namespace std::chrono_literals;
using apilab::testing::IsError;
using apilab::testing::IsOk;
using http::Response;
using sandbox::google::Mailbox;

// Rows in memory, each commit whole or not at all; says what came twice.
class Rows final : public data::SyncStore {
public:
    struct Row {
        std::string text;
        std::uint64_t generation = 0;
    };
    Result<std::optional<data::SyncState>> load() override { return state; }
    Result<void> commit(const data::SyncCommit& commit) override {
        ++commits;
        for (const auto& row : commit.rows) {
            rows[row.key] = {row.text, commit.state.generation};
        }
        if (commit.remove_stale) {
            std::erase_if(rows, [&](const auto& row) {
                return row.second.generation < commit.state.generation;
            });
        }
        state = commit.state;
        return {};
    }
    Result<data::SyncCounts> count(std::uint64_t generation) override {
        data::SyncCounts counts{.rows = rows.size()};
        for (const auto& [key, row] : rows) {
            counts.stale += row.generation < generation ? 1 : 0;
        }
        return counts;
    }
    void clear() {
        rows.clear();
        state.reset();
    }
    std::set<std::string> present() const {
        std::set<std::string> ids;
        for (const auto& [key, row] : rows) {
            if (!row.text.contains("\"gone\":true")) {
                ids.insert(key);
            }
        }
        return ids;
    }

    std::map<std::string, Row> rows;
    std::optional<data::SyncState> state;
    int commits = 0;
};

// The emulated mailbox behind as little HTTP as the sync needs; a test changes it between calls.
class Door final : public runtime::Service {
public:
    explicit Door(runtime::Scheduler& its_scheduler) : scheduler(its_scheduler) {}

    runtime::Task<Result<Response>> call(http::Request request,
                                         runtime::CallContext context) override {
        ++calls[context.operation.name];
        ++all_calls;
        if (before) {
            before(context.operation.name);
        }
        if (all_calls == dies_at) {
            co_return fail(Error(ErrorKind::connection_lost, "killed"));
        }
        co_return answer(context.operation.name, request);
    }

    Response answer(std::string_view operation, const http::Request& request) {
        const auto& messages = mailbox.messages();
        if (operation == "get_profile") {
            return Response::json(
                200, fmt::format(R"({{"emailAddress":"me","messagesTotal":{},"historyId":"{}"}})",
                                 messages.size(), mailbox.history_id()));
        }
        if (operation == "list_messages") {
            return list(request);
        }
        if (operation == "list_history") {
            return history(request);
        }
        const auto path = request.url().path();
        const auto* found = mailbox.find(path.substr(path.rfind('/') + 1));
        return found == nullptr
                   ? Response::json(404, R"({"error":{"errors":[{"reason":"notFound"}]}})")
                   : Response::json(
                         200, fmt::format(R"({{"id":"{}","threadId":"{}","starred":{}}})",
                                          found->id, found->thread, found->has_label("STARRED")));
    }

    // Five on a page, by offset: what is deleted meanwhile moves the others.
    Response list(const http::Request& request) {
        if (forgets_list) {
            return Response::json(200, "{}");
        }
        const auto query = std::string(request.url().query());
        const auto at = query.find("pageToken=");
        const auto first = at == std::string::npos ? 0U : std::stoul(query.substr(at + 10));
        const auto& messages = mailbox.messages();
        std::string ids;
        auto end = std::min<std::size_t>(first + 5, messages.size());
        for (auto i = first; i < end; ++i) {
            ids += fmt::format("{}{{\"id\":\"{}\",\"threadId\":\"t\"}}", ids.empty() ? "" : ",",
                               messages[messages.size() - 1 - i].id);
        }
        const auto next = end < messages.size() ? fmt::format(R"(,"nextPageToken":"{}")", end) : "";
        return Response::json(200, fmt::format(R"({{"messages":[{}]{}}})", ids, next));
    }

    Response history(const http::Request& request) {
        const auto query = std::string(request.url().query());
        const auto start = std::stoull(query.substr(query.find('=') + 1));
        const auto records = mailbox.history_since(start);
        if (!records || start < forgotten) {
            return Response::json(404, R"({"error":{"errors":[{"reason":"notFound"}]}})");
        }
        std::string text;
        using Kind = sandbox::google::HistoryRecord::Kind;
        for (const auto& record : *records) {
            const auto* name = record.kind == Kind::message_added     ? "messagesAdded"
                               : record.kind == Kind::message_deleted ? "messagesDeleted"
                               : record.kind == Kind::labels_added    ? "labelsAdded"
                                                                      : "labelsRemoved";
            text +=
                fmt::format(R"({}{{"id":"{}","{}":[{{"message":{{"id":"{}","threadId":"t"}}}}]}})",
                            text.empty() ? "" : ",", record.id, name, record.message);
        }
        return Response::json(
            200, fmt::format(R"({{"history":[{}],"historyId":"{}"}})", text, mailbox.history_id()));
    }

    runtime::Scheduler& scheduler;
    Mailbox mailbox{1};
    std::function<void(std::string_view)> before;
    std::map<std::string, int, std::less<>> calls;
    int all_calls = 0;
    int dies_at = 0;
    std::uint64_t forgotten = 0;
    bool forgets_list = false;
};

class GmailSyncTest : public ::testing::Test {
protected:
    Result<GmailSyncReport> sync(GmailSyncOptions options = {}) {
        const Gmail gmail({.client = &door, .base = *http::Url::parse("http://h")});
        GmailSync sync(gmail, rows, options);
        return runtime::run(scheduler, sync.run());
    }
    std::set<std::string> there() const {
        std::set<std::string> ids;
        for (const auto& message : door.mailbox.messages()) {
            ids.insert(message.id);
        }
        return ids;
    }
    void arrive() {
        const auto mail = sandbox::google::parse_mail("Subject: x\r\nTo: me\r\n\r\ny");
        door.mailbox.add(*mail, {"INBOX"}, "", scheduler.system_now());
    }

    runtime::VirtualScheduler scheduler;
    Door door{scheduler};
    Rows rows;
};

TEST_F(GmailSyncTest, goes_from_full_to_partial_to_full_to_partial_without_gap_and_double) {
    auto report = sync();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->mode, GmailSyncMode::full);
    EXPECT_EQ(report->reason, GmailSyncReason::first);
    EXPECT_EQ(report->rows, door.mailbox.messages().size());
    EXPECT_EQ(rows.present(), there());

    arrive();
    const auto first = door.mailbox.messages().front().id;
    door.mailbox.modify(*door.mailbox.find(first), {"STARRED"}, {}, scheduler.system_now());
    door.mailbox.remove(door.mailbox.messages()[3].id, scheduler.system_now());
    report = sync();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->mode, GmailSyncMode::partial);
    EXPECT_EQ(report->reason, GmailSyncReason::history);
    EXPECT_EQ(report->rows, 2U);
    EXPECT_EQ(report->gone, 1U);
    EXPECT_EQ(rows.present(), there());
    EXPECT_THAT(rows.rows[first].text, ::testing::HasSubstr("\"starred\":true"));

    arrive();
    door.forgotten = door.mailbox.history_id() + 1;
    door.mailbox.remove(door.mailbox.messages()[5].id, scheduler.system_now());
    report = sync();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->mode, GmailSyncMode::full);
    EXPECT_EQ(report->reason, GmailSyncReason::history_expired);
    EXPECT_EQ(report->removed, 2U);  // one of them was gone before
    EXPECT_EQ(rows.present(), there());
    EXPECT_EQ(rows.rows.size(), there().size());

    arrive();
    report = sync();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->describe(), fmt::format("partial (history): 1 rows, 0 gone, history {}",
                                              door.mailbox.history_id()));
    EXPECT_EQ(rows.present(), there());
}

TEST_F(GmailSyncTest, what_comes_in_while_everything_is_read_is_told_by_the_next_one) {
    int listed = 0;
    door.before = [&](std::string_view operation) {
        if (operation == "get_message" && ++listed == 20) {
            arrive();
            door.mailbox.modify(*door.mailbox.find(door.mailbox.messages()[0].id), {"STARRED"}, {},
                                scheduler.system_now());
        }
    };
    ASSERT_THAT(sync(), IsOk());
    ASSERT_THAT(sync(), IsOk());
    EXPECT_EQ(rows.present(), there());
    EXPECT_THAT(rows.rows[door.mailbox.messages()[0].id].text,
                ::testing::HasSubstr("\"starred\":true"));
}

TEST_F(GmailSyncTest, a_mail_deleted_between_two_pages_hides_no_other) {
    int pages = 0;
    door.before = [&](std::string_view operation) {
        if (operation == "list_messages" && ++pages == 3) {
            door.mailbox.remove(door.mailbox.messages().back().id, scheduler.system_now());
        }
    };
    ASSERT_THAT(sync(), IsOk());
    EXPECT_EQ(rows.present(), there());
}

TEST_F(GmailSyncTest, killed_anywhere_it_goes_on_and_misses_nothing) {
    ASSERT_THAT(sync(), IsOk());
    const int whole = door.all_calls;
    for (int kill = 1; kill <= whole; kill += 3) {
        rows.clear();
        door.all_calls = 0;
        door.dies_at = kill;
        const auto killed = sync({.commit_max = 4});
        ASSERT_THAT(killed, IsError(ErrorKind::connection_lost)) << kill;
        const auto had = rows.rows.size();
        arrive();
        door.dies_at = 0;
        door.calls.clear();
        const auto report = sync({.commit_max = 4});
        ASSERT_THAT(report, IsOk());
        EXPECT_EQ(report->reason, kill == 1 ? GmailSyncReason::first : GmailSyncReason::continued);
        EXPECT_LE(door.calls["get_message"] + static_cast<int>(had),
                  static_cast<int>(there().size()));
        ASSERT_THAT(sync(), IsOk());
        EXPECT_EQ(rows.present(), there()) << kill;
    }
}

TEST_F(GmailSyncTest, a_partial_one_that_fails_keeps_its_place) {
    ASSERT_THAT(sync(), IsOk());
    const auto place = rows.state->bookmark;
    for (int i = 0; i < 6; ++i) {
        arrive();
    }
    door.dies_at = door.all_calls + 4;
    EXPECT_THAT(sync({.commit_max = 2}), IsError(ErrorKind::connection_lost));
    EXPECT_EQ(rows.state->bookmark, place);
    ASSERT_THAT(sync(), IsOk());
    EXPECT_EQ(rows.present(), there());
}

TEST_F(GmailSyncTest, a_list_that_is_suddenly_short_removes_nothing) {
    ASSERT_THAT(sync(), IsOk());
    door.forgets_list = true;
    const auto report = sync({.whole = true});
    ASSERT_THAT(report, IsError(ErrorKind::decode));
    EXPECT_EQ(report.error().detail(), "messages_total");
    EXPECT_EQ(rows.present(), there());
}

TEST_F(GmailSyncTest, a_state_that_is_no_number_is_read_as_none_and_says_so) {
    ASSERT_THAT(sync(), IsOk());
    rows.state->bookmark = "yesterday";
    const auto report = sync();
    ASSERT_THAT(report, IsOk());
    EXPECT_EQ(report->reason, GmailSyncReason::state_unreadable);
    EXPECT_EQ(sync({.whole = true})->reason, GmailSyncReason::asked);
    EXPECT_EQ(sync({.commit_max = 0}).error().detail(), "commit_max");
}

TEST_F(GmailSyncTest, a_place_that_was_forgotten_while_it_lay_there_is_read_in_full_next_time) {
    door.dies_at = 30;
    EXPECT_FALSE(sync({.commit_max = 4}));
    door.mailbox.remove(door.mailbox.messages().front().id, scheduler.system_now());
    door.forgotten = door.mailbox.history_id();
    door.dies_at = 0;
    EXPECT_EQ(sync()->reason, GmailSyncReason::continued);
    EXPECT_EQ(sync()->reason, GmailSyncReason::history_expired);
    EXPECT_EQ(rows.present(), there());
}

// Chance decides what happens when: mails come and go, history forgets, runs are cut off.
TEST_F(GmailSyncTest, after_any_two_weeks_two_quiet_runs_bring_it_into_step) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SeededRng rng(seed);
        door.mailbox = Mailbox(seed);
        door.forgotten = 0;
        rows.clear();
        const auto happen = [&] {
            const auto chance = rng.between(0, 99);
            if (chance < 8) {
                arrive();
            } else if (chance < 14 && door.mailbox.messages().size() > 10) {
                const auto size = static_cast<std::int64_t>(door.mailbox.messages().size());
                const auto at = static_cast<std::size_t>(rng.between(0, size - 1));
                door.mailbox.remove(door.mailbox.messages()[at].id, scheduler.system_now());
            } else if (chance == 99) {
                door.forgotten = door.mailbox.history_id();
            }
        };
        door.before = [&](std::string_view) { happen(); };
        for (int run = 0; run < 20; ++run) {
            door.dies_at =
                rng.between(0, 2) == 0 ? door.all_calls + static_cast<int>(rng.between(1, 40)) : 0;
            (void)sync({.commit_max = static_cast<std::size_t>(rng.between(1, 10))});
        }
        door.dies_at = 0;
        door.before = nullptr;
        for (int run = 0; run < 3; ++run) {
            ASSERT_THAT(sync(), IsOk());
        }
        EXPECT_EQ(rows.present(), there()) << "seed " << seed;
    }
}

}  // namespace
}  // namespace apilab::provider
