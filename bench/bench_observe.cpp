// What observers cost a call that succeeds: time and allocations beyond the call itself, whose
// record is written anyway. `BM_client` is the client without observers; the price of the others is
// the difference. The file is a real one, on the disk of the temporary folder, written in pieces of
// 64 KiB. Arguments are Google Benchmark's:
//
//     bench_observe --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true

#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/observe/file_log.hpp"
#include "apilab/observe/log_observer.hpp"
#include "apilab/observe/metrics_observer.hpp"
#include "apilab/observe/trace_exporter.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "common/allocations.hpp"

namespace {

using namespace apilab;

class Answering final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        co_return http::Response(200);
    }
};

runtime::Task<void> call_repeatedly(client::Client& client, benchmark::State& state) {
    const auto same = http::Request::get(*http::Url::parse("http://127.0.0.1:4010/npm/lodash"));
    runtime::CallContext context;
    context.operation = {.provider = "npm",
                         .name = "get_packument",
                         .url_template = "/npm/{package}",
                         .effect = http::Effect::read};
    (void)co_await client.call(same, context);  // the first pays for what is kept
    const bench::Counted counted(state);
    for ([[maybe_unused]] auto _ : state) {
        auto reply = co_await client.call(same, context);
        benchmark::DoNotOptimize(reply);
    }
}

// A client of which somebody listens to everything that is asked for.
class Observed {
public:
    Observed() = default;
    Observed(const Observed&) = delete;
    Observed& operator=(const Observed&) = delete;
    ~Observed() {
        file_.reset();
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
        std::filesystem::remove(path_.string() + ".1", ignored);
    }

    void log(observe::LogOptions options) {
        file_ = *observe::FileLog::open(path_, {.buffer_max = std::size_t{64} * 1024});
        log_ = std::make_unique<observe::LogObserver>(scheduler_, *file_, std::move(options));
        observers_.push_back(log_.get());
    }
    void metrics() { observers_.push_back(&metrics_); }
    void traces(double sample) {
        options_.tracing = client::TraceOptions{.sample = sample};
        exporter_ = *observe::TraceExporter::create(
            scheduler_, service_, rng_, *http::Url::parse("http://127.0.0.1:4318/v1/traces"));
        observers_.push_back(exporter_.get());
    }
    void run(benchmark::State& state) {
        const auto client =
            client::Client::create(scheduler_, service_, rng_, options_, observers_);
        runtime::run(scheduler_, call_repeatedly(**client, state));
        if (exporter_) {
            runtime::run(scheduler_, exporter_->close(std::chrono::seconds(5)));
        }
    }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("bench_observe." + std::to_string(fresh_seed()));
    runtime::RealScheduler scheduler_;
    Answering service_;
    SeededRng rng_{1};
    client::ClientOptions options_;
    std::unique_ptr<observe::FileLog> file_;
    std::unique_ptr<observe::LogObserver> log_;
    observe::MetricsObserver metrics_;
    std::unique_ptr<observe::TraceExporter> exporter_;
    std::vector<http::Observer*> observers_;
};

void BM_client(benchmark::State& state) {
    Observed().run(state);
}
BENCHMARK(BM_client);

// Every line of every call: two a call.
void BM_file_log(benchmark::State& state) {
    Observed observed;
    observed.log({});
    observed.run(state);
}
BENCHMARK(BM_file_log);

void BM_file_log_of_1_percent(benchmark::State& state) {
    Observed observed;
    observed.log({.sample = 0.01});
    observed.run(state);
}
BENCHMARK(BM_file_log_of_1_percent);

void BM_metrics(benchmark::State& state) {
    Observed observed;
    observed.metrics();
    observed.run(state);
}
BENCHMARK(BM_metrics);

void BM_traces_of_1_percent(benchmark::State& state) {
    Observed observed;
    observed.traces(0.01);
    observed.run(state);
}
BENCHMARK(BM_traces_of_1_percent);

// All three, each call logged: what the bar is about.
void BM_all(benchmark::State& state) {
    Observed observed;
    observed.log({});
    observed.metrics();
    observed.traces(0.01);
    observed.run(state);
}
BENCHMARK(BM_all);

void BM_all_of_1_percent(benchmark::State& state) {
    Observed observed;
    observed.log({.sample = 0.01});
    observed.metrics();
    observed.traces(0.01);
    observed.run(state);
}
BENCHMARK(BM_all_of_1_percent);

}  // namespace

BENCHMARK_MAIN();
