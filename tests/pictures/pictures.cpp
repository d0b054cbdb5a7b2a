// pictures FOLDER: makes three calls against a sandbox over real sockets and writes what each looks
// like: NAME.ansi (the lines of a terminal, with colours), NAME-light.html, NAME-dark.html.

#include <fmt/core.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/client/client.hpp"
#include "apilab/observe/story_observer.hpp"
#include "apilab/observe/waterfall_html.hpp"
#include "apilab/observe/waterfall_text.hpp"
#include "apilab/observe/why.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/host.hpp"
#include "apilab/sandbox/journal_export.hpp"
#include "apilab/sandbox/scenario.hpp"
#include "apilab/sandbox/world.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "trace_server_side.hpp"

namespace apilab {
namespace {

struct Picture {
    std::string_view name;
    std::string_view scenario;
    std::string_view path;
    bool effect = false;
};

constexpr std::string_view busy = R"(name = "busy"
description = "503 twice"
[[fault]]
where = "npm:*"
what = { status = 503, delay = "30ms" }
when = { first = 2 }
[[fault]]
where = "npm:*"
what = { delay = "90ms" }
when = { nth = 3 }
)";
constexpr std::string_view limited = R"(name = "limited"
description = "429 with Retry-After"
[[fault]]
where = "npm:*"
what = { status = 429, retry_after = "1s", delay = "40ms" }
when = { first = 1 }
[[fault]]
where = "npm:*"
what = { delay = "120ms" }
when = { nth = 2 }
)";
constexpr std::string_view lossy = R"(name = "lossy"
description = "the effect happens and its reply is lost"
[[fault]]
where = "*:POST *"
what = { reset = "after_commit", delay = "60ms" }
when = { first = 1 }
[[fault]]
where = "*:POST *"
what = { delay = "50ms" }
when = { nth = 2 }
)";

Result<void> draw(const Picture& picture, const std::filesystem::path& folder) {
    runtime::RealScheduler scheduler;
    const sandbox::WorldOptions world_options{.seed = 1};
    APILAB_TRY(const auto world, sandbox::make_world(world_options));
    sandbox::SandboxOptions options{.seed = 1};
    APILAB_TRY(options.scenario, sandbox::parse_scenario(picture.scenario));
    options.providers = sandbox::make_providers(world, world_options);
    APILAB_TRY(const auto box, sandbox::Sandbox::make(scheduler, std::move(options)));
    sandbox::SandboxHost host(scheduler, *box, {.port = 0, .admin_port = 0});
    APILAB_CHECK(host.start());

    observe::Story story;
    observe::StoryObserver keeper(scheduler, [&](observe::Story told) { story = std::move(told); });
    transport::AsioTransport transport(scheduler);
    SeededRng rng(5);
    client::ClientOptions how{.request_id_header = "x-request-id"};
    how.retry.transient.base = std::chrono::milliseconds(200);
    APILAB_TRY(const auto client,
               client::Client::create(scheduler, transport, rng, how, {&keeper}));
    APILAB_TRY(auto url, http::Url::parse(host.origin() + std::string(picture.path)));
    if (picture.effect) {
        (void)runtime::run(
            scheduler, client->send(http::Request::post(std::move(url), R"({"event":"ord-1041"})",
                                                        "application/json"),
                                    {.idempotency_key = "ord-1041"}));
    } else {
        (void)runtime::run(scheduler, client->send(http::Request::get(std::move(url))));
    }
    APILAB_TRY(const auto sides,
               cli::server_side_of(story, sandbox::journal_ndjson(box->journal())));
    const auto waterfall = observe::waterfall_of(story, sides);
    const auto path = [&](std::string_view end) {
        return folder / (std::string(picture.name) + std::string(end));
    };
    APILAB_CHECK(write_file_atomically(
        path(".ansi"), observe::waterfall_text(waterfall, {.width = 100, .color = true}) + "\n" +
                           observe::why_text(story)));
    for (const auto theme : {observe::Theme::light, observe::Theme::dark}) {
        APILAB_CHECK(write_file_atomically(
            path(theme == observe::Theme::light ? "-light.html" : "-dark.html"),
            observe::waterfall_html(story, waterfall, {.theme = theme})));
    }
    runtime::run(scheduler, host.stop(Duration::zero()));
    return {};
}

}  // namespace
}  // namespace apilab

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: pictures FOLDER\n");
        return 2;
    }
    for (const apilab::Picture& picture :
         {apilab::Picture{"retry", apilab::busy, "/npm/axios"},
          apilab::Picture{"told-to-wait", apilab::limited, "/npm/axios"},
          apilab::Picture{"reply-lost", apilab::lossy, "/effects", true}}) {
        if (const auto drawn = apilab::draw(picture, argv[1]); !drawn) {
            fmt::print(stderr, "{}: {}\n", picture.name, drawn.error().to_string());
            return 1;
        }
    }
    return 0;
}
