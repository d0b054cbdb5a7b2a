// A list of 1,000 pages behind a server that takes 50 ms for each, walked with and without asking
// ahead; and a list of a million items, for what a walk holds.
//
//     bench_pages [pages, default 1000] [items of the long list, default 1000000]
//
// One server and one client on loopback, over real sockets, in this process. Wall time; the long
// list is answered in memory, so that nothing but the walk and one page is there.

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/rng.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/server/server.hpp"
#include "apilab/transport/asio_transport.hpp"

namespace {

using namespace apilab;
using runtime::Task;

constexpr std::int64_t page_size = 100;

std::int64_t number_behind(std::string_view text, std::string_view name, std::int64_t otherwise) {
    const auto at = text.find(name);
    if (at == std::string_view::npos) {
        return otherwise;
    }
    std::int64_t value = otherwise;
    const auto digits = text.substr(at + name.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

// `?page=N`: a page of numbers, and how many there are in all.
class NumberedList final : public runtime::Service {
public:
    NumberedList(runtime::Scheduler& scheduler, std::int64_t items, Duration latency)
        : scheduler_(scheduler), items_(items), latency_(latency) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        if (latency_ > Duration::zero()) {
            (void)co_await scheduler_.sleep_for(latency_);
        }
        const auto page = number_behind(request.url().query(), "page=", 1);
        std::string text = "{\"total\":" + std::to_string(items_) + ",\"items\":[";
        const auto from = (page - 1) * page_size;
        for (auto id = from; id < std::min(from + page_size, items_); ++id) {
            text += (id > from ? ",{\"id\":" : "{\"id\":") + std::to_string(id) + "}";
        }
        co_return http::Response::json(200, text + "]}");
    }

private:
    runtime::Scheduler& scheduler_;
    std::int64_t items_;
    Duration latency_;
};

struct Walk {
    double seconds = 0;
    std::int64_t items = 0;
    std::int64_t sum = 0;
    std::uint64_t requests = 0;
};

Task<Walk> walk(runtime::Scheduler& scheduler, runtime::Service& service, std::string url,
                std::size_t prefetch, std::string key) {
    data::PageRules rules{.name = "bench", .kind = data::PageKind::page_number, .items = "/items"};
    rules.parameter = "page";
    rules.total_items = "/total";
    data::PageOptions options;
    options.key = std::move(key);
    options.prefetch = prefetch;
    options.scheduler = &scheduler;
    const auto began = std::chrono::steady_clock::now();
    auto pages = data::Pages<std::int64_t>::create(
        service, http::Request::get(*http::Url::parse(url)), rules,
        [](const http::Json& item) -> Result<std::int64_t> {
            return item["id"].integer().value_or(-1);
        },
        options);
    Walk result;
    while (auto item = co_await pages->next()) {
        if (!*item) {
            std::fprintf(stderr, "%s\n", item->error().to_string().c_str());
            break;
        }
        ++result.items;
        result.sum += **item;
    }
    result.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    result.requests = pages->summary().requests;
    co_return result;
}

double peak_mib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void print(const char* what, const Walk& walked, const Walk& first) {
    std::printf(
        "%-34s %8.2f s  %5.1f %%  %8lld items  %6llu requests  %s\n", what, walked.seconds,
        100 * walked.seconds / first.seconds, static_cast<long long>(walked.items),
        static_cast<unsigned long long>(walked.requests),
        walked.items == first.items && walked.sum == first.sum ? "the same items" : "OTHER ITEMS");
}

int measure(std::int64_t pages, std::int64_t long_list) {
    runtime::RealScheduler scheduler;
    NumberedList memory(scheduler, long_list, Duration::zero());
    const double before = peak_mib();
    const auto whole = runtime::run(scheduler, walk(scheduler, memory, "http://h/", 0, ""));
    const double plain = peak_mib();
    const auto keyed = runtime::run(scheduler, walk(scheduler, memory, "http://h/", 0, "/id"));
    const double with_keys = peak_mib();
    std::printf("a walk of %lld items: %.2f s, peak %.1f MiB (%.1f before it)\n",
                static_cast<long long>(whole.items), whole.seconds, plain, before);
    std::printf("the same with duplicates dropped by key: %.2f s, peak %.1f MiB\n\n", keyed.seconds,
                with_keys);

    NumberedList slow(scheduler, pages * page_size, std::chrono::milliseconds(50));
    server::Server server(scheduler, slow, {});
    if (const auto listening = server.listen(); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    transport::AsioTransport transport(scheduler);
    SeededRng rng(1);
    client::ClientOptions options;
    options.limiter.reset();
    auto client = client::Client::create(scheduler, transport, rng, options);
    const auto url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
    const auto first = runtime::run(scheduler, walk(scheduler, **client, url, 0, ""));
    print("one page after the other", first, first);
    for (const std::size_t prefetch : {2U, 4U, 8U}) {
        const auto ahead = runtime::run(scheduler, walk(scheduler, **client, url, prefetch, ""));
        const auto name = "prefetch " + std::to_string(prefetch);
        print(name.c_str(), ahead, first);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto number = [&](int index, std::int64_t otherwise) {
        return argc > index ? number_behind(argv[index], "", otherwise) : otherwise;
    };
    return measure(number(1, 1000), number(2, 1'000'000));
}
