// The matrix of the checks about webhooks out of order, of unknown types, with changed secrets, and
// by the hundreds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "apilab/sandbox/internal/test_receiver.hpp"

namespace apilab::sandbox {
namespace {

using internal::finding_of;
using internal::judge_receiver;
using Sins = internal::ReceiverSins;

constexpr std::string_view strange = R"(
name = "trial"
[[fault]]
where = "effects:*"
what = { delay = "200ms" }
[[webhook]]
from = "github"
events = 8
every = "1s"
reorder = [1, 2, 5, 6]
unknown = 2
redelivered = [4]
[[webhook]]
from = "slack"
events = 8
every = "1s"
reorder = [1, 2]
unknown = 2
[[webhook]]
from = "stripe"
events = 8
every = "1s"
rotate = 4
retired = 2
reorder = [1, 2]
unknown = 1
[[webhook]]
from = "notion"
events = 8
every = "1s"
reorder = [1, 2]
unknown = 1
slow = 1
[[webhook]]
from = "standard"
events = 8
every = "1s"
rotate = 4
retired = 2
reorder = [1, 2]
unknown = 1
huge = [7]
)";

constexpr std::string_view flood = R"(
name = "flood"
[[fault]]
where = "effects:*"
what = { delay = "200ms" }
[[webhook]]
from = "github"
events = 510
every = "9ms"
)";

std::string_view scenario_for(std::string_view id) {
    return id == "WHK-12" ? flood : strange;
}

const std::vector<std::pair<std::string_view, Sins>> mutants = {
    {"WHK-07", {.overwrites = true}},
    {"WHK-10", {.refuses_news = true}},
    {"WHK-10", {.acts_on_news = true}},
    {"WHK-11", {.looks_at_one_signature = true}},
    {"WHK-11", {.keeps_the_former_secret = true}},
    {"WHK-12", {.sheds = true}},
};

TEST(DeliveryChecks, a_good_receiver_passes_each_of_them) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        const auto report = judge_receiver(strange, {}, false, seed);
        for (const std::string_view id : {"WHK-01", "WHK-07", "WHK-09", "WHK-10", "WHK-11"}) {
            const auto found = finding_of(report, id);
            EXPECT_EQ(found.verdict, Verdict::pass) << id << ": " << found.sentence;
        }
    }
    const auto found = finding_of(judge_receiver(flood, {}), "WHK-12");
    EXPECT_EQ(found.verdict, Verdict::pass) << found.sentence;
}

TEST(DeliveryChecks, every_mutant_fails_and_its_rows_prove_it) {
    for (const auto& [id, sins] : mutants) {
        const auto found = finding_of(judge_receiver(scenario_for(id), sins), id);
        EXPECT_EQ(found.verdict, Verdict::fail) << id << ": " << found.sentence;
        EXPECT_FALSE(found.rows.empty()) << id;
    }
}

TEST(DeliveryChecks, a_sin_turns_only_its_own_check_red) {
    for (const auto& [id, sins] : mutants) {
        const auto report = judge_receiver(scenario_for(id), sins);
        for (const auto& [other, unused] : mutants) {
            const bool red = finding_of(report, other).verdict == Verdict::fail;
            EXPECT_EQ(red, other == id) << id << " turned " << other;
        }
    }
}

TEST(DeliveryChecks, nobody_called_means_nothing_to_judge) {
    const auto report = judge_receiver(strange, {}, false, 1, false);
    for (const auto& [id, sins] : mutants) {
        EXPECT_EQ(finding_of(report, id).verdict, Verdict::unknown) << id;
    }
}

TEST(DeliveryChecks, events_that_come_one_by_one_are_no_flood) {
    constexpr std::string_view calm =
        "name = \"x\"\n[[webhook]]\nfrom = \"github\"\nevents = 510\nevery = \"20ms\"";
    EXPECT_EQ(finding_of(judge_receiver(calm, {}), "WHK-12").reason, UnknownReason::not_exercised);
}

}  // namespace
}  // namespace apilab::sandbox
