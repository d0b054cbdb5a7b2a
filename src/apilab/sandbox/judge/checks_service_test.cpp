// The checks over a program that others call: one that behaves, one sin at a time, and one that
// nobody calls.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/test_world.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/transport/loopback_transport.hpp"

namespace apilab::sandbox {
namespace {

using namespace std::chrono_literals;
using internal::Seen;
using internal::World;
using runtime::Task;

// A service over one source, `things`, whose part it labels.
struct Sins {
    /// What it says of its part whatever came; empty: the truth.
    std::string label;
    /// Waits before it answers.
    Duration dawdles{};
    /// Asks its source only after that wait.
    bool asks_late = false;
    bool needs_everything = false;
    bool health_asks_source = false;
    /// Asks again although the last answer was a failure.
    bool hammers = true;
    bool refuses_new = false;
    bool trusts_broken = false;
    bool revalidates = true;
    /// Who comes while somebody asks waits for that answer.
    bool asks_once = false;
};

class Program final : public runtime::Service {
public:
    Program(World& world, Sins sins) : world_(world), sins_(std::move(sins)) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        const std::string id(request.headers().value("x-request-id"));
        const bool health = request.url().path() == "/healthz";
        if (health && !sins_.health_asks_source) {
            co_return http::Response(200, "ok");
        }
        if (sins_.asks_late) {
            (void)co_await world_.scheduler.sleep_for(sins_.dawdles);
        }
        Seen seen;
        if (sins_.asks_once && under_way_) {
            (void)co_await world_.scheduler.sleep_for(150ms);
            seen = last_;
        } else if (sins_.hammers || world_.scheduler.now() >= not_before_) {
            World::Call call{.target = "/things/items/a", .headers = {{"x-request-id", id + ".1"}}};
            if (asked_before_ && sins_.revalidates) {
                call.headers.add("if-none-match", "\"1\"");
            }
            asked_before_ = true;
            under_way_ = true;
            seen = co_await world_.attempt(std::move(call));
            under_way_ = false;
            last_ = seen;
        }
        if (!sins_.asks_late) {
            (void)co_await world_.scheduler.sleep_for(sins_.dawdles);
        }
        const bool good = seen.status == 200;
        if (!good && world_.scheduler.now() >= not_before_) {
            not_before_ = world_.scheduler.now() + 4s;
        }
        if ((sins_.needs_everything || health) && !good) {
            co_return http::Response(503);
        }
        co_return http::Response::json(
            200, fmt::format("{{\"parts\":{{\"things\":{{\"state\":\"{}\",\"age_ms\":0}}}}}}",
                             sins_.label.empty() ? judged(seen) : sins_.label));
    }

private:
    std::string judged(const Seen& seen) const {
        const bool broken = seen.body.contains("\"operation\":null");
        const bool extended = seen.body.contains("brand_new");
        const bool bad = seen.status != 200 || (broken && !sins_.trusts_broken) ||
                         (extended && sins_.refuses_new);
        return bad ? "missing" : "live";
    }

    World& world_;
    Sins sins_;
    SteadyTime not_before_;
    bool asked_before_ = false;
    bool under_way_ = false;
    Seen last_;
};

constexpr std::string_view visitors =
    "[[visitor]]\npath = \"/digest\"\nevery = \"200ms\"\ncount = 100\n"
    "[[visitor]]\npath = \"/healthz\"\nevery = \"1s\"\ncount = 20\n";
constexpr std::string_view down =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { status = 503 }\nwhen = { window = [\"2s\", \"18s\"] "
    "}\n";
constexpr std::string_view shaky =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { status = 503 }\nwhen = { every = 4 }\n";
constexpr std::string_view nulls =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { drift = [{ op = \"null\", pointer = \"/operation\" "
    "}] }\nwhen = { every = 4 }\n";
constexpr std::string_view news =
    "[[fault]]\nwhere = \"things:*\"\nwhat = { drift = [{ op = \"add\", pointer = \"/brand_new\" "
    "}] }\nwhen = { every = 4 }\n";

Finding found(std::string_view check, std::string_view faults, Sins sins,
              std::string_view callers = visitors) {
    World world("name = \"x\"\n" + std::string(faults) + std::string(callers));
    Program program(world, std::move(sins));
    transport::LoopbackTransport way(world.scheduler, program);
    runtime::run(world.scheduler,
                 world.sandbox->play_world(way, *http::Url::parse("http://program.test")));
    world.sandbox->stop_run();
    const auto report = judge_run(*world.sandbox, {.deadline = Duration(500ms)});
    for (const auto& result : report->checks) {
        if (result.card.id == check) {
            return result.finding;
        }
    }
    throw std::logic_error("no such check");
}

TEST(ServiceChecks, what_many_want_at_once_is_asked_for_once) {
    constexpr std::string_view slow =
        "[[fault]]\nwhere = \"things:*\"\nwhat = { delay = \"100ms\" }\n";
    constexpr std::string_view pairs =
        "[[visitor]]\npath = \"/digest\"\nevery = \"1s\"\ncount = 10\n"
        "[[visitor]]\npath = \"/digest\"\nevery = \"1s\"\nafter = \"10ms\"\ncount = 10\n";
    const Sins herd{.revalidates = false};
    EXPECT_EQ(found("LOD-08", slow, herd, pairs).verdict, Verdict::fail);
    const Sins once{.revalidates = false, .asks_once = true};
    EXPECT_EQ(found("LOD-08", slow, once, pairs).verdict, Verdict::pass);
    EXPECT_EQ(found("LOD-08", "", herd).reason, UnknownReason::not_exercised)
        << "nobody came at the same time";
}

struct Trial {
    std::string_view check;
    std::string_view faults;
    Sins passes;
    Sins fails;
};
std::vector<Trial> trials() {
    return {
        {"SVC-01", shaky, {}, {.dawdles = 600ms}},
        {"SVC-02", shaky, {}, {.needs_everything = true}},
        {"SVC-03", shaky, {}, {.label = "live"}},
        {"SVC-03", shaky, {}, {.label = "missing"}},
        {"SVC-03", shaky, {}, {.label = "splendid"}},
        {"SVC-04", shaky, {}, {.dawdles = 600ms, .asks_late = true}},
        {"SVC-05", down, {}, {.health_asks_source = true}},
        {"SVC-06", down, {.hammers = false}, {}},
        {"LOD-07", shaky, {}, {.revalidates = false}},
        {"DAT-04", nulls, {}, {.trusts_broken = true}},
        {"DAT-05", news, {}, {.refuses_new = true}},
    };
}

TEST(ServiceChecks, a_program_that_behaves_passes_each_of_them) {
    for (const auto& trial : trials()) {
        const auto finding = found(trial.check, trial.faults, trial.passes);
        if (trial.check != "LOD-07") {  // this source has no validators: see below
            EXPECT_EQ(finding.verdict, Verdict::pass) << trial.check << ": " << finding.sentence;
        }
    }
}

TEST(ServiceChecks, each_sin_fails) {
    for (const auto& trial : trials()) {
        const auto finding = found(trial.check, trial.faults, trial.fails);
        EXPECT_EQ(finding.verdict, Verdict::fail) << trial.check << ": " << finding.sentence;
    }
}

TEST(ServiceChecks, without_visitors_or_faults_nothing_is_judged) {
    for (const auto& trial : trials()) {
        EXPECT_EQ(found(trial.check, trial.faults, {}, "").verdict, Verdict::unknown)
            << trial.check;
        if (trial.check != "SVC-01" && trial.check != "LOD-07") {
            EXPECT_EQ(found(trial.check, "", {}).verdict, Verdict::unknown) << trial.check;
        }
    }
}

TEST(ServiceChecks, an_old_value_must_be_as_old_as_it_says) {
    // The label says 0 ms, and the source has been away for 16 s.
    EXPECT_EQ(found("SVC-03", down, {.label = "stale"}).verdict, Verdict::fail);
}

// What a program that is called asked of a source with validators: so many times, the first `whole`
// of them without one.
Finding asked_github(std::size_t times, std::size_t whole) {
    std::deque<Exchange> rows;
    auto conditional = std::make_shared<http::Headers>();
    conditional->add("if-none-match", "\"v1\"");
    for (std::size_t i = 0; i < times; ++i) {
        Exchange row;
        row.seq = i + 1;
        row.provider = "github";
        row.method = "GET";
        row.path = "/repos/octo/hello/releases";
        row.status = i < whole ? 200 : 304;
        row.headers = i < whole ? std::make_shared<http::Headers>() : conditional;
        row.finished = row.first_byte;
        rows.push_back(std::move(row));
    }
    const std::deque<Outbound> outbound{{.seq = 100,
                                         .from = "visitor",
                                         .method = "GET",
                                         .path = "/digest",
                                         .finished = SteadyTime(),
                                         .status = 200}};
    const std::vector<ObservedOperation> operations;
    return find_check("LOD-07")->judge(
        {.rows = &rows, .operations = &operations, .outbound = &outbound});
}

TEST(ServiceChecks, asking_again_with_a_validator_is_no_download) {
    EXPECT_EQ(found("LOD-07", "", {}).reason, UnknownReason::not_exercised);
    EXPECT_EQ(asked_github(10, 1).verdict, Verdict::pass);
    const auto again = asked_github(10, 6);
    EXPECT_EQ(again.verdict, Verdict::fail);
    EXPECT_EQ(again.rows.size(), 5U);
}

}  // namespace
}  // namespace apilab::sandbox
