#include "glue.hpp"

#include <algorithm>

#include "apilab/http/retry_after.hpp"
#include "apilab/policy/backoff.hpp"
#include "apilab/provider/notion_values.hpp"

namespace exercise {

namespace {

using namespace std::chrono_literals;
using apilab::provider::Notion;
using apilab::provider::Slack;

constexpr std::string_view announced_property = "Announced";

}  // namespace

Request Finding::find_row() const {
    return notion.find_request(key);
}

Request Finding::make_row(std::size_t piece) const {
    return notion.create_request(Notion::text_properties({{"Key", key}, {"Notes", text}}, piece));
}

Request Finding::tick(const Result<Response>& row) const {
    return notion.update_request(Notion::page_id(row), tick_value());
}

bool Finding::is_ticked(const Result<Response>& row) {
    return Notion::is_ticked(row, announced_property);
}

Request Finding::read_channel() const {
    return slack.history_request(channel);
}

Request Finding::post_message() const {
    return slack.post_request(message());
}

Slack::Message Finding::message() const {
    return {.channel = channel, .text = "New finding " + key, .key = key};
}

std::vector<std::pair<std::string, std::string>> Finding::values() const {
    return {{"Notes", apilab::provider::NotionValue::text(text)}};
}

std::string Finding::tick_value() {
    return Notion::checkbox_property(announced_property, true);
}

std::vector<Finding> findings(Lab& lab, std::size_t count) {
    const Notion notion({.client = &lab.client(), .base = lab.get("/notion").url()},
                        {.token = secret_of(lab, "APILAB_NOTION_TOKEN"),
                         .data_source = std::string(secret_of(lab, "APILAB_NOTION_DS").reveal())});
    const Slack slack({.client = &lab.client(), .base = lab.get("/slack").url()},
                      secret_of(lab, "APILAB_SLACK_TOKEN"));
    const std::string channel(secret_of(lab, "APILAB_SLACK_CHANNEL").reveal());
    std::vector<Finding> all;
    for (std::size_t i = 10; i < 10 + count; ++i) {
        all.push_back(
            {.key = "F-" + std::to_string(lab.rng().between(1000, 9999)) + std::to_string(i),
             .text = std::string(i % 4 == 1 ? 4800 : 80, 'x'),
             .notion = notion,
             .slack = slack,
             .channel = channel});
    }
    return all;
}

Task<void> each_finding(Lab& lab, Task<void> (*bring)(Lab&, Finding)) {
    for (const auto& finding : findings(lab)) {
        co_await bring(lab, finding);
    }
}

Task<Result<Response>> paced(Lab& lab, Request request) {
    co_await lab.sleep(request.url().path().contains("/slack/") ? 1s : 345ms);
    co_return co_await apilab::transport::send(lab.transport(), std::move(request));
}

Duration announced(Lab& lab, const Result<Response>& answer) {
    const auto headers = answer ? answer->headers() : apilab::http::Headers();
    return apilab::http::parse_retry_after(headers, lab.system_now()).wait.value_or(0ns);
}

Duration pause(Lab& lab, const Result<Response>& answer, int attempt) {
    using apilab::policy::BackoffKind;
    apilab::policy::BackoffPolicy backoff({.kind = BackoffKind::equal_jitter, .base = 1s});
    return std::max(backoff.delay(attempt - 1, lab.rng()), announced(lab, answer));
}

bool passing(const Result<Response>& answer) {
    const int status = answer ? answer->status() : 503;
    return status == 409 || status == 429 || status >= 500 ||
           Slack::passing(Slack::refusal(*answer));
}

Task<Result<Response>> until_ok(Lab& lab, Request request) {
    auto answer = co_await apilab::transport::send(lab.transport(), request);
    for (int i = 0; i < 20 && (!answer || !answer->ok()); ++i) {
        co_await lab.sleep(100ms);
        answer = co_await apilab::transport::send(lab.transport(), request);
    }
    co_return answer;
}

Task<void> bring_until_sure(Lab& lab, Finding finding, Task<Result<void>> (*bring)(Lab&, Finding)) {
    const auto open = [](const apilab::Error& error) {
        return error.outcome() == apilab::Outcome::unknown || error.retryable() ||
               Slack::passing(error.provider_code());
    };
    auto brought = co_await bring(lab, finding);
    for (int attempt = 1; attempt < 5 && !brought && open(brought.error()); ++attempt) {
        co_await lab.sleep(pause(lab, apilab::fail(brought.error()), attempt));
        brought = co_await bring(lab, finding);
    }
    lab.ended(finding.key, brought ? Result<Response>(Response(200)) : fail(brought.error()));
}

}  // namespace exercise
