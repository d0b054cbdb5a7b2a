// Files: asked for, sent to a URL of their own, completed.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/query.hpp"
#include "apilab/sandbox/slack/internal/events.hpp"
#include "apilab/sandbox/slack/internal/message.hpp"
#include "apilab/sandbox/slack/internal/method.hpp"
#include "apilab/sandbox/slack/internal/multipart.hpp"

namespace apilab::sandbox::slack {
namespace {

namespace json = boost::json;

constexpr std::size_t files_max = 1000;

struct Kind {
    std::string_view ending, type, mime, pretty;
};
constexpr std::array<Kind, 7> kinds{{
    {".txt", "text", "text/plain", "Plain Text"},
    {".json", "json", "application/json", "JSON"},
    {".csv", "csv", "text/csv", "CSV"},
    {".png", "png", "image/png", "PNG"},
    {".gif", "gif", "image/gif", "GIF"},
    {".jpg", "jpg", "image/jpeg", "JPEG"},
    {".pdf", "pdf", "application/pdf", "PDF"},
}};

Kind kind_of(std::string_view name) {
    const auto found =
        std::ranges::find_if(kinds, [&](const Kind& one) { return name.ends_with(one.ending); });
    return found == kinds.end() ? Kind{"", "binary", "application/octet-stream", "Binary"} : *found;
}

json::object file_object(const File& file, const std::string& base) {
    const auto kind = kind_of(file.name);
    const auto url =
        fmt::format("{}/files-pri/{}/{}", base, file.id, http::percent_encode(file.name));
    json::object object{
        {"id", file.id},
        {"created", file.created},
        {"timestamp", file.created},
        {"name", file.name},
        {"title", file.title.empty() ? file.name : file.title},
        {"mimetype", kind.mime},
        {"filetype", kind.type},
        {"pretty_type", kind.pretty},
        {"user", Workspace::bot_user_id},
        {"user_team", Workspace::team_id},
        {"editable", false},
        {"size", file.bytes.size()},
        {"mode", "hosted"},
        {"is_external", false},
        {"external_type", ""},
        {"is_public", !file.channels.empty()},
        {"public_url_shared", false},
        {"display_as_bot", false},
        {"username", ""},
        {"url_private", url},
        {"url_private_download", url},
        {"permalink", fmt::format("{}/files/{}/{}", base, Workspace::bot_user_id, file.id)},
        {"comments_count", 0},
        {"is_starred", false}};
    object["channels"] = json::array(file.channels.begin(), file.channels.end());
    object["groups"] = json::array();
    object["ims"] = json::array();
    object["has_rich_preview"] = false;
    object["file_access"] = "visible";
    return object;
}

// The code with which the files that `files` names cannot be completed; empty where they can.
std::string_view read_files(Context& context, std::vector<std::pair<File*, std::string>>& out) {
    const auto document = http::JsonDocument::parse(context.call.argument("files"));
    if (!document || !document->root().is_array() || document->root().size() == 0) {
        return "invalid_arguments";
    }
    auto& all = context.workspace.files();
    for (const auto one : document->root().elements()) {
        const auto found = all.find(one["id"].string_or(""));
        if (found == all.end()) {
            return "file_not_found";
        }
        if (!found->second.sent) {
            return "file_update_failed";
        }
        out.emplace_back(&found->second, std::string(one["title"].string_or("")));
    }
    return {};
}

void share(Context& context, Channel& channel, const json::array& files) {
    json::object message{{"type", "message"},
                         {"subtype", "file_share"},
                         {"text", context.call.argument("initial_comment")},
                         {"files", files},
                         {"upload", true},
                         {"user", context.access.user},
                         {"display_as_bot", false},
                         {"team", Workspace::team_id},
                         {"bot_id", Workspace::bot_id},
                         {"ts", Workspace::next_ts(channel, context.incoming.system_now)}};
    if (const auto thread = context.call.argument("thread_ts"); !thread.empty()) {
        message["thread_ts"] = thread;
    }
    channel.messages.push_back(std::move(message));
    count_reply(channel, json::object(channel.messages.back()));
    tell_posted(context, channel, channel.messages.back());
}

}  // namespace

http::Response files_upload_url(Context& context) {
    const auto length = context.call.number("length");
    auto& workspace = context.workspace;
    if (!length || *length < 0) {
        return refused_because("invalid_arguments",
                               "must be a positive integer [json-pointer:/length]");
    }
    if (workspace.files().size() >= files_max ||
        workspace.stored() + static_cast<std::size_t>(*length) > Workspace::stored_max) {
        return refused("storage_limit_reached");
    }
    const auto number = workspace.next_number();
    File file{.id = fmt::format("F0{:08}", number),
              .key = stable_hash(fmt::format("apilab upload {}", number)),
              .name = std::string(context.call.argument("filename")),
              .length = *length,
              .created = context.seconds()};
    const auto url = fmt::format("{}/upload/v1/{}", context.incoming.base_url, file.key);
    const auto id = file.id;
    workspace.files().emplace(id, std::move(file));
    return fine({{"upload_url", url}, {"file_id", id}}, context.call);
}

http::Response take_upload(const Incoming& incoming, Workspace& workspace) {
    const auto key = path_value(incoming, "key");
    auto& files = workspace.files();
    const auto found = std::ranges::find_if(
        files, [&](const auto& one) { return one.second.key == key && !one.second.complete; });
    http::Response answer(404, "file not found");
    answer.header("content-type", "text/plain; charset=utf-8");
    if (found == files.end()) {
        return answer;
    }
    std::string_view bytes = incoming.request->body();
    const auto type = incoming.request->headers().value("content-type");
    if (type.starts_with("multipart/form-data")) {
        const auto parts = internal::read_multipart(bytes, type);
        if (!parts || parts->empty()) {
            return answer.status(400).body("bad form");
        }
        const auto file =
            std::ranges::find_if(*parts, [](const auto& one) { return !one.file_name.empty(); });
        bytes = file == parts->end() ? parts->front().body : file->body;
    }
    if (workspace.stored() + bytes.size() > Workspace::stored_max) {
        return answer.status(413).body("too large");
    }
    found->second.bytes = std::string(bytes);
    found->second.sent = true;
    incoming.note("file", found->second.id);
    return answer.status(200).body(fmt::format("OK - {}", bytes.size()));
}

http::Response files_complete(Context& context) {
    std::vector<std::pair<File*, std::string>> files;
    if (const auto error = read_files(context, files); !error.empty()) {
        return refused(error);
    }
    auto channels = context.call.list("channels");
    if (const auto one = context.call.argument("channel_id"); !one.empty()) {
        channels.emplace_back(one);
    }
    std::vector<Channel*> places;
    for (const auto& id : channels) {
        auto* channel = context.workspace.channel(id);
        if (channel == nullptr) {
            return refused("channel_not_found");
        }
        if (!channel->member || channel->archived) {
            return refused(channel->archived ? "posting_to_channel_denied" : "not_in_channel");
        }
        places.push_back(channel);
    }
    json::array objects;
    for (auto& [file, title] : files) {
        file->complete = true;
        file->title = title;
        for (const auto* place : places) {
            if (std::ranges::find(file->channels, place->id) == file->channels.end()) {
                file->channels.push_back(place->id);
            }
        }
        objects.emplace_back(file_object(*file, context.incoming.base_url));
    }
    for (auto* place : places) {
        share(context, *place, objects);
        for (const auto& [file, title] : files) {
            tell(context, {{"type", "file_shared"},
                           {"channel_id", place->id},
                           {"file_id", file->id},
                           {"user_id", context.access.user},
                           {"file", json::object{{"id", file->id}}}});
        }
    }
    return fine({{"files", std::move(objects)}}, context.call);
}

http::Response files_info(Context& context) {
    const auto& files = context.workspace.files();
    const auto found = files.find(context.call.argument("file"));
    if (found == files.end() || !found->second.complete) {
        return refused("file_not_found");
    }
    return fine({{"file", file_object(found->second, context.incoming.base_url)},
                 {"comments", json::array()},
                 {"response_metadata", json::object{{"next_cursor", ""}}}},
                context.call);
}

http::Response files_list(Context& context) {
    const auto& call = context.call;
    const auto channel = call.argument("channel");
    if (!channel.empty() && context.workspace.channel(channel) == nullptr) {
        return refused("channel_not_found");
    }
    const auto count = std::clamp<std::int64_t>(call.number("count").value_or(100), 1, 1000);
    const auto at = std::max<std::int64_t>(call.number("page").value_or(1), 1);
    json::array found;
    for (const auto& [id, file] : context.workspace.files()) {
        const bool there =
            channel.empty() || std::ranges::find(file.channels, channel) != file.channels.end();
        if (file.complete && there) {
            found.emplace_back(file_object(file, context.incoming.base_url));
        }
    }
    const auto total = static_cast<std::int64_t>(found.size());
    const auto from = std::min((at - 1) * count, total);
    const auto to = std::min(from + count, total);
    return fine({{"files", json::array(found.begin() + from, found.begin() + to)},
                 {"paging", json::object{{"count", count},
                                         {"total", total},
                                         {"page", at},
                                         {"pages", (total + count - 1) / count}}}},
                call);
}

http::Response files_delete(Context& context) {
    auto& files = context.workspace.files();
    const auto found = files.find(context.call.argument("file"));
    if (found == files.end()) {
        return refused("file_not_found");
    }
    files.erase(found);
    return fine({}, context.call);
}

http::Response give_file(const Incoming& incoming, Workspace& workspace, bool allowed) {
    auto& files = workspace.files();
    const auto found = files.find(path_value(incoming, "file"));
    if (!allowed) {
        // No refusal: the page where people sign in.
        http::Response page(200, "<!DOCTYPE html><title>Sign in | Slack</title>\n");
        page.header("content-type", "text/html; charset=utf-8");
        return page;
    }
    if (found == files.end() || !found->second.sent) {
        return http::Response(404, "file not found", {{"content-type", "text/plain"}});
    }
    http::Response answer(200, found->second.bytes);
    answer.header("content-type", std::string(kind_of(found->second.name).mime));
    return answer;
}

}  // namespace apilab::sandbox::slack
