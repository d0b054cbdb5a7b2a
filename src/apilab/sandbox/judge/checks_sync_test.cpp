// Each check of checks_sync.cpp has a client that passes, one that fails, and one that does
// nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "apilab/http/wire.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/google/provider.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"
#include "apilab/sandbox/notion/provider.hpp"
#include "apilab/sandbox/slack/provider.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;

std::string fault(std::string_view where, std::string_view what) {
    return "[[fault]]\nwhere = \"" + std::string(where) + "\"\nwhat = " + std::string(what) +
           "\nwhen = { nth = 1 }\n";
}

// Slack, Notion and Google, and a client written by hand.
class GlueWorld {
public:
    explicit GlueWorld(const std::string& faults = "") {
        SandboxOptions options;
        options.scenario = *parse_scenario("name = \"x\"\n" + faults);
        options.providers.push_back(std::make_unique<slack::SlackProvider>());
        options.providers.push_back(std::make_unique<notion::NotionProvider>());
        options.providers.push_back(std::make_unique<google::GoogleProvider>());
        sandbox = *Sandbox::make(scheduler, std::move(options));
    }

    http::Response send(std::string method, const std::string& path, std::string body,
                        const std::string& token, bool form = false) {
        http::Request request(std::move(method), *http::Url::parse("http://sandbox.test" + path));
        request.header("authorization", "Bearer " + token).header("user-agent", "test/1");
        request.header("notion-version", "2025-09-03");
        request.header("content-type", form ? "application/x-www-form-urlencoded"
                                            : "application/json; charset=utf-8");
        request.body(std::move(body));
        auto answer = runtime::run(scheduler, sandbox->call(std::move(request), {}));
        const bool lost = answer->wire()->reset != http::WirePlan::Reset::none;
        answer->wire()->on_finished(
            {.bytes_sent = 1, .finished = scheduler.now(), .cut_by_plan = lost});
        return *std::move(answer);
    }
    http::Response announce(const std::string& key, const std::string& token = "xoxb-stub") {
        return send("POST", "/slack/api/chat.postMessage",
                    R"({"channel":"general","text":"x","metadata":{"event_type":"t",)"
                    R"("event_payload":{"key":")" +
                        key + "\"}}}",
                    token);
    }
    // The page's id.
    std::string row(const std::string& key, std::size_t note = 1, std::size_t piece = 2000) {
        std::string pieces;
        for (; note > 0; note -= std::min(piece, note)) {
            pieces += pieces.empty() ? "" : ",";
            pieces += R"({"text":{"content":")" + std::string(std::min(piece, note), 'x') + "\"}}";
        }
        const auto answer =
            send("POST", "/notion/v1/pages",
                 R"({"parent":{"data_source_id":")" + notion::data_source_id_of(1) +
                     R"("},"properties":{"Key":{"rich_text":[{"text":{"content":")" + key +
                     R"("}}]},"Notes":{"rich_text":[)" + pieces + "]}}}",
                 "ntn_stub");
        return std::string(
            http::JsonDocument::parse(answer.body())->root()["id"].string_or("none"));
    }
    void tick(const std::string& page) {
        send("PATCH", "/notion/v1/pages/" + page,
             R"({"properties":{"Announced":{"checkbox":true}}})", "ntn_stub");
    }
    http::Response gmail(const std::string& path) {
        if (google_token_.empty()) {
            const auto answer = send("POST", "/google/token",
                                     "grant_type=refresh_token&client_id=cid&client_secret=sec&"
                                     "refresh_token=seed-refresh-token",
                                     "", true);
            google_token_ =
                http::JsonDocument::parse(answer.body())->root()["access_token"].string_or("");
        }
        return send("GET", "/google/gmail/v1/users/me" + path, "", google_token_);
    }
    std::string history_id() {
        return std::string(
            http::JsonDocument::parse(gmail("/profile").body())->root()["historyId"].string_or(""));
    }
    void wait(Duration duration) { scheduler.advance(duration); }

    Finding judged(std::string_view id) {
        sandbox->stop_run();
        const auto report = judge_run(*sandbox);
        for (const auto& result : report->checks) {
            if (result.card.id == id) {
                return result.finding;
            }
        }
        throw std::logic_error("no such check");
    }
    Verdict verdict(std::string_view id) { return judged(id).verdict; }

    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;

private:
    std::string google_token_;
};

TEST(SyncChecks, who_does_nothing_is_not_judged) {
    for (const auto* id : {"DAT-14", "AUT-13", "RL-11", "SYN-01", "SYN-02", "SYN-03", "SYN-04"}) {
        EXPECT_EQ(GlueWorld().judged(id).reason, UnknownReason::not_exercised) << id;
    }
}

const auto says_no =
    fault("slack:chat.postMessage", "{ status = 200, body = { ok = false, error = \"x\" } }");

TEST(SyncChecks, a_200_that_says_no_may_not_be_ticked_off) {
    GlueWorld good(says_no);
    const auto page = good.row("k");
    good.announce("k");
    good.announce("k");
    good.tick(page);
    EXPECT_EQ(good.verdict("DAT-14"), Verdict::pass);

    GlueWorld bad(says_no);
    const auto lost = bad.row("k");
    bad.announce("k");
    bad.tick(lost);
    const auto found = bad.judged("DAT-14");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 2U);
}

TEST(SyncChecks, a_token_refused_inside_a_200_is_of_no_more_use) {
    GlueWorld good;
    good.announce("k", "bogus");
    good.wait(1s);
    good.announce("k", "xoxb-stub");
    EXPECT_EQ(good.verdict("AUT-13"), Verdict::pass);

    GlueWorld bad;
    for (int i = 0; i < 3; ++i) {
        bad.announce("k", "bogus");
        bad.wait(1s);
    }
    EXPECT_EQ(bad.verdict("AUT-13"), Verdict::fail);
}

TEST(SyncChecks, what_notion_says_about_waiting_holds_for_writes_too) {
    const auto overloaded = fault("notion:create_page", "{ status = 529, retry_after = \"3s\" }");
    const auto after = [&](Duration wait, int times) {
        GlueWorld world(overloaded);
        for (int i = 0; i < times; ++i) {
            world.row("k");
            world.wait(wait);
        }
        world.wait(1min);
        return world.verdict("RL-11");
    };
    EXPECT_EQ(after(3s, 2), Verdict::pass);
    EXPECT_EQ(after(1s, 2), Verdict::fail) << "too early";
    EXPECT_EQ(after(3s, 1), Verdict::fail) << "dropped";
}

TEST(SyncChecks, one_thing_is_made_once) {
    GlueWorld good;
    good.row("a");
    good.row("b");
    good.announce("a");
    EXPECT_EQ(good.verdict("SYN-01"), Verdict::pass);

    GlueWorld bad(fault("slack:chat.postMessage", "{ reset = \"after_commit\" }"));
    bad.announce("a");
    bad.announce("a");
    EXPECT_EQ(bad.verdict("SYN-01"), Verdict::fail);
}

TEST(SyncChecks, what_is_too_long_comes_in_pieces) {
    GlueWorld good;
    good.row("a", 4500);
    EXPECT_EQ(good.verdict("SYN-02"), Verdict::pass);

    GlueWorld mended;
    mended.row("a", 4500, 9999);
    mended.row("a", 4500);
    EXPECT_EQ(mended.verdict("SYN-02"), Verdict::pass);

    GlueWorld bad;
    bad.row("a", 4500, 9999);
    EXPECT_EQ(bad.verdict("SYN-02"), Verdict::fail);
}

const auto forgets = fault("google:list_history", "{ status = 404 }");

TEST(SyncChecks, everything_is_listed_anew_where_history_says_404_and_nowhere_else) {
    const auto run = [](GlueWorld& world, bool full_after, bool full_between) {
        const auto start = world.history_id();
        world.gmail("/messages");
        world.gmail("/history?startHistoryId=" + start);
        if (full_after) {
            world.gmail("/messages");
        }
        world.gmail("/history?startHistoryId=" + start);
        if (full_between) {
            world.gmail("/messages");
        }
        world.gmail("/messages?q=rfc822msgid:1");
        return world.judged("SYN-03");
    };
    GlueWorld good(forgets);
    EXPECT_EQ(run(good, true, false).verdict, Verdict::pass);
    GlueWorld goes_on(forgets);
    EXPECT_EQ(run(goes_on, false, false).verdict, Verdict::fail);
    GlueWorld eager(forgets);
    EXPECT_EQ(run(eager, true, true).verdict, Verdict::fail);
    GlueWorld never_told;
    EXPECT_EQ(run(never_told, false, false).reason, UnknownReason::not_exercised);
}

TEST(SyncChecks, to_list_everything_again_and_again_is_no_way_to_keep_in_step) {
    GlueWorld begins;
    begins.gmail("/messages");
    begins.gmail("/messages");
    EXPECT_EQ(begins.judged("SYN-03").reason, UnknownReason::not_exercised);
    begins.gmail("/messages?q=from:mara");
    EXPECT_EQ(begins.judged("SYN-03").reason, UnknownReason::not_exercised);
    begins.gmail("/messages");
    const auto found = begins.judged("SYN-03");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 3U);
}

TEST(SyncChecks, every_mail_of_the_inbox_is_fetched) {
    const auto run = [](GlueWorld& world, std::size_t most) {
        world.gmail("/history?startHistoryId=" + world.history_id());
        const auto list = world.gmail("/messages?maxResults=500");
        const auto document = http::JsonDocument::parse(list.body());
        std::size_t fetched = 0;
        for (const auto one : document->root()["messages"].elements()) {
            if (fetched++ < most) {
                world.gmail("/messages/" + std::string(one["id"].string_or("")));
            }
        }
        return world.verdict("SYN-04");
    };
    GlueWorld good;
    EXPECT_EQ(run(good, 45), Verdict::pass);
    GlueWorld bad;
    EXPECT_EQ(run(bad, 44), Verdict::fail);
}

TEST(SyncChecks, notion_wants_its_version_named) {
    GlueWorld good;
    good.row("a");
    EXPECT_EQ(good.verdict("OBS-01"), Verdict::pass);
}

}  // namespace
}  // namespace apilab::sandbox
