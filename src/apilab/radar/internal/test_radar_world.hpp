#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/cache/memory_cache.hpp"
#include "apilab/client/client.hpp"
#include "apilab/http/date.hpp"
#include "apilab/radar/gather.hpp"
#include "apilab/radar/internal/test_plan.hpp"
#include "apilab/radar/service/handlers.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/loopback_transport.hpp"
#include "apilab/work/job_runner.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::radar::internal {

/// What stands between the client and the sandbox: knows who was asked for what, and can be in the
/// way.
class Road final : public runtime::Service {
public:
    Road(runtime::Scheduler& scheduler, runtime::Service& beyond)
        : scheduler_(scheduler), beyond_(beyond) {}
    runtime::Task<Result<http::Response>> call(http::Request request,
                                               runtime::CallContext context) override {
        origins.insert(request.url().origin());
        paths.push_back(request.url().path());
        traces.insert(context.trace.trace_id());
        if (on_request) {
            on_request(paths.size());
        }
        // Without a way that takes time nobody could be interrupted on it.
        if (!co_await scheduler_.sleep_for(std::chrono::milliseconds(40))) {
            co_return fail(Error(ErrorKind::cancelled, "on the road"));
        }
        if (!closed.empty() && request.url().path().starts_with(closed)) {
            co_return http::Response(503, "closed");
        }
        co_return co_await beyond_.call(std::move(request), std::move(context));
    }
    std::set<std::string> origins;
    std::vector<std::string> paths;
    std::set<std::string> traces;
    /// Paths that begin so are answered 503.
    std::string closed;
    std::function<void(std::size_t number)> on_request;

private:
    runtime::Scheduler& scheduler_;
    runtime::Service& beyond_;
};

/// Radar's jobs over the sandbox and a store in memory, under virtual time.
class RadarWorld {
public:
    RadarWorld() {
        const sandbox::WorldOptions options;
        box_ = sandbox::Sandbox::make(
                   scheduler,
                   {.providers = make_providers(sandbox::make_world(options).value(), options)})
                   .value();
        transport_ = std::make_unique<transport::LoopbackTransport>(scheduler, *box_);
        road = std::make_unique<Road>(scheduler, *transport_);
        client::ClientOptions client;
        client.cache = client::CacheOptions{.store = cache::MemoryCache::make().value(),
                                            .mode = runtime::CacheChoice::Mode::revalidate};
        client.tracing.emplace();
        client_ = client::Client::create(scheduler, *road, rng_, std::move(client)).value();
        sources_ = std::make_unique<Sources>(
            Sources{provider::Npm(at("/npm")), provider::Osv(at("/osv")),
                    provider::GitHub(at("/github"), {.token = Secret("ghp_stubtoken")})});
        writer = std::make_unique<work::StoreWriter>(scheduler, *store,
                                                     work::StoreWriterOptions{.own_thread = false});
        config.slack = SlackSink{.channel = "C0RADAR"};
        config.notion = NotionSink{.data_source = "ds"};
        context = std::make_unique<HandlerContext>(HandlerContext{.scheduler = scheduler,
                                                                  .rng = rng_,
                                                                  .writer = *writer,
                                                                  .config = config,
                                                                  .sources = *sources_});
        folder_ = std::filesystem::path(::testing::TempDir()) /
                  ("radar-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
                   "-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(folder_);
    }
    ~RadarWorld() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    RadarWorld(const RadarWorld&) = delete;
    RadarWorld& operator=(const RadarWorld&) = delete;

    [[nodiscard]] SystemTime now() const { return scheduler.system_now(); }

    /// A watch over a lockfile with these packages in a folder of this world.
    void watch_folder(const std::string& name, std::string_view lockfile) {
        write(name, lockfile);
        config.watches.push_back({.name = name, .path = (folder_ / (name + ".json")).string()});
    }
    void write(const std::string& name, std::string_view lockfile);
    /// Puts a file into a repository on the sandbox's GitHub.
    void put_into_repository(std::string_view path, std::string_view text,
                             std::string_view repository = "octo/hello");

    std::int64_t add(work::NewJob job) { return store->enqueue(job, now()).value().id; }
    /// An event as the receiver stores it.
    std::int64_t hear(const std::string& source, const std::string& type, const std::string& body,
                      const std::string& id = "1") {
        const work::Event event{.source = source, .sender_id = id, .type = type, .body = body};
        return store->put(event, {.queue = "radar", .kind = source}, now()).value().job;
    }
    /// Everything that is due is done by a runner of its own, which ends then; at most `patience`.
    /// What was tried in vain stays. True: it came to rest.
    bool work(Duration patience = std::chrono::hours(2));
    /// The runner dies at the request of that number from now on.
    void work_until_request(std::size_t number);

    [[nodiscard]] std::vector<work::Message> messages(std::string target) const {
        return store->messages({.target = std::move(target)}, 1000).value();
    }
    [[nodiscard]] work::JobRow job(std::int64_t id) const {
        return store->jobs({.id = id}, 1).value().at(0);
    }
    [[nodiscard]] RunRecord run_of(std::string_view watch) const {
        return read_watch(*store, watch).value().run.value_or(RunRecord());
    }
    [[nodiscard]] std::vector<Item> items(std::string_view watch) const {
        return read_watch(*store, watch).value().items;
    }

    runtime::VirtualScheduler scheduler{*http::parse_iso_time("2026-11-23T10:00:00Z")};
    Config config = testing::config();
    std::unique_ptr<work::SqliteStore> store = work::SqliteStore::open(":memory:").value();
    std::unique_ptr<Road> road;
    std::unique_ptr<work::StoreWriter> writer;
    std::unique_ptr<HandlerContext> context;

private:
    provider::Endpoint at(std::string_view path) {
        return {.client = client_.get(),
                .base = *http::Url::parse("http://box.test" + std::string(path))};
    }
    runtime::Task<void> until_rest(work::JobRunner* runner, SteadyTime until, bool* rests);
    runtime::Task<void> until_dead(work::JobRunner* runner, runtime::TaskGroup* tasks,
                                   runtime::Event* dead);

    SeededRng rng_{1};
    std::unique_ptr<sandbox::Sandbox> box_;
    std::unique_ptr<transport::LoopbackTransport> transport_;
    std::unique_ptr<client::Client> client_;
    std::unique_ptr<Sources> sources_;
    std::filesystem::path folder_;
};

/// `lodash` with advisories, and `express` beside it.
[[nodiscard]] std::string lockfile_of(std::string_view lodash, std::string_view express);

}  // namespace apilab::radar::internal
