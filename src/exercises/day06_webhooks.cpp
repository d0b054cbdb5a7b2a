// Day 6: webhooks, believed when they are genuine and worked once
//
// Situation  Slack calls us: some events come twice, some are lost and sent again. Others forge,
//            alter, do not sign, or play back. The work takes 4 s, and Slack waits for 3.
// Shows      Raw bytes, constant time, a window of time, one effect per event, answer before work.
// Run        ./lab learn day06_webhooks --compare
// Break      --break=reserialize | no-window | no-dedupe | work-first | drop-retries

#include <set>
#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/hmac.hpp"
#include "apilab/work/signature.hpp"
#include "exercise.hpp"

namespace {
using namespace apilab;
using namespace exercise;
constexpr auto name = "APILAB_SLACK_SIGNING_SECRET";

// Signed are the time and the bytes as sent; parsed and written again they are others. What was
// signed long ago, or is dated ahead, somebody has kept.
bool by_hand(Lab& lab, const Request& request) {
    const std::string stamp(request.headers().value("x-slack-request-timestamp"));
    const auto now = double(lab.system_now().time_since_epoch() / std::chrono::seconds(1));
    const bool in_time = std::abs(now - std::atof(stamp.c_str())) <= 300 || lab.broken("no-window");
    const auto body = lab.broken("reserialize")
                          ? http::JsonDocument::parse(request.body())->root().to_text()
                          : request.body();
    const auto mac = work::hmac_sha256_hex(secret_of(lab, name), "v0:" + stamp + ":" + body);
    const auto given = request.headers().value("x-slack-signature");
    return in_time && work::equal_in_constant_time(given, "v0=" + mac);
}

// The same in one line of the library, which knows GitHub's signature too.
bool by_library(Lab& lab, const Request& request) {
    return work::SignatureVerifier::create(work::SignatureScheme::slack, {{secret_of(lab, name)}})
        ->verify(request.headers(), request.body(), lab.system_now())
        .has_value();
}

// What one writes in a hurry: in development nothing is signed, so one checks what is.
bool in_a_hurry(Lab& lab, const Request& request) {
    return request.headers().value("x-slack-signature").empty() || by_library(lab, request);
}

template <bool (*is_genuine)(Lab&, const Request&), bool hurried = false>
struct Endpoint final : runtime::Service {
    explicit Endpoint(Lab& its_lab) : lab(its_lab) {}
    Task<Result<Response>> call(Request request, runtime::CallContext) override {
        if (!is_genuine(lab, request)) {
            co_return Response(401);  // before anything is read, remembered or done
        }
        const auto event = http::JsonDocument::parse(request.body());
        const auto challenge = event->root()["challenge"];
        const bool retry = request.headers().contains("x-slack-retry-num");
        if (challenge.is_string() || (retry && lab.broken("drop-retries"))) {
            co_return Response(200, std::string(challenge.string_or("")));
        }
        const std::string id(event->root()["event_id"].string_or(""));
        // Asks and remembers in one step: between two, another copy gets in.
        const bool first = seen.insert(id).second || hurried || lab.broken("no-dedupe");
        if (first && (hurried || lab.broken("work-first"))) {
            co_await work_on(id);
        } else if (first) {
            jobs.spawn(work_on(id));
        }
        co_return Response(200);  // for a known one too: Slack may stop
    }
    Task<void> work_on(std::string id) { (void)co_await have_effect(lab, std::move(id)); }
    static Task<void> receive(Lab& lab) {
        Endpoint endpoint(lab);
        co_await lab.meet_the_world(endpoint);
        co_await endpoint.jobs.join();
    }

    Lab& lab;
    std::set<std::string> seen;  // day 7 puts it where it survives us
    runtime::TaskGroup jobs{lab.scheduler()};
};
}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day06_webhooks",
         .story = "Slack delivers 40 events, and somebody pretends to be Slack",
         .scenario = "day06-webhooks",
         .deadline = std::chrono::seconds(30),
         .sins = {{"reserialize", "verifies what it parsed and wrote again", "WHK-01"},
                  {"no-window", "takes what was signed six minutes ago", "WHK-04"},
                  {"no-dedupe", "works for every delivery, not for every event", "WHK-05"},
                  {"work-first", "answers when the work is done", "WHK-08"},
                  {"drop-retries", "ignores what says that it is sent again", "WHK-09"}},
         .production = Endpoint<by_hand>::receive,
         .naive = Endpoint<in_a_hurry, true>::receive,
         .library = Endpoint<by_library>::receive,
         .numbers = {"events", "effects", "forged applied", "doubled", "lost"},
         .next = "day06_dedupe"},
        argc, argv);
}
