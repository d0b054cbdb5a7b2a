#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "apilab/sandbox/slack/internal/method.hpp"

namespace apilab::sandbox::slack {

/// Tells those who subscribed to events (`Incoming::hub`; nobody where it is null): the inner event
/// with its `type`; `event_ts` is put in. The scope is the workspace.
void tell(const Context& context, boost::json::object event);
/// The `message` event of a new message, and `app_mention` where it calls the bot by `<@id>`.
void tell_posted(const Context& context, const Channel& channel,
                 const boost::json::object& message);
/// `message` with `message_changed` or `message_deleted`.
void tell_changed(const Context& context, const Channel& channel, const boost::json::object& before,
                  const boost::json::object* after);
/// `channel`, `group`, `im` or `mpim`, as events say what a conversation is.
[[nodiscard]] std::string_view channel_type(const Channel& channel);

}  // namespace apilab::sandbox::slack
