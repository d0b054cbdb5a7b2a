// The bytes of a connection to a whole radar: webhooks, health, metrics, dashboard, actions. The
// first byte says from where they come. Every request has an answer below 500, or one that is
// documented, and nothing is stored: nobody who is drawn here can sign or knows a token.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apilab/base/rng.hpp"
#include "apilab/radar/service/config_load.hpp"
#include "apilab/radar/service/service.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/server/internal/request_reader.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace {

using namespace apilab;
using server::internal::RequestReader;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Nothing that a request says may lead to a call.
class Nobody final : public runtime::Service {
public:
    runtime::Task<Result<http::Response>> call(http::Request /*request*/,
                                               runtime::CallContext /*context*/) override {
        std::abort();
        co_return http::Response(500);
    }
};

radar::Config config() {
    auto loaded =
        radar::load_config({.text = "simulated = true\n",
                            .environment = {{"RADAR_GITHUB_WEBHOOK_SECRET", "a secret of GitHub"},
                                            {"RADAR_SLACK_WEBHOOK_SECRET", "a secret of Slack"},
                                            {"RADAR_NOTION_WEBHOOK_SECRET", "a secret of Notion"},
                                            {"RADAR_STRIPE_WEBHOOK_SECRET", "whsec_of_stripe"},
                                            {"RADAR_STANDARD_WEBHOOK_SECRET",
                                             "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="},
                                            {"RADAR_DASHBOARD_TOKEN", "a token of the dashboard"},
                                            {"RADAR_HOSTS", "radar.example"},
                                            {"APILAB_NPM_URL", "http://sandbox.test/npm"},
                                            {"RADAR_WATCH", "shop=/nowhere/package-lock.json"}}});
    return std::move(loaded.config).value();
}

struct Box {
    runtime::VirtualScheduler scheduler;
    SeededRng rng{1};
    Nobody nobody;
    std::unique_ptr<work::SqliteStore> store =
        work::SqliteStore::open(":memory:", {.busy_timeout = {}}).value();
    std::unique_ptr<radar::RadarService> radar =
        radar::RadarService::create(config(), {.scheduler = scheduler,
                                               .rng = rng,
                                               .transport = nobody,
                                               .store = *store,
                                               .folder = {},
                                               .own_thread = false,
                                               .log = {},
                                               .disk_free = {}})
            .value();
};

void answer(Box& box, http::Request request, const std::string& peer) {
    const bool probes = request.url().path() == "/readyz";  // not started: 503 is right
    runtime::CallContext context;
    context.inbound = runtime::Inbound{.peer_address = peer};
    const auto got = runtime::run(box.scheduler, static_cast<runtime::Service&>(box.radar->web())
                                                     .call(std::move(request), std::move(context)));
    require(got.has_value());
    // 501: events want an answer that goes on.
    require((got->status() >= 200 && got->status() < 500) || got->status() == 501 ||
            (probes && got->status() == 503));
}

void stored_nothing(Box& box) {
    require(box.store->jobs({}, 1)->empty());
    require(box.store->messages({}, 1)->empty());
    require(box.store->documents("audit", {}, 1)->empty());
    require(box.store->documents("item", {}, 1)->empty());
    require(box.store->paused()->empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    static Box box;
    const std::string peer = data[0] % 2 == 0 ? "127.0.0.1" : "203.0.113.9";
    RequestReader reader({.header_bytes_max = 8192, .body_bytes_max = 65536}, "http",
                         "127.0.0.1:8080");
    reader.feed({reinterpret_cast<const char*>(data) + 1, size - 1});
    while (reader.state() == RequestReader::State::complete) {
        answer(box, reader.take(), peer);
        reader.next();
    }
    stored_nothing(box);
    return 0;
}
