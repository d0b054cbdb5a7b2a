// Day 10: six limits, four dialects
//
// Situation  Six kinds of work at one API, each under a limit of its own: a window, a bucket, a
//            day's quota, cost units, requests at a time, and one that refuses with 403.
// Shows      A gauge for each limit, read from every answer: who looks is never refused.
// Run        ./lab learn day10_rate_limits --compare      (the gauges: above the verdict)
// Break      --break=wait-for-refusal | one-dialect | 403-is-final | as-nobody

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "exercise.hpp"

namespace {
using namespace exercise;
using namespace std::chrono_literals;
using Answer = Result<Response>;

// One limit, as far as answers have told of it.
struct Gauge {
    std::string_view name;
    std::string path;
    int requests = 0;
    std::int64_t cost = 1;  // of one request, by the provider's documentation
    std::size_t workers = 1;

    std::int64_t left = 0;
    std::int64_t most = 0;
    SteadyTime again;
    std::int64_t together = 1;  // until the policy is known
    std::int64_t under_way = 0;
    int sent = 0;
    std::int64_t refusals = 0;
    std::string picture = {};
};

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// `3` of `;r=` in `"burst";r=3;t=12`; 0 where it is not there.
std::int64_t parameter(std::string_view field, std::string_view name) {
    return field.contains(name) ? number(field.substr(field.find(name) + name.size())) : 0;
}

// `x-ratelimit-*`, or `x-rate-limit-*`: what is left, and the date on which the window ends.
void read_counters(Lab& lab, const Response& answer, std::string prefix, Gauge& gauge) {
    const auto left = answer.headers().value(prefix + "remaining");
    if (!left.empty()) {
        const std::chrono::seconds date(number(answer.headers().value(prefix + "reset")));
        gauge.left = number(left);
        gauge.again = lab.now() + (apilab::SystemTime(date) - lab.system_now());
    }
}

// `RateLimit` and `RateLimit-Policy`: what is left, and seconds from now.
void read_fields(Lab& lab, const Response& answer, Gauge& gauge) {
    const auto field = answer.headers().value("ratelimit");
    const auto policy = answer.headers().value("ratelimit-policy");
    if (field.empty() || policy.contains("concurrent-requests")) {
        gauge.together = std::max(parameter(policy, ";q="), gauge.together);
        return;
    }
    gauge.left = parameter(field, ";r=");
    gauge.again = lab.now() + std::chrono::seconds(parameter(field, ";t="));
    if (gauge.left < gauge.cost) {  // `t` is about one unit, and this request needs more of them
        const std::chrono::milliseconds full(1000 * parameter(policy, ";w="));
        gauge.again +=
            full * (gauge.cost - gauge.left) / std::max(parameter(policy, ";q="), gauge.cost);
    }
}

// The third way, Retry-After, stands on refusals only.
void read(Lab& lab, const Response& answer, Gauge& gauge) {
    read_counters(lab, answer, "x-ratelimit-", gauge);
    if (!lab.broken("one-dialect")) {
        read_counters(lab, answer, "x-rate-limit-", gauge);
        read_fields(lab, answer, gauge);
    }
    constexpr std::array<std::string_view, 5> bars{"_", "▂", "▄", "▆", "█"};
    gauge.most = std::max({gauge.most, gauge.left, std::int64_t{1}});
    gauge.picture += bars.at(static_cast<std::size_t>(gauge.left * 4 / gauge.most));
}

Task<void> wait_for_room(Lab& lab, Gauge& gauge) {
    while (gauge.under_way >= gauge.together) {
        co_await lab.sleep(20ms);
    }
    if (gauge.left < gauge.cost && lab.now() < gauge.again) {
        co_await lab.sleep(gauge.again - lab.now());
    }
}

Duration told_wait(Lab& lab, const Response& answer, const Gauge& gauge) {
    const Duration told = std::chrono::seconds(number(answer.headers().value("retry-after")));
    return told > 0s ? told : std::max<Duration>(gauge.again - lab.now(), 100ms);
}

// A 403 with a limit's words is a limit; without them it is a permission.
bool is_limit(const Response& answer) {
    const auto left = answer.headers().value("x-ratelimit-remaining");
    const bool told = left == "0" || answer.headers().contains("retry-after");
    return answer.status() == 429 || (answer.status() == 403 && told);
}

Request make(Lab& lab, const Gauge& gauge, int item) {
    const bool write = gauge.cost > 1;
    return lab.request(write ? "POST" : "GET", fmt::format(fmt::runtime(gauge.path), item),
                       write ? R"({"title":"one"})" : "");
}

Task<Answer> one(Lab& lab, Gauge& gauge, int item) {
    auto request = bearing(secret_of(lab, "APILAB_API_TOKEN"), make(lab, gauge, item));
    for (int attempt = 1;; ++attempt) {
        co_await wait_for_room(lab, gauge);
        ++gauge.under_way;
        auto answer = co_await apilab::transport::send(lab.transport(), request);
        --gauge.under_way;
        const bool refused = answer && is_limit(*answer);
        if (answer && (refused || !lab.broken("wait-for-refusal"))) {
            read(lab, *answer, gauge);
        }
        gauge.refusals += refused ? 1 : 0;
        if (!refused || attempt == 5 || (lab.broken("403-is-final") && answer->status() == 403)) {
            co_return answer;
        }
        if (lab.broken("as-nobody")) {
            request = make(lab, gauge, item);
        }
        co_await lab.sleep(told_wait(lab, *answer, gauge));
    }
}

// What one writes in a hurry: again, a moment later.
Task<Answer> in_a_hurry(Lab& lab, Gauge& gauge, int item) {
    const auto request = bearing(secret_of(lab, "APILAB_API_TOKEN"), make(lab, gauge, item));
    for (int i = 0;; ++i) {
        auto answer = co_await apilab::transport::send(lab.transport(), request);
        if (!answer || answer->ok() || i == 20) {
            co_return answer;
        }
        ++gauge.refusals;
        co_await lab.sleep(200ms);
    }
}

using One = Task<Answer> (*)(Lab&, Gauge&, int);
Task<void> worker(Lab& lab, Gauge& gauge, One ask) {
    while (gauge.sent < gauge.requests) {
        lab.ended(gauge.name, co_await ask(lab, gauge, ++gauge.sent));
    }
}

Task<void> all(Lab& lab, One ask) {
    std::vector<Gauge> gauges = {
        {.name = "window", .path = "/api/items?n={}", .requests = 30},
        {.name = "bucket", .path = "/api/items/{}", .requests = 30},
        {.name = "day", .path = "/api/items/cursor?n={}", .requests = 25},
        {.name = "units", .path = "/api/items?n={}", .requests = 10, .cost = 5},
        {.name = "403", .path = "/api/items/page?n={}", .requests = 20},
        {.name = "together", .path = "/api/items/offset?n={}", .requests = 24, .workers = 6}};
    std::vector<Gauge*> turns;
    for (auto& gauge : gauges) {
        turns.insert(turns.end(), gauge.workers, &gauge);
    }
    co_await lab.side_by_side(
        turns.size(), [&](Lab& same, std::size_t i) { return worker(same, *turns[i], ask); });
    std::string lines;
    std::int64_t refusals = 0;
    for (const auto& gauge : gauges) {
        refusals += gauge.refusals;
        lines += fmt::format("  {:<9}{}\n", gauge.name, gauge.picture);
    }
    lab.show(lines);
    lab.number("refusals", refusals);
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day10_rate_limits",
         .story = "139 requests under six limits, in four dialects",
         .scenario = "day10-rate-limits",
         .deadline = 60s,
         .sins = {{"wait-for-refusal", "reads the gauge when it is too late", "RL-15"},
                  {"one-dialect", "knows x-ratelimit-* and nothing else", "RL-15"},
                  {"403-is-final", "takes every 403 for a missing permission", "RTY-01"},
                  {"as-nobody", "goes round a refusal without its credential", "RL-14"}},
         .production = [](Lab& lab) { return all(lab, one); },
         .naive = [](Lab& lab) { return all(lab, in_a_hurry); },
         .numbers = {"refusals"},
         .next = "day10_stale_tokens"},
        argc, argv);
}
