#include "apilab/radar/service/slack_events.hpp"

#include <algorithm>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/provider/slack_events.hpp"

namespace apilab::radar {
namespace {

namespace slack = provider::slack;

constexpr std::size_t name_max = 64;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto from = text.find_first_not_of(space);
    if (from == std::string_view::npos) {
        return {};
    }
    return text.substr(from, text.find_last_not_of(space) - from + 1);
}

// Whoever is called by name at the beginning: `<@U0BOT>`, `<@U0BOT|radar>`; perhaps more of them.
std::string_view without_calls(std::string_view text) {
    text = trimmed(text);
    while (text.starts_with("<@")) {
        const auto end = text.find('>');
        if (end == std::string_view::npos) {
            return text;
        }
        text = trimmed(text.substr(end + 1));
        while (!text.empty() && (text.front() == ':' || text.front() == ',')) {
            text = trimmed(text.substr(1));
        }
    }
    return text;
}

bool may_be_a_watch(std::string_view name) {
    return !name.empty() && name.size() <= name_max && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

void read_wish(std::string_view text, SlackQuestion& question) {
    text = without_calls(text);
    const auto end = text.find_first_of(" \t\r\n");
    const auto word = ascii_lowered(text.substr(0, end));
    const auto rest =
        end == std::string_view::npos ? std::string_view() : trimmed(text.substr(end));
    if (word == "status" && rest.empty()) {
        question.wish = SlackWish::status;
    } else if (word == "help" && rest.empty()) {
        question.wish = SlackWish::help;
    } else if (word == "check" && (rest.empty() || may_be_a_watch(rest))) {
        question.wish = SlackWish::check;
        question.watch = rest;
    }
}

// Why an event is no question; empty where it is one.
std::string_view why_not(const slack::Envelope& envelope) {
    if (envelope.type != slack::EnvelopeType::event_callback || !envelope.event) {
        return envelope.type == slack::EnvelopeType::app_rate_limited
                   ? "Slack leaves events out: there are too many"
               : envelope.type == slack::EnvelopeType::url_verification ? "a handshake"
                                                                        : "no event that is known";
    }
    const auto& event = *envelope.event;
    const bool mention = event.type == slack::EventType::app_mention;
    if (!mention && event.type != slack::EventType::message) {
        return event.type.known() ? "an event that asks nothing" : "a type that nobody knows";
    }
    if (slack::is_own(envelope)) {
        return "our own message";
    }
    if (slack::from_bot(event)) {
        return "another bot's message";
    }
    if (event.subtype) {
        return "no new message";
    }
    if (!mention && event.channel_type != "im") {
        return "said to others";
    }
    const bool whole = event.channel && event.ts && !event.channel->empty() && !event.ts->empty();
    return whole ? "" : "without channel or ts";
}

}  // namespace

std::string_view to_string(SlackWish wish) {
    switch (wish) {
        case SlackWish::status:
            return "status";
        case SlackWish::check:
            return "check";
        case SlackWish::help:
            return "help";
        case SlackWish::unclear:
            break;
    }
    return "unclear";
}

std::string SlackQuestion::answer_key() const {
    return "slack:answer:" + channel + ":" + ts;
}

Result<SlackHeard> read_slack_event(std::string_view body) {
    APILAB_TRY(const auto envelope, slack::read_event(body));
    if (const auto why = why_not(envelope); !why.empty()) {
        return SlackHeard{.question = {}, .ignored = std::string(why)};
    }
    const auto& event = *envelope.event;
    SlackQuestion question{.channel = *event.channel,
                           .ts = *event.ts,
                           .thread_ts = event.thread_ts.value_or(*event.ts),
                           .user = event.user.value_or("")};
    read_wish(event.text.value_or(""), question);
    return SlackHeard{.question = std::move(question), .ignored = {}};
}

}  // namespace apilab::radar
