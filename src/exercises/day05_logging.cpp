// Day 5: a log that can be believed
//
// Situation  Some repositories are looked up; some calls fail, some replies are lost on their way.
//            Then somebody asks: what did we send, how often, and what became of it?
// Shows      An event per attempt and per operation; ids on the wire; allowed headers; few labels.
// Run        ./lab learn day05_logging --compare
// Break      --break=log-headers | one-line-per-op | url-as-label | lost-is-failed

#include <boost/json.hpp>
#include <set>
#include "apilab/observe/log_observer.hpp"
#include "exercise.hpp"
#include "telemetry.hpp"

namespace {
using namespace exercise;
using apilab::http::CallRecord;  // what is known of an operation, and in `attempts` of each attempt

const std::set<std::string> loggable = {"accept", "content-type", "user-agent"};
const std::string url_template = "/github/repos/{owner}/{repo}";  // one label for all

std::string event(Lab& lab, const char* name, const CallRecord& call, const Request& request) {
    // A reply that never came is no failure: it may have been applied. `unknown` says so.
    const auto& last = call.attempts.back();
    const bool failed = last.status == 0 && lab.broken("lost-is-failed");
    boost::json::object line{{"event", name},
                             {"operation_id", call.id},
                             {"request_id", request.headers().value("x-request-id")},
                             {"attempts", call.attempts.size()},
                             {"outcome", failed ? "failed" : to_string(last.outcome)},
                             {"status", last.status}};
    for (const auto& [header, value] : request.headers()) {  // what nobody thought of stays out
        if (loggable.contains(header) || lab.broken("log-headers")) {
            line[header] = value;
        }
    }
    return boost::json::serialize(line) + "\n";
}

Task<Result<Response>> logged(Lab& lab, Telemetry& out, Request request) {
    CallRecord call{.id = "op-" + std::to_string(lab.rng().between(1, 1'000'000)), .method = "GET"};
    call.url_template = lab.broken("url-as-label") ? request.url().path() : url_template;
    for (int number = 1;; ++number) {
        request.header("x-request-id", call.id + "." + std::to_string(number));
        auto& attempt = call.attempts.emplace_back();
        auto answer = co_await send(lab.transport(), request, {.attempt = &attempt});
        out.metrics.on_attempt(call, attempt);
        out.log += lab.broken("one-line-per-op") ? "" : event(lab, "attempt", call, request);
        if ((answer && answer->status() < 500) || number == 3) {
            out.metrics.on_call(call);
            out.log += event(lab, "operation", call, request);
            co_return answer;
        }
        co_await lab.sleep(Duration(lab.rng().between(0, 200'000'000)));  // up to 0.2 s
    }
}

// In a hurry: whatever may help, in one line, when it is over.
Task<Result<Response>> printed(Lab& lab, Telemetry& out, Request request) {
    auto answer = co_await send(lab.transport(), request);
    answer = answer ? answer : co_await send(lab.transport(), request);
    out.log += "GET " + request.url().to_string() + (answer ? " ok" : " failed") + " with " +
               std::string(request.headers().value("authorization")) + "\n";
    co_return answer;
}

// The same as `logged` in one line of the library: log and metrics observe its client.
Task<Result<Response>> observed(Lab& lab, Telemetry& /*out*/, Request request) {
    return lab.client().send(std::move(request), {.operation = {.url_template = url_template}});
}

Task<void> look_up(Lab& lab, Task<Result<Response>> (*get)(Lab&, Telemetry&, Request)) {
    Telemetry out;
    apilab::observe::LogObserver log(lab.scheduler(), out.sink());
    lab.observe(log);
    lab.observe(out.metrics);
    for (const Request& request : repositories(lab)) {
        lab.ended(request.url().path(), co_await get(lab, out, request));
    }
    hand_in(lab, out);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day05_logging",
                          .story = "7 repositories are looked up, and a log answers for them",
                          .scenario = "day05-logging",
                          .deadline = std::chrono::minutes(1),
                          .sins = {{"log-headers", "writes the token into the log", "SEC-01"},
                                   {"one-line-per-op", "forgets the attempts", "OBS-04"},
                                   {"url-as-label", "makes a series of every page", "OBS-06"},
                                   {"lost-is-failed", "calls a lost reply a failure", "OBS-05"}},
                          .production = [](Lab& lab) { return look_up(lab, logged); },
                          .naive = [](Lab& lab) { return look_up(lab, printed); },
                          .library = [](Lab& lab) { return look_up(lab, observed); },
                          .numbers = {"attempts logged", "secrets logged"},
                          .client = {.request_id_header = "x-request-id"},
                          .next = "day05_metrics"},
                         argc, argv);
}
