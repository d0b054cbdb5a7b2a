#include "apilab/radar/service/slack_target.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::radar {
namespace {

using provider::Slack;
using runtime::Task;
using work::LookUpOutcome;
using work::SendOutcome;

// Refused for what was asked: the same message meets the same answer.
constexpr auto refusals = std::to_array<std::string_view>({
    "as_user_not_supported",
    "attachment_payload_limit_exceeded",
    "cannot_reply_to_message",
    "channel_not_found",
    "deprecated_endpoint",
    "duplicate_channel_not_found",
    "duplicate_message_not_found",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_attachments",
    "invalid_auth_type",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_charset",
    "invalid_form_data",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "invalid_post_type",
    "is_archived",
    "is_inactive",
    "markdown_text_conflict",
    "messages_tab_disabled",
    "metadata_must_be_sent_from_app",
    "metadata_too_large",
    "method_deprecated",
    "missing_argument",
    "missing_post_type",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "not_in_channel",
    "slack_connect_blocked_file_type",
    "slack_connect_canvas_sharing_blocked",
    "slack_connect_file_link_sharing_blocked",
    "too_many_attachments",
    "too_many_contact_cards",
    "unknown_method",
});
// A person has to mend a token; asked sooner it would only be refused again.
constexpr std::chrono::minutes refusal_min{1};
// Those that may be over later, besides `Slack::passing` and what a token may not do.
constexpr auto later = std::to_array<std::string_view>(
    {"message_limit_exceeded", "team_not_found", "external_channel_migrating"});

bool is_among(auto& list, std::string_view code) {
    return std::ranges::find(list, code) != list.end();
}

// What the status says where Slack said no word.
SendOutcome by_status(const Error& error, std::string reason) {
    const int status = error.status();
    if (status == 401 || status == 403 || status == 429) {
        return SendOutcome::not_applied(std::move(reason), error.retry_after());
    }
    const bool refused = status >= 400 && status < 500 && status != 408 && status != 409;
    return refused ? SendOutcome::refused(std::move(reason))
                   : SendOutcome::unknown(std::move(reason));
}

bool is_id(std::string_view channel, std::string_view first) {
    constexpr std::size_t shortest = 9;
    return channel.size() >= shortest && first.contains(channel.front()) &&
           std::ranges::all_of(
               channel, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

}  // namespace

SendOutcome slack_outcome(const Result<Slack::Posted>& posted) {
    if (posted) {
        return SendOutcome::applied(posted->ts);
    }
    const Error& error = posted.error();
    auto reason = error.to_string();
    const auto& code = error.provider_code();
    if (Slack::refuses_token(code)) {
        const auto asked = error.retry_after().value_or(Duration::zero());
        return SendOutcome::not_applied(std::move(reason), std::max<Duration>(asked, refusal_min));
    }
    if (error.outcome() == Outcome::not_sent || error.kind() == ErrorKind::rate_limited ||
        Slack::passing(code) || is_among(later, code)) {
        return SendOutcome::not_applied(std::move(reason), error.retry_after());
    }
    if (is_among(refusals, code) || code.starts_with("restricted_action")) {
        return SendOutcome::refused(std::move(reason));
    }
    return error.outcome() == Outcome::answered && code.empty()
               ? by_status(error, std::move(reason))
               : SendOutcome::unknown(std::move(reason));
}

Task<SendOutcome> SlackTarget::send(work::Message message) {
    const auto effect = read_slack_effect(message.payload);
    if (!effect) {
        co_return SendOutcome::refused(effect.error().to_string());
    }
    const auto posted = co_await slack_.within(work::trace_of(message))
                            .post({.channel = effect->channel,
                                   .text = effect->text,
                                   .key = message.key,
                                   .blocks = effect->blocks,
                                   .thread_ts = effect->thread_ts,
                                   .unfurl = false});
    if (posted) {
        ids_.insert_or_assign(effect->channel, posted->channel);
    }
    co_return slack_outcome(posted);
}

// The history takes ids only.
Task<Result<std::string>> SlackTarget::id_of(Slack slack, std::string channel) {
    if (is_id(channel, "CDG")) {
        co_return channel;
    }
    if (const auto known = ids_.find(channel); known != ids_.end()) {
        co_return known->second;
    }
    if (is_id(channel, "UW")) {
        APILAB_CO_TRY(const auto direct, co_await slack.open(channel));
        ids_.insert_or_assign(channel, direct.id);
        co_return direct.id;
    }
    APILAB_CO_TRY(const auto found, co_await slack.channel_named(channel));
    if (!found) {
        co_return fail(Error(ErrorKind::status, "there is no public channel of that name")
                           .with_outcome(Outcome::answered)
                           .with_detail("channel"));
    }
    ids_.insert_or_assign(channel, found->id);
    co_return found->id;
}

Task<LookUpOutcome> SlackTarget::look_up(work::Message message) {
    const auto effect = read_slack_effect(message.payload);
    if (!effect) {
        co_return LookUpOutcome::unavailable(effect.error().to_string());
    }
    const auto slack = slack_.within(work::trace_of(message));
    const auto channel = co_await id_of(slack, effect->channel);
    if (!channel) {
        co_return LookUpOutcome::unavailable(channel.error().to_string(),
                                             channel.error().retry_after());
    }
    Slack::Window window{.oldest = Slack::ts_of(message.created - options_.before),
                         .pages_max = options_.pages_max};
    Result<Slack::History> history = fail(ErrorKind::internal, "nothing was read");
    if (effect->thread_ts.empty()) {
        history = co_await slack.history(*channel, std::move(window));
    } else {
        history = co_await slack.replies(*channel, effect->thread_ts, std::move(window));
    }
    if (!history) {
        co_return LookUpOutcome::unavailable(history.error().to_string(),
                                             history.error().retry_after());
    }
    std::vector<std::string> found;
    for (const auto& one : history->messages) {
        if (Slack::bears(one, message.key)) {
            found.push_back(one.ts);
        }
    }
    if (found.empty() && !history->complete) {
        co_return LookUpOutcome::unavailable("the history goes on beyond what was read");
    }
    if (found.empty() && history->unreadable > 0) {
        co_return LookUpOutcome::unavailable("a message of the history could not be read");
    }
    co_return LookUpOutcome::of(std::move(found));
}

}  // namespace apilab::radar
