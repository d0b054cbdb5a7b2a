// Group A: before the first call.
#include <chrono>

#include "observed_builder.hpp"
#include "said.hpp"

namespace apilab::cli::checklist {
namespace {

using namespace std::chrono_literals;

Row github() {
    return {"github", "GET", "/repos/octo/hello/contents/package-lock.json"};
}

TEST(ChecklistScope, A02_each_provider_on_the_wire_has_a_whole_row_in_the_inventory) {
    const auto calm = Ran("calm").row(github()).row(Row("google", "POST", "/token"));
    expect_said(
        "A02",
        Seen().with(calm).integration(Seen::good("github")).integration(Seen::good("gmail")).made(),
        State::pass, "2 providers that were asked (github and gmail)");
}

TEST(ChecklistScope, A02_a_provider_that_is_not_in_the_inventory_is_found_on_the_wire) {
    const auto seen = Seen()
                          .with(Ran("calm").row(github()).row(Row("npm", "GET", "/ws")))
                          .integration(Seen::good("github"))
                          .made();
    expect_said("A02", seen, State::fail, "1 of 2 providers that were asked have no");
    EXPECT_EQ(said("A02", seen).evidence.front().text, "calm row 2");
}

TEST(ChecklistScope, A02_a_row_without_sensitivity_is_not_whole) {
    auto row = Seen::good("github");
    row.sensitivity.clear();
    row.environments.clear();
    expect_said("A02", Seen().with(Ran("calm").row(github())).integration(row).made(), State::fail,
                "the row of github says nothing of environments and sensitivity");
}

TEST(ChecklistScope, A02_an_inventory_without_calls_was_held_against_nothing) {
    expect_said("A02", Seen().integration(Seen::good("github")).made(), State::untested,
                "no call was seen");
}

TEST(ChecklistScope, A03_the_estimate_stands_between_what_was_measured_and_the_limit) {
    const auto calm = Ran("calm").rows(12, github());
    expect_said("A03", Seen().with(calm).integration(Seen::good("github")).made(), State::pass,
                "github 12 of 500");
    auto small = Seen::good("github");
    small.calls_per_day = 11;
    expect_said("A03", Seen().with(calm).integration(small).made(), State::fail,
                "12 calls went to github within one run, where 11 a day are expected");
    auto large = Seen::good("github");
    large.calls_per_day = 120'001;
    expect_said("A03", Seen().with(calm).integration(large).made(), State::fail, "allows 120000");
}

TEST(ChecklistScope, A03_without_an_estimate_or_a_cost_nobody_knows_when_money_runs_out) {
    const auto calm = Ran("calm").row(github());
    auto none = Seen::good("github");
    none.calls_per_day.reset();
    expect_said("A03", Seen().with(calm).integration(none).made(), State::fail,
                "github has no calls_per_day");
    auto free = Seen::good("github");
    free.cost.clear();
    expect_said("A03", Seen().with(calm).integration(free).made(), State::fail, "no cost");
    expect_said("A03", Seen().made(), State::untested, "'calm' was not run");
}

TEST(ChecklistScope, A04_every_request_bears_the_version_that_the_inventory_says) {
    auto pinned = github().header("x-github-api-version", "2022-11-28");
    const auto row = Seen::good("github");
    expect_said("A04", Seen().with(Ran("calm").rows(3, pinned)).integration(row).made(),
                State::pass, "3 of 3 requests name their version");
    expect_said("A04", Seen().with(Ran("calm").row(pinned).row(github())).integration(row).made(),
                State::fail, "1 of 2 requests name no version");
    auto other = row;
    other.api_version = "2026-03-10";
    expect_said("A04", Seen().with(Ran("calm").row(pinned)).integration(other).made(), State::fail,
                "github sees 2022-11-28, where the inventory says 2026-03-10");
    expect_said("A04", Seen().with(Ran("calm").row(Row("npm", "GET", "/ws"))).made(),
                State::untested, "version in a header");
}

TEST(ChecklistScope, A05_keys_and_hosts_of_two_worlds_do_not_stand_in_one_file) {
    const auto clean = Seen()
                           .file("test.env", "STRIPE_KEY=sk_live_forgotten\nURL=//localhost\n")
                           .file("deploy/live.toml", "github = \"https://api.github.com\"\n")
                           .file("deploy/stage.toml",
                                 "key = \"sk_test_51Hxxxxxxxx\"\nurl = \"http://localhost:1\"\n")
                           .made();
    expect_said("A05", clean, State::pass, "in 2 files of configuration");
    const auto mixed =
        Seen()
            .file("fly.toml", "a = 1\nkey = \"sk_live_51HaBcDeF\"\nurl = \"http://localhost:1\"\n")
            .made();
    expect_said("A05", mixed, State::fail, "fly.toml has a live key beside a test host");
    EXPECT_EQ(said("A05", mixed).evidence.front().text, "fly.toml:2");
    EXPECT_EQ(said("A05", mixed).evidence.back().text, "fly.toml:3");
}

TEST(ChecklistScope, A05_a_test_key_in_the_live_configuration_is_found_and_a_stub_is_no_key) {
    expect_said("A05",
                Seen().file(".env", "KEY=sk_test_51H\nURL=https://api.stripe.com/v1\n").made(),
                State::fail, "a test key beside a live host");
    expect_said("A05",
                Seen().file(".env", "T=xoxb-1234567890abcdefgh\nURL=http://127.0.0.1:9\n").made(),
                State::fail, "a live key beside a test host");
    expect_said("A05",
                Seen().file(".env", "T=xoxb-stub-of-a-token\nURL=http://127.0.0.1:9\n").made(),
                State::pass, "1 with a key or a host");
    expect_said("A05", Seen().file("radar.toml", "port = 1\n").made(), State::untested,
                "no key and no provider's host");
}

Ran down() {
    return Ran("down").rows(3, github().status(503).fault("status")).row(Row("npm", "GET", "/ws"));
}

Seen inventory(std::string_view fallback) {
    auto row = Seen::good("github");
    row.fallback = fallback;
    return Seen().integration(row);
}

TEST(ChecklistScope, A08_what_was_decided_for_an_outage_is_what_happens) {
    expect_said("A08", inventory("queue").with(down().row(github())).made(), State::pass,
                "github was down for 3 calls, and what waited was done");
    expect_said("A08", inventory("stale").with(down().log("github failed: 503")).made(),
                State::pass, "as decided ('stale')");
    expect_said("A08",
                inventory("queue").with(down().log(R"({"to":"github","state":"pending"})")).made(),
                State::pass, "is kept, as decided ('queue')");
    expect_said("A08", inventory("").with(down()).made(), State::fail, "no fallback is decided");
    expect_said("A08", inventory("fail").with(down().log("all is well")).made(), State::fail,
                "neither log nor dead letters say that it failed");
}

TEST(ChecklistScope, A08_a_service_that_dies_with_its_provider_is_not_what_was_decided) {
    expect_said("A08", inventory("queue").with(down().row(github()).probe("GET /livez", 0)).made(),
                State::fail, "the service was not alive");
    expect_said("A08", inventory("queue").with(down()).made(), State::untested,
                "down to the end of 'down'");
    expect_said("A08", inventory("queue").with(Ran("down").row(github())).made(), State::untested,
                "no call met the provider that was down");
}

}  // namespace
}  // namespace apilab::cli::checklist
