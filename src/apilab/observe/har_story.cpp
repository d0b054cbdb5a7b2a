// A story as a page and entries of a HAR (http://www.softwareishard.com/blog/har-12-spec/).

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/base/base64.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/url.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/observe/internal/har_time.hpp"
#include "apilab/observe/story_json.hpp"

namespace apilab::observe {
namespace {

namespace json = boost::json;
using internal::date_of;
using internal::milliseconds;

// HAR is JSON, and JSON is UTF-8; a value in another encoding is shown as far as it is ASCII.
std::string text_of(std::string_view text) {
    std::string shown(text);
    if (!valid_utf8(shown)) {
        std::ranges::replace_if(shown, [](char c) { return (c & '\x80') != 0; }, '?');
    }
    return shown;
}

json::array header_list(const http::Headers& headers) {
    json::array list;
    for (const auto& [name, value] : headers) {
        list.push_back({{"name", text_of(name)}, {"value", text_of(value)}});
    }
    return list;
}

json::array query_list(std::string_view url) {
    json::array list;
    const auto mark = std::min(url.find('?'), url.size());
    for (auto rest = url.substr(std::min(mark + 1, url.size())); !rest.empty();) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto field = rest.substr(0, end);
        const auto equals = std::min(field.find('='), field.size());
        const auto value = field.substr(std::min(equals + 1, field.size()));
        list.push_back({{"name", text_of(http::percent_decode(field.substr(0, equals)))},
                        {"value", text_of(http::percent_decode(value))}});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return list;
}

json::object request_object(const Exchange& exchange) {
    json::object object{{"method", text_of(exchange.method)},
                        {"url", text_of(exchange.url)},
                        {"httpVersion", "HTTP/1.1"},
                        {"cookies", json::array()},
                        {"headers", header_list(exchange.request_headers)},
                        {"queryString", query_list(exchange.url)},
                        {"headersSize", -1},
                        {"bodySize", exchange.request_body_size}};
    if (!exchange.request_body.empty()) {
        object["postData"] = {{"mimeType", text_of(exchange.request_headers.value("content-type"))},
                              {"text", text_of(exchange.request_body)}};
    }
    return object;
}

json::object content_object(const Exchange& exchange) {
    json::object content{{"size", exchange.response_body_size},
                         {"mimeType", text_of(exchange.response_headers.value("content-type"))}};
    if (valid_utf8(exchange.response_body)) {
        content["text"] = exchange.response_body;
    } else {
        content["text"] = base64_encode(exchange.response_body);
        content["encoding"] = "base64";
    }
    return content;
}

json::object response_object(const Exchange& exchange, const http::AttemptRecord& attempt) {
    json::object object{{"status", attempt.status},
                        {"statusText", text_of(exchange.reason)},
                        {"httpVersion", "HTTP/1.1"},
                        {"cookies", json::array()},
                        {"headers", header_list(exchange.response_headers)},
                        {"content", content_object(exchange)},
                        {"redirectURL", text_of(exchange.response_headers.value("location"))},
                        {"headersSize", -1},
                        {"bodySize", -1}};
    if (attempt.error) {
        object["_error"] = text_of(attempt.error_message);
    }
    return object;
}

// The parts add up to `time`; `ssl` is within `connect`, and -1 is a phase that did not take place.
struct Timing {
    json::object parts;
    double time = 0;
};
Timing timing_of(const http::AttemptRecord& attempt) {
    const auto& phases = attempt.phases;
    const auto connect = phases.connect + phases.tls;
    const auto known =
        phases.queue + phases.resolve + connect + phases.send + phases.first_byte + phases.receive;
    const auto blocked = phases.queue + std::max(Duration::zero(), attempt.elapsed - known);
    const auto made = [&](Duration phase) {
        return phase == Duration::zero() ? -1.0 : milliseconds(phase);
    };
    return {.parts = {{"blocked", made(blocked)},
                      {"dns", made(phases.resolve)},
                      {"connect", made(connect)},
                      {"ssl", made(phases.tls)},
                      {"send", milliseconds(phases.send)},
                      {"wait", milliseconds(phases.first_byte)},
                      {"receive", milliseconds(phases.receive)}},
            .time = milliseconds(std::max(attempt.elapsed, known))};
}

// Its request where it was kept, else what the record says of it.
Exchange exchange_of(const Story& story, std::size_t attempt) {
    const auto found = std::ranges::find(story.exchanges, attempt, &Exchange::attempt);
    return found != story.exchanges.end()
               ? *found
               : Exchange{.attempt = attempt,
                          .method = story.record.method,
                          .url = story.record.origin + story.record.url_template};
}

void put_waits(json::object& entry, const http::CallRecord& call, int number) {
    json::array waits;
    Duration sum{};
    for (const auto& wait : call.waits) {
        if (wait.after_attempt == number - 1) {
            waits.push_back({{"cause", to_string(wait.cause)}, {"ms", milliseconds(wait.elapsed)}});
            sum += wait.elapsed;
        }
    }
    if (!waits.empty()) {
        entry["_waits"] = std::move(waits);
        entry["_wait"] = milliseconds(sum);
    }
}

std::string decisions_after(const http::CallRecord& call, int number) {
    std::string sentences;
    for (const auto& decision : call.decisions) {
        if (decision.after_attempt == number) {
            sentences += (sentences.empty() ? "" : "; ") + http::explain(decision);
        }
    }
    return text_of(sentences);
}

json::object entry_object(const Story& story, std::size_t index, const std::string& page) {
    const auto& call = story.record;
    const auto& attempt = call.attempts[index];
    const auto exchange = exchange_of(story, index);
    auto timing = timing_of(attempt);
    json::object entry{{"pageref", page},
                       {"startedDateTime", date_of(story.at(attempt.started))},
                       {"time", timing.time},
                       {"request", request_object(exchange)},
                       {"response", response_object(exchange, attempt)},
                       {"cache", json::object()},
                       {"timings", std::move(timing.parts)},
                       {"_callId", text_of(call.id)},
                       {"_attempt", attempt.number},
                       {"_hop", attempt.hop},
                       {"_hedge", attempt.hedge},
                       {"_outcome", to_string(attempt.outcome)}};
    if (attempt.hop == 0 && !attempt.hedge) {
        put_waits(entry, call, attempt.number);
    }
    const bool last =
        index + 1 == call.attempts.size() || call.attempts[index + 1].number != attempt.number;
    if (auto decision = decisions_after(call, attempt.number); last && !decision.empty()) {
        entry["_decision"] = std::move(decision);
    }
    return entry;
}

}  // namespace

void Har::add(const Story& story) {
    const auto& call = story.record;
    if (entries_.size() + call.attempts.size() > options_.entries_max ||
        pages_.size() >= options_.entries_max) {
        left_out_ += call.attempts.size();
        return;
    }
    const auto page = fmt::format("call_{}", pages_.size() + 1);
    const json::object object{
        {"startedDateTime", date_of(story.started)},
        {"id", page},
        {"title", text_of(call.method + " " + call.origin + call.url_template)},
        {"pageTimings", {{"onContentLoad", -1}, {"onLoad", milliseconds(call.elapsed)}}},
        {"_callId", text_of(call.id)},
        {"_story", json::parse(story_json(story))}};
    pages_.push_back(scrubbed(json::serialize(object)));
    for (std::size_t i = 0; i < call.attempts.size(); ++i) {
        entries_.push_back(scrubbed(json::serialize(entry_object(story, i, page))));
    }
}

}  // namespace apilab::observe
