// Each check of checks_documents.cpp, and DAT-05 over documents, has a client that passes, one that
// fails, and one that does nothing.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/api/provider.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

// A client of documents, written by hand.
class Clerk {
public:
    struct Habits {
        bool drops_unknown = false;
        bool refuses_new_states = false;
        bool takes_ids_for_doubles = false;
        bool composes_text = false;
    };

    Clerk() {
        SandboxOptions options;
        options.providers.push_back(std::make_unique<api::ApiProvider>(3));
        sandbox_ = *Sandbox::make(scheduler_, std::move(options));
    }

    void work(const Habits& habits) {
        const auto list = http::JsonDocument::parse(send("GET", "").body()).value();
        for (const auto entry : list.root()["documents"].elements()) {
            const auto id = entry["id"].unsigned_integer().value();
            note_on(habits.takes_ids_for_doubles ? id - 1 : id, habits);
        }
    }

    Finding judged(std::string_view id) {
        sandbox_->stop_run();
        const auto report = judge_run(*sandbox_);
        for (const auto& result : report->checks) {
            if (result.card.id == id) {
                return result.finding;
            }
        }
        throw std::logic_error("no such check");
    }

private:
    http::Response send(std::string method, const std::string& path, std::string body = {},
                        const std::string& match = "*") {
        http::Request request(std::move(method),
                              *http::Url::parse("http://sandbox.test/api/documents" + path));
        request.header("user-agent", "test/1").header("if-match", match).body(std::move(body));
        auto answer = runtime::run(scheduler_, sandbox_->call(std::move(request), {}));
        answer->wire()->on_finished(
            {.bytes_sent = 1, .finished = scheduler_.now(), .cut_by_plan = false});
        return *std::move(answer);
    }

    void note_on(std::uint64_t id, const Habits& habits) {
        const auto path = "/" + std::to_string(id);
        const auto answer = send("GET", path);
        const auto document = http::JsonDocument::parse(answer.body()).value();
        const auto state = document.root()["state"].string_or("");
        if (!answer.ok() || (habits.refuses_new_states && state != "open" && state != "closed")) {
            return;
        }
        auto text = answer.body();
        const std::string_view old = "\"note\":null";
        text.replace(text.find(old), old.size(), "\"note\":\"seen\"");
        if (const auto apart = text.find("e\u0301");
            habits.composes_text && apart != std::string::npos) {
            text.replace(apart, 3, "\u00e9");
        }
        if (habits.drops_unknown) {
            const auto from = text.find(",\"owner\"");
            text.erase(from, text.find(",\"labels\"") - from);
        }
        EXPECT_EQ(send("PUT", path, text, std::string(answer.headers().value("etag"))).status(),
                  200);
    }

    runtime::VirtualScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
};

TEST(DocumentChecks, nothing_is_exercised_where_nothing_was_written) {
    for (const auto* check : {"DAT-05", "DAT-06", "DAT-07", "DAT-10"}) {
        EXPECT_EQ(Clerk().judged(check).reason, UnknownReason::not_exercised) << check;
    }
}

TEST(DocumentChecks, a_clerk_who_keeps_everything_passes) {
    Clerk clerk;
    clerk.work({});
    for (const auto* check : {"DAT-05", "DAT-06", "DAT-07", "DAT-10"}) {
        EXPECT_EQ(clerk.judged(check).verdict, Verdict::pass) << check;
    }
}

TEST(DocumentChecks, what_is_dropped_rounded_or_refused_is_seen) {
    Clerk dropper;
    dropper.work({.drops_unknown = true});
    EXPECT_EQ(dropper.judged("DAT-07").verdict, Verdict::fail);
    Clerk strict;
    strict.work({.refuses_new_states = true});
    EXPECT_EQ(strict.judged("DAT-05").verdict, Verdict::fail);
    Clerk rounder;
    rounder.work({.takes_ids_for_doubles = true});
    EXPECT_EQ(rounder.judged("DAT-06").verdict, Verdict::fail);
    Clerk composer;
    composer.work({.composes_text = true});
    EXPECT_EQ(composer.judged("DAT-10").verdict, Verdict::fail);
}

}  // namespace
}  // namespace apilab::sandbox
