#include "apilab/sandbox/internal/test_client.hpp"

#include <algorithm>

#include "apilab/base/rng.hpp"
#include "apilab/http/date.hpp"

namespace apilab::sandbox::internal {

namespace {

struct Job {
    World::Call call;
    std::size_t attempts = 0;
    std::optional<SteadyTime> first;
    SteadyTime due;
};

// On purpose not the parser that the judge uses.
std::optional<Duration> told_wait(const Seen& seen, World& world, bool understands_dates) {
    const auto text = seen.headers.value("retry-after");
    if (text.empty()) {
        return std::nullopt;
    }
    if (text.find_first_not_of("0123456789") == std::string_view::npos) {
        return std::chrono::seconds(std::stoi(std::string(text)));
    }
    const auto date = http::parse_http_date(text);
    if (!date || !understands_dates) {
        return std::nullopt;
    }
    return *date - world.scheduler.system_now();
}

bool permanent(int status) {
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

}  // namespace

void TestClient::run(World& world, std::vector<World::Call> calls) const {
    SeededRng rng(11);
    std::vector<Job> jobs;
    jobs.reserve(calls.size());
    for (auto& call : calls) {
        jobs.push_back({.call = std::move(call), .due = world.scheduler.now()});
    }
    while (!jobs.empty()) {
        const auto next = std::ranges::min_element(jobs, {}, &Job::due);
        Job job = *next;
        jobs.erase(next);
        world.wait(std::max(job.due - world.scheduler.now(), Duration::zero()));
        if (!job.first) {
            job.first = world.scheduler.now();
        }
        const Seen seen = world.send(job.call);
        ++job.attempts;
        const bool unsafe_unknown =
            job.call.method == "POST" && !seen.complete() && !resends_unsafe && !looks_first;
        const bool done = seen.complete() &&
                          (seen.status < 400 || (permanent(seen.status) && !retries_permanent));
        if (done || unsafe_unknown || job.attempts >= max_attempts) {
            continue;
        }
        Duration wait =
            backs_off ? std::chrono::milliseconds(100U << std::min<std::size_t>(job.attempts, 5))
                      : Duration::zero();
        if (backs_off && jitters) {
            wait += Duration(rng.between(0, wait.count()));
        }
        const auto told = told_wait(seen, world, understands_dates);
        if (told && obeys_retry_after) {
            wait = std::max(wait, *told);
        }
        job.due = world.scheduler.now() + wait;
        if (deadline && !ignores_deadline && job.due > *job.first + *deadline) {
            continue;
        }
        if (told && obeys_retry_after && stops_everything) {
            for (Job& other : jobs) {
                other.due = std::max(other.due, job.due);
            }
        }
        if (job.call.method == "POST" && !seen.complete() && looks_first) {
            (void)world.get("/" + std::string(world.things->name()) + "/items");
        }
        jobs.push_back(std::move(job));
    }
}

}  // namespace apilab::sandbox::internal
