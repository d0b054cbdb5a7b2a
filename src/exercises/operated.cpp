#include "operated.hpp"

#include <fmt/format.h>

#include <array>

#include "apilab/http/json.hpp"
#include "apilab/work/signature.hpp"

namespace exercise {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
namespace work = apilab::work;
using apilab::http::JsonDocument;

namespace {

constexpr Duration lease = 10s;
constexpr Duration patience = 2s;
constexpr int at_a_time = 4;

std::string event_of(std::string_view body) {
    const auto document = JsonDocument::parse(body);
    return std::string(document ? document->root()["event_id"].string_or("") : "");
}

}  // namespace

Operated::Operated(Lab& lab)
    : lab_(lab),
      store_(or_refuse(work::SqliteStore::open(lab.folder() / "work.db"))),
      key_(secret_of(lab, "APILAB_API_KEY").reveal()) {}

Operated::~Operated() = default;

Task<Result<Response>> Operated::call(Request request, apilab::runtime::CallContext /*context*/) {
    if (request.url().path() == "/readyz") {
        co_return Response(drained_ ? 503 : 200);
    }
    const auto slack = work::SignatureVerifier::create(
        work::SignatureScheme::slack, {{secret_of(lab_, "APILAB_SLACK_SIGNING_SECRET")}});
    if (!slack->verify(request.headers(), request.body(), lab_.system_now())) {
        co_return Response(401);
    }
    const auto id = event_of(request.body());
    const auto put = store_->put({.source = "slack", .sender_id = id, .body = request.body()},
                                 {.kind = "effect", .payload = id}, lab_.system_now());
    co_return Response(put ? 200 : 503);
}

Task<bool> Operated::fetch(Request request) {
    const auto answer = co_await apilab::transport::send(lab_.transport(), std::move(request),
                                                         {.timeouts = {.attempt = patience}});
    co_return answer && answer->ok();
}

Task<void> Operated::do_job(work::Job job) {
    ++under_way_;
    bool good = co_await fetch(lab_.get("/api/items?limit=1").header("x-api-key", key_));
    if (npm_on_) {
        good = good && co_await fetch(lab_.get("/npm/axios/latest"));
    }
    int status = 0;
    if (good) {
        const auto body = fmt::format(R"({{"event":{}}})", apilab::http::json_quote(job.payload));
        const auto answer = co_await apilab::transport::send(
            lab_.transport(), lab_.request("POST", "/effects", body),
            {.timeouts = {.attempt = patience}, .idempotency_key = job.idempotency_key});
        status = answer ? answer->status() : 0;
    }
    const auto now = lab_.system_now();
    if (status / 100 == 2) {
        (void)store_->complete(job.ref, {}, false, now);
    } else if (status / 100 == 4) {
        (void)store_->bury(job.ref, fmt::format("HTTP {}", status), now);
    } else {
        (void)store_->retry(job.ref, now + 2s, 2s, "no effect", now);
    }
    --under_way_;
}

Task<void> Operated::work() {
    while (!closed_ || (!drained_ && store_->next_due("default").value())) {
        const auto jobs =
            drained_
                ? std::vector<work::Job>{}
                : store_->claim({.limit = at_a_time, .lease = lease}, lab_.system_now()).value();
        co_await lab_.side_by_side(jobs.size(),
                                   [&](Lab& /*lab*/, std::size_t i) { return do_job(jobs[i]); });
        co_await lab_.sleep(jobs.empty() ? 200ms : 0ms);
    }
}

Task<std::string> Operated::drain() {
    drained_ = true;
    while (under_way_ > 0) {
        co_await lab_.sleep(50ms);
    }
    co_return "drained";
}

Task<std::string> Operated::rotate() {
    auto request = lab_.request("POST", "/api/keys/rotate");
    request.header("x-api-key", key_);
    const auto answer = co_await apilab::transport::send(lab_.transport(), std::move(request));
    const auto body = JsonDocument::parse(answer ? answer->body() : "");
    if (!body || !body->root()["key"].is_string()) {
        co_return "refused";
    }
    key_ = *body->root()["key"].string();
    co_return "rotated";
}

// Nothing waits in here, so that nobody finds the store closed.
std::string Operated::snapshot(bool back) {
    const fs::path file = lab_.folder() / "work.db";
    const fs::path kept = lab_.folder() / "snapshot.db";
    if (!drained_ || (back && !fs::exists(kept))) {
        return "refused";
    }
    store_.reset();
    fs::copy_file(back ? kept : file, back ? file : kept, fs::copy_options::overwrite_existing);
    store_ = or_refuse(work::SqliteStore::open(file));
    return back ? "restored" : "kept";
}

Task<std::optional<std::string>> Operated::command(std::string line) {
    if (line == "key rotate") {
        co_return co_await rotate();
    }
    if (line == "jobs redrive") {
        const auto many =
            store_->redrive({.state = work::JobState::dead}, 0s, 100, lab_.system_now());
        co_return fmt::format("{} again", many.value_or(0));
    }
    if (line == "queue drain") {
        co_return co_await drain();
    }
    if (line == "queue resume") {
        drained_ = false;
        co_return "resumed";
    }
    if (line == "source off npm" || line == "source on npm") {
        npm_on_ = line == "source on npm";
        co_return npm_on_ ? "on" : "off";
    }
    if (line == "store snapshot" || line == "store restore") {
        co_return snapshot(line == "store restore");
    }
    if (line == "store lose") {
        store_.reset();
        fs::remove(lab_.folder() / "work.db");
        store_ = or_refuse(work::SqliteStore::open(lab_.folder() / "work.db"));
        co_return "lost";
    }
    co_return std::nullopt;
}

std::string configuration_of(Lab& lab) {
    constexpr std::array teams{"platform", "orders", "release", "data"};
    constexpr std::array people{"Mara", "Ilse", "Tomas", "Yusuf"};
    const auto pick = [&lab](const auto& list) {
        return list.at(static_cast<std::size_t>(lab.rng().between(0, std::ssize(list) - 1)));
    };
    const std::string team = pick(teams);
    return fmt::format(
        "name = \"{0}-events\"\nowner = \"team {0}\"\non_call = \"#{0}-on-call, {1}\"\n"
        "dashboard = \"https://grafana.example/d/{2}\"\n\n"
        "[[integration]]\nprovider = \"npm\"\nlimit = \"{3} requests/h\"\n"
        "status_page = \"https://status.example/npm\"\n\n"
        "[[integration]]\nprovider = \"slack\"\nlimit = \"{4} messages/min\"\n"
        "status_page = \"https://status.example/slack\"\n",
        team, pick(people), lab.rng().between(1000, 9999), lab.rng().between(2, 9) * 1000,
        lab.rng().between(20, 60));
}

}  // namespace exercise
