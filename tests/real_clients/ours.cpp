// The library's own client at the missions of README.md, as its documentation sets it up.
//
//     judged_client MISSION

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/auth/bearer_auth.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/base/uuid.hpp"
#include "apilab/client/client.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/http/json.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "receiver.hpp"

namespace {

using namespace apilab;
using runtime::Task;

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string() : value;
}

http::Url url(const std::string& text) {
    return http::Url::parse(text).value();
}

struct Program {
    runtime::RealScheduler scheduler;
    transport::AsioTransport transport{scheduler, {}};
    SystemRng rng;
    std::unique_ptr<client::Client> client =
        client::Client::create(scheduler, transport, rng).value();
    std::string api = variable("APILAB_API_URL");
    std::size_t workers = 4;
};

Task<void> worker(runtime::Service* service, std::vector<http::Url>* waiting) {
    while (!waiting->empty()) {
        auto next = std::move(waiting->back());
        waiting->pop_back();
        (void)co_await service->call(http::Request::get(std::move(next)), {});
    }
}

Task<void> fetch_all(Program* program, runtime::Service* service, std::vector<http::Url> urls) {
    std::vector<http::Url> waiting(urls.rbegin(), urls.rend());
    runtime::TaskGroup group(program->scheduler);
    for (std::size_t i = 0; i < program->workers; ++i) {
        group.spawn(worker(service, &waiting));
    }
    co_await group.join();
}

Task<void> fetch(Program* program) {
    std::vector<http::Url> urls;
    const auto items = variable("ITEMS");
    for (int n = 1; n <= (items.empty() ? 12 : std::stoi(items)); ++n) {
        urls.push_back(url(fmt::format("{}/items/itm_{:04}", program->api, n)));
    }
    co_await fetch_all(program, program->client.get(), std::move(urls));
}

Task<void> create(Program* program) {
    for (int n = 1; n <= 3; ++n) {
        auto request =
            http::Request::post(url(variable("APILAB_EFFECTS_URL")),
                                fmt::format("{{\"event\":\"release-{}\"}}", n), "application/json");
        (void)co_await program->client->send(std::move(request));
    }
}

Task<void> order(Program* program) {
    const auto login = fmt::format("{{\"user\":{},\"password\":{}}}",
                                   http::json_quote(variable("APILAB_API_USER")),
                                   http::json_quote(variable("APILAB_API_PASSWORD")));
    const auto session = co_await program->client->send(
        http::Request::post(url(program->api + "/session"), login, "application/json"));
    if (!session) {
        co_return;
    }
    const std::string cookie(session->headers().value("set-cookie"));
    for (int n = 1; n <= 3; ++n) {
        auto request = http::Request::post(
            url(program->api + "/orders"),
            fmt::format("{{\"reference\":\"order-{}\",\"sku\":\"left-box\"}}", n),
            "application/json");
        request.header("cookie", cookie.substr(0, cookie.find(';')));
        client::CallOptions options;
        options.idempotency_key = uuid_v4(program->rng);
        (void)co_await program->client->send(std::move(request), std::move(options));
    }
}

Task<void> each_of(Program* program, std::string list, std::string items, std::string place) {
    const auto answer = co_await program->client->get(program->api + list);
    if (!answer || !answer->ok()) {
        co_return;
    }
    const auto document = http::JsonDocument::parse(answer->body());
    if (!document) {
        co_return;
    }
    std::vector<http::Url> urls;
    for (const auto one : document->root()[items].elements()) {
        const auto id = one["id"];
        urls.push_back(url(program->api + place +
                           (id.is_string() ? std::string(id.string_or("")) : id.to_text())));
    }
    co_await fetch_all(program, program->client.get(), std::move(urls));
}

Task<void> pages(Program* program) {
    auto items = data::Pages<std::string>::create(
        *program->client, http::Request::get(url(program->api + "/items/link?limit=40")),
        data::page_rules::github(),
        [](const http::Json& item) -> Result<std::string> { return item.to_text(); });
    while (items) {
        if (auto item = co_await items->next(); !item || !*item) {
            break;
        }
    }
}

Task<void> tokens(Program* program) {
    const auto base = variable("APILAB_OAUTH_URL");
    auth::OAuth2TokenSource source(
        program->scheduler, *program->client, program->rng,
        {.token_url = url(base + "/token"),
         .client_id = variable("APILAB_OAUTH_CLIENT_ID"),
         .client_secret = Secret(variable("APILAB_OAUTH_CLIENT_SECRET")),
         .refresh_token = Secret(variable("APILAB_OAUTH_REFRESH_TOKEN"))});
    auth::BearerAuth service(*program->client, source, url(base).origin());
    std::vector<http::Url> urls;
    for (int n = 1; n <= 24; ++n) {
        urls.push_back(url(fmt::format("{}/documents/{}", base, n)));
    }
    co_await fetch_all(program, &service, std::move(urls));
    co_await source.close();
}

Task<bool> mission(Program* program, std::string name) {
    if (name == "fetch") {
        co_await fetch(program);
    } else if (name == "create") {
        co_await create(program);
    } else if (name == "order") {
        co_await order(program);
    } else if (name == "documents") {
        co_await each_of(program, "/documents", "documents", "/documents/");
    } else if (name == "mirror") {
        co_await each_of(program, "/items/cursor?limit=5", "items", "/items/");
    } else if (name == "pages") {
        co_await pages(program);
    } else if (name == "tokens") {
        co_await tokens(program);
    } else if (name == "receive") {
        co_await judged::receive(&program->scheduler, program->client.get());
    } else {
        co_return false;
    }
    co_return true;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv, argv + argc);
    if (words.size() != 2) {
        std::fprintf(stderr, "judged_client MISSION\n");
        return 2;
    }
    Program program;
    if (const auto workers = variable("WORKERS"); !workers.empty()) {
        program.workers = std::stoul(workers);
    }
    return runtime::run(program.scheduler, mission(&program, std::string(words[1]))) ? 0 : 2;
}
