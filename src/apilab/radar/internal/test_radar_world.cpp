#include "apilab/radar/internal/test_radar_world.hpp"

#include <fmt/format.h>

#include <fstream>

#include "apilab/http/json.hpp"

namespace apilab::radar::internal {

using runtime::Task;
using namespace std::chrono_literals;

void RadarWorld::write(const std::string& name, std::string_view lockfile) {
    std::ofstream(folder_ / (name + ".json"), std::ios::binary) << lockfile;
}

void RadarWorld::put_into_repository(std::string_view path, std::string_view text,
                                     std::string_view repository) {
    http::Request put("PUT", *http::Url::parse(fmt::format(
                                 "http://box.test/github/repos/{}/contents/{}", repository, path)));
    put.header("authorization", "Bearer ghp_stubtoken").header("user-agent", "test");
    put.body(fmt::format(R"({{"message":"m","content":"{}"}})", base64_encode(text)));
    const auto reply = runtime::run(scheduler, transport_->call(put, {}));
    ASSERT_TRUE(reply) << reply.error().to_string();
    ASSERT_EQ(reply->status(), 201) << reply->body();
}

Task<void> RadarWorld::until_rest(work::JobRunner* runner, SteadyTime until, bool* rests) {
    while (scheduler.now() < until) {
        const auto counts = store->counts("radar").value();
        const bool due = counts.oldest_due && *counts.oldest_due <= scheduler.system_now();
        *rests = !due && counts.running == 0;
        if (*rests) {
            break;
        }
        (void)co_await scheduler.sleep_for(1s);
    }
    runner->stop();
}

bool RadarWorld::work(Duration patience) {
    work::JobRunner runner(scheduler, *writer, rng_, {.queue = "radar"});
    add_handlers(runner, *context);
    bool rests = false;
    runtime::TaskGroup tasks(scheduler);
    tasks.spawn(runner.run());
    tasks.spawn(until_rest(&runner, scheduler.now() + patience, &rests));
    runtime::run(scheduler, tasks.join());
    return rests;
}

Task<void> RadarWorld::until_dead(work::JobRunner* runner, runtime::TaskGroup* tasks,
                                  runtime::Event* dead) {
    (void)co_await scheduler.wait(dead, scheduler.now() + 10min);
    tasks->cancel();
    runner->stop();
}

void RadarWorld::work_until_request(std::size_t number) {
    work::JobRunner runner(scheduler, *writer, rng_, {.queue = "radar"});
    add_handlers(runner, *context);
    runtime::TaskGroup tasks(scheduler);
    runtime::TaskGroup watcher(scheduler);
    runtime::Event dead;
    const std::size_t before = road->paths.size();
    road->on_request = [&dead, last = before + number](std::size_t now) {
        if (now == last) {
            dead.set();
        }
    };
    tasks.spawn(runner.run());
    watcher.spawn(until_dead(&runner, &tasks, &dead));
    runtime::run(scheduler, tasks.join());
    dead.set();
    runtime::run(scheduler, watcher.join());
    road->on_request = nullptr;
}

std::string lockfile_of(std::string_view lodash, std::string_view express) {
    return fmt::format(R"({{"name":"shop","lockfileVersion":3,"packages":{{
        "":{{"dependencies":{{"lodash":"^4.17.0","express":"^4.16.0"}}}},
        "node_modules/lodash":{{"version":"{}"}},
        "node_modules/express":{{"version":"{}"}}}}}})",
                       lodash, express);
}

}  // namespace apilab::radar::internal
