#include "game_day.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "apilab/auth/oauth2.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/link.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/signature.hpp"

namespace exercise {
namespace {

using namespace apilab;
using namespace std::chrono_literals;
using http::JsonDocument;

constexpr int incidents = 6;
constexpr Duration apart = 30min;  // from one's earliest begin to the next one's
constexpr Duration day = incidents * apart;
constexpr Duration event_every = 30s;
constexpr Duration retry_every = 1min;
constexpr int attempts_max = 10;
constexpr int asks_max = 3;  // for one event that did not arrive
constexpr Duration patience = 2s;

/// What can happen. Each is seen on the board, and cured by a switch.
const std::vector<Incident>& kinds() {
    static const std::vector<Incident> all{
        {.name = "silence github",
         .cure = "reconcile",
         .where = "github:*",
         .what = R"({"webhook":"lost"})"},
        {.name = "limit npm",
         .cure = "leave npm",
         .where = "npm:*",
         .what = R"({"limit":"primary","retry_after":"60s"})"},
        {.name = "drift npm",
         .cure = "leave npm",
         .where = "npm:*",
         .what = R"({"drift":[{"op":"null","pointer":"/version"}]})"},
        {.name = "down osv", .cure = "leave osv", .where = "osv:*", .what = R"({"status":503})"},
        {.name = "another page osv",
         .cure = "leave osv",
         .where = "osv:*",
         .what = R"({"corrupt":"html"})"},
        {.name = "hangs github",
         .cure = "leave github",
         .where = "github:GET /advisories",
         .what = R"({"stall":{"at":"headers"}})"},
        {.name = "dead token oauth",
         .cure = "rotate",
         .where = "oauth:GET /documents/{id}",
         .what = R"({"auth":"expire"})",
         .times = 1},
        {.name = "lost replies effects",
         .cure = "leave effects",
         .where = "effects:*",
         .what = R"({"reset":"after_commit"})"}};
    return all;
}

// Silence and five of the others, in any order, each somewhere in its half-hour.
std::vector<Incident> draw(Rng& rng) {
    auto drawn = kinds();
    const auto shuffle = [&rng, &drawn](std::size_t from) {
        for (std::size_t i = drawn.size() - 1; i > from; --i) {
            const auto other =
                rng.between(static_cast<std::int64_t>(from), static_cast<std::int64_t>(i));
            std::swap(drawn[i], drawn[static_cast<std::size_t>(other)]);
        }
    };
    shuffle(1);
    drawn.resize(incidents);
    shuffle(0);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        drawn[i].from = static_cast<int>(i) * apart + rng.between(120, 600) * 1s;
        drawn[i].until = drawn[i].from + rng.between(720, 900) * 1s;
    }
    return drawn;
}

struct Job {
    std::string guid;
    int attempts = 0;
    SteadyTime due;
};

// What a look at the board finds, for whoever wants to name it before reading on.
std::string unusual_of(const Board& board) {
    std::string text;
    for (const auto& [what, times] : board.attempts) {
        if (!what.ends_with(" ok")) {
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", what, times);
        }
    }
    if (board.silent > 2 * event_every) {
        text += fmt::format("{}no webhook for {} s", text.empty() ? "" : "; ", board.silent / 1s);
    }
    return text;
}

class GameDay final : public runtime::Service, public Desk {
public:
    explicit GameDay(Lab& lab) : lab_(lab), begun_(lab.now()), heard_(lab.now()) {}

    // --- the service
    Task<Result<Response>> call(Request request, runtime::CallContext /*context*/) override {
        const auto verifier =
            work::SignatureVerifier::create(work::SignatureScheme::github, {{secret_}});
        if (!verifier->verify(request.headers(), request.body(), lab_.system_now())) {
            co_return Response(401);
        }
        heard_ = lab_.now();
        const std::string guid(request.headers().value("x-github-delivery"));
        if (request.headers().value("x-github-event") != "ping" && archive_.insert(guid).second) {
            jobs_.push_back({.guid = guid, .due = lab_.now()});
        }
        co_return Response(200);
    }
    Task<void> work_until_over();
    Task<void> write_issues();
    [[nodiscard]] Task<Result<void>> subscribe();
    void end_day(const std::vector<Incident>& truth);
    void close() { over_ = true; }

    // --- the desk
    Lab& lab() override { return lab_; }
    bool over() const override { return over_; }
    Board look() const override;
    void write_down(const std::string& name) override {
        log_.push_back({lab_.now() - begun_, name, unusual_of(look())});
    }
    void leave(const std::string& source) override { left_.insert(source); }
    void take_back(const std::string& source) override { left_.erase(source); }
    Task<bool> probe(std::string source) override {
        // A write is its own probe: what is to be written is written, and waits no more.
        return source == "effects" ? probe_effects() : ask(std::move(source), "axios");
    }
    Task<void> rotate() override;
    Task<void> reconcile() override;
    void restart() override {
        known_.clear();
        left_.clear();
    }

private:
    [[nodiscard]] Task<bool> ask(std::string source, std::string package);
    [[nodiscard]] Task<bool> write(std::string guid);
    [[nodiscard]] Task<bool> do_job(Job job);
    [[nodiscard]] Task<bool> probe_effects();
    [[nodiscard]] Task<Result<std::string>> ask_for_page(Request page);
    [[nodiscard]] std::string symptom_of(const std::string& source, const Result<Response>& answer);
    [[nodiscard]] Request github(std::string method, const std::string& path,
                                 std::string body = {}) {
        return bearing(secret_of(lab_, "APILAB_GITHUB_TOKEN"),
                       lab_.request(std::move(method), "/github" + path, std::move(body)));
    }
    void note(std::string what) { ring_.emplace_back(lab_.now(), std::move(what)); }

    Lab& lab_;
    SteadyTime begun_;
    bool over_ = false;
    Secret secret_{fmt::format("{:016x}{:016x}", lab_.rng().next(), lab_.rng().next())};
    std::string hook_;
    auth::OAuth2Options client_ = oauth2_client(lab_, "oauth", "");
    Secret token_;
    SteadyTime renew_at_;
    /// A database, in earnest (day07_async_triggers).
    std::set<std::string> archive_;
    std::deque<Job> jobs_;
    std::vector<Job> dead_;
    std::size_t done_ = 0;
    std::map<std::string, int> asked_;
    std::map<std::string, std::string> known_;
    std::set<std::string> left_;
    /// How attempts ended, of the last minute.
    mutable std::deque<std::pair<SteadyTime, std::string>> ring_;
    SteadyTime heard_;
    struct Line {
        Duration at;
        std::string name;
        std::string board;
    };
    std::vector<Line> log_;
};

Board GameDay::look() const {
    while (!ring_.empty() && ring_.front().first < lab_.now() - 1min) {
        ring_.pop_front();
    }
    Board board{.attempts = {},
                .silent = lab_.now() - heard_,
                .waiting = jobs_.size(),
                .dead = dead_.size()};
    for (const auto& [at, what] : ring_) {
        ++board.attempts[what];
    }
    return board;
}

std::string GameDay::symptom_of(const std::string& source, const Result<Response>& answer) {
    if (!answer) {
        return source == "effects" ? "unknown" : "no answer";
    }
    if (!answer->ok()) {
        return std::to_string(answer->status());
    }
    if (source == "oauth" || source == "effects") {
        return "ok";
    }
    if (!JsonDocument::parse(answer->body())) {
        return "no JSON";
    }
    return shown_of(source, *answer) ? "ok" : "not as promised";
}

Task<bool> GameDay::ask(std::string source, std::string package) {
    Request request = source == "oauth" ? bearing(token_, lab_.get("/oauth/documents/brief"))
                                        : about(lab_, source, package);
    const auto answer = co_await transport::send(lab_.transport(), std::move(request),
                                                 {.timeouts = {.attempt = patience}});
    const auto symptom = symptom_of(source, answer);
    note(source + " " + symptom);
    if (symptom == "ok") {
        known_[source] = answer->body();
    }
    co_return symptom == "ok";
}

// Under the event's own key: however often, once.
Task<bool> GameDay::write(std::string guid) {
    const auto body = fmt::format(R"({{"event":{}}})", http::json_quote(guid));
    auto request = lab_.request("POST", "/effects", body).header("idempotency-key", guid);
    const auto answer = co_await transport::send(lab_.transport(), std::move(request),
                                                 {.timeouts = {.attempt = patience}});
    note("effects " + symptom_of("effects", answer));
    co_return answer && answer->ok();
}

Task<bool> GameDay::probe_effects() {
    if (jobs_.empty() || !co_await write(jobs_.front().guid)) {
        co_return false;
    }
    co_return true;
}

Task<bool> GameDay::do_job(Job job) {
    const char* package = job.guid.back() % 2 == 0 ? "axios" : "lodash";
    for (const char* source : {"npm", "osv", "github", "oauth"}) {
        const bool stale = left_.contains(source) && known_.contains(source);
        if (!stale && !co_await ask(source, package)) {
            co_return false;
        }
    }
    co_return co_await write(job.guid);
}

Task<void> GameDay::work_until_over() {
    const SteadyTime last = begun_ + day + 30min;
    while (lab_.now() < last && !(over_ && jobs_.empty())) {
        if (lab_.now() >= renew_at_) {
            co_await rotate();
        }
        for (std::size_t left = jobs_.size(); left > 0; --left) {
            Job job = jobs_.front();
            jobs_.pop_front();
            if (job.due > lab_.now() || left_.contains("effects")) {
                jobs_.push_back(job);
                continue;
            }
            if (co_await do_job(job)) {
                ++done_;
            } else if (++job.attempts == attempts_max) {
                dead_.push_back(job);
            } else {
                job.due = lab_.now() + retry_every;
                jobs_.push_back(job);
            }
        }
        co_await lab_.sleep(5s);
    }
}

Task<void> GameDay::write_issues() {
    for (int i = 1; lab_.now() < begun_ + day; ++i) {
        const auto body = fmt::format(R"({{"title":"issue {}"}})", i);
        lab_.ended("issue",
                   co_await transport::send(lab_.transport(),
                                            github("POST", "/repos/octo/hello/issues", body)));
        co_await lab_.sleep(event_every);
    }
    close();
}

Task<Result<void>> GameDay::subscribe() {
    const auto body =
        fmt::format(R"({{"events":["issues"],"config":{{"url":"http://127.0.0.1:8080/github",)"
                    R"("content_type":"json","secret":{}}}}})",
                    http::json_quote(secret_.reveal()));
    APILAB_CO_TRY(const auto answer,
                  co_await transport::send(lab_.transport(),
                                           github("POST", "/repos/octo/hello/hooks", body)));
    APILAB_CO_TRY(const auto made, JsonDocument::parse(answer.body()));
    hook_ = fmt::format("/repos/octo/hello/hooks/{}", made.root()["id"].integer().value_or(0));
    co_return Result<void>();
}

Task<void> GameDay::rotate() {
    const SteadyTime asked = lab_.now();
    const auto fresh = auth::read_token_answer(
        co_await transport::send(lab_.transport(), token_request(client_, Secret())));
    if (fresh) {
        token_ = fresh->access_token;
        renew_at_ = asked + fresh->lifetime.value_or(1h) - 1min;
    } else {
        renew_at_ = asked + 1min;
    }
}

// Returns the address of the next page.
Task<Result<std::string>> GameDay::ask_for_page(Request page) {
    APILAB_CO_TRY(const auto answer, co_await transport::send(lab_.transport(), std::move(page)));
    APILAB_CO_TRY(const auto list, JsonDocument::parse(answer.body()));
    for (const auto item : list.root().elements()) {
        const std::string guid(item["guid"].string_or(""));
        const bool here = archive_.contains(guid) || item["event"].string() == "ping";
        if (!here && asked_[guid] < asks_max) {
            asked_[guid] += 1;
            (void)co_await transport::send(
                lab_.transport(), github("POST", fmt::format("{}/deliveries/{}/attempts", hook_,
                                                             item["id"].integer().value_or(0))));
            co_await lab_.sleep(1s);
        }
    }
    co_return http::find_link(answer.headers(), "next").value_or("");
}

Task<void> GameDay::reconcile() {
    constexpr int pages_max = 20;
    Request page = github("GET", hook_ + "/deliveries?per_page=100");
    for (int i = 0; i < pages_max; ++i) {
        const auto next = co_await ask_for_page(page);
        if (!next || next->empty()) {
            break;
        }
        page.url(or_refuse(page.url().resolve(*next)));
    }
}

void GameDay::end_day(const std::vector<Incident>& truth) {
    std::string log;
    std::string shown = "  the incident log: what the board said | what it was called\n";
    for (const auto& [at, name, board] : log_) {
        log += fmt::format("{} {}\n", at / 1ms, name);
        shown += fmt::format("  {:02}:{:02}:{:02}  {:<38} | {}\n", at / 1h, at / 1min % 60,
                             at / 1s % 60, board, name);
    }
    lab_.hand_in("incident log", log);
    lab_.show(shown);
    std::int64_t named = 0;
    std::vector<Duration> after;
    for (const auto& incident : truth) {
        const auto found = std::ranges::find_if(log_, [&](const auto& line) {
            return line.at >= incident.from && line.at <= incident.until;
        });
        named += found != log_.end() && found->name == incident.name ? 1 : 0;
        after.push_back(found == log_.end() ? day : found->at - incident.from);
    }
    std::ranges::sort(after);
    lab_.number("named", named);
    lab_.number("median s", after[(after.size() - 1) / 2] / 1s);
    lab_.number("alarms", std::ssize(log_));
    lab_.number("dead", std::ssize(dead_) + std::ssize(jobs_));
}

Task<void> live_through(Lab& lab, GameDay& service, Task<void> (*on_duty)(Desk&)) {
    (void)or_refuse(co_await service.subscribe());
    co_await service.rotate();
    co_await lab.side_by_side(3, [&](Lab& /*lab*/, std::size_t part) {
        return part == 0   ? service.write_issues()
               : part == 1 ? service.work_until_over()
                           : on_duty(service);
    });
}

}  // namespace

Task<void> game_day(Lab& lab, Task<void> (*on_duty)(Desk&)) {
    const auto truth = draw(lab.rng());
    lab.befall(truth);
    GameDay service(lab);
    co_await lab.be_told(service, live_through(lab, service, on_duty));
    service.end_day(truth);
}

}  // namespace exercise
