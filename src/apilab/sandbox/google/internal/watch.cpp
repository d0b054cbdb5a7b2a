#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/sandbox/google/internal/bodies.hpp"
#include "apilab/sandbox/google/internal/call.hpp"

namespace apilab::sandbox::google {
namespace {

namespace json = boost::json;

constexpr auto watch_lasts = std::chrono::days(7);
constexpr auto told_at_most_every = std::chrono::seconds(1);

std::int64_t milliseconds_of(SystemTime time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// A Pub/Sub message as a push subscription gets it.
void publish(const Incoming& incoming, State& state) {
    auto& watch = *state.watch;
    incoming.note("watch", "told");
    watch.history = state.mailbox.history_id();
    watch.told = incoming.system_now;
    const auto data = json::serialize(json::object{{"emailAddress", Mailbox::address},
                                                   {"historyId", std::to_string(watch.history)}});
    const auto id = std::to_string(2'070'443'601'311'540 + ++state.told);
    const auto seconds = milliseconds_of(incoming.system_now) / 1000;
    const auto time = fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::time_t(seconds)));
    incoming.hub->emit({.from = "google",
                        .type = "pubsub.message",
                        .action = {},
                        .scope = watch.topic,
                        .body = json::serialize(json::object{
                            {"message", json::object{{"data", base64_encode(data)},
                                                     {"messageId", id},
                                                     {"message_id", id},
                                                     {"publishTime", time},
                                                     {"publish_time", time}}},
                            {"subscription", "projects/apilab/subscriptions/mailbox"}})});
}

// Did something happen that the watch's labels let through?
bool concerns(const Watch& watch, const Mailbox& mailbox) {
    const auto since = mailbox.history_since(watch.history);
    return !since || std::ranges::any_of(*since, [&](const HistoryRecord& record) {
        const Message* message = mailbox.find(record.message);
        const bool named = std::ranges::any_of(watch.labels, [&](const std::string& label) {
            return (message != nullptr && message->has_label(label)) ||
                   std::ranges::find(record.labels, label) != record.labels.end();
        });
        return watch.labels.empty() || named != watch.exclude;
    });
}

}  // namespace

void tell_watcher(const Incoming& incoming, State& state) {
    if (incoming.hub == nullptr || !state.watch) {
        return;
    }
    if (incoming.system_now >= state.watch->expires) {
        incoming.note("watch", "expired");
        return;
    }
    // What comes faster than that is dropped, not kept for later; the next change tells of it.
    const bool soon = incoming.system_now < state.watch->told + told_at_most_every;
    if (state.mailbox.history_id() != state.watch->history && !soon &&
        concerns(*state.watch, state.mailbox)) {
        publish(incoming, state);
    }
}

http::Response watch(const Call& call) {
    const auto topic = call.body["topicName"].string_or("");
    const auto rest = topic.substr(std::min(topic.find("/topics/"), topic.size()));
    if (!topic.starts_with("projects/") || rest.size() <= std::string_view("/topics/").size()) {
        return invalid_argument("Invalid topicName does not match projects/[^/]+/topics/.+");
    }
    const auto behavior = call.body["labelFilterBehavior"].string_or(
        call.body["labelFilterAction"].string_or("include"));
    call.state->watch = Watch{.topic = std::string(topic),
                              .labels = call.texts("labelIds"),
                              .exclude = behavior == "exclude" || behavior == "EXCLUDE",
                              .expires = call.now() + watch_lasts,
                              .history = call.mailbox().history_id(),
                              .told = call.now()};
    if (call.incoming->hub != nullptr) {
        publish(*call.incoming, *call.state);  // a first one follows at once
    }
    return found({{"historyId", std::to_string(call.mailbox().history_id())},
                  {"expiration", std::to_string(milliseconds_of(call.state->watch->expires))}});
}

http::Response stop(const Call& call) {
    call.state->watch.reset();
    return no_content();
}

}  // namespace apilab::sandbox::google
