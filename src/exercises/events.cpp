#include "events.hpp"

#include "apilab/http/json.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/work/signature.hpp"

namespace exercise {

namespace work = apilab::work;

bool is_from_slack(Lab& lab, const Request& request) {
    const auto slack = or_refuse(work::SignatureVerifier::create(
        work::SignatureScheme::slack, {{secret_of(lab, "APILAB_SLACK_SIGNING_SECRET")}}));
    return slack.verify(request.headers(), request.body(), lab.system_now()).has_value();
}

work::ReceiverEndpoint slack_sender(Lab& lab) {
    work::ReceiverEndpoint slack;
    slack.sender = "slack";
    slack.secrets = {secret_of(lab, "APILAB_SLACK_SIGNING_SECRET")};
    return slack;
}

std::string event_id(std::string_view body) {
    const auto event = apilab::http::JsonDocument::parse(body);
    return event ? std::string(event->root()["event_id"].string_or("")) : "";
}

Task<work::JobOutcome> effect_of(Lab& lab, work::Job job) {
    const bool good = co_await have_effect(lab, event_id(job.payload), job.idempotency_key);
    co_return good ? work::JobOutcome::done() : work::JobOutcome::retry("no effect");
}

Task<void> receive_and_work(Lab& lab, apilab::runtime::Service& receiver, work::JobRunner& runner,
                            work::Store& store) {
    apilab::runtime::TaskGroup running(lab.scheduler());
    running.spawn(runner.run());
    co_await lab.meet_the_world(receiver);
    while (or_refuse(store.next_due("default"))) {
        co_await lab.sleep(std::chrono::milliseconds(200));
    }
    runner.stop();
    co_await running.join();
}

}  // namespace exercise
