// Clients of the sandbox's own API before the judge: those that pass, one sin at a time, and one
// that does nothing. They send by hand; no client library is involved.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "apilab/sandbox/internal/test_shop.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::Shopper;

const std::string lost =
    "[[fault]]\nwhere = \"api:create_order\"\nwhat = { reset = \"after_commit\" }\n"
    "when = { every = 5 }\n[[fault]]\nwhere = \"api:*\"\nwhat = { delay = \"20ms\" }\n";

struct Habits {
    bool keeps_key = true;
    bool keeps_connection = true;
    bool keeps_cookies_apart = true;
    bool follows_cookies = true;
    bool asks_again_when_busy = true;
    bool insists_on_a_taken_key = false;
    Duration wait = 200ms;
    /// Of order `n`.
    std::function<std::string(int n)> key = [](int n) {
        return internal::shop_key(static_cast<std::uint64_t>(n));
    };
};

void place(Shopper& shopper, const Habits& habits, int number) {
    std::string key = habits.key(number);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto seen = shopper.order(fmt::format("order-{}", number), key,
                                        habits.keeps_connection, habits.keeps_cookies_apart);
        if (habits.follows_cookies) {
            shopper.take_cookies(seen);
        }
        const bool again = !seen.complete() ||
                           (seen.status == 409 && habits.asks_again_when_busy) ||
                           (seen.status == 422 && habits.insists_on_a_taken_key);
        if (!again) {
            return;
        }
        shopper.wait(seen.status == 409 ? Duration(1s) : habits.wait);
        if (!habits.keeps_key) {
            key = habits.key(number + 1000 * (attempt + 1));
        }
    }
}

Finding shop(std::string_view check, const Habits& habits, int orders = 60) {
    Shopper shopper("name = \"x\"\n" + lost);
    shopper.log_in();
    for (int i = 0; i < orders; ++i) {
        place(shopper, habits, i);
    }
    return shopper.finding(check);
}

Finding nothing(std::string_view check) {
    return Shopper("name = \"x\"\n" + lost).finding(check);
}

struct Trial {
    std::string check;
    Habits passes;
    Habits fails;
};

std::vector<Trial> trials() {
    const auto counted = [](int n) { return fmt::format("key-{}", n); };
    return {
        {"IDM-02", {}, {.keeps_key = false}},
        {"IDM-02", {}, {.key = [](int) { return std::string(); }}},
        {"IDM-03", {}, {.key = counted}},
        {"IDM-03", {}, {.key = [](int n) { return internal::shop_key(n % 7U); }}},
        {"IDM-04", {}, {.key = [](int n) { return internal::shop_key(n % 7U); }}},
        {"IDM-05", {.wait = 10ms}, {.asks_again_when_busy = false, .wait = 10ms}},
        {"IDM-05",
         {.wait = 10ms},
         {.insists_on_a_taken_key = true, .key = [](int) { return std::string("k"); }}},
        {"CON-01", {}, {.keeps_connection = false}},
        {"CKY-01", {}, {.keeps_cookies_apart = false}},
        {"CKY-02", {}, {.follows_cookies = false}},
    };
}

TEST(SessionChecks, a_good_client_passes_each_of_them) {
    for (const auto& trial : trials()) {
        const auto found = shop(trial.check, trial.passes, 100);
        EXPECT_EQ(found.verdict, Verdict::pass) << trial.check << ": " << found.sentence;
    }
}

TEST(SessionChecks, every_mutant_fails_and_its_rows_prove_it) {
    for (const auto& trial : trials()) {
        const auto found = shop(trial.check, trial.fails, 100);
        EXPECT_EQ(found.verdict, Verdict::fail) << trial.check << ": " << found.sentence;
        EXPECT_FALSE(found.rows.empty()) << trial.check;
    }
}

TEST(SessionChecks, a_client_that_does_nothing_is_not_judged) {
    for (const auto& trial : trials()) {
        EXPECT_EQ(nothing(trial.check).verdict, Verdict::unknown) << trial.check;
    }
}

TEST(KeyCheck, few_keys_prove_nothing) {
    EXPECT_EQ(shop("IDM-03", {}, 10).reason, UnknownReason::inconclusive);
}

TEST(ConnectionCheck, many_at_once_may_open_what_they_like) {
    Shopper shopper("name = \"x\"\n[[fault]]\nwhere = \"api:*\"\nwhat = { delay = \"20ms\" }\n");
    for (int round = 0; round < 3; ++round) {
        shopper.crowd(20);
    }
    EXPECT_EQ(shopper.finding("CON-01").verdict, Verdict::pass);
}

TEST(ConnectionCheck, small_bursts_may_open_what_they_like) {
    Shopper shopper(
        "name = \"x\"\n[[fault]]\nwhere = \"api:*\"\nwhat = { delay = { uniform = "
        "[\"1ms\", \"9ms\"] } }\n");
    for (int round = 0; round < 20; ++round) {
        shopper.crowd(3);
        shopper.wait(6s);
    }
    EXPECT_EQ(shopper.finding("CON-01").verdict, Verdict::pass);
}

// Two connects at a time, of which the second is accepted when the first has had its answer.
TEST(ConnectionCheck, connections_that_were_decided_on_together_are_not_needless) {
    Shopper shopper("name = \"x\"\n");
    for (int round = 0; round < 20; ++round) {
        shopper.crowd(1);
        shopper.wait(2ms);
        shopper.crowd(1);
        shopper.wait(6s);
    }
    EXPECT_EQ(shopper.finding("CON-01").verdict, Verdict::pass);
}

TEST(ConnectionCheck, a_connection_that_was_idle_for_long_may_be_gone) {
    Shopper shopper("name = \"x\"\n" + lost);
    shopper.log_in();
    for (int i = 0; i < 20; ++i) {
        shopper.order("a", "", false, true);
        shopper.wait(6s);
    }
    EXPECT_EQ(shopper.finding("CON-01").verdict, Verdict::pass);
}

TEST(CookieCheck, the_cookie_of_a_lost_answer_was_never_given) {
    Shopper shopper(
        "name = \"x\"\n[[fault]]\nwhere = \"api:log_in\"\nwhat = { reset = \"after_commit\" }\n");
    shopper.log_in();
    shopper.order("a", "k", true, true);
    EXPECT_EQ(shopper.finding("CKY-02").verdict, Verdict::unknown);
}

TEST(CookieCheck, another_host_is_another_place) {
    Shopper shopper("name = \"x\"");
    shopper.log_in();
    shopper.order("a", "k", true, true);
    EXPECT_EQ(shopper.finding("CKY-01").verdict, Verdict::pass);
    shopper.host = "other.test";
    shopper.order("b", "l", true, true);
    EXPECT_EQ(shopper.finding("CKY-01").verdict, Verdict::fail);
}

TEST(CookieCheck, after_a_logout_nothing_is_owed) {
    Shopper shopper("name = \"x\"");
    shopper.log_in();
    shopper.order("a", "k", true, true);
    shopper.send("DELETE", "/api/session", {}, shopper.sid);
    shopper.order("b", "l", true, true, "");
    EXPECT_EQ(shopper.finding("CKY-02").verdict, Verdict::pass);
}

}  // namespace
}  // namespace apilab::sandbox
