#include <gmock/gmock.h>

#include "apilab/sandbox/slack/internal/ask_slack.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"

namespace apilab::sandbox::slack {
namespace {

using namespace std::chrono_literals;
using http::JsonDocument;
using ::testing::HasSubstr;

class SlackMethods : public AskSlack {};

TEST_F(SlackMethods, stand_in_the_table_by_name_and_each_has_an_answer) {
    std::string_view before;
    for (const auto& method : methods()) {
        EXPECT_LT(before, method.name);
        before = method.name;
        const bool own = method.name == "oauth.v2.access" || method.name == "auth.revoke";
        EXPECT_EQ(method.answer == nullptr, own) << method.name;
        EXPECT_EQ(method.per_minute == 0, method.name == "chat.postMessage") << method.name;
    }
    EXPECT_EQ(find_method("no.such"), nullptr);
}

TEST_F(SlackMethods, a_missing_argument_is_named) {
    for (const auto& method : methods()) {
        if (method.required.empty()) {
            continue;
        }
        const auto* token = method.who == Who::user ? "xoxp-stub" : "xoxb-stub";
        const auto answer = call(method.name, "", token);
        EXPECT_EQ(error_of(answer), "missing_argument") << method.name;
        const auto first = method.required.substr(0, method.required.find(','));
        EXPECT_EQ(text(answer, "/response_metadata/messages/0"),
                  "[ERROR] missing required field: " + std::string(first));
    }
}

TEST_F(SlackMethods, a_scope_that_the_token_lacks_is_told_with_those_it_has) {
    const auto answer = call("users.list", "", "xoxb-narrow");
    EXPECT_EQ(error_of(answer), "missing_scope");
    EXPECT_EQ(text(answer, "/needed"), "users:read");
    EXPECT_EQ(text(answer, "/provided"), "channels:read,chat:write");
    EXPECT_EQ(answer.headers().value("x-oauth-scopes"), "channels:read,chat:write");
    EXPECT_EQ(answer.headers().value("x-accepted-oauth-scopes"), "users:read");
    EXPECT_EQ(error("conversations.list", "", "xoxb-narrow"), "none");
    EXPECT_EQ(error("chat.postMessage", "channel=general&text=x&username=y", "xoxb-narrow"),
              "missing_scope");
    EXPECT_EQ(error("search.messages", "query=x"), "not_allowed_token_type");
    EXPECT_EQ(error("apps.connections.open"), "not_allowed_token_type");
    EXPECT_EQ(error("apps.connections.open", "", "xapp-stub"), "none");
    ask.auth = "reduce_scope";
    EXPECT_EQ(error("users.list"), "missing_scope");
}

TEST_F(SlackMethods, every_request_has_an_id_of_its_own) {
    const auto first = call("api.test");
    const auto second = call("api.test");
    EXPECT_EQ(first.body(), second.body());
    EXPECT_NE(first.headers().value("x-slack-req-id"), second.headers().value("x-slack-req-id"));
}

TEST_F(SlackMethods, a_body_is_read_as_its_type_says_or_refused) {
    const auto send = [&](const std::string& type, std::string body) {
        http::Headers headers = {{"authorization", "Bearer xoxb-stub"}};
        if (!type.empty()) {
            headers.add("content-type", type);
        }
        return ask.send("POST", "/api/chat.postMessage", headers, std::move(body));
    };
    EXPECT_EQ(error_of(send("", "channel=general&text=x")), "missing_post_type");
    EXPECT_EQ(error_of(send("application/xml", "<a/>")), "invalid_post_type");
    EXPECT_EQ(error_of(send("application/json; charset=utf-8", "{")), "invalid_json");
    EXPECT_EQ(error_of(send("application/json; charset=utf-8", "[]")), "json_not_object");
    EXPECT_EQ(error_of(send("multipart/form-data", "x")), "invalid_form_data");
    const std::string form =
        "--b\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\ngeneral\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhi\r\n--b--\r\n";
    EXPECT_EQ(text(send("multipart/form-data; boundary=b", form), "/message/text"), "hi");
    EXPECT_EQ(error_of(send("multipart/form-data; boundary=b", form.substr(0, 90))),
              "invalid_form_data");
    const auto bare = send("application/json", R"({"channel":"general","text":"x"})");
    EXPECT_EQ(text(bare, "/warning"), "missing_charset");
    EXPECT_EQ(field(bare, "/response_metadata/warnings"), R"(["missing_charset"])");
    const auto superfluous =
        send("application/x-www-form-urlencoded; charset=utf-8", "channel=general&text=x");
    EXPECT_EQ(text(superfluous, "/warning"), "superfluous_charset");
}

TEST_F(SlackMethods, a_method_may_be_called_by_get) {
    const auto answer = ask.get("/api/conversations.info?channel=C00000001",
                                {{"authorization", "Bearer xoxb-stub"}});
    EXPECT_EQ(text(answer, "/channel/name"), "general");
    EXPECT_EQ(ask.operation, "conversations.info.get");
}

TEST_F(SlackMethods, an_edited_message_says_so_and_only_own_ones_are_edited) {
    const auto ts = post("channel=general&text=before");
    const auto edited = call("chat.update", "channel=C00000001&text=after&ts=" + ts);
    EXPECT_EQ(text(edited, "/text"), "after");
    const auto history = call("conversations.history", "channel=C00000001&limit=1");
    EXPECT_EQ(text(history, "/messages/0/text"), "after");
    EXPECT_EQ(text(history, "/messages/0/edited/user"), "U0APILAB1");
    EXPECT_EQ(error("chat.update", "channel=C00000001&text=x&ts=1.0"), "message_not_found");
    const auto others =
        text(call("conversations.history", "channel=C00000001&limit=2"), "/messages/1/ts");
    EXPECT_EQ(error("chat.update", "channel=C00000001&text=x&ts=" + others), "cant_update_message");
    EXPECT_EQ(error("chat.delete", "channel=C00000001&ts=" + others), "cant_delete_message");
    EXPECT_EQ(text(call("chat.delete", "channel=C00000001&ts=" + ts), "/ts"), ts);
    EXPECT_EQ(error("chat.delete", "channel=C00000001&ts=" + ts), "message_not_found");
    EXPECT_EQ(error("chat.update", "channel=general&text=x&ts=1.0"), "channel_not_found")
        << "names are for posting only";
}

TEST_F(SlackMethods, replies_stand_in_their_thread_and_are_counted_at_its_head) {
    const auto head = post("channel=general&text=head");
    const auto reply = post("channel=general&text=one&thread_ts=" + head);
    post("channel=general&text=two&reply_broadcast=true&thread_ts=" + head);
    const auto history = call("conversations.history", "channel=C00000001&limit=3");
    EXPECT_EQ(text(history, "/messages/0/subtype"), "thread_broadcast");
    EXPECT_EQ(text(history, "/messages/1/ts"), head) << "a plain reply is not in the history";
    EXPECT_EQ(field(history, "/messages/1/reply_count"), "2");
    const auto thread = call("conversations.replies", "channel=C00000001&ts=" + head);
    EXPECT_EQ(text(thread, "/messages/0/ts"), head);
    EXPECT_EQ(text(thread, "/messages/1/ts"), reply);
    EXPECT_EQ(field(thread, "/has_more"), "false");
    EXPECT_EQ(error("conversations.replies", "channel=C00000001&ts=1.0"), "thread_not_found");
    call("chat.delete", "channel=C00000001&ts=" + reply);
    EXPECT_EQ(field(call("conversations.replies", "channel=C00000001&ts=" + head),
                    "/messages/0/reply_count"),
              "1");
}

TEST_F(SlackMethods, blocks_are_checked_and_the_place_is_named) {
    const auto post_blocks = [&](std::string_view blocks) {
        return call("chat.postMessage", "channel=general&blocks=" + http::percent_encode(blocks));
    };
    const auto bad = post_blocks(R"([{"type":"divider"},{"type":"section"}])");
    EXPECT_EQ(error_of(bad), "invalid_blocks");
    EXPECT_THAT(text(bad, "/response_metadata/messages/0"), HasSubstr("/blocks/1/text"));
    EXPECT_EQ(error_of(post_blocks("{}")), "invalid_blocks_format");
    std::string many = "[";
    for (int i = 0; i < 51; ++i) {
        many += std::string(i == 0 ? "" : ",") + R"({"type":"divider"})";
    }
    EXPECT_EQ(error_of(post_blocks(many + "]")), "msg_blocks_too_long");
    EXPECT_FALSE(
        text(post_blocks(R"([{"type":"divider"}])"), "/message/blocks/0/block_id").empty());
}

TEST_F(SlackMethods, a_message_that_calls_everybody_is_noted) {
    const auto pings = [&](std::string_view words) {
        call("chat.postMessage", "channel=general&text=" + http::percent_encode(words));
        const auto found = ask.facts.find("pings");
        return found == ask.facts.end() ? "nobody" : found->second;
    };
    EXPECT_EQ(pings("look at this <!channel>"), "channel");
    EXPECT_EQ(pings("<!here|here> it is"), "here");
    EXPECT_EQ(pings("to <!everyone>"), "everyone");
    EXPECT_EQ(pings("You said: &lt;!channel&gt;"), "nobody");
    EXPECT_EQ(pings("<!channels> and <!date^1> and @channel"), "nobody");
}

TEST_F(SlackMethods, too_much_text_is_refused) {
    EXPECT_EQ(error("chat.postMessage", "channel=general&text=" + std::string(40'001, 'x')),
              "msg_too_long");
    EXPECT_EQ(error("chat.postMessage", "channel=general&text=a&markdown_text=b"),
              "markdown_text_conflict");
}

TEST_F(SlackMethods, a_scheduled_message_is_posted_when_its_time_has_come) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(ask.system_now.time_since_epoch()).count();
    const auto at = std::to_string(now + 60);
    const auto planned = call("chat.scheduleMessage", "channel=C00000001&text=later&post_at=" + at);
    EXPECT_EQ(field(planned, "/post_at"), at);
    EXPECT_EQ(text(planned, "/message/type"), "delayed_message");
    EXPECT_EQ(text(call("chat.scheduledMessages.list"), "/scheduled_messages/0/id"),
              text(planned, "/scheduled_message_id"));
    EXPECT_NE(text(call("conversations.history", "channel=C00000001"), "/messages/0/text"),
              "later");
    ask.system_now += 61s;
    const auto history = call("conversations.history", "channel=C00000001");
    EXPECT_EQ(text(history, "/messages/0/text"), "later");
    EXPECT_EQ(text(history, "/messages/0/ts"), at + ".000000");
    EXPECT_EQ(field(call("chat.scheduledMessages.list"), "/scheduled_messages"), "[]");
    EXPECT_EQ(error("chat.scheduleMessage", "channel=C00000001&text=x&post_at=1"), "time_in_past");
    EXPECT_EQ(error("chat.scheduleMessage", "channel=C00000001&text=x&post_at=9999999999"),
              "time_too_far");
}

TEST_F(SlackMethods, who_is_in_a_channel_changes_with_joining_and_inviting) {
    EXPECT_EQ(error("conversations.history", "channel=C00000007"), "not_in_channel");
    EXPECT_EQ(field(call("conversations.join", "channel=C00000007"), "/channel/is_member"), "true");
    EXPECT_EQ(text(call("conversations.join", "channel=C00000007"), "/warning"),
              "already_in_channel");
    EXPECT_EQ(error("conversations.history", "channel=C00000007"), "none");
    const auto made = text(call("conversations.create", "name=fresh"), "/channel/id");
    EXPECT_EQ(error("conversations.create", "name=fresh"), "name_taken");
    EXPECT_EQ(error("conversations.create", "name=No%20Good"), "invalid_name_specials");
    EXPECT_EQ(error("conversations.invite", "users=U00000002,U00000003&channel=" + made), "none");
    EXPECT_EQ(error("conversations.invite", "users=U00000002&channel=" + made),
              "already_in_channel");
    EXPECT_EQ(field(call("conversations.members", "channel=" + made), "/members"),
              R"(["U0APILAB1","U00000002","U00000003"])");
    EXPECT_EQ(error("conversations.kick", "user=U00000002&channel=" + made), "none");
    EXPECT_EQ(error("conversations.archive", "channel=" + made), "none");
    EXPECT_EQ(error("chat.postMessage", "text=x&channel=" + made), "is_archived");
    EXPECT_EQ(error("conversations.leave", "channel=C00000001"), "cant_leave_general");
}

TEST_F(SlackMethods, members_come_in_pages) {
    const auto first = call("conversations.members", "channel=C00000001");
    EXPECT_EQ(JsonDocument::parse(first.body())->root()["members"].size(), 100U);
    const auto next = http::percent_encode(text(first, "/response_metadata/next_cursor"));
    const auto rest = call("conversations.members", "channel=C00000001&limit=1000&cursor=" + next);
    EXPECT_EQ(JsonDocument::parse(rest.body())->root()["members"].size(), 159U);
    EXPECT_EQ(error("users.list", "cursor=" + next), "invalid_cursor")
        << "a cursor belongs to its list";
}

TEST_F(SlackMethods, a_direct_conversation_is_opened_once) {
    const auto first = call("conversations.open", "users=U00000002&return_im=true");
    EXPECT_EQ(text(first, "/channel/user"), "U00000002");
    EXPECT_EQ(field(first, "/channel/name"), "null") << "an IM has no name";
    EXPECT_EQ(field(call("conversations.open", "users=U00000002"), "/already_open"), "true");
    EXPECT_EQ(error("conversations.open", "users=UNOBODY"), "user_not_found");
    EXPECT_EQ(error("conversations.open", "users=U00000013"), "user_disabled");
    EXPECT_EQ(error("conversations.open"), "users_list_not_supplied");
    const auto id = text(first, "/channel/id");
    EXPECT_EQ(text(call("chat.postMessage", "text=x&channel=U00000002"), "/channel"), id);
    const auto ims = call("conversations.list", "types=im");
    EXPECT_EQ(text(ims, "/channels/0/id"), id);
    EXPECT_EQ(error("conversations.list", "types=all"), "invalid_types");
}

TEST_F(SlackMethods, people_are_found_by_id_and_by_address) {
    EXPECT_EQ(text(call("users.info", "user=U00000005"), "/user/name"), "user005");
    EXPECT_EQ(error("users.info", "user=U9"), "user_not_found");
    EXPECT_EQ(text(call("users.lookupByEmail", "email=user005%40example.invalid"), "/user/id"),
              "U00000005");
    EXPECT_EQ(error("users.lookupByEmail", "email=nobody"), "users_not_found");
    const auto gone = call("users.info", "user=U00000013");
    EXPECT_EQ(field(gone, "/user/deleted"), "true");
    EXPECT_EQ(field(gone, "/user/tz"), "null");
}

TEST_F(SlackMethods, reactions_and_pins_are_put_on_and_taken_off) {
    const auto ts = post("channel=general&text=x");
    const auto at = "channel=C00000001&timestamp=" + ts;
    EXPECT_EQ(error("reactions.add", at + "&name=tada"), "none");
    EXPECT_EQ(error("reactions.add", at + "&name=:tada:"), "already_reacted");
    EXPECT_EQ(error("reactions.add", at + "&name=No%20Good"), "invalid_name");
    EXPECT_EQ(field(call("reactions.get", at), "/message/reactions"),
              R"([{"name":"tada","users":["U0APILAB1"],"count":1}])");
    EXPECT_EQ(text(call("reactions.list"), "/items/0/message/ts"), ts);
    EXPECT_EQ(error("reactions.remove", at + "&name=tada"), "none");
    EXPECT_EQ(error("reactions.remove", at + "&name=tada"), "no_reaction");
    EXPECT_EQ(error("pins.add", at), "none");
    EXPECT_EQ(error("pins.add", at), "already_pinned");
    EXPECT_EQ(text(call("pins.list", "channel=C00000001"), "/items/0/message/ts"), ts);
    EXPECT_EQ(field(call("conversations.history", "channel=C00000001"), "/pin_count"), "1");
    EXPECT_EQ(error("pins.remove", at), "none");
    EXPECT_EQ(error("pins.remove", at), "no_pin");
}

TEST_F(SlackMethods, a_file_goes_in_three_steps) {
    const auto asked = call("files.getUploadURLExternal", "filename=a.txt&length=5");
    const auto id = text(asked, "/file_id");
    const auto files = "files=" + http::percent_encode("[{\"id\":\"" + id + "\"}]");
    EXPECT_EQ(error("files.completeUploadExternal", files), "file_update_failed")
        << "nothing came yet";
    const auto url = text(asked, "/upload_url").substr(ask.base_url.size());
    const auto sent =
        ask.send("POST", url, {{"content-type", "application/octet-stream"}}, "hello");
    EXPECT_EQ(sent.body(), "OK - 5");
    const auto done =
        call("files.completeUploadExternal", files + "&channel_id=C00000001&initial_comment=look");
    EXPECT_EQ(text(done, "/files/0/id"), id);
    const auto message = call("conversations.history", "channel=C00000001&limit=1");
    EXPECT_EQ(text(message, "/messages/0/subtype"), "file_share");
    EXPECT_EQ(text(message, "/messages/0/files/0/id"), id);
    EXPECT_EQ(field(call("files.info", "file=" + id), "/file/size"), "5");
    EXPECT_EQ(field(call("files.list", "channel=C00000001"), "/paging/total"), "1");
    const auto own = text(done, "/files/0/url_private").substr(ask.base_url.size());
    EXPECT_EQ(ask.get(own, {{"authorization", "Bearer xoxb-stub"}}).body(), "hello");
    EXPECT_THAT(ask.get(own).body(), HasSubstr("Sign in"));
    EXPECT_EQ(error("files.delete", "file=" + id), "none");
    EXPECT_EQ(error("files.info", "file=" + id), "file_not_found");
    EXPECT_EQ(ask.send("POST", "/upload/v1/none", {}, "x").status(), 404);
}

TEST_F(SlackMethods, bytes_of_a_file_may_come_in_a_form) {
    const auto asked = call("files.getUploadURLExternal", "filename=a.txt&length=5");
    const auto url = text(asked, "/upload_url").substr(ask.base_url.size());
    const auto sent =
        ask.send("POST", url, {{"content-type", "multipart/form-data; boundary=\"b\""}},
                 "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
                 "Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n");
    EXPECT_EQ(sent.body(), "OK - 5");
}

TEST_F(SlackMethods, a_view_is_opened_by_a_trigger_and_changed_by_its_hash) {
    const auto view = http::percent_encode(
        R"({"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[]})");
    EXPECT_EQ(error("views.open", "trigger_id=x&view=" + view), "invalid_trigger_id");
    const auto opened = call("views.open", "trigger_id=1.2.ab&view=" + view);
    const auto id = text(opened, "/view/id");
    EXPECT_FALSE(text(opened, "/view/hash").empty());
    EXPECT_EQ(error("views.update", "view_id=" + id + "&hash=old&view=" + view), "hash_conflict");
    EXPECT_EQ(text(call("views.update", "view_id=" + id + "&view=" + view), "/view/id"), id);
    EXPECT_EQ(error("views.open", "trigger_id=1.2.ab&view=%7B%22type%22%3A%22modal%22%7D"),
              "invalid_arguments");
}

TEST_F(SlackMethods, limits_are_told_by_method_and_for_posts_by_channel) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(call("users.list", "limit=1").status(), 200);
    }
    const auto refused = call("users.list", "limit=1");
    EXPECT_EQ(refused.status(), 429);
    EXPECT_EQ(refused.headers().value("retry-after"), "3");
    EXPECT_EQ(call("users.list", "limit=1", "xoxp-stub").status(), 429)
        << "one workspace and one app, whoever's the token";
    EXPECT_EQ(call("users.info", "user=U00000001").status(), 200);
    LimitView view;
    view.reset_after = 2500ms;
    EXPECT_EQ(provider.refuse({.limit = "method", .view = view}, {}).headers().value("retry-after"),
              "3");
}

TEST_F(SlackMethods, an_app_that_is_not_listed_reads_history_once_a_minute) {
    SlackProvider unlisted{{.unlisted = true}};
    AskProvider narrow{unlisted};
    const auto history = [&] {
        return narrow.get("/api/conversations.history?channel=C00000001&limit=100",
                          {{"authorization", "Bearer xoxb-stub"}});
    };
    EXPECT_EQ(JsonDocument::parse(history().body())->root()["messages"].size(), 12U);
    EXPECT_EQ(history().status(), 429);
    narrow.now += 60s;
    EXPECT_EQ(history().status(), 200);
}

}  // namespace
}  // namespace apilab::sandbox::slack
