#include "receiver.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/server/server.hpp"
#include "apilab/work/signature.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace judged {
namespace {

using namespace apilab;
using runtime::Task;

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string() : value;
}

class Receiver final : public runtime::Service {
public:
    Receiver(runtime::RealScheduler& scheduler, client::Client& client)
        : scheduler_(scheduler), client_(client), jobs_(scheduler) {}

    Task<Result<http::Response>> call(http::Request request,
                                      runtime::CallContext /*context*/) override {
        const auto& headers = request.headers();
        if (!verifier_.verify(headers, request.body(), scheduler_.system_now())) {
            co_return http::Response(401);
        }
        if (headers.value("x-github-event") == "ping") {
            co_return http::Response(200);
        }
        const std::string id(headers.value("x-github-delivery"));
        const work::Event event{
            .source = "github", .sender_id = id, .body = request.body(), .id_is_signed = false};
        const auto put =
            store_->put(event, {.kind = "effect", .payload = id}, scheduler_.system_now());
        if (put && put->put == work::Put::stored) {
            jobs_.spawn(work());
        }
        co_return http::Response(put ? 202 : 503);
    }
    [[nodiscard]] Task<void> finish() { return jobs_.join(); }

private:
    Task<void> work() {
        const auto jobs = store_->claim({.limit = 1}, scheduler_.system_now());
        if (!jobs || jobs->empty()) {
            co_return;
        }
        const work::Job job = jobs->front();
        const auto body = fmt::format("{{\"event\":{}}}", http::json_quote(job.payload));
        auto request = http::Request::post(*http::Url::parse(variable("APILAB_EFFECTS_URL")), body,
                                           "application/json");
        if (const auto answer = co_await client_.send(std::move(request)); answer) {
            (void)store_->complete(job.ref, {}, false, scheduler_.system_now());
        }
    }

    runtime::RealScheduler& scheduler_;
    client::Client& client_;
    work::SignatureVerifier verifier_ =
        work::SignatureVerifier::create(work::SignatureScheme::github,
                                        {{Secret(variable("APILAB_GITHUB_WEBHOOK_SECRET"))}})
            .value();
    std::unique_ptr<work::Store> store_ = work::SqliteStore::open(":memory:").value();
    runtime::TaskGroup jobs_;
};

http::Request world(std::string method, std::string body) {
    http::Request request(std::move(method),
                          *http::Url::parse(variable("APILAB_ADMIN_URL") + "/_sandbox/world"));
    request.header("authorization", "Bearer " + variable("APILAB_ADMIN_TOKEN"));
    request.header("content-type", "application/json");
    request.body(std::move(body));
    return request;
}

}  // namespace

Task<void> receive(runtime::RealScheduler* scheduler, client::Client* client) {
    Receiver receiver(*scheduler, *client);
    server::Server server(*scheduler, receiver);
    if (!server.listen()) {
        co_return;
    }
    auto play = world("POST", fmt::format("{{\"base\":\"http://127.0.0.1:{}\"}}", server.port()));
    const auto begun = co_await client->send(std::move(play));
    for (bool playing = begun && begun->ok(); playing;) {
        (void)co_await scheduler->sleep_for(std::chrono::milliseconds(200));
        const auto answer = co_await client->send(world("GET", ""));
        playing = answer && answer->body().contains("playing");
    }
    co_await receiver.finish();
    co_await server.stop(std::chrono::seconds(2));
}

}  // namespace judged
