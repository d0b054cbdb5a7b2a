// Day 5: is it us, or is it them?
//
// Situation  "It was slow this morning." Some of it they asked for (429), some was our own backing
//            off, some an answer that took its time. No line of a log adds that up.
// Shows      Attempts per operation, waits by cause, templates behind a guard, buckets that fit.
// Run        ./lab learn day05_metrics --compare      (the answer: above the verdict)
// Break      --break=last-attempt-only | one-cause | no-guard | buckets-in-ms

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apilab/http/retry_after.hpp"
#include "telemetry.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
using apilab::http::CallRecord;
using apilab::http::WaitCause;
using apilab::http::WaitRecord;
using apilab::observe::MetricsObserver;

// A repository and its releases, one after the other.
std::vector<Request> questions(Lab& lab) {
    std::vector<Request> all;
    for (const Request& repository : repositories(lab)) {
        auto releases = repository;
        releases.url(
            or_refuse(apilab::http::Url::parse(repository.url().to_string() + "/releases")));
        all.push_back(repository);
        all.push_back(std::move(releases));
    }
    return all;
}

// The guard: a label is one of those that stand here. A path that nobody thought of is `other`, and
// never a series of its own.
std::string label_of(Lab& lab, const std::string& path) {
    const auto slashes = std::ranges::count(path, '/');
    if (lab.broken("no-guard")) {
        return path;
    }
    return slashes == 4 ? "/github/repos/{owner}/{repo}" : "other";
}

// Bounds around what is expected: a bucket may be wide, but not four times what is in it. Those of
// the library are OpenTelemetry's, from 5 ms to 10 s. In the unit of the name: seconds.
apilab::observe::MetricsOptions buckets(Lab& lab) {
    apilab::observe::MetricsOptions options;
    for (double& bound : options.buckets) {
        bound *= lab.broken("buckets-in-ms") ? 1000 : 1;
    }
    return options;
}

// Who made us wait? What the answer asked for is theirs, whatever we would have waited ourselves.
WaitRecord next_wait(Lab& lab, const Result<Response>& answer, int attempt) {
    WaitRecord wait{.after_attempt = attempt, .cause = WaitCause::backoff, .started = lab.now()};
    wait.planned = Duration(lab.rng().between(0, Duration(200ms).count()));
    if (answer) {
        const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now()).wait;
        if (said && *said > wait.planned) {
            wait.planned = *said;
            wait.cause = lab.broken("one-cause") ? WaitCause::backoff : WaitCause::retry_after;
        }
    }
    return wait;
}

bool final_answer(const Result<Response>& answer, int attempt) {
    return attempt == 4 || (answer && answer->status() < 500 && answer->status() != 429);
}

Task<Result<Response>> measured(Lab& lab, MetricsObserver& metrics, Request request) {
    CallRecord call{.id = fmt::format("op-{}", lab.rng().between(1, 1'000'000'000)),
                    .method = "GET"};
    call.url_template = label_of(lab, request.url().path());
    call.origin = request.url().origin();
    for (int number = 1;; ++number) {
        request.header("x-request-id", apilab::http::request_id(call, number));
        auto& attempt = call.attempts.emplace_back();
        auto answer = co_await send(lab.transport(), request, {.attempt = &attempt});
        metrics.on_attempt(call, attempt);
        if (final_answer(answer, number)) {
            if (lab.broken("last-attempt-only")) {
                call.attempts.erase(call.attempts.begin(), call.attempts.end() - 1);
            }
            call.status = call.attempts.back().status;
            metrics.on_call(call);
            co_return answer;
        }
        auto wait = next_wait(lab, answer, number);
        co_await lab.sleep(wait.planned);
        wait.elapsed = lab.now() - wait.started;
        metrics.on_wait(call, wait);
    }
}

// The same as `measured` in one line of the library, which is told by the client.
Task<Result<Response>> observed(Lab& lab, MetricsObserver& /*metrics*/, Request request) {
    const auto label = label_of(lab, request.url().path());
    return lab.client().send(std::move(request), {.operation = {.url_template = label}});
}

// The lines that answer the question, as Prometheus would read them.
void answer_the_question(Lab& lab, const std::string& text) {
    std::string_view rest = text;
    std::string shown;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end);
        if (line.starts_with("apilab_client_wait") ||
            line.starts_with("apilab_client_operation_attempts_sum") ||
            line.starts_with("apilab_client_operation_attempts_count")) {
            shown += fmt::format("  {}", line);
        }
    }
    lab.show(shown);
}

Task<void> ask(Lab& lab, Task<Result<Response>> (*get)(Lab&, MetricsObserver&, Request)) {
    MetricsObserver metrics(buckets(lab));
    lab.observe(metrics);
    for (const Request& request : questions(lab)) {
        lab.ended(request.url().path(), co_await get(lab, metrics, request));
    }
    const auto text = metrics.text();
    answer_the_question(lab, text);
    lab.hand_in("metrics", text);
    lab.number("series", occurrences(text, "http_client_request_duration_seconds_count{"));
}

// In a hurry: a counter of whatever was asked for, and how long it took on average.
Task<void> counted(Lab& lab) {
    std::map<std::string, int> asked;
    const auto begun = lab.now();
    for (const Request& request : questions(lab)) {
        auto answer = co_await send(lab.transport(), request);
        for (int again = 0; again < 3 && (!answer || answer->status() >= 429); ++again) {
            answer = co_await send(lab.transport(), request);
        }
        ++asked[request.url().to_string()];
        lab.ended(request.url().path(), answer);
    }
    std::string text;
    for (const auto& [url, times] : asked) {
        text += fmt::format("requests_total{{url=\"{}\"}} {}\n", url, times);
    }
    const auto took = std::chrono::duration<double>(lab.now() - begun).count();
    text += fmt::format("request_seconds_average {}\n", took / static_cast<double>(asked.size()));
    lab.hand_in("metrics", text);
    lab.number("series", static_cast<std::int64_t>(asked.size()));
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day05_metrics",
         .story = "14 questions on a slow morning, and metrics that say whose fault it was",
         .scenario = "day05-metrics",
         .deadline = 1min,
         .sins = {{"last-attempt-only", "hides how often it had to ask", "OBS-20"},
                  {"one-cause", "takes on itself what it was asked to wait", "OBS-21"},
                  {"no-guard", "makes a series of every path", "OBS-06"},
                  {"buckets-in-ms", "has its buckets where nothing ever falls", "OBS-22"}},
         .production = [](Lab& lab) { return ask(lab, measured); },
         .naive = counted,
         .library = [](Lab& lab) { return ask(lab, observed); },
         .numbers = {"series"},
         .client = {.request_id_header = "x-request-id"},
         .next = "day05_waterfall"},
        argc, argv);
}
