#include "apilab/radar/service/internal/test_parts.hpp"

#include <chrono>
#include <stdexcept>

#include "apilab/radar/service/item.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::radar::internal {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view markup = R"(<img src=x onerror="document.title='broken in'">)";

http::Url url(std::string_view text) {
    return *http::Url::parse(text);
}

template <class T>
T need(Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().to_string());
    }
    return *std::move(result);
}
void need(const Result<void>& result) {
    if (!result) {
        throw std::runtime_error(result.error().to_string());
    }
}

std::unique_ptr<work::WebhookReceiver> make_receiver(runtime::Scheduler& scheduler,
                                                     work::StoreWriter& writer,
                                                     const Config& config) {
    std::vector<work::ReceiverEndpoint> endpoints;
    for (const auto& source : config.webhooks) {
        endpoints.push_back({.sender = source.sender, .secrets = source.secrets, .queue = "radar"});
    }
    return need(work::WebhookReceiver::create(scheduler, writer, std::move(endpoints)));
}

// Makes what a radar has to show.
class Seeder {
public:
    Seeder(TestParts& parts, bool hostile)
        : parts_(parts), store_(parts.store), now_(parts.scheduler.system_now()), bad_(hostile) {}

    void fill() {
        items();
        runs();
        inbox();
        dead_letters();
        effects();
        stories();
        quotas();
        drift();
        need(store_.put_schedule("check", "every 6h", now_ + 4h));
        need(store_.put_schedule("digest", "0 8 * * mon Europe/Berlin", now_ + 70h));
    }

private:
    [[nodiscard]] std::string said(std::string text) const {
        return bad_ ? text + " " + std::string(markup) : text;
    }

    void put(Decision decision, std::string watch, HumanColumns human = {}, bool resolved = false) {
        Item item{.watch = std::move(watch),
                  .decision = std::move(decision),
                  .first_seen = now_ - 50h,
                  .last_seen = now_ - 2h,
                  .revision = 1,
                  .human = std::move(human)};
        item.fingerprint = fingerprint_of(item.decision);
        item.announced = item.decision.score > 400 ? item.fingerprint : "";
        if (resolved) {
            item.resolved = now_ - 2h;
        }
        (void)need(store_.put_document(item_kind, item.key(), item_json(item), {}, now_));
    }

    void items() {
        put({.package = "lodash",
             .installed = {"4.17.11"},
             .direct = true,
             .advisories = {"GHSA-jf85-cpcp-j695", "GHSA-p6mc-m468-83gw"},
             .aliases = {{"GHSA-jf85-cpcp-j695", {"CVE-2019-10744"}}},
             .candidate = "4.17.21",
             .change = Change::in_range,
             .action = Action::upgrade,
             .command = "npm install lodash@4.17.21",
             .score = 491,
             .points = {{said("exposed, fix in range"), 400}, {"CVSS 9.1", 91}},
             .confidence = Confidence::partial,
             .notes = {said("GitHub did not answer: the release notes were not read")},
             .level = Severity::critical},
            "webshop");
        put({.package = "minimist",
             .installed = {"0.0.8", "1.2.0"},
             .advisories = {"GHSA-vh95-rmgr-6w4m"},
             .candidate = "1.2.8",
             .change = Change::minor,
             .action = Action::decide,
             .command = "npm install minimist@1.2.8",
             .score = 213,
             .points = {{"exposed, fix outside the range", 300},
                        {"CVSS 5.6", 56},
                        {"transitive only (x 0.6)", -143}},
             .confidence = Confidence::partial,
             .level = Severity::moderate},
            "webshop");
        put({.package = "request",
             .installed = {"2.88.2"},
             .direct = true,
             .action = Action::mitigate,
             .score = 211,
             .points = {{"exposed, no fix", 150}, {"CVSS 6.1", 61}},
             .notes = {"deprecated: request has been deprecated"},
             .level = Severity::moderate},
            "blog");
        put({.package = "left-pad",
             .installed = {"1.3.0"},
             .direct = true,
             .dev = true,
             .action = Action::watch,
             .score = 24,
             .points = {{"deprecated", 60}, {"development only (x 0.4)", -36}}},
            "blog", {.decision = "accepted", .owner = "Ada"});
        put({.package = "ws",
             .installed = {"7.4.5"},
             .advisories = {"GHSA-6fc8-4gx4-v693"},
             .candidate = "7.4.6",
             .change = Change::in_range,
             .action = Action::upgrade,
             .command = "npm install ws@7.4.6",
             .score = 271,
             .points = {{"exposed, fix in range", 400},
                        {"CVSS 5.3", 53},
                        {"transitive only (x 0.6)", -182}},
             .level = Severity::moderate},
            "blog", {.owner = "Grace", .snooze_until = now_ + 72h});
        put({.package = "y18n", .installed = {"4.0.1"}, .score = 0}, "webshop", {}, true);
    }

    void runs() {
        const RunRecord webshop{
            .watch = "webshop",
            .started = now_ - 2h,
            .finished = now_ - 2h + 14s,
            .why = "schedule",
            .report = R"({"packages":131,"sources":[)"
                      R"({"name":"npm","status":"ok","as_of":"2026-01-01T08:00:00Z","error":null},)"
                      R"({"name":"osv","status":"ok","as_of":"2026-01-01T08:00:00Z","error":null},)"
                      R"({"name":"github","status":"failed","as_of":null,)"
                      R"("error":"rate_limited: 429 after 3 attempts"}]})",
            .last_complete = now_ - 26h};
        const RunRecord blog{
            .watch = "blog",
            .started = now_ - 90min,
            .finished = now_ - 90min + 9s,
            .why = "github push",
            .report =
                R"({"packages":48,"sources":[)"
                R"({"name":"npm","status":"ok","as_of":"2026-01-01T08:30:00Z","error":null},)"
                R"({"name":"osv","status":"ok","as_of":"2026-01-01T08:30:00Z","error":null}]})",
            .complete = true,
            .last_complete = now_ - 90min};
        for (const auto& run : {webshop, blog}) {
            (void)need(store_.put_document(run_kind, run.watch, run_json(run), {}, now_));
        }
    }

    work::Event event(std::string id, std::string type, std::string body) const {
        return {.source = "github",
                .sender_id = std::move(id),
                .type = std::move(type),
                .body = std::move(body),
                .headers = {{"x-hub-signature-256", "sha256=00"}},
                .id_is_signed = false};
    }
    static work::NewJob job() { return {.queue = "radar", .kind = "github", .attempts_max = 3}; }

    void inbox() {
        const std::string body = R"({"ref":"refs/heads/main","repository":"octo/webshop"})";
        (void)need(store_.put(event("72d3162e-cc78", "push", body), job(), now_ - 3h));
        (void)need(store_.put(event("72d3162e-cc78", "push", body), job(), now_ - 2h));
        const auto done = need(store_.claim({.queue = "radar", .worker = "radar-1"}, now_ - 2h));
        (void)need(store_.complete(done.at(0).ref, {}, false, now_ - 2h));
        // The same id with another body, and the body under another id.
        (void)need(store_.put(event("72d3162e-cc78", "push", R"({"ref":"refs/heads/evil"})"), job(),
                              now_ - 80min));
        (void)need(store_.put(event("99999999-dead", said("push"), body), job(), now_ - 70min));
    }

    void dead_letters() {
        for (const auto* what : {"release", "dependabot_alert"}) {
            (void)need(store_.put(event(std::string("0b989ba4-") + what, what,
                                        std::string(R"({"action":"created","n":")") + what + "\"}"),
                                  job(), now_ - 65min));
        }
        for (const auto& taken :
             need(store_.claim({.queue = "radar", .limit = 10, .worker = "radar-1"}, now_ - 1h))) {
            (void)need(store_.bury(taken.ref, said("HTTP 422: no such repository"), now_ - 1h));
        }
    }

    void effects() {
        const auto post = [&](std::string target, std::string key, std::string payload) {
            (void)need(store_.post({.target = std::move(target),
                                    .key = std::move(key),
                                    .payload = std::move(payload),
                                    .send_at = now_ - 1h},
                                   now_ - 1h));
        };
        post("slack", "slack:webshop:5e884898da280471",
             R"({"channel":"C0RADAR","text":"lodash 4.17.11 is exposed"})");
        post("notion", "webshop/lodash#1", R"({"row":"webshop/lodash","revision":1})");
        post("gmail", "weekly-2026-W01", R"({"subject":"Radar, week 1"})");
        for (const auto& message : need(store_.claim_messages({}, 10, 1min, now_ - 30min))) {
            work::MessageChange change{.state = work::MessageState::applied,
                                       .sends = 1,
                                       .external_id = "1767225600.000100"};
            if (message.target == "notion") {
                change.state = work::MessageState::escalated;
                change.unknown_since = now_ - 30min;
                change.look_ups = 6;
                change.reason = said("the answer was lost, and six looks found nothing");
                change.external_id.clear();
            }
            (void)need(store_.settle(message.ref, change, now_ - 20min));
        }
    }

    // Under a clock of their own, so that their waits cost nothing.
    void stories() {
        runtime::VirtualScheduler clock(now_ - 40min);
        transport::ScriptedTransport transport(clock);
        SeededRng rng(5);
        observe::StoryObserver keeper(
            clock, [&](observe::Story story) { parts_.calls.take(std::move(story)); });
        const auto client = need(client::Client::create(clock, transport, rng, {}, {&keeper}));
        const auto get = [&](std::string provider, std::string name, const std::string& path,
                             std::string pattern) {
            clock.advance(3min);
            auto request = http::Request::get(url("https://registry.example" + path));
            request.header("authorization", "Bearer canary-of-a-request");
            (void)runtime::run(clock,
                               client->send(std::move(request),
                                            {.operation = {.provider = std::move(provider),
                                                           .name = std::move(name),
                                                           .url_template = std::move(pattern)}}));
        };
        http::Response good(200, R"({"name":"lodash","dist-tags":{"latest":"4.17.21"}})",
                            {{"content-type", "application/json"}, {"etag", "\"a1\""}});
        http::Response slow(429, "slow down",
                            {{"retry-after", "1"}, {"content-type", "text/plain"}});
        transport.reply(good, 84ms);
        get("npm", "get_packument", "/lodash", "/{package}");
        transport.reply(http::Response(503), 40ms).reply(slow, 25ms).reply(good, 130ms);
        get("npm", "get_packument", "/minimist", "/{package}");
        transport.reply(good, 210ms);
        get("osv", "querybatch", "/v1/querybatch", "/v1/querybatch");
        transport.reply(slow, 60ms).reply(slow, 61ms).reply(slow, 64ms);
        get("github", "list_releases", "/repos/octo/webshop/releases",
            "/repos/{owner}/{repo}/releases");
        transport.reply(http::Response(404, said("not found"), {{"content-type", "text/plain"}}),
                        45ms);
        get("github", "get_contents", "/repos/octo/blog/contents/package-lock.json",
            "/repos/{owner}/{repo}/contents/{+path}");
    }

    void quotas() {
        parts_.transport.reply(http::Response(
            200, "{}",
            {{"content-type", "application/json"},
             {"x-ratelimit-limit", "5000"},
             {"x-ratelimit-remaining", "812"},
             {"x-ratelimit-reset", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                                      (now_ + 30min).time_since_epoch())
                                                      .count())}}));
        parts_.call("github", "rate_limit", "https://api.github.example/rate_limit");
        for (int i = 0; i < 6; ++i) {
            parts_.transport.fail_with(Error(ErrorKind::connect, "connection refused"));
            parts_.call("notion", "query_data_source",
                        "https://api.notion.example/v1/data_sources/1/query");
        }
    }

    void drift() {
        data::DriftReport report;
        report.entries.push_back({.kind = data::DriftKind::new_field,
                                  .pointer = "/dist/attestations",
                                  .pattern = said("/versions/*/dist/attestations"),
                                  .expected = "nothing",
                                  .found = "an object"});
        report.entries.push_back({.kind = data::DriftKind::null,
                                  .pointer = "/0/author",
                                  .pattern = "/*/author",
                                  .expected = "an object",
                                  .found = "null"});
        parts_.drift.add("get_packument", report);
    }

    TestParts& parts_;
    work::Store& store_;
    SystemTime now_;
    bool bad_;
};

}  // namespace

Config test_config() {
    Config config{.address = "127.0.0.1",
                  .urls = {.npm = url("https://registry.example/"),
                           .osv = url("https://osv.example/"),
                           .github = url("https://api.github.example/"),
                           .slack = url("https://slack.example/"),
                           .notion = url("https://api.notion.example/"),
                           .google = url("https://gmail.example/"),
                           .google_token = url("https://oauth.example/token")}};
    config.watches = {{.name = "webshop", .repository = "octo/webshop"},
                      {.name = "blog", .path = "/srv/blog/package-lock.json"}};
    config.github_token = Secret("canary-github-token-1");
    config.slack = SlackSink{.token = Secret("canary-slack-token-2"), .channel = "C0RADAR"};
    config.notion = NotionSink{.token = Secret("canary-notion-token-3"), .data_source = "ds-1"};
    config.webhooks = {{.sender = "github", .secrets = {Secret("canary-webhook-secret-4")}}};
    config.dashboard_token = Secret("canary-dashboard-token-5");
    config.hosts = {"radar.example"};
    config.simulated = true;
    return config;
}

std::vector<std::string> test_canaries() {
    return {"canary-github-token-1",   "canary-slack-token-2",     "canary-notion-token-3",
            "canary-webhook-secret-4", "canary-dashboard-token-5", "canary-of-a-request"};
}

TestParts::TestParts(runtime::Scheduler& its_scheduler, work::Store& its_store, Config its_config,
                     bool own_thread)
    : scheduler(its_scheduler),
      store(its_store),
      config(std::move(its_config)),
      writer(scheduler, store, {.own_thread = own_thread}),
      receiver(make_receiver(scheduler, writer, config)),
      runner(scheduler, writer, rng, {.queue = "radar"}),
      outbox(scheduler, writer, rng),
      ticker(scheduler, writer, rng, {}),
      sweeper(scheduler, writer, rng),
      transport(scheduler),
      stories(scheduler, [this](observe::Story story) { calls.take(std::move(story)); }),
      client(need(client::Client::create(scheduler, transport, rng, {.retry = {.max_attempts = 1}},
                                         {&metrics, &stories}))) {
    transport.otherwise(http::Response::json(200, "{}"));
}

Parts TestParts::parts() {
    return {.scheduler = scheduler,
            .config = config,
            .writer = writer,
            .receiver = *receiver,
            .runner = runner,
            .outbox = outbox,
            .ticker = ticker,
            .sweeper = sweeper,
            .client = *client,
            .metrics = metrics,
            .calls = calls,
            .phase = phase,
            .disk_free = [] { return std::int64_t{8} << 30U; }};
}

void TestParts::call(const std::string& provider, const std::string& operation,
                     const std::string& at) {
    (void)runtime::run(scheduler, client->get(at, {.operation = {.provider = provider,
                                                                 .name = operation,
                                                                 .url_template = url(at).path()}}));
}

void seed(TestParts& parts, bool hostile) {
    Seeder(parts, hostile).fill();
}

}  // namespace apilab::radar::internal
