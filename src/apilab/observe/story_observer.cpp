#include "apilab/observe/story_observer.hpp"

#include <utility>

#include "apilab/http/redact.hpp"

namespace apilab::observe {
namespace {

std::string scrubbed(std::string text) {
    Scrubber::of_process().scrub(text);
    return text;
}

http::Headers shown_headers(const http::Headers& headers) {
    http::Headers shown;
    for (const auto& [name, value] : headers) {
        shown.add(name, scrubbed(http::shown_header(name, value)));
    }
    return shown;
}

std::string shown_body(const http::Headers& headers, std::string_view body, std::size_t size_max) {
    return size_max == 0
               ? std::string()
               : scrubbed(http::shown_body(headers.value("content-type"), body, size_max));
}

}  // namespace

Exchange shown_exchange(const http::Request& sent, const http::Response* answer,
                        std::size_t body_max) {
    Exchange exchange{.method = sent.method(),
                      .url = scrubbed(http::shown_url(sent.url(), sent.hidden_parameters())),
                      .request_headers = shown_headers(sent.headers()),
                      .request_body = shown_body(sent.headers(), sent.body(), body_max),
                      .request_body_size = sent.body().size()};
    if (answer != nullptr) {
        exchange.answered = true;
        exchange.reason = scrubbed(answer->reason());
        exchange.response_headers = shown_headers(answer->headers());
        exchange.response_body = shown_body(answer->headers(), answer->body(), body_max);
        exchange.response_body_size = answer->body().size();
    }
    return exchange;
}

StoryObserver::StoryObserver(const Clock& clock, Sink sink, StoryOptions options)
    : clock_(clock), sink_(std::move(sink)), options_(options) {}

void StoryObserver::on_exchange(const http::CallRecord& call,
                                const http::AttemptRecord& /*attempt*/, const http::Request& sent,
                                const http::Response* answer) {
    auto found = exchanges_.find(&call);
    if (found == exchanges_.end()) {
        if (exchanges_.size() >= options_.calls_max) {
            return;
        }
        found = exchanges_.try_emplace(&call).first;
    }
    if (found->second.size() < options_.exchanges_max) {
        found->second.push_back(shown_exchange(sent, answer, options_.body_max));
        found->second.back().attempt = call.attempts.size() - 1;
    }
}

void StoryObserver::on_call(const http::CallRecord& call) {
    Story story{.started = clock_.system_now() -
                           std::chrono::duration_cast<SystemTime::duration>(call.elapsed),
                .record = call};
    if (auto node = exchanges_.extract(&call)) {
        story.exchanges = std::move(node.mapped());
    }
    sink_(std::move(story));
}

}  // namespace apilab::observe
