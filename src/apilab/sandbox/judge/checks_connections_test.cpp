// Connections that end under a request or bring more than was asked for: a client that copes, one
// that does not, and one that does nothing.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::World;

// Keeps one connection, as a pool with one place does.
struct Caller {
    explicit Caller(std::string_view fault, std::string_view when = "{ nth = 2 }")
        : world(fmt::format("name = \"x\"\n[[fault]]\nwhere = \"things:*\"\nwhat = {{ {} }}\n"
                            "when = {}\n",
                            fault, when)) {}

    internal::Seen send(std::string method, std::string target, std::string body = {}) {
        world.wait(1ms);
        return world.send({.method = std::move(method),
                           .target = std::move(target),
                           .body = std::move(body),
                           .connection = connection,
                           .request_on_connection = ++on_it});
    }
    internal::Seen get(int item) { return send("GET", fmt::format("/things/items/{}", item)); }
    internal::Seen create() { return send("POST", "/things/items", R"({"name":"a"})"); }
    void open_another() {
        ++connection;
        on_it = 0;
    }
    Finding finding(std::string_view check) {
        world.sandbox->stop_run();
        const auto report = judge_run(*world.sandbox);
        for (const auto& result : report->checks) {
            if (result.card.id == check) {
                return result.finding;
            }
        }
        throw std::logic_error("no such check");
    }

    World world;
    std::uint64_t connection = 1;
    std::uint64_t on_it = 0;
};

constexpr std::string_view stale = "close = \"stale_keepalive\"";
constexpr std::string_view first_match = "{ nth = 1 }";

TEST(StaleConnectionCheck, who_repeats_a_read_and_asks_before_a_write_passes) {
    Caller reader(stale, first_match);
    EXPECT_TRUE(reader.get(1).complete());
    EXPECT_FALSE(reader.get(2).complete());
    reader.open_another();
    EXPECT_TRUE(reader.get(2).complete());
    const auto found = reader.finding("CON-02");
    EXPECT_EQ(found.verdict, Verdict::pass) << found.sentence;

    Caller writer(stale, first_match);
    writer.get(1);
    EXPECT_FALSE(writer.create().complete());
    writer.open_another();
    writer.send("GET", "/things/items");
    writer.create();
    EXPECT_EQ(writer.finding("CON-02").verdict, Verdict::pass);
}

TEST(StaleConnectionCheck, who_gives_up_a_read_or_repeats_a_write_blindly_fails) {
    Caller reader(stale, first_match);
    reader.get(1);
    reader.get(2);
    EXPECT_EQ(reader.finding("CON-02").verdict, Verdict::fail);

    Caller writer(stale, first_match);
    writer.get(1);
    writer.create();
    writer.open_another();
    writer.create();
    const auto found = writer.finding("CON-02");
    EXPECT_EQ(found.verdict, Verdict::fail);
    EXPECT_EQ(found.rows.size(), 2U);
}

TEST(StaleConnectionCheck, a_fresh_connection_is_not_closed_as_stale) {
    Caller caller(stale, first_match);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(caller.get(i).complete());
        caller.open_another();
    }
    EXPECT_EQ(caller.finding("CON-02").reason, UnknownReason::not_exercised);
}

TEST(StaleConnectionCheck, who_does_nothing_is_not_judged) {
    EXPECT_EQ(Caller(stale).finding("CON-02").reason, UnknownReason::not_exercised);
}

struct Trial {
    std::string_view check;
    std::string_view fault;
};
// The second request meets the fault; what counts is where the third goes.
const std::vector<Trial> trials = {{"CON-03", "close = \"announced\""},
                                   {"CON-06", "framing = \"stray_bytes\""},
                                   {"CON-06", "framing = \"short_length\""}};

Finding third_request(const Trial& trial, bool over_another) {
    Caller caller(trial.fault);
    caller.get(1);
    EXPECT_TRUE(caller.get(2).complete());
    if (over_another) {
        caller.open_another();
    }
    caller.get(3);
    return caller.finding(trial.check);
}

TEST(ConnectionChecks, who_leaves_a_connection_that_is_over_passes) {
    for (const auto& trial : trials) {
        const auto found = third_request(trial, true);
        EXPECT_EQ(found.verdict, Verdict::pass) << trial.check << ": " << found.sentence;
    }
}

TEST(ConnectionChecks, who_uses_it_again_fails) {
    for (const auto& trial : trials) {
        const auto found = third_request(trial, false);
        EXPECT_EQ(found.verdict, Verdict::fail) << trial.check << ": " << found.sentence;
        EXPECT_EQ(found.rows.size(), 2U) << trial.check;
    }
}

TEST(ConnectionChecks, who_does_nothing_or_nothing_more_is_not_judged) {
    for (const auto& trial : trials) {
        EXPECT_EQ(Caller(trial.fault).finding(trial.check).reason, UnknownReason::not_exercised);
        Caller caller(trial.fault);
        caller.get(1);
        caller.get(2);
        EXPECT_EQ(caller.finding(trial.check).reason, UnknownReason::not_exercised);
    }
}

constexpr std::string_view early_hints = "framing = \"interim_103\"";

TEST(InterimCheck, who_goes_on_passes_and_who_asks_again_elsewhere_fails) {
    for (const std::string_view fault :
         {early_hints, std::string_view("framing = \"interim_100\"")}) {
        Caller good(fault);
        good.get(1);
        good.get(2);
        good.get(3);
        EXPECT_EQ(good.finding("CON-04").verdict, Verdict::pass) << fault;

        Caller bad(fault);
        bad.get(1);
        bad.get(2);
        bad.open_another();
        bad.get(2);
        const auto found = bad.finding("CON-04");
        EXPECT_EQ(found.verdict, Verdict::fail) << found.sentence;
        EXPECT_FALSE(found.rows.empty());
    }
}

TEST(InterimCheck, who_asks_everything_twice_cannot_be_judged) {
    Caller caller(early_hints);
    for (const int item : {1, 2, 1, 2}) {
        caller.get(item);
        caller.open_another();
    }
    EXPECT_EQ(caller.finding("CON-04").reason, UnknownReason::inconclusive);
}

TEST(InterimCheck, who_does_nothing_or_nothing_more_is_not_judged) {
    EXPECT_EQ(Caller(early_hints).finding("CON-04").reason, UnknownReason::not_exercised);
    Caller caller(early_hints);
    caller.get(1);
    caller.get(2);
    EXPECT_EQ(caller.finding("CON-04").reason, UnknownReason::not_exercised);
}

}  // namespace
}  // namespace apilab::sandbox
