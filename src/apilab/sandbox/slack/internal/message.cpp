#include "apilab/sandbox/slack/internal/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <ranges>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;
using Done = std::expected<void, Unfit>;

constexpr std::size_t text_max = 40'000;
constexpr std::size_t markdown_max = 12'000;
constexpr std::size_t blocks_max = 50;
constexpr std::size_t attachments_max = 100;
constexpr std::size_t metadata_max = 16'384;  // the payload's size; the real number is not told

constexpr std::array<std::string_view, 12> block_types{
    "actions", "call",     "context", "divider",   "file",    "header",
    "image",   "markdown", "input",   "rich_text", "section", "video"};

// Only `&`, `<` and `>` are escaped in what is given back; what is a reference (`<@U1>`) stays.
std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool entity = text.substr(i).starts_with("&amp;") ||
                            text.substr(i).starts_with("&lt;") ||
                            text.substr(i).starts_with("&gt;");
        out += text[i] == '&' && !entity ? "&amp;" : std::string(1, text[i]);
    }
    return out;
}

// What is wrong with a block; empty for nothing.
std::string block_fault(http::Json block, std::size_t at) {
    const auto type = block["type"].string();
    if (!block.is_object() || !type) {
        return fmt::format("missing required field: type [json-pointer:/blocks/{}/type]", at);
    }
    if (std::ranges::find(block_types, *type) == block_types.end()) {
        return fmt::format("unsupported type: {} [json-pointer:/blocks/{}/type]", *type, at);
    }
    const bool bare =
        *type == "section" && !block["text"].is_object() && !block["fields"].is_array();
    if (bare || (*type == "header" && !block["text"].is_object())) {
        return fmt::format("missing required field: text [json-pointer:/blocks/{}/text]", at);
    }
    const auto size = block["text"]["text"].string_or("").size();
    if (size > 3000) {
        return fmt::format("must be less than 3001 characters [json-pointer:/blocks/{}/text/text]",
                           at);
    }
    return {};
}

Done add_blocks(const Call& call, json::object& message) {
    const auto text = call.argument("blocks");
    if (text.empty()) {
        return {};
    }
    const auto document = http::JsonDocument::parse(text);
    if (!document || !document->root().is_array()) {
        return std::unexpected(Unfit{.error = "invalid_blocks_format", .detail = {}});
    }
    if (document->root().size() > blocks_max) {
        return std::unexpected(Unfit{
            .error = "msg_blocks_too_long",
            .detail =
                fmt::format("no more than {} items allowed [json-pointer:/blocks]", blocks_max)});
    }
    json::array blocks;
    for (const auto one : document->root().elements()) {
        if (auto fault = block_fault(one, blocks.size()); !fault.empty()) {
            return std::unexpected(Unfit{.error = "invalid_blocks", .detail = std::move(fault)});
        }
        auto block = to_value(one).get_object();
        if (!block.contains("block_id")) {
            block["block_id"] = stable_hash(fmt::format("{} {}", blocks.size(), text)).substr(0, 5);
        }
        blocks.emplace_back(std::move(block));
    }
    message["blocks"] = std::move(blocks);
    return {};
}

Done add_attachments(const Call& call, json::object& message) {
    const auto text = call.argument("attachments");
    if (text.empty()) {
        return {};
    }
    const auto document = http::JsonDocument::parse(text);
    if (!document || !document->root().is_array()) {
        return std::unexpected(Unfit{.error = "invalid_attachments", .detail = {}});
    }
    if (document->root().size() > attachments_max) {
        return std::unexpected(Unfit{.error = "too_many_attachments", .detail = {}});
    }
    json::array attachments;
    for (const auto one : document->root().elements()) {
        if (!one.is_object()) {
            return std::unexpected(Unfit{.error = "invalid_attachments", .detail = {}});
        }
        auto attachment = to_value(one).get_object();
        attachment["id"] = attachments.size() + 1;
        if (!attachment.contains("fallback")) {
            attachment["fallback"] = one["text"].string_or("[no preview available]");
        }
        attachments.emplace_back(std::move(attachment));
    }
    message["attachments"] = std::move(attachments);
    return {};
}

Done add_metadata(const Call& call, json::object& message) {
    const auto text = call.argument("metadata");
    if (text.empty()) {
        return {};
    }
    if (text.size() > metadata_max) {
        return std::unexpected(Unfit{.error = "metadata_too_large", .detail = {}});
    }
    const auto document = http::JsonDocument::parse(text);
    if (!document || !document->root()["event_type"].is_string() ||
        !document->root()["event_payload"].is_object()) {
        return std::unexpected(Unfit{.error = "invalid_metadata_format", .detail = {}});
    }
    message["metadata"] = to_value(document->root());
    return {};
}

// A name or picture of its own makes it a message of a bot (`subtype`), in the old way.
void dress(const Call& call, json::object& message) {
    json::object icons;
    if (const auto emoji = call.argument("icon_emoji"); !emoji.empty()) {
        icons["emoji"] = emoji;
    } else if (const auto url = call.argument("icon_url"); !url.empty()) {
        icons["image_48"] = url;
    }
    if (const auto name = call.argument("username"); !name.empty()) {
        message["username"] = name;
    }
    if (!icons.empty()) {
        message["icons"] = std::move(icons);
    }
    if (message.contains("username") || message.contains("icons")) {
        message["subtype"] = "bot_message";
    }
}

}  // namespace

http::Response Unfit::answer() const {
    return detail.empty() ? refused(error) : refused_because(error, detail);
}

std::string event_of(const Call& call) {
    if (const auto document = http::JsonDocument::parse(call.argument("metadata"))) {
        const auto payload = document->root()["event_payload"];
        for (const auto* name : {"event_id", "key", "id"}) {
            if (const auto id = payload[name].string(); id && !id->empty()) {
                return std::string(*id);
            }
        }
    }
    return std::string(call.argument("channel")) + " " + std::string(call.argument("text"));
}

json::object bot_profile() {
    return {{"id", Workspace::bot_id},
            {"deleted", false},
            {"name", "apilab"},
            {"updated", 1'735'689'600},
            {"app_id", Workspace::app_id},
            {"icons", json::object{{"image_36", "https://avatars.example.invalid/bot/36.png"},
                                   {"image_48", "https://avatars.example.invalid/bot/48.png"},
                                   {"image_72", "https://avatars.example.invalid/bot/72.png"}}},
            {"team_id", Workspace::team_id}};
}

Done write_content(const Call& call, json::object& message) {
    const auto text = call.argument("text");
    const auto markdown = call.argument("markdown_text");
    const bool parts = !call.argument("blocks").empty() || !call.argument("attachments").empty();
    if (!markdown.empty() && (!text.empty() || parts)) {
        return std::unexpected(Unfit{.error = "markdown_text_conflict", .detail = {}});
    }
    if (text.empty() && markdown.empty() && !parts) {
        return std::unexpected(Unfit{.error = "no_text", .detail = {}});
    }
    if (text.size() > text_max || markdown.size() > markdown_max) {
        return std::unexpected(Unfit{.error = "msg_too_long", .detail = {}});
    }
    message["text"] = escaped(markdown.empty() ? text : markdown);
    for (auto* const add : {add_blocks, add_attachments, add_metadata}) {
        if (auto done = add(call, message); !done) {
            return done;
        }
    }
    return {};
}

std::expected<json::object, Unfit> make_message(const Call& call, const Access& access,
                                                std::string ts) {
    json::object message{{"type", "message"}, {"user", access.user}};
    if (access.kind == Access::Kind::bot) {
        message["bot_id"] = Workspace::bot_id;
        message["app_id"] = Workspace::app_id;
        message["bot_profile"] = bot_profile();
    }
    message["team"] = Workspace::team_id;
    message["ts"] = std::move(ts);
    if (auto done = write_content(call, message); !done) {
        return std::unexpected(std::move(done).error());
    }
    dress(call, message);
    if (const auto thread = call.argument("thread_ts"); !thread.empty()) {
        message["thread_ts"] = thread;
        if (call.flag("reply_broadcast")) {
            message["subtype"] = "thread_broadcast";
        }
    }
    return message;
}

void count_reply(Channel& channel, const json::object& reply) {
    const auto* thread = reply.if_contains("thread_ts");
    auto* parent = thread != nullptr && *thread != reply.at("ts")
                       ? channel.message(thread->as_string())
                       : nullptr;
    if (parent == nullptr) {
        return;
    }
    std::int64_t replies = 0;
    json::array users;
    for (const auto& one : channel.messages) {
        const auto* of = one.if_contains("thread_ts");
        if (of != nullptr && *of == *thread && one.at("ts") != *thread) {
            ++replies;
            if (std::ranges::find(users, one.at("user")) == users.end()) {
                users.push_back(one.at("user"));
            }
        }
    }
    if (replies == 0) {
        for (const auto* name : {"thread_ts", "reply_count", "reply_users_count", "latest_reply",
                                 "reply_users", "is_locked", "subscribed"}) {
            parent->erase(name);
        }
        return;
    }
    (*parent)["thread_ts"] = *thread;
    (*parent)["reply_count"] = replies;
    (*parent)["reply_users_count"] = users.size();
    (*parent)["latest_reply"] = reply.at("ts");
    (*parent)["reply_users"] = std::move(users);
    (*parent)["is_locked"] = false;
    (*parent)["subscribed"] = false;
}

std::vector<const json::object*> messages_between(const Channel& channel, const Call& call) {
    const auto oldest = call.argument("oldest");
    const auto latest = call.argument("latest");
    const bool inclusive = call.flag("inclusive");
    std::vector<const json::object*> found;
    for (const auto& message : channel.messages | std::views::reverse) {
        const std::string_view ts = message.at("ts").as_string();
        const auto* thread = message.if_contains("thread_ts");
        const auto* subtype = message.if_contains("subtype");
        const bool broadcast = subtype != nullptr && *subtype == "thread_broadcast";
        const bool reply = thread != nullptr && *thread != message.at("ts") && !broadcast;
        const bool after = oldest.empty() || ts > oldest || (inclusive && ts == oldest);
        const bool before = latest.empty() || ts < latest || (inclusive && ts == latest);
        if (after && before && !reply) {
            found.push_back(&message);
        }
    }
    return found;
}

std::string permalink(std::string_view base, const Channel& channel, std::string_view ts) {
    std::string digits(ts);
    std::erase(digits, '.');
    return fmt::format("{}/archives/{}/p{}", base, channel.id, digits);
}

}  // namespace apilab::sandbox::slack
