#include "fleet.hpp"

#include <fmt/format.h>

#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "apilab/client/client.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::simulation {

using runtime::Task;
using std::chrono::seconds;

namespace {

constexpr double writes = 0.1;

// Holds every call's record to what was promised.
class Auditor final : public http::Observer {
public:
    Auditor(const client::ClientOptions& options, BrokenPromises& broken)
        : options_(options), broken_(broken) {}

    void on_call(const http::CallRecord& call) override {
        if (std::cmp_greater(call.attempts.size(), options_.retry.max_attempts)) {
            broken_.add(fmt::format("call {} made {} attempts", call.id, call.attempts.size()));
        }
        if (call.elapsed > options_.deadline) {
            broken_.add(fmt::format("call {} ended after its deadline", call.id));
        }
        for (const auto& decision : call.decisions) {
            look_for_token(http::explain(decision), call.id);
        }
    }
    void look_for_token(std::string_view text, std::string_view call) {
        if (text.contains(token)) {
            broken_.add(fmt::format("the token stands in a word about call {}", call));
        }
    }

private:
    const client::ClientOptions& options_;
    BrokenPromises& broken_;
};

class Fleet {
public:
    Fleet(const FleetOptions& options, const Weather& weather, FleetStory& story)
        : options_(options),
          story_(story),
          rng_(options.seed),
          auditor_(options.client, story.broken),
          origin_(scheduler_, weather, rng_, story.broken) {
        const auto made = static_cast<std::size_t>(options.clients);
        for (std::size_t i = 0; i < made; ++i) {
            auto client =
                client::Client::create(scheduler_, origin_, rng_, options.client, {&auditor_});
            if (!client) {
                throw std::invalid_argument(client.error().to_string());
            }
            clients_.push_back(*std::move(client));
        }
    }

    void run() {
        runtime::run(scheduler_, live());
        story_.requests_each_second = origin_.requests();
        if (origin_.under_way() != 0) {
            story_.broken.add(fmt::format("{} requests were left behind", origin_.under_way()));
        }
    }

private:
    Task<void> live() {
        runtime::TaskGroup group(scheduler_);
        for (int i = 0; i < options_.clients; ++i) {
            group.spawn(live_one(i));
        }
        co_await group.join();
    }
    // A call each second whatever became of the last one, at a moment of the second that is its
    // own.
    Task<void> live_one(int which) {
        runtime::TaskGroup calls(scheduler_);
        const auto start = scheduler_.now();
        const Duration phase(rng_.between(0, Duration(seconds(1)).count() - 1));
        const auto count = options_.length / seconds(1);
        for (std::int64_t i = 0; i < count; ++i) {
            (void)co_await scheduler_.sleep_until(start + seconds(i) + phase);
            calls.spawn(call(which));
        }
        co_await calls.join();
    }
    Task<void> call(int which) {
        const auto id = std::to_string(++story_.calls);
        const auto second =
            static_cast<std::size_t>(std::chrono::floor<seconds>(origin_.since_start()).count());
        story_.calls_each_second.resize(std::max(story_.calls_each_second.size(), second + 1));
        ++story_.calls_each_second[second];
        http::Request request(rng_.uniform() < writes ? "POST" : "GET", url_);
        request.header(client_header, std::to_string(which));
        request.header(call_header, id);
        request.header("authorization", fmt::format("Bearer {}", token));
        const auto reply =
            co_await clients_[static_cast<std::size_t>(which)]->send(std::move(request));
        if (reply && reply->ok()) {
            ++story_.answered;
        } else if (!reply) {
            auditor_.look_for_token(reply.error().to_string(), id);
        }
    }

    const FleetOptions& options_;
    FleetStory& story_;
    SeededRng rng_;
    runtime::VirtualScheduler scheduler_;
    Auditor auditor_;
    Origin origin_;
    http::Url url_ = *http::Url::parse("http://api.test/things");
    std::vector<std::unique_ptr<client::Client>> clients_;
};

std::size_t second_of(Duration since) {
    return static_cast<std::size_t>(std::chrono::floor<seconds>(since).count());
}

std::uint64_t sum(const std::vector<std::uint32_t>& series, std::size_t from, std::size_t until) {
    const auto at = [&](std::size_t index) {
        return series.begin() + static_cast<std::ptrdiff_t>(std::min(index, series.size()));
    };
    return std::accumulate(at(from), at(until), std::uint64_t{0});
}

Recovery recovery_from(const Spell& spell, const FleetStory& story) {
    constexpr seconds settled{10};
    Recovery recovery{.spell = spell};
    const auto end = second_of(spell.until);
    recovery.first_second =
        static_cast<std::uint32_t>(sum(story.requests_each_second, end, end + 1));
    for (std::size_t second = end; second < end + 60; ++second) {
        recovery.peak = std::max(
            recovery.peak,
            static_cast<std::uint32_t>(sum(story.requests_each_second, second, second + 1)));
    }
    if (spell.until - spell.from >= seconds(30)) {
        const auto from = second_of(spell.from + settled);
        const auto calls = sum(story.calls_each_second, from, end);
        recovery.requests_per_call =
            static_cast<double>(sum(story.requests_each_second, from, end)) /
            static_cast<double>(std::max<std::uint64_t>(calls, 1));
    }
    return recovery;
}

}  // namespace

FleetStory run_fleet(const FleetOptions& options, const Weather& weather) {
    FleetStory story;
    Fleet(options, weather, story).run();
    story.requests = sum(story.requests_each_second, 0, story.requests_each_second.size());
    for (const auto& spell : weather.spells()) {
        if (is_total(spell.trouble)) {
            story.recoveries.push_back(recovery_from(spell, story));
        }
    }
    return story;
}

std::vector<std::string> missed_bars(const FleetOptions& options, const FleetStory& story) {
    constexpr double requests_per_call_max = 1.1;
    std::vector<std::string> missed;
    for (const auto& recovery : story.recoveries) {
        const auto where =
            fmt::format("the outage ({}) from {} s to {} s", to_string(recovery.spell.trouble),
                        recovery.spell.from / seconds(1), recovery.spell.until / seconds(1));
        if (std::cmp_greater(recovery.first_second, 2 * options.clients)) {
            missed.push_back(fmt::format("{} requests in the first second after {}, steady are {}",
                                         recovery.first_second, where, options.clients));
        }
        if (recovery.requests_per_call > requests_per_call_max) {
            missed.push_back(fmt::format("{:.2f} requests per call, ten seconds into {}",
                                         recovery.requests_per_call, where));
        }
    }
    return missed;
}

}  // namespace apilab::simulation
