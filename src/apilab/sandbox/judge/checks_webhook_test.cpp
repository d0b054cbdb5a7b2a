// The matrix of the checks about webhooks: a receiver written by hand passes each, and with one
// protection less it fails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/sandbox/internal/embedded.hpp"
#include "apilab/sandbox/internal/test_receiver.hpp"

namespace apilab::sandbox {
namespace {

using internal::judge_receiver;
using Sins = internal::ReceiverSins;

constexpr std::string_view hostile = R"(
name = "trial"
[[fault]]
where = "effects:*"
what = { stall = { at = "accept", for = "4s" } }
[[webhook]]
from = "github"
events = 12
every = "100ms"
odd = 3
duplicate = [2, 5]
twin = [3, 7, 9]
altered = 2
forged = 2
unsigned = 3
[[webhook]]
from = "slack"
events = 12
every = "100ms"
odd = 2
lost = [4, 8]
duplicate = [2, 6]
twin = [3, 10]
altered = 1
forged = 1
unsigned = 2
stale = 2
future = 2
[[webhook]]
from = "stripe"
events = 12
every = "100ms"
odd = 2
lost = [4]
duplicate = [2]
twin = [3]
altered = 2
forged = 2
unsigned = [1, 2, 3]
stale = 2
future = 2
[[webhook]]
from = "notion"
events = 12
every = "100ms"
odd = 2
lost = [4]
duplicate = [2]
twin = [3]
altered = 2
forged = 2
unsigned = [1, 2]
[[webhook]]
from = "standard"
events = 12
every = "100ms"
signs = "both"
odd = 2
lost = [4]
duplicate = [2]
twin = [3]
altered = 2
forged = [1, 2]
unsigned = [1, 2, 3]
stale = 2
future = 2
)";

RunReport judged(Sins sins, bool killed = false, std::uint64_t seed = 1, bool met = true) {
    return judge_receiver(hostile, sins, killed, seed, met);
}

Finding finding(const RunReport& report, std::string_view id) {
    return internal::finding_of(report, id);
}

const std::vector<std::pair<std::string_view, Sins>> mutants = {
    {"WHK-01", {.reads_then_verifies = true}},
    {"WHK-01", {.keeps_challenge = true}},
    {"WHK-01", {.drops_half = true}},
    {"WHK-02", {.believes_everybody = true}},
    {"WHK-03", {.believes_everybody = true}},
    {"WHK-03", {.believes_sha1 = true}},
    {"WHK-04", {.ignores_time = true}},
    {"WHK-05", {.forgets = true}},
    {"WHK-05", {.refuses_copies = true}},
    {"WHK-06", {.forgets = true}},
    {"WHK-06", {.checks_then_acts = true}},
    {"WHK-08", {.works_first = true}},
    {"WHK-09", {.drops_retries = true}},
    {"DUR-01", {.drops_half = true}},
    {"DUR-02", {.forgets = true}},
};

TEST(WebhookChecks, a_good_receiver_passes_each_of_them) {
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
        const auto report = judged({}, true, seed);
        for (const auto& [id, sins] : mutants) {
            const auto found = finding(report, id);
            EXPECT_EQ(found.verdict, Verdict::pass) << id << ": " << found.sentence;
        }
    }
}

TEST(WebhookChecks, every_mutant_fails_and_its_rows_prove_it) {
    for (const auto& [id, sins] : mutants) {
        const auto found = finding(judged(sins, id.starts_with("DUR")), id);
        EXPECT_EQ(found.verdict, Verdict::fail) << id << ": " << found.sentence;
        EXPECT_FALSE(found.rows.empty()) << id;
    }
}

TEST(WebhookChecks, who_puts_every_event_off_has_taken_none) {
    const auto found = finding(judged({.puts_off = true}), "WHK-01");
    EXPECT_EQ(found.verdict, Verdict::unknown);
    EXPECT_THAT(found.sentence, testing::HasSubstr("told to come again, and none was taken"));
}

TEST(WebhookChecks, a_sin_turns_only_its_own_checks_red) {
    const auto red = [](Sins sins) {
        std::set<std::string_view> ids;
        const auto report = judged(sins, false);
        for (const auto& [id, mutant] : mutants) {
            if (finding(report, id).verdict == Verdict::fail) {
                ids.insert(id);
            }
        }
        return ids;
    };
    using testing::ElementsAre;
    EXPECT_THAT(red({}), ElementsAre());
    EXPECT_THAT(red({.reads_then_verifies = true}), ElementsAre("WHK-01"));
    EXPECT_THAT(red({.believes_sha1 = true}), ElementsAre("WHK-03"));
    EXPECT_THAT(red({.ignores_time = true}), ElementsAre("WHK-04"));
    EXPECT_THAT(red({.checks_then_acts = true}), ElementsAre("WHK-06"));
    EXPECT_THAT(red({.works_first = true}), ElementsAre("WHK-08"));
    EXPECT_THAT(red({.drops_retries = true}), ElementsAre("WHK-09"));
}

TEST(WebhookChecks, who_has_no_path_for_a_sender_is_not_judged_by_it) {
    const auto report = judged({.takes_only_two = true}, true);
    for (const auto& [id, sins] : mutants) {
        const auto found = finding(report, id);
        EXPECT_EQ(found.verdict, Verdict::pass) << id << ": " << found.sentence;
    }
}

TEST(WebhookChecks, the_built_in_scenario_of_hostile_webhooks_can_be_passed) {
    const auto text = [] {
        std::string all;
        for (const auto& file : internal::embedded_scenarios()) {
            all = file.name.starts_with("hostile-webhooks") ? std::string(file.bytes) : all;
        }
        return all;
    }();
    ASSERT_FALSE(text.empty());
    const auto report = judge_receiver(text, {});
    EXPECT_EQ(report.verdict, Verdict::pass);
    for (const auto& result : report.checks) {
        EXPECT_EQ(result.finding.verdict, Verdict::pass)
            << result.card.id << ": " << result.finding.sentence;
    }
}

TEST(WebhookChecks, nobody_called_means_nothing_to_judge) {
    const auto report = judged({}, false, 1, false);
    for (const auto& [id, sins] : mutants) {
        EXPECT_EQ(finding(report, id).verdict, Verdict::unknown) << id;
    }
    EXPECT_EQ(finding(judged({}, false), "DUR-01").reason, UnknownReason::not_exercised)
        << "nobody was killed";
}

}  // namespace
}  // namespace apilab::sandbox
