// The emulated Slack against its references: the documentation's examples (slack/methods,
// web-api-examples.json), what the Java SDK's authors recorded (slack/response-shapes) and the
// Python SDK's fixtures. Every field that we answer is one that a reference has, of its type; every
// field that all examples have is answered. Where we differ, slack_differences.txt says why; a line
// there that nothing needs any more is an error.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "apilab/http/url.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/sandbox/world.hpp"
#include "external_data.hpp"

namespace apilab::sandbox {
namespace {

using external::data_root;
using external::json_of;
using http::Json;
using http::JsonDocument;

/// The kinds of values at every path: `/channels/[]/id`.
using Fields = std::map<std::string, std::set<Json::Kind>>;

void collect(Json value, const std::string& path, Fields& out) {
    out[path].insert(value.kind());
    if (value.is_object()) {
        for (const auto& [name, member] : value.members()) {
            collect(member, path + "/" + std::string(name), out);
        }
    }
    for (const Json element : value.elements()) {
        collect(element, path + "/[]", out);
    }
}

Fields fields_of(Json value) {
    Fields out;
    collect(value, "", out);
    return out;
}

std::string parent_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

bool has_children(const Fields& fields, const std::string& path) {
    const auto next = fields.upper_bound(path + "/");
    return next != fields.end() && next->first.starts_with(path + "/");
}

bool same_kind(const std::set<Json::Kind>& ours, const std::set<Json::Kind>& theirs) {
    if (theirs.contains(Json::Kind::null)) {
        return true;
    }
    for (const auto kind : ours) {
        if (kind != Json::Kind::null && !theirs.contains(kind)) {
            return false;
        }
    }
    return true;
}

/// What a caller gives, and the documents may have anything of: not compared.
bool is_content(const std::string& path) {
    for (const auto* name : {"/blocks/", "/metadata/", "/attachments/", "/state/", "/args/"}) {
        if (path.find(name) != std::string::npos) {
            return true;
        }
    }
    return false;
}

/// One method's references.
struct References {
    /// All fields of all of them.
    Fields fields;
    /// Of each example of a success, the fields of its first two levels.
    std::vector<std::set<std::string>> examples;
};

void add_example(Json example, References& out) {
    if (!example["ok"].boolean().value_or(false)) {
        return;
    }
    const auto fields = fields_of(example);
    std::set<std::string> names;
    for (const auto& [path, kinds] : fields) {
        out.fields[path].insert(kinds.begin(), kinds.end());
        const auto depth = std::ranges::count(path, '/');
        if (depth >= 1 && depth <= 2 && path.find("[]") == std::string::npos) {
            names.insert(path);
        }
    }
    out.examples.push_back(std::move(names));
}

/// Objects that many methods answer: what one reference knows of them holds for all.
void add_shared(References& out) {
    struct Shared {
        std::string file, pointer;
        std::vector<std::string> places;
    };
    const std::vector<std::string> messages{"/message", "/messages/[]", "/items/[]/message"};
    const std::vector<std::string> users{"/user", "/members/[]"};
    for (const auto& [file, pointer, places] : std::vector<Shared>{
             {"event-shapes/MessageChangedPayload.json", "/event/message", messages},
             {"event-shapes/MessagePayload.json", "/event", messages},
             {"event-shapes/PinAddedPayload.json", "/event/item/message", messages},
             {"event-shapes/MessagePayload.json", "/event/files/0", {"/files/[]", "/file"}},
             {"response-shapes/conversations.info.json", "/channel", {"/channel"}},
             {"response-shapes/users.info.json", "/user", users},
             {"response-shapes/users.profile.get.json", "/profile", {"/user/profile"}}}) {
        const auto document = json_of(data_root() / "slack" / file);
        const auto fields = fields_of(document.root().at_pointer(pointer));
        for (const auto& place : places) {
            if (!out.fields.contains(place)) {
                continue;
            }
            for (const auto& [path, kinds] : fields) {
                out.fields[place + path].insert(kinds.begin(), kinds.end());
            }
        }
    }
}

References references_of(const std::string& method) {
    References out;
    const auto folder = data_root() / "slack";
    const auto shape = folder / "response-shapes" / (method + ".json");
    if (std::filesystem::exists(shape)) {
        const auto document = json_of(shape);
        for (const auto& [path, kinds] : fields_of(document.root())) {
            out.fields[path].insert(kinds.begin(), kinds.end());
        }
    }
    const auto described = folder / "methods" / (method + ".json");
    if (std::filesystem::exists(described)) {
        const auto document = json_of(described);
        for (const Json text : document.root()["response"]["examples"].elements()) {
            // Some are shortened by hand, and no JSON any more.
            if (const auto example = JsonDocument::parse(text.string_or(""))) {
                add_example(example->root(), out);
            }
        }
    }
    const auto examples = json_of(folder / "web-api-examples.json");
    add_example(examples.root()[method]["200"], out);
    if (method == "conversations.list") {
        const auto fixture =
            json_of(folder / "sdk-fixtures" / "web_response_conversations_list.json");
        add_example(fixture.root(), out);
    }
    add_shared(out);
    return out;
}

/// Slack of a fresh sandbox, asked without a socket.
class Slack {
public:
    Slack() {
        SandboxOptions options;
        options.providers = make_providers(make_world().value(), {});
        sandbox_ = Sandbox::make(scheduler_, std::move(options)).value();
    }
    http::Response call(std::string_view method, std::string form,
                        std::string_view token = "xoxb-stub") {
        return send("/slack/api/" + std::string(method), std::move(form), token,
                    "application/x-www-form-urlencoded");
    }
    std::string text(std::string_view method, std::string form, std::string_view pointer) {
        const auto answer = call(method, std::move(form));
        const auto document = JsonDocument::parse(answer.body());
        return std::string(document->root().at_pointer(pointer).string_or(""));
    }
    /// So many seconds from now, as a number.
    std::string later(int seconds) {
        const auto now = scheduler_.system_now().time_since_epoch();
        return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count() +
                              seconds);
    }
    void upload(const std::string& url, std::string bytes) {
        const auto at = url.find("/slack/upload");
        ASSERT_NE(at, std::string::npos) << url;
        EXPECT_EQ(send(url.substr(at), std::move(bytes), "", "text/plain").status(), 200);
    }

private:
    http::Response send(const std::string& path, std::string body, std::string_view token,
                        std::string type) {
        auto request = http::Request::post(http::Url::parse("http://127.0.0.1:4010" + path).value(),
                                           std::move(body));
        request.headers().set("content-type", std::move(type));
        if (!token.empty()) {
            request.headers().set("authorization", "Bearer " + std::string(token));
        }
        return runtime::run(scheduler_, sandbox_->call(std::move(request), {})).value();
    }

    runtime::VirtualScheduler scheduler_;
    std::unique_ptr<Sandbox> sandbox_;
};

struct Called {
    std::string method;
    http::Response answer;
};

const std::string in = "channel=C00000001";

/// Messages and what is attached to them.
void about_messages(Slack& slack, std::vector<Called>& out) {
    const auto call = [&](const std::string& method, const std::string& form) {
        out.push_back({method, slack.call(method, form)});
    };
    call("api.test", "");
    call("auth.test", "");
    call("bots.info", "");
    call("team.info", "");
    call("chat.postMessage",
         in + "&text=hello&username=ecto1&attachments=%5B%7B%22text%22%3A%22x%22%7D%5D");
    const auto ts = slack.text("chat.postMessage", in + "&text=hello", "/ts");
    slack.call("chat.postMessage", in + "&text=one&thread_ts=" + ts);
    call("chat.update", in + "&text=there&ts=" + ts);
    call("chat.getPermalink", in + "&message_ts=" + ts);
    call("chat.meMessage", in + "&text=waves");
    call("chat.postEphemeral", in + "&text=psst&user=U00000001");
    call("chat.scheduleMessage", in + "&text=later&post_at=" + slack.later(60));
    call("chat.scheduledMessages.list", "");
    call("reactions.add", in + "&name=tada&timestamp=" + ts);
    call("reactions.get", in + "&timestamp=" + ts);
    call("reactions.list", "");
    call("reactions.remove", in + "&name=tada&timestamp=" + ts);
    call("pins.add", in + "&timestamp=" + ts);
    call("pins.list", in);
    call("pins.remove", in + "&timestamp=" + ts);
    call("conversations.history", in + "&limit=3");
    call("conversations.replies", in + "&limit=1&ts=" + ts);
    call("chat.delete", in + "&ts=" + ts);
}

/// Channels and people.
void about_channels(Slack& slack, std::vector<Called>& out) {
    const auto call = [&](const std::string& method, const std::string& form) {
        out.push_back({method, slack.call(method, form)});
    };
    call("conversations.list", "");
    call("conversations.info", in);
    call("conversations.members", in);
    call("conversations.open", "users=U00000002");
    call("conversations.join", in);
    const auto made = slack.call("conversations.create", "name=fresh");
    out.push_back({"conversations.create", made});
    const auto fresh =
        "channel=" +
        std::string(JsonDocument::parse(made.body())->root()["channel"]["id"].string_or(""));
    call("conversations.invite", fresh + "&users=U00000002");
    call("conversations.kick", fresh + "&user=U00000002");
    call("conversations.rename", fresh + "&name=fresher");
    call("conversations.setTopic", fresh + "&topic=t");
    call("conversations.setPurpose", fresh + "&purpose=p");
    call("conversations.mark", fresh + "&ts=1.0");
    call("conversations.archive", fresh);
    call("conversations.unarchive", fresh);
    call("conversations.leave", fresh);
    call("conversations.close", "channel=D00000002");
    call("users.list", "limit=3");
    call("users.info", "user=U00000001");
    call("users.lookupByEmail", "email=user001%40example.invalid");
    call("users.getPresence", "user=U00000001");
    call("users.profile.get", "user=U00000001");
}

/// One success of every method that has references, in an order that makes sense.
std::vector<Called> every_method(Slack& slack) {
    std::vector<Called> out;
    about_messages(slack, out);
    about_channels(slack, out);
    const auto call = [&](const std::string& method, const std::string& form,
                          std::string_view token = "xoxb-stub") {
        out.push_back({method, slack.call(method, form, token)});
    };
    const auto asked = slack.call("files.getUploadURLExternal", "filename=a.txt&length=5");
    out.push_back({"files.getUploadURLExternal", asked});
    const auto document = JsonDocument::parse(asked.body());
    const std::string file(document->root()["file_id"].string_or(""));
    slack.upload(std::string(document->root()["upload_url"].string_or("")), "hello");
    call("files.completeUploadExternal",
         in + "&files=" + http::percent_encode(R"([{"id":")" + file + R"(","title":"t"}])"));
    call("files.info", "file=" + file);
    call("files.list", "");
    call("files.delete", "file=" + file);
    call("search.messages", "query=message", "xoxp-stub");
    call("apps.connections.open", "", "xapp-stub");
    call("auth.revoke", "test=true");
    return out;
}

std::set<std::string> differences_of(const Called& called) {
    const auto theirs = references_of(called.method);
    std::set<std::string> out;
    if (theirs.fields.empty()) {
        return out;
    }
    const auto document = JsonDocument::parse(called.answer.body());
    const auto ours = fields_of(document->root());
    for (const auto& [path, kinds] : ours) {
        if (is_content(path + "/")) {
            continue;
        }
        const auto found = theirs.fields.find(path);
        const auto parent = parent_of(path);
        if (found == theirs.fields.end()) {
            // Only the highest one that is not known, and only beside something that is.
            if (theirs.fields.contains(parent) && has_children(theirs.fields, parent)) {
                out.insert(called.method + " " + path + " more");
            }
        } else if (!same_kind(kinds, found->second)) {
            out.insert(called.method + " " + path + " type");
        }
    }
    if (theirs.examples.empty()) {
        return out;
    }
    auto always = theirs.examples.front();
    for (const auto& example : theirs.examples) {
        std::erase_if(always, [&](const std::string& path) { return !example.contains(path); });
    }
    for (const auto& path : always) {
        if (!ours.contains(path) && ours.contains(parent_of(path)) && !is_content(path + "/")) {
            out.insert(called.method + " " + path + " less");
        }
    }
    return out;
}

/// Does a line of the file stand for a difference? Its path may end in `*`.
bool stands_for(const std::string& line, const std::string& difference) {
    const auto star = line.find('*');
    return star == std::string::npos ? line == difference
                                     : difference.starts_with(line.substr(0, star)) &&
                                           difference.ends_with(line.substr(star + 1));
}

/// `method path more|less|type: reason`
std::map<std::string, std::string> known_differences() {
    std::map<std::string, std::string> out;
    std::istringstream lines(external::text_of(std::filesystem::path(APILAB_SOURCE_DIR) / "tests" /
                                               "external" / "slack_differences.txt"));
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto colon = line.find(": ");
        EXPECT_NE(colon, std::string::npos) << line << ": no reason";
        EXPECT_TRUE(out.emplace(line.substr(0, colon), line.substr(colon + 2)).second)
            << line << ": twice";
    }
    return out;
}

TEST(SlackAgreement, every_answer_has_the_fields_of_its_references_and_their_types) {
    if (!std::filesystem::exists(data_root() / "slack" / "web-api-examples.json")) {
        GTEST_SKIP() << "no slack under " << data_root() << " (set APILAB_DATA)";
    }
    const auto known = known_differences();
    std::set<std::string> used;
    Slack slack;
    std::size_t compared = 0;
    for (const auto& called : every_method(slack)) {
        EXPECT_EQ(called.answer.status(), 200) << called.method;
        EXPECT_TRUE(called.answer.body().starts_with("{\"ok\":true"))
            << called.method << ": " << called.answer.body();
        compared += references_of(called.method).fields.empty() ? 0 : 1;
        for (const auto& difference : differences_of(called)) {
            bool reason = false;
            for (const auto& [line, why] : known) {
                if (stands_for(line, difference)) {
                    used.insert(line);
                    reason = true;
                }
            }
            EXPECT_TRUE(reason) << difference << ": (no reason is given)";
        }
    }
    EXPECT_GE(compared, 40U);
    for (const auto& [line, reason] : known) {
        EXPECT_TRUE(used.contains(line)) << line << ": is a difference no more";
    }
}

/// The codes that a method's documentation lists, and those that belong to all (auth.test's).
bool is_documented(const std::string& method, std::string_view code) {
    for (const auto& name : {method, std::string("auth.test")}) {
        const auto document = json_of(data_root() / "slack" / "methods" / (name + ".json"));
        if (!document.root()["errors"][code].missing()) {
            return true;
        }
    }
    return false;
}

std::string code_of(const http::Response& answer) {
    EXPECT_EQ(answer.status(), 200);
    const auto body = JsonDocument::parse(answer.body());
    return std::string(body->root()["error"].string_or("none"));
}

TEST(SlackAgreement, refusals_have_codes_that_the_documentation_lists) {
    const auto files = external::files_in("slack/methods");
    APILAB_SKIP_WITHOUT(files);
    Slack slack;
    std::size_t compared = 0;
    for (const auto& file : files) {
        const auto method = file.stem().string();
        for (const auto* token : {"", "bogus"}) {
            const auto code = code_of(slack.call(method, "", token));
            if (code != "unknown_method" && code != "none") {
                EXPECT_TRUE(is_documented(method, code)) << method << ": " << code;
                ++compared;
            }
        }
    }
    EXPECT_GE(compared, 40U);
}

TEST(SlackAgreement, a_method_s_own_refusals_are_documented_for_it) {
    const auto files = external::files_in("slack/methods");
    APILAB_SKIP_WITHOUT(files);
    Slack slack;
    struct Case {
        std::string method, form, code;
    };
    for (const auto& [method, form, code] : std::vector<Case>{
             {"bots.info", "bot=B9", "bot_not_found"},
             {"chat.deleteScheduledMessage", "channel=C00000001&scheduled_message_id=Q1",
              "invalid_scheduled_message_id"},
             {"chat.postMessage", "channel=C9&text=x", "channel_not_found"},
             {"chat.postMessage", "channel=C00000005&text=x", "is_archived"},
             {"chat.postMessage", "channel=C00000007&text=x", "not_in_channel"},
             {"chat.postMessage", "channel=C00000001", "no_text"},
             {"chat.scheduleMessage", "channel=C00000001&text=x&post_at=1", "time_in_past"},
             {"chat.update", "channel=C00000001&ts=1.0&text=x", "message_not_found"},
             {"conversations.history", "channel=C9", "channel_not_found"},
             {"conversations.history", "channel=C00000001&cursor=x", "invalid_cursor"},
             {"conversations.history", "channel=C00000001&latest=x", "invalid_ts_latest"},
             {"conversations.info", "channel=C9", "channel_not_found"},
             {"conversations.invite", "channel=C00000001&users=U9", "user_not_found"},
             {"conversations.kick", "channel=C00000001&user=U00000001", "cant_kick_from_general"},
             {"conversations.leave", "channel=C00000001", "cant_leave_general"},
             {"conversations.list", "types=x", "invalid_types"},
             {"conversations.list", "limit=0", "invalid_limit"},
             {"conversations.open", "users=U9", "user_not_found"},
             {"conversations.rename", "channel=C00000001&name=random", "name_taken"},
             {"files.completeUploadExternal", "files=%5B%7B%22id%22%3A%22F9%22%7D%5D",
              "file_not_found"},
             {"files.info", "file=F9", "file_not_found"},
             {"pins.add", "channel=C00000001&timestamp=1.0", "message_not_found"},
             {"users.info", "user=U9", "user_not_found"},
             {"users.list", "cursor=x", "invalid_cursor"},
             {"users.lookupByEmail", "email=x", "users_not_found"}}) {
        EXPECT_EQ(code_of(slack.call(method, form)), code) << method;
        EXPECT_TRUE(is_documented(method, code)) << method << ": " << code;
    }
}

}  // namespace
}  // namespace apilab::sandbox
