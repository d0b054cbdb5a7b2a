// Day 5: a log that can be believed
//
// Situation  Some repositories are looked up; some calls fail, some replies are lost on their way.
//            Then somebody asks: what did we send, how often, and what became of it?
// Yours      The events, and what may stand in them: the judge lays your log beside its journal.
// Check      ./lab learn check day05_logging
// Stuck      ./lab learn hint day05_logging

#include <boost/json.hpp>
#include <set>
#include "exercise.hpp"
#include "telemetry.hpp"

namespace {
using namespace exercise;
using apilab::http::CallRecord;  // what is known of an operation, and in `attempts` of each attempt

// One line. `event` is "attempt" or "operation".
std::string event(const char* name, const CallRecord& call, const Request& request) {
    boost::json::object line{{"event", name}, {"operation_id", call.id}};
    // TODO 1: what the judge compares: `request_id` (the header x-request-id), `attempts` (how many
    //         so far), `status` (0: none), `outcome` (`to_string` of that of the last of
    //         `call.attempts`: "answered", "unknown" or "not_sent").
    for (const auto& [header, value] : request.headers()) {
        // TODO 2: not every header may be written into a log. Name those that may (`accept`,
        //         `content-type`, ...), not those that may not.
        line[header] = value;
    }
    return boost::json::serialize(line) + "\n";
}

Task<Result<Response>> logged(Lab& lab, Telemetry& out, Request request) {
    CallRecord call{.id = "op-" + std::to_string(lab.rng().between(1, 1'000'000)), .method = "GET"};
    // TODO 3: a label that is the same for every repository.
    call.url_template = request.url().path();
    for (int number = 1;; ++number) {
        // TODO 4: give the attempt an id that nothing else has, on the wire and in the log, and
        //         write its event.
        auto& attempt = call.attempts.emplace_back();
        auto answer = co_await send(lab.transport(), request, {.attempt = &attempt});
        out.metrics.on_attempt(call, attempt);
        if ((answer && answer->status() < 500) || number == 3) {
            out.metrics.on_call(call);
            out.log += event("operation", call, request);
            co_return answer;
        }
        co_await lab.sleep(Duration(lab.rng().between(0, 200'000'000)));  // up to 0.2 s
    }
}

Task<void> look_up(Lab& lab) {
    Telemetry out;
    for (const Request& request : repositories(lab)) {
        lab.ended(request.url().path(), co_await logged(lab, out, request));
    }
    hand_in(lab, out);
}
}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day05_logging",
                          .story = "7 repositories are looked up, and a log answers for them",
                          .scenario = "day05-logging",
                          .deadline = std::chrono::minutes(1),
                          .production = look_up,
                          .numbers = {"attempts logged", "secrets logged"},
                          .next = "day05_metrics"},
                         argc, argv);
}
