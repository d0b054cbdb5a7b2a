#include "apilab/sandbox/slack/internal/message.hpp"

#include <ranges>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/json_value.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t text_max = 40'000;
constexpr std::size_t markdown_max = 12'000;
constexpr std::size_t blocks_max = 50;
constexpr std::size_t attachments_max = 100;
constexpr std::size_t metadata_max = 16'384;  // the payload's size; the real number is not told

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

// Puts a list argument into the message; the code it is refused with, or empty.
std::string add_list(const Call& call, std::string_view name, std::size_t most,
                     std::string_view too_many, json::object& message) {
    const auto text = call.argument(name);
    if (text.empty()) {
        return {};
    }
    const auto document = http::JsonDocument::parse(text);
    if (!document || !document->root().is_array()) {
        return "invalid_" + std::string(name);
    }
    if (document->root().size() > most) {
        return std::string(too_many);
    }
    for (const auto one : document->root().elements()) {
        if (!one.is_object() || (name == "blocks" && !one["type"].is_string())) {
            return "invalid_" + std::string(name);
        }
    }
    message[name] = to_value(document->root());
    return {};
}

std::string add_metadata(const Call& call, json::object& message) {
    const auto text = call.argument("metadata");
    if (text.empty()) {
        return {};
    }
    if (text.size() > metadata_max) {
        return "metadata_too_large";
    }
    const auto document = http::JsonDocument::parse(text);
    if (!document || !document->root()["event_type"].is_string() ||
        !document->root()["event_payload"].is_object()) {
        return "invalid_metadata_format";
    }
    message["metadata"] = to_value(document->root());
    return {};
}

}  // namespace

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

std::expected<json::object, std::string> make_message(const Call& call, std::string ts) {
    const auto text = call.argument("text");
    const auto markdown = call.argument("markdown_text");
    const bool parts = !call.argument("blocks").empty() || !call.argument("attachments").empty();
    if (!markdown.empty() && (!text.empty() || parts)) {
        return std::unexpected("markdown_text_conflict");
    }
    if (text.empty() && markdown.empty() && !parts) {
        return std::unexpected("no_text");
    }
    if (text.size() > text_max || markdown.size() > markdown_max) {
        return std::unexpected("msg_too_long");
    }
    json::object message{
        {"type", "message"},           {"user", Workspace::bot_user_id},
        {"bot_id", Workspace::bot_id}, {"app_id", Workspace::app_id},
        {"team", Workspace::team_id},  {"text", escaped(markdown.empty() ? text : markdown)},
        {"ts", std::move(ts)}};
    if (!call.argument("thread_ts").empty()) {
        message["thread_ts"] = call.argument("thread_ts");
    }
    for (auto error :
         {add_list(call, "blocks", blocks_max, "msg_blocks_too_long", message),
          add_list(call, "attachments", attachments_max, "too_many_attachments", message),
          add_metadata(call, message)}) {
        if (!error.empty()) {
            return std::unexpected(std::move(error));
        }
    }
    return message;
}

std::vector<const json::object*> messages_between(const Channel& channel, const Call& call) {
    const auto oldest = call.argument("oldest");
    const auto latest = call.argument("latest");
    const bool inclusive = call.flag("inclusive");
    std::vector<const json::object*> found;
    for (const auto& message : channel.messages | std::views::reverse) {
        const std::string_view ts = message.at("ts").as_string();
        const bool reply = message.contains("thread_ts");
        const bool after = oldest.empty() || ts > oldest || (inclusive && ts == oldest);
        const bool before = latest.empty() || ts < latest || (inclusive && ts == latest);
        if (after && before && !reply) {
            found.push_back(&message);
        }
    }
    return found;
}

}  // namespace apilab::sandbox::slack
