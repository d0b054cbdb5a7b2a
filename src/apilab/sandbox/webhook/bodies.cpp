#include "apilab/sandbox/webhook/bodies.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/digest.hpp"

namespace apilab::sandbox::webhook {
namespace {

using std::chrono::seconds;

// Later states of an object are dated later; the rest is what the caller says.
SystemTime date_of(const Subject& subject) {
    const bool changed = subject.matter == Matter::updated;
    const bool gone = subject.matter == Matter::deleted;
    return subject.at + seconds(gone ? 2 : changed ? 1 : 0);
}

std::int64_t epoch(SystemTime at) {
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

std::string iso(SystemTime at, std::string_view fraction = "") {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}{}Z", std::chrono::floor<seconds>(at), fraction);
}

std::string_view past(Matter matter) {
    return matter == Matter::created   ? "created"
           : matter == Matter::deleted ? "deleted"
                                       : "updated";
}

bool of_object(const Subject& subject) {
    return subject.matter == Matter::created || subject.matter == Matter::updated ||
           subject.matter == Matter::deleted;
}

std::string uuid(std::string_view digits) {
    return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                       digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

constexpr std::string_view github_repository =
    R"("repository":{"id":1296269,"node_id":"MDEwOlJlcG9zaXRvcnkxMjk2MjY5","name":"webshop",)"
    R"("full_name":"octo/webshop","private":false,"owner":{"login":"octo","id":1,"type":)"
    R"("Organization"},"html_url":"https://github.com/octo/webshop","default_branch":"main"},)"
    R"("sender":{"login":"ada","id":2,"type":"User","site_admin":false})";

// What odd texts of GitHub's go on with in a new line: it looks like a line of a log.
constexpr std::string_view forged_line = R"({\"level\":\"error\",\"event\":\"forged\"})";

std::string with(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

// The repository, with the URLs that a receiver may be tempted to follow.
std::string lured_repository(std::string_view origin) {
    return with(std::string(github_repository), R"("default_branch")",
                fmt::format(R"("url":"{0}/repos/octo/webshop","contents_url":)"
                            R"("{0}/repos/octo/webshop/contents/{{+path}}","default_branch")",
                            origin));
}

std::string github_push(const Subject& subject) {
    const auto name = fmt::format("commit {}", subject.number);
    const auto hash = event_digits("github", subject.seed, name);
    if (subject.odd) {  // blanks, an escape in capitals, a number in another spelling, a line's end
        return fmt::format(
            "{{ \"ref\" : \"refs/heads/main\", \"after\":\"{0}00000000\",\n"
            "  \"commits\": [ {{ \"message\": \"Gr\\u00fc\\u00DFe \\u001B[1m{1} ☕'); --\\n{2}\" , "
            "\"size\": 1.50e2 }} ],\n  \"repository\": {{\"full_name\":\"octo\\/webshop\", "
            "\"id\": 1296269}} }}\n",
            hash, subject.number, forged_line);
    }
    const auto commit = fmt::format(
        R"({{"id":"{0}00000000","message":"change {1}","timestamp":"{2}","added":[],"removed":[],)"
        R"("modified":["shop.txt"]}})",
        hash, subject.number, iso(subject.at));
    const auto repository =
        subject.lure.empty() ? std::string(github_repository) : lured_repository(subject.lure);
    auto text = fmt::format(
        R"({{"ref":"refs/heads/main","before":"{0}00000000","after":"{1}00000000","created":false,)"
        R"("deleted":false,"forced":false,"base_ref":null,"compare":)"
        R"("https://github.com/octo/webshop/compare/{0}...{1}","commits":[{2}],"head_commit":{2},)"
        R"("pusher":{{"name":"ada","email":"ada@example.com"}},{3}}})",
        event_digits("github", subject.seed, fmt::format("commit {}", subject.number - 1)), hash,
        commit, repository);
    return subject.lure.empty() ? text : with(std::move(text), "https://github.com", subject.lure);
}

Body github_body(const Subject& subject) {
    if (subject.matter == Matter::plain) {
        return {.type = "push",
                .action = {},
                .text = github_push(subject),
                .object = {},
                .version = {}};
    }
    if (subject.matter == Matter::unknown) {
        return {.type = "repository_weather",
                .action = "clouded_over",
                .text = fmt::format(R"({{"action":"clouded_over","weather":{{"number":{},"note":)"
                                    R"("main"}},"new_field":[null],{}}})",
                                    subject.number, github_repository),
                .object = {},
                .version = {}};
    }
    const auto version = iso(date_of(subject));
    const std::string action(subject.matter == Matter::created   ? "opened"
                             : subject.matter == Matter::updated ? "edited"
                                                                 : "deleted");
    return {
        .type = "issues",
        .action = action,
        .text = fmt::format(
            R"({{"action":"{0}","issue":{{"id":{1},"number":{1},"title":"issue {1}, {0}","state":)"
            R"("open","created_at":"{2}","updated_at":"{3}","closed_at":null,"labels":[],"user":)"
            R"({{"login":"ada","id":2,"type":"User"}}}},{4}}})",
            action, 1000 + subject.number, iso(subject.at), version, github_repository),
        .object = std::to_string(1000 + subject.number),
        .version = version};
}

// As the workspace of the sandbox knows them (`slack::Workspace`).
constexpr std::string_view bot_user = "U0APILAB1";
constexpr std::string_view bot = "B0APILAB1";

std::string message_ts(const Subject& subject) {
    return fmt::format("{}.000{:03}", epoch(subject.at), subject.number % 1000);
}

std::string slack_inner(const Subject& subject) {
    const auto then = epoch(subject.at);
    const auto now = epoch(date_of(subject));
    const auto message =
        fmt::format(R"("ts":"{0}.000{1:03}","channel":"C00000003","event_ts":"{2}.000{1:03}")",
                    then, subject.number % 1000, now);
    switch (subject.matter) {
        case Matter::plain:
            return fmt::format(
                R"({{"type":"app_mention","user":"U061F7AUR","text":"event {}{}",{}}})",
                subject.number,
                subject.lure.empty() ? "" : fmt::format(" <{}/report.json>", subject.lure),
                message);
        case Matter::own:
            return fmt::format(
                R"({{"type":"app_mention","user":"{}","bot_id":"{}","app_id":"A0FFV41KK",)"
                R"("text":"event {}",{}}})",
                bot_user, bot, subject.number, message);
        case Matter::unknown:
            return fmt::format(R"({{"type":"weather_changed","note":"event {}","news":[null],{}}})",
                               subject.number, message);
        case Matter::created:
            return fmt::format(R"({{"type":"message","user":"U061F7AUR","text":"event {}",{}}})",
                               subject.number, message);
        case Matter::updated:
            return fmt::format(
                R"({{"type":"message","subtype":"message_changed","hidden":true,"message":)"
                R"({{"type":"message","user":"U061F7AUR","text":"event {0}, changed","ts":)"
                R"("{1}.000{2:03}","edited":{{"user":"U061F7AUR","ts":"{3}.000000"}}}},{4}}})",
                subject.number, then, subject.number % 1000, now, message);
        case Matter::deleted:
            break;
    }
    return fmt::format(
        R"({{"type":"message","subtype":"message_deleted","hidden":true,"deleted_ts":)"
        R"("{0}.000{1:03}","note":"event ",{2}}})",
        then, subject.number % 1000, message);
}

Body slack_body(const Subject& subject) {
    const auto then = epoch(subject.at);
    Body body{.type = "event_callback", .action = {}, .text = {}, .object = {}, .version = {}};
    if (subject.matter == Matter::plain || subject.matter == Matter::own) {
        body.ts = message_ts(subject);
        body.words = subject.odd ? std::string() : fmt::format("event {}", subject.number);
    }
    if (of_object(subject)) {
        body.object = fmt::format("{}.000{:03}", then, subject.number % 1000);
        body.version = fmt::format("{}.000{:03}", epoch(date_of(subject)), subject.number % 1000);
    }
    if (subject.odd) {
        body.text = fmt::format(
            "{{ \"type\":\"event_callback\" ,\"team_id\":\"T061EG9R6\",\"api_app_id\":"
            "\"A0FFV41KK\",\n\t\"event\": {{\"type\":\"app_mention\",\"text\":\"caf\\u00E9 "
            "\\ud83d\\ude00 {1} <!channel> "
            "planted-7f3a\",\"user\":\"U061F7AUR\",\"channel\":\"C00000003\",\"ts\":"
            "\"{2}.000{1:03}\",\"event_ts\":\"{2}.000{1:03}\"}}, \"event_time\":{2},"
            "\"event_id\":\"{0}\" }}",
            subject.id, subject.number, then);
    } else {
        body.text = slack_envelope(subject.id, slack_inner(subject), subject.seed, subject.at);
    }
    return body;
}

Body stripe_body(const Subject& subject) {
    const auto now = epoch(date_of(subject));
    Body body{.type = "invoice.paid", .action = {}, .text = {}, .object = {}, .version = {}};
    std::string object = fmt::format("in_{:024}", subject.number);
    std::string_view kind = "invoice";
    if (subject.matter == Matter::unknown) {
        body.type = "weather.clouded_over";
        kind = "weather";
    } else if (of_object(subject)) {
        body.type = fmt::format("customer.{}", past(subject.matter));
        object = fmt::format("cus_{:014}", subject.number);
        kind = "customer";
        body.object = object;
        body.version = std::to_string(now);
    }
    if (subject.odd) {
        body.text = fmt::format(
            "{{\n  \"id\" : \"{0}\",\n  \"object\": \"event\", \"api_version\":\"2026-06-30\",\n"
            "  \"created\": {1}, \"data\": {{ \"object\": {{\"id\":\"{2}\",\"object\":\"{3}\","
            "\"amount_paid\":1.50e3,\"description\":\"Gr\\u00FC\\u00DFe, event {4}\"}} }},\n"
            "  \"livemode\": {5}, \"pending_webhooks\":1,\n  \"request\":{{\"id\":null,"
            "\"idempotency_key\":null}},  \"type\" : \"{6}\"\n}}",
            subject.id, now, object, kind, subject.number, !subject.test, body.type);
        return body;
    }
    body.text = fmt::format(
        R"({{"id":"{0}","object":"event","api_version":"2026-06-30","created":{1},"data":)"
        R"({{"object":{{"id":"{2}","object":"{3}","created":{7},"description":"event {4}",)"
        R"("livemode":{5}}}{8}}},"livemode":{5},"pending_webhooks":1,"request":{{"id":null,)"
        R"("idempotency_key":null}},"type":"{6}"}})",
        subject.id, now, object, kind, subject.number, !subject.test, body.type, epoch(subject.at),
        subject.matter == Matter::updated ? R"(,"previous_attributes":{"description":"event"})"
                                          : "");
    return body;
}

Body notion_body(const Subject& subject) {
    Body body{.type = "comment.created", .action = {}, .text = {}, .object = {}, .version = {}};
    const auto entity =
        uuid(event_digits("notion", subject.seed, fmt::format("entity {}", subject.number)));
    const auto now = iso(date_of(subject), ".000");
    std::string_view kind = "comment";
    if (subject.matter == Matter::unknown) {
        body.type = "weather.clouded_over";
        kind = "weather";
    } else if (of_object(subject)) {
        body.type = subject.matter == Matter::updated
                        ? "page.properties_updated"
                        : fmt::format("page.{}", past(subject.matter));
        kind = "page";
        body.object = entity;
        body.version = now;
    }
    const std::string blank = subject.odd ? " \n " : "";
    const std::string_view name = subject.odd ? R"(main\u0020\u00DF)" : "main";
    body.text = fmt::format(
        R"({{{8}"id":"{0}","timestamp":"{1}","workspace_id":"{2}",{8}"workspace_name":"{3}",)"
        R"("subscription_id":"{4}","integration_id":"{5}","authors":[{{"id":"{6}","type":)"
        R"("person"}}],{8}"attempt_number":1,"api_version":"2026-03-11","type":"{7}","entity":)"
        R"({{"id":"{9}","type":"{10}"}},"data":{{}}}})",
        subject.id, now, uuid(event_digits("notion", subject.seed, "workspace")), name,
        uuid(event_digits("notion", subject.seed, "subscription")),
        uuid(event_digits("notion", subject.seed, "integration")),
        uuid(event_digits("notion", subject.seed, "author")), body.type, blank, entity, kind);
    return body;
}

Body standard_body(const Subject& subject) {
    Body body{.type = "order.shipped", .action = {}, .text = {}, .object = {}, .version = {}};
    const auto now = iso(date_of(subject), ".000");
    if (subject.matter == Matter::unknown) {
        body.type = "weather.clouded_over";
    } else if (of_object(subject)) {
        body.type = fmt::format("order.{}", past(subject.matter));
        body.object = fmt::format("ord_{}", subject.number);
        body.version = now;
    }
    body.text =
        subject.odd
            ? fmt::format(
                  "{{ \"type\":\"{}\",\n \"timestamp\" : \"{}\", \"data\": {{\"id\":"
                  "\"ord_{}\", \"total\": 1.50e2, \"note\":\"Gr\\u00FC\\u00DFe, event \" "
                  "}} }}\n",
                  body.type, now, subject.number)
            : fmt::format(R"({{"type":"{}","timestamp":"{}","data":{{"id":"ord_{}","total":150,)"
                          R"("note":"event {}"}}}})",
                          body.type, now, subject.number, subject.number);
    return body;
}

}  // namespace

std::string event_digits(std::string_view from, std::uint64_t seed, std::string_view name) {
    return internal::sha256_hex(fmt::format("webhook {} {} {}", seed, from, name)).substr(0, 32);
}

std::string event_id(std::string_view from, std::uint64_t seed, std::string_view name) {
    auto digits = event_digits(from, seed, name);
    if (from == "github" || from == "notion") {
        return uuid(digits);
    }
    if (from == "stripe") {
        return "evt_1" + digits.substr(0, 23);
    }
    if (from == "standard") {
        return "msg_" + digits.substr(0, 27);
    }
    std::ranges::transform(digits, digits.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return "Ev" + digits.substr(0, 9);
}

std::string slack_envelope(std::string_view event, std::string_view inner, std::uint64_t seed,
                           SystemTime at) {
    return fmt::format(
        R"({{"token":"{3}","team_id":"T061EG9R6","api_app_id":"A0FFV41KK","event":{1},)"
        R"("type":"event_callback","event_id":"{0}","event_time":{2},"authorizations":)"
        R"([{{"enterprise_id":null,"team_id":"T061EG9R6","user_id":"U0APILAB1","is_bot":true,)"
        R"("is_enterprise_install":false}}],"is_ext_shared_channel":false,"event_context":)"
        R"("4-{4}"}})",
        event, inner, epoch(at), event_digits("slack", seed, "token").substr(0, 24),
        event_digits("slack", seed, event));
}

Body handshake_body(std::string_view from, std::string_view challenge) {
    Body body;
    if (from == "github") {
        body.type = "ping";
        body.text = R"({"zen":"Design for failure.","hook_id":30,"hook":{"type":"Repository",)"
                    R"("id":30,"name":"web","active":true,"events":["push"]}})";
    } else if (from == "slack") {
        body.type = "url_verification";
        body.text = fmt::format(R"({{"challenge":{},"type":"url_verification"}})",
                                http::json_quote(challenge));
    } else if (from == "notion") {
        body.type = "verification_token";
        body.text = fmt::format(R"({{"verification_token":{}}})", http::json_quote(challenge));
    }
    return body;
}

Body write_body(const Subject& subject) {
    if (subject.from == "github") {
        return github_body(subject);
    }
    if (subject.from == "slack") {
        return slack_body(subject);
    }
    if (subject.from == "stripe") {
        return stripe_body(subject);
    }
    return subject.from == "notion" ? notion_body(subject) : standard_body(subject);
}

}  // namespace apilab::sandbox::webhook
