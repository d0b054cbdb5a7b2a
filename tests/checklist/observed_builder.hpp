#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checklist/observed.hpp"

// What a run might have seen, made by hand: only what a test is about is said, the rest is as on a
// good day.
//
//     const auto seen = Seen()
//         .file("tests/a_test.cpp", "TEST(A, b)\n")
//         .with(Ran("flaky")
//             .check("RTY-03", sandbox::Verdict::pass, "3 were refused, none sent again")
//             .row(Row("github", "GET", "/user").status(503).at(10ms).fault("status"))
//             .row(Row("github", "GET", "/user").at(250ms))
//             .log(R"({"event":"attempt","status":503})"))
//         .made();
namespace apilab::cli::checklist {

/// Episodes of tests begin here.
constexpr SteadyTime test_start{std::chrono::seconds(1000)};

/// One request and its answer: 200 after 5 ms over a connection of its own.
class Row {
public:
    Row(std::string_view provider, std::string_view method, std::string_view path) {
        row_.provider = provider;
        row_.method = method;
        row_.path = path;
        row_.operation = std::string(method) + " " + std::string(path);
        row_.identity = std::string(provider) + " " + row_.operation;
        row_.effect = method == "GET" ? http::Effect::read : http::Effect::write;
        row_.status = 200;
        row_.bytes_out = 100;
        at(Duration::zero());
    }
    Row& at(Duration since_start) {
        row_.first_byte = row_.complete = test_start + since_start;
        return took(took_);
    }
    Row& took(Duration duration) {
        took_ = duration;
        row_.finished = row_.first_byte + duration;
        return *this;
    }
    /// Nobody had gone away when the run was over.
    Row& open() {
        row_.finished.reset();
        return *this;
    }
    Row& status(int status) {
        row_.status = status;
        return *this;
    }
    /// Nothing of an answer, and the client went away in the end.
    Row& silent() {
        row_.status = 0;
        row_.bytes_out = 0;
        row_.peer_closed = true;
        return fault("stall");
    }
    /// The client closed before the answer was whole.
    Row& left() {
        row_.peer_closed = true;
        return *this;
    }
    /// The answer was lost on its way.
    Row& cut() {
        row_.cut = true;
        return *this;
    }
    Row& fault(std::string_view kind) {
        row_.decision = sandbox::Exchange::Decision::fault;
        row_.faults.push_back({std::string("f-") + std::string(kind), std::string(kind)});
        return *this;
    }
    /// `Retry-After` of the answer.
    Row& announced(Duration wait) {
        row_.announced = wait;
        return *this;
    }
    /// `Retry-After` was this date.
    Row& until(Duration since_start) {
        row_.announced = std::chrono::seconds(1);
        row_.announced_until = test_start + since_start;
        return *this;
    }
    Row& header(std::string_view name, std::string_view value) {
        headers_.set(std::string(name), std::string(value));
        return *this;
    }
    Row& fact(const std::string& name, std::string_view value) {
        row_.facts[name] = value;
        return *this;
    }
    Row& operation(std::string_view name) {
        row_.operation = name;
        return *this;
    }
    Row& identity(std::string_view text) {
        row_.identity = text;
        return *this;
    }
    Row& effect(http::Effect effect) {
        row_.effect = effect;
        return *this;
    }
    Row& key(std::string_view idempotency_key) {
        row_.idempotency_key = idempotency_key;
        return *this;
    }
    Row& body(std::string_view sha256) {
        row_.body_sha256 = sha256;
        return *this;
    }
    Row& query(std::string_view text) {
        row_.query = text;
        return *this;
    }
    Row& applied() {
        row_.applied = true;
        return *this;
    }
    Row& bytes_out(std::uint64_t bytes) {
        row_.bytes_out = bytes;
        return *this;
    }
    /// `request`: the how manieth over it, from 1.
    Row& connection(std::uint64_t number, std::uint64_t request) {
        row_.connection = number;
        row_.request_on_connection = request;
        return *this;
    }
    [[nodiscard]] sandbox::Exchange made(std::uint64_t seq) const {
        auto row = row_;
        row.seq = seq;
        if (row.connection == 0) {
            row.connection = seq;
            row.request_on_connection = 1;
        }
        row.headers = std::make_shared<const http::Headers>(headers_);
        return row;
    }

private:
    sandbox::Exchange row_;
    http::Headers headers_;
    Duration took_ = std::chrono::milliseconds(5);
};

/// One delivery of a webhook: genuine, the first of its event, answered 202 after 5 ms.
class Told {
public:
    Told(std::string_view from, std::string_view event, std::string_view type = "push") {
        row_.from = from;
        row_.method = "POST";
        row_.path = "/webhooks/" + std::string(from);
        row_.status = 202;
        row_.facts = {{"event", std::string(event)},
                      {"truth", "genuine"},
                      {"copy", "first"},
                      {"attempt", "1"},
                      {"type", std::string(type)}};
        at(Duration::zero());
    }
    Told& at(Duration since_start) {
        row_.sent = test_start + since_start;
        return took(took_);
    }
    Told& took(Duration duration) {
        took_ = duration;
        row_.finished = row_.sent + duration;
        return *this;
    }
    /// 0: nobody answered.
    Told& status(int status) {
        row_.status = status;
        return *this;
    }
    Told& fact(const std::string& name, std::string_view value = "yes") {
        row_.facts[name] = value;
        return *this;
    }
    Told& copy(std::string_view kind) { return fact("copy", kind); }
    Told& truth(std::string_view kind) { return fact("truth", kind); }
    [[nodiscard]] sandbox::Outbound made(std::uint64_t seq) const {
        auto row = row_;
        row.seq = seq;
        return row;
    }

private:
    sandbox::Outbound row_;
    Duration took_ = std::chrono::milliseconds(5);
};

/// An episode. Rows and deliveries are numbered from 1 in the order in which they are added.
class Ran {
public:
    explicit Ran(std::string_view id) {
        episode_.id = id;
        episode_.began = test_start;
    }
    Ran& trouble(std::string_view why) {
        episode_.trouble = why;
        return *this;
    }
    Ran& check(std::string_view id, sandbox::Verdict verdict, std::string_view sentence,
               std::vector<std::uint64_t> rows = {}) {
        sandbox::CheckResult check;
        check.card.id = id;
        check.finding.verdict = verdict;
        check.finding.sentence = sentence;
        check.finding.rows = std::move(rows);
        episode_.checks.push_back(std::move(check));
        return *this;
    }
    Ran& row(const Row& row) {
        episode_.rows.push_back(row.made(++seq_));
        return *this;
    }
    Ran& rows(int count, const Row& row) {
        for (int i = 0; i < count; ++i) {
            episode_.rows.push_back(row.made(++seq_));
        }
        return *this;
    }
    /// A delivery, and how the service answered it.
    Ran& delivery(std::string_view from, int status,
                  std::map<std::string, std::string> facts = {}) {
        sandbox::Outbound out;
        out.seq = ++seq_;
        out.from = from;
        out.method = "POST";
        out.path = "/webhooks/" + std::string(from);
        out.sent = test_start;
        out.finished = test_start + std::chrono::milliseconds(5);
        out.status = status;
        out.facts = std::move(facts);
        episode_.outbound.push_back(std::move(out));
        return *this;
    }
    Ran& told(const Told& told) {
        episode_.outbound.push_back(told.made(++seq_));
        return *this;
    }
    /// As the engine notes that it killed the service: what follows came after it.
    Ran& killed() { return killed_at(Duration::zero()); }
    Ran& killed_at(Duration since_start) {
        sandbox::Outbound out;
        out.seq = ++seq_;
        out.from = "kill";
        out.sent = test_start + since_start;
        out.finished = out.sent;
        episode_.outbound.push_back(std::move(out));
        return *this;
    }
    Ran& number(const std::string& name, std::int64_t value) {
        episode_.numbers[name] = value;
        return *this;
    }
    Ran& probe(std::string_view what, int status, std::string_view body = {}) {
        Probe probe;
        probe.what = what;
        probe.status = status;
        probe.body = body;
        probe.took = std::chrono::milliseconds(2);
        episode_.probes.push_back(std::move(probe));
        return *this;
    }
    /// When the last probe was sent, since the episode began.
    Ran& probed_at(Duration at) {
        episode_.probes.back().at = at;
        return *this;
    }
    /// An answer of that type to a probe.
    Ran& page(std::string_view what, std::string_view type, std::string_view body) {
        probe(what, 200, body);
        episode_.probes.back().headers.emplace_back("content-type", type);
        return *this;
    }
    /// The next life: ready within 200 ms, reachable, ended by SIGTERM in time with 0.
    Ran& life(Life life = good_life()) {
        episode_.lives.push_back(std::move(life));
        return *this;
    }
    /// A line of the last life; there is one at least.
    Ran& log(std::string_view line) {
        if (episode_.lives.empty()) {
            life();
        }
        episode_.lives.back().log.emplace_back(line);
        return *this;
    }
    /// When its last step was over, since it began.
    Ran& over(Duration at) {
        episode_.over = test_start + at;
        return *this;
    }
    Ran& metrics(std::string_view text) {
        episode_.metrics = text;
        return *this;
    }
    [[nodiscard]] Episode made() const { return episode_; }

    static Life good_life() {
        Life life;
        life.port = 4000;
        life.ready = std::chrono::milliseconds(200);
        life.exit_code = 0;
        life.signal = 15;
        life.end_took = std::chrono::milliseconds(300);
        life.reachable = true;
        return life;
    }

private:
    Episode episode_;
    std::uint64_t seq_ = 0;
};

class Seen {
public:
    Seen& with(const Ran& ran) {
        const auto episode = ran.made();
        seen_.episodes[episode.id] = episode;
        return *this;
    }
    Seen& file(std::string_view path, std::string_view text) {
        seen_.files.push_back({std::string(path), std::string(text)});
        return *this;
    }
    Seen& manifest(Manifest manifest, std::string_view text = {}) {
        seen_.manifest = std::move(manifest);
        seen_.manifest_text = text;
        return *this;
    }
    /// A row of the inventory with everything in it.
    Seen& integration(Integration integration) {
        seen_.manifest.integrations.push_back(std::move(integration));
        return *this;
    }
    Seen& finding(deploy::Finding finding) {
        seen_.deployment.push_back(std::move(finding));
        return *this;
    }
    [[nodiscard]] Observed made() const { return seen_; }

    static Integration good(std::string_view provider) {
        Integration one;
        one.provider = provider;
        one.role = "reads releases";
        one.data = "names and versions";
        one.sensitivity = "public";
        one.environments = {"test", "live"};
        one.api_version = "2022-11-28";
        one.status_page = "https://status.example";
        one.support = "support@example";
        one.changelog = "Mara";
        one.fallback = "queue";
        one.calls_per_day = 500;
        one.cost = "none";
        one.limit = "5000 requests/h";
        one.timeout = "call 10 s (p99.9 2.1 s)";
        one.consent = "none";
        return one;
    }

private:
    Observed seen_;
};

}  // namespace apilab::cli::checklist
