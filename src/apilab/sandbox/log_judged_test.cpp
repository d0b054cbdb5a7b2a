// The log of the library's own client before the judge, under virtual time: it never lies, whatever
// goes wrong. Every fault that the sandbox knows, and every scenario that is built in.

#include <gtest/gtest.h>

#include <algorithm>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/observe/log_observer.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/report.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

// Each at every second request. `expect_told` fails for a kind that is missing here.
const std::vector<std::string>& faults() {
    static const std::vector<std::string> all{
        R"(status = 503, headers = { x-a = "b" }, body = "down", retry_after = "1s")",
        R"(limit = "primary", status = 429, retry_after = "1s", hold = true)",
        R"(limit = "secondary")",
        R"(limit = "method")",
        R"(limit = "quota")",
        R"(auth = "expire")",
        R"(auth = "revoke")",
        R"(delay = "40s")",
        R"(delay = "1s")",
        R"(reset = "before_response")",
        R"(reset = "mid_headers")",
        R"(reset = "mid_body")",
        R"(reset = "after_commit")",
        R"(close = "before_request")",
        R"(truncate = 5)",
        R"(stall = { at = "accept" })",
        R"(stall = { at = "headers" })",
        R"(stall = { at = "body", for = "1s" })",
        R"(drift = [{ op = "null", pointer = "/name" }])",
        R"(redirect = { to = "foreign" })",
        R"(redirect = { to = "loop" })",
        R"(page = "loop")",
        R"(close = "stale_keepalive")",
        R"(close = "after_response")",
        R"(close = "announced")",
        R"(drip = 2)",
        R"(framing = "wrong_length")",
        R"(framing = "short_length")",
        R"(framing = "chunk_without_end")",
        R"(framing = "stray_bytes")",
        R"(framing = "huge_header")",
        R"(framing = "interim_103")",
        R"(corrupt = "html")",
        R"(index_lag = "2s")",
        R"(webhook = "forge")",
    };
    return all;
}

// A client with a log asks for things and makes some; the judge has the log.
struct Logged {
    internal::World world;
    SeededRng rng{3};
    transport::LoopbackTransport transport{world.scheduler, *world.sandbox};
    std::string text;
    observe::LogObserver log{world.scheduler,
                             [this](std::string_view line) { (text += line) += '\n'; }};
    std::unique_ptr<client::Client> client = *client::Client::create(
        world.scheduler, transport, rng, {.request_id_header = "x-request-id"}, {&log});

    explicit Logged(const std::string& scenario) : world(scenario) {}

    RunReport ask() {
        for (int i = 0; i < 12; ++i) {
            const auto base = std::string("http://sandbox.test/things/items");
            if (i % 2 == 0) {
                (void)runtime::run(world.scheduler, client->get(base + "/a"));
            } else {
                (void)runtime::run(world.scheduler, client->post(base, R"({"name":"b"})"));
            }
        }
        EXPECT_TRUE(world.sandbox->hand_in("log", text));
        world.sandbox->stop_run();
        return *judge_run(*world.sandbox);
    }
};

void expect_true(Logged& logged, const std::string& name) {
    const auto report = logged.ask();
    const auto verdict = [&](std::string_view id) {
        const auto found = std::ranges::find_if(
            report.checks, [&](const auto& check) { return check.card.id == id; });
        return found == report.checks.end() ? Verdict::unknown : found->finding.verdict;
    };
    const std::string all = name + "\n" + report_text(report) + logged.text;
    EXPECT_EQ(verdict("OBS-04"), Verdict::pass) << all;
    EXPECT_NE(verdict("OBS-05"), Verdict::fail) << all;
    if (name.starts_with("reset") || name.starts_with("truncate")) {
        EXPECT_EQ(verdict("OBS-05"), Verdict::pass) << all;
    }
    EXPECT_GE(logged.world.rows().size(), 6U) << name;
}

TEST(OurLog, is_true_under_every_fault) {
    for (const auto& fault : faults()) {
        Logged logged("name = \"x\"\n[[fault]]\nwhere = \"*:*\"\nwhat = { " + fault +
                      " }\nwhen = { every = 2 }\n");
        expect_true(logged, fault);
    }
}

TEST(OurLog, is_true_in_every_scenario_that_is_built_in) {
    for (const auto& info : built_in_scenarios()) {
        auto scenario = *built_in_scenario(info.name);
        scenario.checks.clear();  // every check, not only its own
        if (!scenario.visitors.empty() || !scenario.webhooks.empty()) {
            continue;  // those ask the program under test, and this is none
        }
        Logged logged("name = \"x\"");
        if (logged.world.sandbox->start_run(scenario, 1)) {
            expect_true(logged, info.name);
        }
    }
}

// The list above is held against what the sandbox itself says that it knows.
TEST(OurLog, is_asked_about_every_kind_of_fault_there_is) {
    const auto refused = parse_fault_text(R"({"where":"*:*","what":{"no-such-kind":1}})");
    ASSERT_FALSE(refused);
    const std::string known = refused.error().to_string();
    const auto list = known.find("known here: ");
    ASSERT_NE(list, std::string::npos) << known;
    std::string name;
    for (const char c : known.substr(list + 12) + ",") {
        if ((c >= 'a' && c <= 'z') || c == '_') {
            name += c;
        } else if (c == ',') {
            const bool told = std::ranges::any_of(
                faults(), [&](const auto& fault) { return fault.contains(name + " = "); });
            EXPECT_TRUE(told) << name;
            name.clear();
        }
    }
}

}  // namespace
}  // namespace apilab::sandbox
