#include "senders.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/work/sender.hpp"
#include "apilab/work/signature.hpp"

namespace apilab::radar_security {
namespace {

std::string github_event(int number, std::string_view url) {
    return fmt::format(
        R"({{"ref":"refs/heads/main","before":"{0:040x}","after":"{1:040x}","compare":"{2}/compare",)"
        R"("head_commit":{{"url":"{2}/commit"}},"commits":[{{"id":"{1:040x}","url":"{2}/commit"}}],)"
        R"("repository":{{"id":1,"name":"hello","full_name":"octo/hello","default_branch":"main",)"
        R"("html_url":"{2}/html","url":"{2}/api","hooks_url":"{2}/hooks","contents_url":)"
        R"("{2}/contents/{{+path}}","archive_url":"{2}/{{archive_format}}","git_url":"{2}/git",)"
        R"("releases_url":"{2}/releases{{/id}}","clone_url":"{2}/clone","owner":)"
        R"({{"login":"octo","avatar_url":"{2}/face"}}}},"sender":{{"url":"{2}/sender"}},)"
        R"("hook":{{"config":{{"url":"{2}/hook"}},"deliveries_url":"{2}/deliveries"}}}})",
        number, number + 1, url);
}

std::string slack_event(int number, std::string_view url) {
    return fmt::format(
        R"({{"token":"old","team_id":"T0","api_app_id":"A0","type":"event_callback",)"
        R"("event_id":"Ev{0}","event_time":1767225600,"response_url":"{1}/response","event":)"
        R"({{"type":"app_mention","user":"U9","text":"<@U0> status <{1}/text>","ts":)"
        R"("1767225600.{0:06}","channel":"C00000003","event_ts":"1767225600.{0:06}",)"
        R"("response_url":"{1}/response","files":[{{"id":"F1","url_private":"{1}/file",)"
        R"("url_private_download":"{1}/download","permalink":"{1}/link"}}],"attachments":)"
        R"([{{"from_url":"{1}/from","image_url":"{1}/image","title_link":"{1}/title"}}]}}}})",
        number, url);
}

std::string notion_event(int number, std::string_view url) {
    return fmt::format(
        R"({{"id":"00000000-0000-4000-8000-{0:012}","timestamp":"2026-01-01T00:00:00.000Z","type":)"
        R"("page.properties_updated","workspace_id":"w","subscription_id":"s","integration_id":"i",)"
        R"("attempt_number":1,"api_version":"2025-09-03","authors":[{{"id":"p","type":"person",)"
        R"("avatar_url":"{1}/face"}}],"entity":{{"id":"e{0}","type":"page","url":"{1}/page"}},)"
        R"("data":{{"parent":{{"id":"d","type":"data_source","data_source_id":"d","url":)"
        R"("{1}/parent"}},"updated_properties":["x"],"next_url":"{1}/next"}}}})",
        number, url);
}

std::string stripe_event(int number, std::string_view url) {
    return fmt::format(
        R"({{"id":"evt_{0}","object":"event","type":"invoice.paid","created":1767225600,"data":)"
        R"({{"object":{{"id":"in_{0}","object":"invoice","hosted_invoice_url":"{1}/invoice",)"
        R"("invoice_pdf":"{1}/pdf"}}}},"request":{{"id":"req","url":"{1}/request"}}}})",
        number, url);
}

std::string standard_event(int number, std::string_view url) {
    return fmt::format(
        R"({{"type":"radar.check","timestamp":"2026-01-01T00:00:00Z","data":{{"number":{0},)"
        R"("watch":"{1}/watch","url":"{1}/url","callback_url":"{1}/callback","path":)"
        R"("file:///etc/passwd","lockfile":"{1}/package-lock.json"}}}})",
        number, url);
}

}  // namespace

const std::vector<std::string>& senders() {
    static const std::vector<std::string> all{"github", "notion", "slack", "standard", "stripe"};
    return all;
}

std::string event_of(std::string_view sender, int number, std::string_view url) {
    return sender == "github"   ? github_event(number, url)
           : sender == "slack"  ? slack_event(number, url)
           : sender == "notion" ? notion_event(number, url)
           : sender == "stripe" ? stripe_event(number, url)
                                : standard_event(number, url);
}

Delivery deliver(std::string_view sender, const Secret& secret, std::string body, int number,
                 SystemTime now) {
    const auto* row = work::find_sender(sender);
    const auto id = fmt::format("delivery-{}", number);
    auto headers = work::SignatureSigner::create(row->scheme, secret)->sign(body, id, now).value();
    headers.add("content-type", "application/json");
    if (sender == "github") {
        headers.add("x-github-event", "push");
        headers.add("x-github-delivery", id);
    }
    return {.path = fmt::format("/webhooks/{}", sender),
            .headers = std::move(headers),
            .body = std::move(body)};
}

}  // namespace apilab::radar_security
