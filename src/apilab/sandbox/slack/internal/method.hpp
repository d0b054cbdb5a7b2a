#pragma once

#include <span>
#include <string_view>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/provider.hpp"
#include "apilab/sandbox/slack/internal/call.hpp"
#include "apilab/sandbox/slack/internal/installs.hpp"
#include "apilab/sandbox/slack/internal/workspace.hpp"

namespace apilab::sandbox::slack {

/// What a method works with.
struct Context {
    const Incoming& incoming;
    const Call& call;
    const Access& access;
    Workspace& workspace;

    [[nodiscard]] std::int64_t seconds() const;
};

/// Who may call a method.
enum class Who : std::uint8_t { anyone, any_token, bot_or_user, user, app };

/// A method of the Web API.
struct Method {
    std::string_view name;
    http::Effect effect = http::Effect::read;
    /// Calls a minute and workspace (tier 1 to 4); 0: no limit of this kind.
    int per_minute = 0;
    bool takes_json = false;
    Who who = Who::bot_or_user;
    /// Any of these, comma between; empty: none is needed.
    std::string_view scopes = {};
    /// Arguments that must be there, comma between.
    std::string_view required = {};
    http::Response (*answer)(Context&) = nullptr;
};

/// All methods, by name.
[[nodiscard]] std::span<const Method> methods();
/// Null for one that there is not.
[[nodiscard]] const Method* find_method(std::string_view name);

// chat.cpp
[[nodiscard]] http::Response chat_post_message(Context& context);
[[nodiscard]] http::Response chat_post_ephemeral(Context& context);
[[nodiscard]] http::Response chat_me_message(Context& context);
[[nodiscard]] http::Response chat_update(Context& context);
[[nodiscard]] http::Response chat_delete(Context& context);
[[nodiscard]] http::Response chat_permalink(Context& context);
// scheduled.cpp
[[nodiscard]] http::Response chat_schedule(Context& context);
[[nodiscard]] http::Response chat_scheduled_list(Context& context);
[[nodiscard]] http::Response chat_unschedule(Context& context);
/// Posts what is due.
void post_due(Context& context);
// conversations.cpp
[[nodiscard]] http::Response conversations_list(Context& context);
[[nodiscard]] http::Response conversations_info(Context& context);
[[nodiscard]] http::Response conversations_history(Context& context);
[[nodiscard]] http::Response conversations_replies(Context& context);
[[nodiscard]] http::Response conversations_members(Context& context);
[[nodiscard]] http::Response users_conversations(Context& context);
// membership.cpp
[[nodiscard]] http::Response conversations_open(Context& context);
[[nodiscard]] http::Response conversations_close(Context& context);
[[nodiscard]] http::Response conversations_join(Context& context);
[[nodiscard]] http::Response conversations_leave(Context& context);
[[nodiscard]] http::Response conversations_invite(Context& context);
[[nodiscard]] http::Response conversations_kick(Context& context);
[[nodiscard]] http::Response conversations_create(Context& context);
[[nodiscard]] http::Response conversations_archive(Context& context);
[[nodiscard]] http::Response conversations_unarchive(Context& context);
[[nodiscard]] http::Response conversations_rename(Context& context);
[[nodiscard]] http::Response conversations_caption(Context& context);
[[nodiscard]] http::Response conversations_mark(Context& context);
// people.cpp
[[nodiscard]] http::Response api_test(Context& context);
[[nodiscard]] http::Response auth_test(Context& context);
[[nodiscard]] http::Response bots_info(Context& context);
[[nodiscard]] http::Response team_info(Context& context);
[[nodiscard]] http::Response users_list(Context& context);
[[nodiscard]] http::Response users_info(Context& context);
[[nodiscard]] http::Response users_lookup(Context& context);
[[nodiscard]] http::Response users_presence(Context& context);
[[nodiscard]] http::Response users_profile(Context& context);
// marks.cpp
[[nodiscard]] http::Response reactions_add(Context& context);
[[nodiscard]] http::Response reactions_remove(Context& context);
[[nodiscard]] http::Response reactions_get(Context& context);
[[nodiscard]] http::Response reactions_list(Context& context);
[[nodiscard]] http::Response pins_add(Context& context);
[[nodiscard]] http::Response pins_remove(Context& context);
[[nodiscard]] http::Response pins_list(Context& context);
// files.cpp
[[nodiscard]] http::Response files_upload_url(Context& context);
[[nodiscard]] http::Response files_complete(Context& context);
[[nodiscard]] http::Response files_info(Context& context);
[[nodiscard]] http::Response files_list(Context& context);
[[nodiscard]] http::Response files_delete(Context& context);
/// `POST /upload/v1/{key}`: the bytes.
[[nodiscard]] http::Response take_upload(const Incoming& incoming, Workspace& workspace);
/// `GET /files-pri/{file}/{name}`: the bytes again; a page for people without a token.
[[nodiscard]] http::Response give_file(const Incoming& incoming, Workspace& workspace,
                                       bool allowed);
// views.cpp
[[nodiscard]] http::Response views_open(Context& context);
[[nodiscard]] http::Response views_publish(Context& context);
[[nodiscard]] http::Response views_push(Context& context);
[[nodiscard]] http::Response views_update(Context& context);
[[nodiscard]] http::Response search_messages(Context& context);
[[nodiscard]] http::Response apps_connections_open(Context& context);

}  // namespace apilab::sandbox::slack
