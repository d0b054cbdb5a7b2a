#include <fmt/format.h>
#include <gtest/gtest.h>

#include "apilab/sandbox/checklist/checklist.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

constexpr auto run_json =
    R"({"runs":[{"checks":[{"id":"X-1","status":"pass"},{"id":"X-2","status":"unknown"},)"
    R"({"id":"X-3","status":"fail"}]}]})";
constexpr auto open_entry = R"("state":"open","why":"only a person can answer this one")";

// All items open with a reason, but for A01, about which `first` speaks.
std::string list_with(std::string_view first) {
    std::string text = fmt::format(R"([{{"item":"A01",{}}})", first);
    for (const auto& item : *built_in_checklist()) {
        if (item.id != "A01") {
            text += fmt::format(R"(,{{"item":"{}",{}}})", item.id, open_entry);
        }
    }
    return text + "]";
}

Finding judged(std::string_view id, const std::string& checklist) {
    internal::World world;
    if (!checklist.empty()) {
        EXPECT_TRUE(world.sandbox->hand_in("checklist", checklist));
        EXPECT_TRUE(world.sandbox->hand_in("run r", run_json));
    }
    const auto report = judge_run(*world.sandbox);
    for (const auto& check : report->checks) {
        if (check.card.id == id) {
            return check.finding;
        }
    }
    ADD_FAILURE() << "no check " << id;
    return {};
}

TEST(ChecklistChecks, a_tick_with_evidence_that_agrees_passes) {
    const auto list = list_with(R"("state":"pass","run":"r","check":"X-1")");
    for (const auto* id : {"CHK-01", "CHK-02", "CHK-03"}) {
        EXPECT_EQ(judged(id, list).verdict, Verdict::pass) << judged(id, list).sentence;
        EXPECT_EQ(judged(id, "").verdict, Verdict::unknown) << id;
    }
    const auto honest = list_with(R"("state":"fail","run":"r","check":"X-3")");
    EXPECT_EQ(judged("CHK-02", honest).verdict, Verdict::pass) << "a failure that is told";
    EXPECT_EQ(judged("CHK-01", honest).verdict, Verdict::unknown) << "nothing was ticked";
}

TEST(ChecklistChecks, a_tick_without_evidence_fails) {
    EXPECT_EQ(judged("CHK-01", list_with(R"("state":"pass")")).verdict, Verdict::fail);
}

TEST(ChecklistChecks, evidence_that_says_something_else_fails) {
    for (const auto* check : {"X-2", "X-3", "X-9"}) {
        const auto list = list_with(fmt::format(R"("state":"pass","run":"r","check":"{}")", check));
        EXPECT_EQ(judged("CHK-02", list).verdict, Verdict::fail) << check;
    }
}

TEST(ChecklistChecks, an_item_left_out_or_open_without_a_sentence_fails) {
    EXPECT_EQ(judged("CHK-03", R"([{"item":"A01","state":"pass"}])").verdict, Verdict::fail);
    EXPECT_EQ(judged("CHK-03", list_with(R"("state":"open","why":"no")")).verdict, Verdict::fail);
}

}  // namespace
}  // namespace apilab::sandbox
