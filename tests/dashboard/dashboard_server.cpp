// dashboard_server FOLDER PORT [empty|seeded|hostile] [live]: serves the dashboard on loopback over
// a store in FOLDER, and writes its port to FOLDER/port. With `live` a call is made every second.
// Ends with its signal.

#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/radar/service/dashboard.hpp"
#include "apilab/radar/service/internal/test_parts.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/server.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::radar {
namespace {

// What the effects are made on: it says yes to everything.
class Yes final : public work::OutboxTarget {
public:
    runtime::Task<work::SendOutcome> send(work::Message message) override {
        co_return work::SendOutcome::applied("seen " + message.key);
    }
};

runtime::Task<work::JobOutcome> do_it(work::Job /*job*/) {
    co_return work::JobOutcome::done();
}

runtime::Task<void> keep_calling(internal::DashboardParts* parts) {
    while (co_await parts->scheduler.sleep_for(std::chrono::seconds(1))) {
        (void)co_await parts->client->get(
            "https://registry.example/express",
            {.operation = {
                 .provider = "npm", .name = "get_packument", .url_template = "/{package}"}});
    }
}

int serve(const std::filesystem::path& folder, std::uint16_t port, std::string_view what,
          bool live) {
    runtime::RealScheduler scheduler;
    auto store = work::SqliteStore::open(folder / "work.db");
    if (!store) {
        fmt::print(stderr, "{}\n", store.error().to_string());
        return 1;
    }
    internal::DashboardParts parts(scheduler, **store, internal::test_config(), true);
    if (what != "empty") {
        internal::seed(parts, what == "hostile");
    } else {
        parts.config.watches.clear();
    }
    SystemRng chance;
    Dashboard dashboard(parts.parts(), chance,
                        {.heartbeat = std::chrono::seconds(1), .drift = &parts.drift});
    server::Server server(scheduler, dashboard, {.port = port});
    if (auto ready = server.listen(); !ready) {
        fmt::print(stderr, "{}\n", ready.error().to_string());
        return 1;
    }
    Yes yes;
    runtime::TaskGroup tasks(scheduler);
    for (const auto* kind : {"github", "check", "replan"}) {
        parts.runner.handle(kind, do_it);
    }
    for (const auto* target : {"slack", "notion", "gmail"}) {
        (void)parts.outbox.add(target, yes);
    }
    tasks.spawn(parts.runner.run());
    tasks.spawn(parts.outbox.run());
    if (live) {
        tasks.spawn(keep_calling(&parts));
    }
    if (!write_file_atomically(folder / "port", fmt::format("{}", server.port()))) {
        return 1;
    }
    scheduler.run();
    return 0;
}

}  // namespace
}  // namespace apilab::radar

int main(int argc, char** argv) {
    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    if (words.size() < 3) {
        fmt::print(stderr, "dashboard_server FOLDER PORT [empty|seeded|hostile] [live]\n");
        return 2;
    }
    const std::string_view text(words[2]);
    std::uint16_t port = 0;
    std::from_chars(text.data(), text.data() + text.size(), port);
    return apilab::radar::serve(words[1], port, words.size() > 3 ? words[3] : "seeded",
                                words.size() > 4);
}
