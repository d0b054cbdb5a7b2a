// A store of 100,000 calls: how long it takes to save one, and to list the newest page and all.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "apilab/observe/trace_store.hpp"

namespace {

using apilab::observe::Story;
using apilab::observe::TraceQuery;
using apilab::observe::TraceStore;

constexpr int calls = 100'000;
constexpr int rounds = 9;

double now_ms() {
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

Story story_of(int number) {
    Story story{.started = apilab::SystemTime(std::chrono::seconds(1'764'000'000 + number))};
    auto& call = story.record;
    call.id = "c-" + std::to_string(number);
    call.method = "GET";
    call.origin = "https://registry.npmjs.org";
    call.url_template = "/packages/{name}/versions/{version}";
    call.status = number % 20 == 0 ? 503 : 200;
    call.elapsed = std::chrono::microseconds(number);
    call.attempts = {{.number = 1, .elapsed = call.elapsed, .status = call.status}};
    return story;
}

void list(TraceStore& store, const char* name, const TraceQuery& query) {
    std::vector<double> took;
    std::size_t found = 0;
    for (int i = 0; i < rounds; ++i) {
        const double begun = now_ms();
        found = store.list(query)->size();
        took.push_back(now_ms() - begun);
    }
    std::ranges::sort(took);
    std::printf("%-28s %7zu calls  %8.2f ms (%.2f to %.2f)\n", name, found, took[rounds / 2],
                took.front(), took.back());
}

}  // namespace

int main() {
    const auto file = std::filesystem::temp_directory_path() / "bench_trace_store.db";
    std::filesystem::remove(file);
    auto store = TraceStore::open(file, {.calls_max = 200'000});
    if (!store) {
        std::printf("%s\n", store.error().to_string().c_str());
        return 1;
    }
    const double begun = now_ms();
    for (int i = 0; i < calls; ++i) {
        if (!(*store)->save(story_of(i))) {
            return 1;
        }
    }
    std::printf("save, a transaction each     %8.1f us a call\n",
                (now_ms() - begun) * 1000 / calls);
    list(**store, "list, newest 50", {});
    list(**store, "list, newest 50 that failed", {.only_failed = true});
    list(**store, "list, all", {.limit = 0});
    list(**store, "list, text in the URL", {.text = "versions"});
    std::filesystem::remove(file);
}
