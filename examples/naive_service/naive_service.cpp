// release-notes: a push to GitHub makes it look up what the project depends on at npm and OSV,
// write what it found to Notion, and tell Slack and a mailbox. Works on the first try, and on most
// days. README.md says what `apilab checklist run` thinks of it; nothing else in this repository
// uses it.
#include <curl/curl.h>
#include <openssl/hmac.h>

#include <atomic>
#include <boost/json.hpp>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include "naive_service/web.hpp"

namespace {

namespace json = boost::json;
using release_notes::Answer;
using release_notes::call;
using release_notes::Incoming;
using release_notes::log;
using release_notes::setting;

constexpr std::size_t packages_max = 5;

std::atomic<long> pushes{0};
std::map<std::string, long> events;
std::mutex token_mutex;
std::string access_token;
std::mutex mutex;
std::condition_variable news;
std::deque<std::string> slack_events;

std::string text(const json::value& value) {
    return std::string(value.as_string());
}

std::string bearer(const std::string& name) {
    return "Authorization: Bearer " + setting(name);
}

std::string hmac_hex(const std::string& secret, const std::string& message) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest, &size);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        constexpr char digits[] = "0123456789abcdef";
        hex += digits[digest[i] >> 4U];
        hex += digits[digest[i] & 15U];
    }
    return hex;
}

std::string base64_url(const std::string& bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()))));
    for (char& c : out) {
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return out;
}

// --- the APIs

json::value lockfile_of(const json::value& push) {
    const json::object& repository = push.at("repository").as_object();
    std::string url = setting("GITHUB_URL", "https://api.github.com") + "/repos/" +
                      text(repository.at("full_name")) + "/contents/";
    if (repository.contains("contents_url")) {  // GitHub says itself where it is
        url = text(repository.at("contents_url"));
        url.resize(url.find("{+path}"));
    }
    return json::parse(call("GET", url + "package-lock.json",
                            {bearer("GITHUB_TOKEN"), "Accept: application/vnd.github.raw+json",
                             "X-GitHub-Api-Version: 2022-11-28"})
                           .body);
}

std::string latest_of(const std::string& package) {
    const Answer answer =
        call("GET", setting("NPM_URL") + "/" + package, {"Accept: application/json"});
    return text(json::parse(answer.body).at("dist-tags").at("latest"));
}

json::array vulnerabilities_of(const std::string& package, const std::string& version) {
    const json::object query{{"package", {{"name", package}, {"ecosystem", "npm"}}},
                             {"version", version}};
    const Answer answer = call("POST", setting("OSV_URL", "https://api.osv.dev") + "/v1/query",
                               {"Accept: application/json", "Content-Type: application/json"},
                               json::serialize(query));
    const json::value found = json::parse(answer.body);
    return found.as_object().contains("vulns") ? found.at("vulns").as_array() : json::array();
}

void add_to_notion(const std::string& title, const std::string& url) {
    const auto rich = [](const std::string& words) {
        return json::array{json::object{{"text", {{"content", words}}}}};
    };
    const json::object paragraph{
        {"object", "block"}, {"type", "paragraph"}, {"paragraph", {{"rich_text", rich(url)}}}};
    const json::object page{
        {"parent", {{"type", "data_source_id"}, {"data_source_id", setting("NOTION_DS")}}},
        {"properties", {{"Name", {{"title", rich(title)}}}}},
        {"children", json::array{paragraph}}};
    call("POST", setting("NOTION_URL", "https://api.notion.com") + "/v1/pages",
         {bearer("NOTION_TOKEN"), "Notion-Version: 2025-09-03", "Accept: application/json",
          "Content-Type: application/json"},
         json::serialize(page));
}

void tell_slack(const std::string& channel, const std::string& words) {
    call("POST", setting("SLACK_URL", "https://slack.com") + "/api/chat.postMessage",
         {bearer("SLACK_TOKEN"), "Accept: application/json",
          "Content-Type: application/json; charset=utf-8"},
         json::serialize(json::object{{"channel", channel}, {"text", words}}));
}

// Good for an hour; asked for when there is none.
std::string google_token() {
    const std::lock_guard lock(token_mutex);
    if (access_token.empty()) {
        const Answer token =
            call("POST", setting("GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token"),
                 {"Accept: application/json", "Content-Type: application/x-www-form-urlencoded"},
                 "grant_type=refresh_token&client_id=" + setting("GOOGLE_CLIENT_ID") +
                     "&client_secret=" + setting("GOOGLE_CLIENT_SECRET") +
                     "&refresh_token=" + setting("GOOGLE_REFRESH_TOKEN"));
        access_token = text(json::parse(token.body).at("access_token"));
    }
    return access_token;
}

void send_mail(const std::string& subject, const std::string& words) {
    const std::string mail = "To: " + setting("MAIL_TO") + "\r\nSubject: " + subject +
                             "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + words;
    try {
        call("POST",
             setting("GMAIL_URL", "https://gmail.googleapis.com") +
                 "/gmail/v1/users/me/messages/send",
             {"Authorization: Bearer " + google_token(), "Accept: application/json",
              "Content-Type: application/json"},
             json::serialize(json::object{{"raw", base64_url(mail)}}));
    } catch (const std::exception&) {
        const std::lock_guard lock(token_mutex);
        access_token.clear();  // it may have ended
        throw;
    }
}

// --- what it is for

void publish(const std::string& body) {
    const json::value push = json::parse(body);
    const json::value lockfile = lockfile_of(push);
    const json::object& locked = lockfile.at("packages").as_object();
    std::string summary;
    std::size_t looked_at = 0;
    for (const auto& [name, range] : locked.at("").at("dependencies").as_object()) {
        if (++looked_at > packages_max) {
            break;
        }
        const std::string package(name);
        const std::string version = text(locked.at("node_modules/" + package).at("version"));
        const std::string latest = latest_of(package);
        for (const json::value& found : vulnerabilities_of(package, version)) {
            const std::string id = text(found.at("id"));
            add_to_notion(package + " " + version + ": " + id,
                          "https://osv.dev/vulnerability/" + id);
            summary += package + " " + version + " has " + id + ", " + latest + " is out\n";
        }
    }
    const std::string title = "Release notes of " + text(push.at("repository").at("full_name"));
    tell_slack(setting("SLACK_CHANNEL"), title + "\n" + summary);
    send_mail(title, summary);
    ++pushes;
}

void count(const std::string& sender, const std::string& event) {
    const std::lock_guard lock(mutex);
    ++events["release_notes_webhooks_total{sender=\"" + sender + "\",type=\"" + event + "\"}"];
}

std::string metrics() {
    const std::lock_guard lock(mutex);
    std::string all;
    for (const auto& [name, number] : events) {
        all += name + " " + std::to_string(number) + "\n";
    }
    return all;
}

Answer on_github(const Incoming& request) {
    const auto signature = request.headers.find("x-hub-signature-256");
    if (signature != request.headers.end() &&
        signature->second != "sha256=" + hmac_hex(setting("GITHUB_WEBHOOK_SECRET"), request.body)) {
        return {401, "wrong signature\n"};
    }
    const std::string& event = request.headers.at("x-github-event");
    count("github", event);
    if (event == "push") {
        publish(request.body);
    }
    return {200, "ok\n"};
}

Answer on_slack(const Incoming& request) {
    const auto signature = request.headers.find("x-slack-signature");
    if (signature != request.headers.end() &&
        signature->second !=
            "v0=" + hmac_hex(setting("SLACK_SIGNING_SECRET"),
                             "v0:" + request.headers.at("x-slack-request-timestamp") + ":" +
                                 request.body)) {
        return {401, "wrong signature\n"};
    }
    const json::value event = json::parse(request.body);
    if (event.at("type") == "url_verification") {
        return {200, text(event.at("challenge"))};
    }
    count("slack", text(event.at("event").at("type")));
    const std::lock_guard lock(mutex);
    slack_events.push_back(request.body);
    news.notify_one();
    return {200, ""};
}

// Slack wants its answer within three seconds: the work is done here.
void answer_slack() {
    for (;;) {
        std::unique_lock lock(mutex);
        news.wait(lock, [] { return !slack_events.empty(); });
        const std::string body = slack_events.front();
        slack_events.pop_front();
        lock.unlock();
        try {
            const json::value event = json::parse(body).at("event");
            if (event.at("type") == "app_mention" || event.at("type") == "message") {
                tell_slack(text(event.at("channel")),
                           "You said: " + text(event.at("text")) +
                               "\nNotes written so far: " + std::to_string(pushes));
            }
        } catch (const std::exception& error) {
            log(std::string("slack event failed: ") + error.what());
        }
    }
}

Answer handle(const Incoming& request) {
    if (request.path == "/health") {
        return {200, "ok\n"};
    }
    if (request.path == "/metrics") {
        return {200, metrics()};
    }
    try {
        return request.path == "/webhooks/github"  ? on_github(request)
               : request.path == "/webhooks/slack" ? on_slack(request)
                                                   : Answer{404, "not found\n"};
    } catch (const std::exception& error) {
        log(std::string("error: ") + error.what());
        return {500, error.what()};
    }
}

}  // namespace

int main() {
    std::string missing;
    for (const char* name :
         {"GITHUB_TOKEN", "GITHUB_WEBHOOK_SECRET", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN",
          "NOTION_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_TOKEN"}) {
        missing += setting(name).empty() ? std::string(" ") + name : "";
    }
    if (!missing.empty()) {
        std::cerr << "not set:" << missing << "\n";
        return 1;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    std::thread(answer_slack).detach();
    release_notes::serve(std::stoi(setting("PORT", "8080")), handle);
}
