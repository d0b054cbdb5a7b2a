// The same seed gives the same bodies, ids and order of faults; another seed others.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/internal/every_operation.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"

namespace apilab::sandbox {
namespace {

constexpr int runs = 20;
// Between two requests: no provider's limit is met.
constexpr Duration pause = std::chrono::milliseconds(500);

// What a client saw, one text for each request, and what the journal says of it.
struct Seen {
    // Status, header fields, body, what the wire does and when, in the order of asking.
    std::vector<std::string> answers;
    // By provider and operation.
    std::map<std::string, int> statuses;
    std::map<std::string, std::string> bodies;
    std::string faults;
    std::string journal;
};

class Asker {
public:
    Asker(const Scenario& scenario, std::uint64_t seed) : seed_(seed) {
        const WorldOptions options{.seed = seed};
        SandboxOptions given;
        given.seed = seed;
        given.scenario = scenario;
        given.providers = make_providers(make_world(options).value(), options);
        for (const auto& provider : given.providers) {
            names_.emplace_back(provider->name());
        }
        sandbox_ = std::move(Sandbox::make(scheduler_, std::move(given)).value());
    }

    Seen ask_all() {
        for (const auto& name : names_) {
            const auto calls = internal::every_operation(
                *sandbox_->find_provider(name), seed_,
                [this](const http::Request& request, std::string_view pointer) {
                    return look_up(request, pointer);
                });
            for (const auto& call : calls) {
                const auto answer = send(call.request);
                const auto operation = call.provider + ":" + call.operation;
                seen_.statuses[operation] = answer.status();
                seen_.bodies[operation] = answer.body();
            }
        }
        for (const auto& row : sandbox_->journal().rows()) {
            for (const auto& hit : row.faults) {
                seen_.faults += fmt::format("{}:{} ", row.seq, hit.id);
            }
        }
        seen_.journal = journal_ndjson(sandbox_->journal());
        return std::move(seen_);
    }

private:
    http::Response send(const http::Request& request) {
        scheduler_.advance(pause);
        auto answer = runtime::run(scheduler_, sandbox_->call(request, {})).value();
        const auto& plan = *answer.wire();
        std::string text = fmt::format("{} {}\n{}\n", request.method(), request.url().to_string(),
                                       answer.status());
        for (const auto& [name, value] : answer.headers()) {
            text += fmt::format("{}: {}\n", name, value);
        }
        text +=
            fmt::format("\n{}\nreset {} at {} on {}", answer.body(), static_cast<int>(plan.reset),
                        plan.stall_at.value_or(0), scheduler_.now().time_since_epoch().count());
        seen_.answers.push_back(std::move(text));
        plan.on_finished({.bytes_sent = answer.body().size(), .finished = scheduler_.now()});
        return answer;
    }

    // As often as it takes: a fault may stand in the way.
    std::string look_up(const http::Request& request, std::string_view pointer) {
        constexpr int attempts = 10;
        for (int i = 0; i < attempts; ++i) {
            const auto answer = send(request);
            const auto body = http::JsonDocument::parse(answer.body());
            if (answer.ok() && body) {
                const auto found = body->root().at_pointer(pointer);
                const auto number = found.integer();
                return number ? std::to_string(*number) : std::string(found.string_or(""));
            }
        }
        return {};
    }

    std::uint64_t seed_;
    runtime::VirtualScheduler scheduler_;
    std::vector<std::string> names_;
    std::unique_ptr<Sandbox> sandbox_;
    Seen seen_;
};

Seen ask_all(const Scenario& scenario, std::uint64_t seed) {
    return Asker(scenario, seed).ask_all();
}

constexpr std::string_view by_chance = R"(
name = "by-chance"
[[fault]]
where = "*:*"
what = { status = 503 }
when = { probability = 0.2 }
[[fault]]
where = "*:*"
what = { reset = "after_commit" }
when = { probability = 0.1 }
[[fault]]
where = "*:*"
what = { delay = { lognormal = ["50ms", 0.5] } }
when = { probability = 0.5 }
[[fault]]
where = "api:*"
what = { corrupt = "truncated_json" }
when = { probability = 0.3 }
)";

void expect_the_same_again(const Scenario& scenario, std::uint64_t seed) {
    const Seen first = ask_all(scenario, seed);
    for (int i = 1; i < runs; ++i) {
        const Seen again = ask_all(scenario, seed);
        ASSERT_EQ(first.answers.size(), again.answers.size());
        for (std::size_t at = 0; at < first.answers.size(); ++at) {
            ASSERT_EQ(first.answers[at], again.answers[at]) << "run " << i;
        }
        ASSERT_EQ(first.faults, again.faults);
        ASSERT_EQ(first.journal, again.journal);
    }
}

TEST(SameSeed, the_requests_of_this_test_reach_the_operations) {
    const auto seen = ask_all(Scenario(), 7);
    std::string refused;
    std::size_t fine = 0;
    for (const auto& [operation, status] : seen.statuses) {
        fine += status < 400 ? 1 : 0;
        refused += status < 400 ? "" : fmt::format("{} {}\n", operation, status);
    }
    EXPECT_GE(fine * 10, seen.statuses.size() * 8) << refused;
}

TEST(SameSeed, gives_the_same_answers_twenty_times) {
    expect_the_same_again(Scenario(), 7);
}

TEST(SameSeed, gives_the_same_faults_at_the_same_times_twenty_times) {
    auto scenario = *built_in_scenario("flaky");
    for (auto& fault : parse_scenario(by_chance)->faults) {
        scenario.faults.push_back(std::move(fault));
    }
    expect_the_same_again(scenario, 7);
}

TEST(SameSeed, another_one_gives_other_ids_tokens_and_faults) {
    const auto scenario = *parse_scenario(by_chance);
    EXPECT_NE(ask_all(scenario, 7).faults, ask_all(scenario, 8).faults);
    const auto seven = ask_all(Scenario(), 7);
    const auto eight = ask_all(Scenario(), 8);
    for (const auto* operation : {"oauth:token", "google:token", "notion:query_data_source",
                                  "google:list_messages", "api:list_items"}) {
        EXPECT_NE(seven.bodies.at(operation), eight.bodies.at(operation)) << operation;
    }
    EXPECT_EQ(seven.bodies.at("npm:get_packument"), eight.bodies.at("npm:get_packument"));
}

}  // namespace
}  // namespace apilab::sandbox
