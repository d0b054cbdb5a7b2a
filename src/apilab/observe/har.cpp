#include "apilab/observe/har.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "apilab/http/redact.hpp"
#include "apilab/observe/internal/har_time.hpp"

namespace apilab::observe {

namespace {

namespace json = boost::json;
using internal::date_of;
using internal::milliseconds;

json::array header_list(const http::Headers& headers) {
    json::array list;
    for (const auto& [name, value] : headers) {
        list.push_back({{"name", name}, {"value", http::shown_header(name, value)}});
    }
    return list;
}

json::array query_list(const http::Request& request) {
    json::array list;
    const auto shown = http::shown_form(request.url().query(), request.hidden_parameters());
    for (std::string_view rest = shown; !rest.empty();) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto field = rest.substr(0, end);
        const auto equals = std::min(field.find('='), field.size());
        list.push_back(
            {{"name", http::percent_decode(field.substr(0, equals))},
             {"value", http::percent_decode(field.substr(std::min(equals + 1, field.size())))}});
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return list;
}

json::object request_object(const http::Request& request, std::size_t body_max) {
    json::object object{{"method", request.method()},
                        {"url", http::shown_url(request.url(), request.hidden_parameters())},
                        {"httpVersion", "HTTP/1.1"},
                        {"cookies", json::array()},
                        {"headers", header_list(request.headers())},
                        {"queryString", query_list(request)},
                        {"headersSize", -1},
                        {"bodySize", request.body().size()}};
    if (!request.body().empty()) {
        const auto type = request.headers().value("content-type");
        object["postData"] = {{"mimeType", type},
                              {"text", http::shown_body(type, request.body(), body_max)}};
    }
    return object;
}

json::object response_object(const HarEntry& entry, std::size_t body_max) {
    const http::Response none(0);
    const http::Response& answer = entry.response ? *entry.response : none;
    const auto type = answer.headers().value("content-type");
    json::object object{
        {"status", answer.status()},
        {"statusText", answer.reason()},
        {"httpVersion", "HTTP/1.1"},
        {"cookies", json::array()},
        {"headers", header_list(answer.headers())},
        {"content",
         {{"size", answer.body().size()},
          {"mimeType", type},
          {"text", http::shown_body(type, answer.body(), body_max)}}},
        {"redirectURL", http::shown_header("location", answer.headers().value("location"))},
        {"headersSize", -1},
        {"bodySize", -1}};
    if (!entry.response) {
        object["_error"] = entry.attempt.error_message;
        object["_outcome"] = to_string(entry.attempt.outcome);
    }
    return object;
}

// -1: the phase did not take place.
json::object timings_object(const http::Phases& phases, bool reused) {
    const auto made = [&](Duration phase) { return reused ? -1.0 : milliseconds(phase); };
    return {{"blocked", milliseconds(phases.queue)},
            {"dns", made(phases.resolve)},
            {"connect", made(phases.connect + phases.tls)},
            {"ssl", phases.tls == Duration::zero() ? -1.0 : made(phases.tls)},
            {"send", milliseconds(phases.send)},
            {"wait", milliseconds(phases.first_byte)},
            {"receive", milliseconds(phases.receive)}};
}

}  // namespace

Har::Har(HarOptions options)
    : options_(std::move(options)), scrubber_(std::make_shared<Scrubber>()) {
    for (const Secret& secret : options_.secrets) {
        scrubber_->add(secret);
    }
}

void Har::add(const HarEntry& entry) {
    if (entries_.size() >= options_.entries_max) {
        ++left_out_;
        return;
    }
    auto text = json::serialize(json::object{
        {"startedDateTime", date_of(entry.started)},
        {"time", milliseconds(entry.attempt.elapsed)},
        {"request", request_object(entry.request, options_.body_max)},
        {"response", response_object(entry, options_.body_max)},
        {"cache", json::object()},
        {"timings", timings_object(entry.attempt.phases, entry.attempt.reused_connection)}});
    entries_.push_back(scrubbed(std::move(text)));
}

std::string Har::scrubbed(std::string text) const {
    scrubber_->scrub(text);
    Scrubber::of_process().scrub(text);
    return text;
}

std::string Har::text() const {
    std::string comment;
    if (left_out_ > 0) {
        comment = fmt::format(",\"comment\":\"{} entries were left out\"", left_out_);
    }
    const auto pages =
        pages_.empty() ? "" : fmt::format("\"pages\":[{}],\n", fmt::join(pages_, ",\n"));
    return fmt::format(
        "{{\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":\"apilab\",\"version\":"
        "\"" APILAB_VERSION "\"}},{}\"entries\":[{}]{}}}}}\n",
        pages, fmt::join(entries_, ",\n"), comment);
}

}  // namespace apilab::observe
