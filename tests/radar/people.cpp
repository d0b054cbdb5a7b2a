#include "people.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/credentials.hpp"
#include "apilab/sandbox/webhook/delivery_hub.hpp"

namespace apilab::radar_weeks {

using http::json_quote;
using runtime::Task;

namespace {

constexpr std::string_view repository = "/github/repos/octo/hello";

std::string text_of(const http::Json& property) {
    std::string text;
    for (const char* kind : {"rich_text", "title"}) {
        for (const auto& piece : property[kind].elements()) {
            text += piece["plain_text"].string_or("");
        }
    }
    if (text.empty()) {
        text = property["select"]["name"].string_or("");
    }
    if (text.empty()) {
        text = property["date"]["start"].string_or("");
    }
    return text;
}

// Whatever that column is called.
std::string title_of(const http::Json& properties) {
    for (const auto& member : properties.members()) {
        if (member.value["type"].string() == "title") {
            return text_of(member.value);
        }
    }
    return {};
}

Row row_of(const http::Json& page) {
    const auto properties = page["properties"];
    return {.page = std::string(page["id"].string_or("")),
            .key = text_of(properties["Key"]),
            .package = title_of(properties),
            // Its own `Status` is of another type.
            .status = text_of(properties["Status (radar)"]),
            .action = text_of(properties["Action"]),
            .decision = text_of(properties["Decision"]),
            .owner = text_of(properties["Owner"]),
            .snooze = text_of(properties["Snooze until"]),
            .confidence = text_of(properties["Confidence"])};
}

}  // namespace

People::People(sandbox::Sandbox& sandbox, std::uint64_t seed) : sandbox_(sandbox) {
    for (auto& [name, value] : sandbox::seed_credentials(seed)) {
        credentials_.emplace(std::move(name), std::move(value));
    }
}

const std::string& People::credential(std::string_view name) const {
    return credentials_.find(name)->second;
}

Task<http::Response> People::ask(std::string method, std::string target, std::string body,
                                 std::string token) {
    const auto before = sandbox_.settings();
    auto calm = before;
    calm.faults = false;
    calm.limits = false;
    sandbox_.change_settings(calm);
    http::Request request(method, http::Url::parse("http://sandbox.test" + target).value());
    request.header("authorization", "Bearer " + token);
    request.header("user-agent", "a-person");
    request.header("notion-version", "2025-09-03");
    if (!body.empty()) {
        request.header("content-type", "application/json; charset=utf-8");
        request.body(std::move(body));
    }
    // Notion's and Slack's own habits are not a scenario's limits; a person waits.
    Result<http::Response> answer = fail(ErrorKind::internal, "never asked");
    for (int i = 0; i < 20; ++i) {
        answer = co_await sandbox_.call(request, {});
        if (answer && answer->status() != 429) {
            break;
        }
        (void)co_await sandbox_.scheduler().sleep_for(std::chrono::seconds(5));
    }
    sandbox_.change_settings(before);
    const bool new_file = answer && method == "GET" && answer->status() == 404;
    if ((!answer || answer->status() >= 400) && !new_file && trouble_.empty()) {
        trouble_ = method + " " + target + ": " +
                   (answer ? answer->body().substr(0, 200) : answer.error().to_string());
    }
    co_return answer ? *std::move(answer) : http::Response(599);
}

Task<void> People::put_file(std::string path, std::string text) {
    const auto target = fmt::format("{}/contents/{}", repository, path);
    const auto& token = credential("APILAB_GITHUB_TOKEN");
    const auto old = co_await ask("GET", target, "", token);
    std::string body =
        fmt::format(R"({{"message":"Update {}","content":"{}")", path, base64_encode(text));
    if (old.ok()) {
        const auto document = http::JsonDocument::parse(old.body());
        body += fmt::format(R"(,"sha":"{}")", document->root()["sha"].string_or(""));
    }
    (void)co_await ask("PUT", target, body + "}", token);
}

Task<void> People::commit(Installed installed) {
    co_await put_file("package.json", manifest(installed));
    co_await put_file("package-lock.json", lockfile(installed));
    ++commits_;
    sandbox_.hub().emit(
        {.from = "github",
         .type = "push",
         .scope = "octo/hello",
         .body = fmt::format(
             R"({{"ref":"refs/heads/main","before":"{0:040x}","after":"{1:040x}","commits":[)"
             R"({{"id":"{1:040x}","added":[],"removed":[],"modified":["package-lock.json"]}}],)"
             R"("repository":{{"id":1296269,"name":"hello","full_name":"octo/hello",)"
             R"("default_branch":"main","pushed_at":{2}}}}})",
             commits_ - 1, commits_,
             std::chrono::duration_cast<std::chrono::seconds>(
                 sandbox_.scheduler().system_now().time_since_epoch())
                 .count())});
}

Task<std::string> People::make_hook(std::string url) {
    const auto answer = co_await ask(
        "POST", fmt::format("{}/hooks", repository),
        fmt::format(R"({{"events":["*"],"config":{{"url":{},"content_type":"json",)"
                    R"("secret":{}}}}})",
                    json_quote(url), json_quote(credential("APILAB_GITHUB_WEBHOOK_SECRET"))),
        credential("APILAB_GITHUB_TOKEN"));
    const auto document = http::JsonDocument::parse(answer.body());
    const auto id = document ? document->root()["id"].integer().value_or(0) : 0;
    co_return fmt::format("http://sandbox.test{}/hooks/{}", repository, id);
}

Task<std::vector<Row>> People::rows() {
    std::vector<Row> all;
    std::string cursor;
    do {
        const auto answer = co_await ask(
            "POST", fmt::format("/notion/v1/data_sources/{}/query", credential("APILAB_NOTION_DS")),
            cursor.empty() ? R"({"page_size":100})"
                           : fmt::format(R"({{"page_size":100,"start_cursor":"{}"}})", cursor),
            credential("APILAB_NOTION_TOKEN"));
        const auto document = http::JsonDocument::parse(answer.body());
        if (!document) {
            break;
        }
        for (const auto& page : document->root()["results"].elements()) {
            // The data source has rows of its own.
            if (auto row = row_of(page); row.key.contains('/')) {
                all.push_back(std::move(row));
            }
        }
        cursor = document->root()["next_cursor"].string_or("");
    } while (!cursor.empty());
    co_return all;
}

Task<void> People::add_columns() {
    (void)co_await ask("PATCH",
                       fmt::format("/notion/v1/data_sources/{}", credential("APILAB_NOTION_DS")),
                       R"({"properties":{"Decision":{"rich_text":{}},"Owner":{"rich_text":{}},)"
                       R"("Snooze until":{"date":{}}}})",
                       credential("APILAB_NOTION_TOKEN"));
}

Task<bool> People::write(std::string key, std::string properties) {
    for (const auto& row : co_await rows()) {
        if (row.key == key) {
            const auto answer = co_await ask("PATCH", "/notion/v1/pages/" + row.page,
                                             R"({"properties":)" + properties + "}",
                                             credential("APILAB_NOTION_TOKEN"));
            co_return answer.ok();
        }
    }
    co_return false;
}

Task<std::vector<Note>> People::notes() {
    std::vector<Note> all;
    std::string cursor;
    do {
        const auto answer = co_await ask(
            "POST", "/slack/api/conversations.history",
            fmt::format(R"({{"channel":"{}","limit":200,"include_all_metadata":true{}}})",
                        credential("APILAB_SLACK_CHANNEL"),
                        cursor.empty() ? "" : fmt::format(R"(,"cursor":"{}")", cursor)),
            credential("APILAB_SLACK_TOKEN"));
        const auto document = http::JsonDocument::parse(answer.body());
        if (!document) {
            break;
        }
        for (const auto& message : document->root()["messages"].elements()) {
            Note note{
                .ts = std::string(message["ts"].string_or("")),
                .text = std::string(message["text"].string_or("")),
                .all = message.to_text(),
                .key = std::string(message["metadata"]["event_payload"]["key"].string_or(""))};
            if (!note.key.empty()) {
                all.push_back(std::move(note));
            }
        }
        cursor = document->root()["response_metadata"]["next_cursor"].string_or("");
    } while (!cursor.empty());
    co_return all;
}

std::vector<Mail> People::mails() const {
    std::vector<Mail> all;
    for (const auto& row : sandbox_.journal().rows()) {
        if (row.provider == "google" && row.operation.starts_with("send") && row.applied) {
            const auto made = row.facts.find("makes");
            all.push_back({made == row.facts.end() ? "" : made->second, row.complete});
        }
    }
    return all;
}

}  // namespace apilab::radar_weeks
