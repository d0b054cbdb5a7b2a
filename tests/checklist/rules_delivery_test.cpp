// Group K: tests and going live; and that every item of these groups has its rule.
#include <chrono>

#include "apilab/sandbox/checklist/checklist.hpp"
#include "observed_builder.hpp"
#include "said.hpp"

namespace apilab::cli::checklist {
namespace {

using namespace std::chrono_literals;
using sandbox::Verdict;

constexpr std::string_view whole_suite =
    "TEST(Client, waits_after_429) { seed(1); }\n"
    "TEST(Client, refreshes_after_token_expired) {}\n"
    "TEST(Client, gives_up_after_the_deadline) {}\n"
    "TEST(Client, looks_after_a_lost_reply) {}\n"
    "TEST(Client, does_nothing_for_a_duplicate) {}\n"
    "TEST(Client, keeps_the_newest_out_of_order) {}\n"
    "TEST(Client, refuses_truncated_bodies) {}\n"
    "VirtualScheduler clock;\n";

TEST(ChecklistDelivery, K01_each_kind_of_failure_has_a_test_with_a_seed_in_virtual_time) {
    const auto seen = Seen().file("tests/client_test.cpp", whole_suite).made();
    expect_said("K01", seen, State::pass, "all 7 kinds of failure");
    EXPECT_EQ(said("K01", seen).evidence.front().text, "tests/client_test.cpp:1");
    expect_said(
        "K01", Seen().file("tests/a_test.cpp", "TEST(A, waits_after_429) {}\n").made(), State::fail,
        "nothing is said of a seed, duplicates, lost replies, malformed data, stale tokens, "
        "timeouts, virtual time and wrong order");
    expect_said("K01", Seen().file("src/main.cpp", whole_suite).made(), State::fail,
                "there is no test in the folder");
}

TEST(ChecklistDelivery, K01_what_is_not_in_the_named_folder_is_no_test) {
    Manifest manifest;
    manifest.tests = "checks/";
    expect_said("K01", Seen().manifest(manifest).file("tests/a_test.cpp", whole_suite).made(),
                State::fail, "there is no test below checks/");
    expect_said("K01", Seen().manifest(manifest).file("checks/a.cpp", whole_suite).made(),
                State::pass, "1 file of tests");
    expect_said("K01", Seen().manifest(manifest).file("checks/README.md", whole_suite).made(),
                State::fail, "there is no test");
}

Seen on_platform(const Life& life) {
    return Seen().with(Ran("platform").life(life).log("listening").life(life));
}

TEST(ChecklistDelivery, K03_it_listens_where_the_platform_says_and_logs_to_stdout) {
    expect_said("K03", on_platform(Ran::good_life()).made(), State::pass,
                "2 lives listened on the given port on every address");
    auto hidden = Ran::good_life();
    hidden.reachable = false;
    expect_said("K03", on_platform(hidden).made(), State::fail, "on loopback alone");
    expect_said("K03", Seen().with(Ran("platform").life()).made(), State::fail,
                "nothing to stdout");
    auto refused = Ran::good_life();
    refused.ready.reset();
    expect_said("K03", on_platform(refused).made(), State::untested, "no life");
}

deploy::Finding finding(std::string_view id) {
    const auto cards = deploy::rule_cards();
    const auto card = std::ranges::find(cards, id, &deploy::RuleCard::id);
    return {.rule = card == cards.end() ? nullptr : &*card,
            .file = "fly.toml",
            .line = 7,
            .what = "it is so"};
}

TEST(ChecklistDelivery, what_the_deployments_files_do_wrong_decides_with_file_and_line) {
    for (const auto& [item, rule] :
         {std::pair("K03", "FLY-10"), std::pair("K04", "FLY-05"), std::pair("K05", "FLY-03"),
          std::pair("K06", "FLY-06"), std::pair("K07", "FLY-12")}) {
        const auto seen = on_platform(Ran::good_life()).finding(finding(rule)).made();
        expect_said(item, seen, State::fail, rule);
        EXPECT_EQ(said(item, seen).evidence.front().text, "fly.toml:7");
    }
}

Ran provider_down() {
    return Ran("down").rows(3, Row("github", "GET", "/user").status(503).fault("status"));
}

TEST(ChecklistDelivery, K04_alive_and_ready_while_somebody_else_is_down) {
    const auto well = provider_down().probe("GET /livez", 200).probe("GET /readyz", 200);
    expect_said("K04", Seen().with(well).made(), State::pass,
                "while github failed 3 calls, /livez was 200 1 of 1 times and /readyz 1 of 1");
    expect_said("K04", Seen().with(Ran(well).probe("GET /readyz", 503)).made(), State::fail,
                "/readyz 1 of 2");
    expect_said("K04", Seen().with(Ran(well).probe("GET /livez", 0)).made(), State::fail,
                "/livez was 200 1 of 2 times");
    expect_said("K04", Seen().with(provider_down()).made(), State::untested, "not asked for");
    expect_said("K04", Seen().with(Ran("down")).made(), State::untested, "no call met");
    Manifest manifest;
    manifest.service.health = manifest.service.ready = "/health";
    expect_said("K04", Seen().manifest(manifest).with(well).made(), State::fail,
                "alive and ready are one question");
}

TEST(ChecklistDelivery, K05_it_ends_by_itself_in_time_with_0) {
    expect_said("K05", on_platform(Ran::good_life()).made(), State::pass,
                "2 lives ended by itself within 300 ms");
    auto killed = Ran::good_life();
    killed.exit_code.reset();
    expect_said("K05", on_platform(killed).made(), State::fail, "SIGTERM did not end it");
    auto failed = Ran::good_life();
    failed.exit_code = 143;
    expect_said("K05", on_platform(failed).made(), State::fail, "exit code 143");
    auto late = Ran::good_life();
    late.end_took = 6s;
    expect_said("K05", on_platform(late).made(), State::fail, "after 6 s, where 5 s is the limit");
    auto never_told = Ran::good_life();
    never_told.signal = 0;
    expect_said("K05", on_platform(never_told).made(), State::untested, "was told to end");
}

TEST(ChecklistDelivery, K05_work_that_it_left_undone_is_not_an_end_in_time) {
    const auto lost = Ran("platform").life().check("DUR-01", Verdict::fail, "2 events were lost");
    expect_said("K05", Seen().with(lost).made(), State::fail, "2 events were lost");
}

TEST(ChecklistDelivery, K06_it_wakes_within_the_senders_patience) {
    auto slow = Ran::good_life();
    slow.ready = 4s;
    expect_said("K06", Seen().with(Ran("calm").life()).made(), State::pass,
                "1 start took 200 ms at most");
    Manifest manifest;
    manifest.service.webhooks = {{"github", "/webhooks/github"}};
    expect_said("K06", Seen().manifest(manifest).with(Ran("calm").life(slow)).made(), State::pass,
                "github waits 10 s");
    manifest.service.webhooks["slack"] = "/webhooks/slack";
    expect_said("K06", Seen().manifest(manifest).with(Ran("calm").life(slow)).made(), State::fail,
                "1 start took 4 s at most, and slack waits 3 s");
    expect_said("K06", Seen().made(), State::untested, "no start was seen");
}

TEST(ChecklistDelivery, K07_the_next_instance_goes_on_over_the_volume) {
    expect_said("K07", on_platform(Ran::good_life()).made(), State::pass,
                "2 instances one after the other over one volume");
    auto messy = Ran::good_life();
    messy.files = {"state.json"};
    expect_said("K07", on_platform(messy).made(), State::fail, "1 file on the machine's own disk");
    expect_said("K07", Seen().with(Ran("platform").life()).made(), State::untested,
                "no second instance");
}

TEST(ChecklistDelivery, every_automatic_item_of_these_groups_has_a_rule) {
    const auto items = sandbox::built_in_checklist();
    ASSERT_TRUE(items) << items.error().to_string();
    const auto rules = all_rules();
    std::size_t seen = 0;
    for (const auto& item : *items) {
        const bool ours = std::string_view("ABCK").contains(item.id.front());
        if (!ours || item.review_only()) {
            continue;
        }
        ++seen;
        EXPECT_EQ(std::ranges::count(rules, item.id, &ItemRule::item), 1) << item.id;
        // It knows nothing where nothing was seen, or says what is missing from the files.
        EXPECT_NE(said(item.id, Observed{}).state, State::pass) << item.id;
    }
    EXPECT_EQ(seen, 36U);
}

}  // namespace
}  // namespace apilab::cli::checklist
