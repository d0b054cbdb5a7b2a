// The text format is three rules (escapes, bucket sums, one TYPE line a family), so it is written
// here: prometheus-cpp would bring a registry with locks, a web server and libcurl into the client.

#include "apilab/observe/metrics_observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/scrubber.hpp"

namespace apilab::observe {

namespace {

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// `api.test:8080` of `http://api.test:8080`.
std::string address_of(std::string_view origin) {
    const auto scheme = origin.find("://");
    return std::string(scheme == std::string_view::npos ? origin : origin.substr(scheme + 3));
}

template <class Labels>
std::string label_text(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, metric_label(value));
    }
    return text;
}

std::string_view result_of(const http::CallRecord& call) {
    if (call.status == 0) {
        const auto& attempts = call.attempts;
        return to_string(attempts.empty() ? Outcome::not_sent : attempts.back().outcome);
    }
    return call.status < 400 ? "ok" : "refused";
}

void add_counter(std::string& text, std::string_view name, std::string_view help,
                 const std::map<std::string, double>& family) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
    for (const auto& [labels, value] : family) {
        text += fmt::format("{}{{{}}} {}\n", name, labels, value);
    }
}

}  // namespace

MetricsObserver::MetricsObserver(MetricsOptions options) : options_(std::move(options)) {}

template <class Value>
Value& MetricsObserver::series(std::map<std::string, Value>& family, Labels labels) const {
    for (auto& [name, value] : labels) {
        Scrubber::of_process().scrub(value);
    }
    auto key = label_text(labels);
    if (!family.contains(key) && family.size() >= options_.label_sets_max) {
        for (auto& [name, value] : labels) {
            if (name == "url_template") {
                value = "other";
            }
        }
        key = label_text(labels);
    }
    return family[key];
}

void MetricsObserver::on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) {
    auto& histogram = series(
        durations_,
        {{"http_request_method", call.method},
         {"server_address", address_of(call.origin)},
         {"url_template", call.url_template},
         {"http_response_status_code", attempt.status == 0 ? "" : std::to_string(attempt.status)},
         {"error_type", attempt.error ? std::string(to_string(*attempt.error)) : ""}});
    histogram.counts.resize(options_.buckets.size() + 1);
    const double took = seconds(attempt.elapsed);
    const auto bucket = std::ranges::lower_bound(options_.buckets, took);
    ++histogram.counts[static_cast<std::size_t>(bucket - options_.buckets.begin())];
    histogram.sum += took;
}

void MetricsObserver::on_wait(const http::CallRecord& /*call*/, const http::WaitRecord& wait) {
    series(waits_, {{"cause", std::string(http::to_string(wait.cause))}}) += seconds(wait.elapsed);
}

void MetricsObserver::on_call(const http::CallRecord& call) {
    series(operations_, {{"http_request_method", call.method},
                         {"server_address", address_of(call.origin)},
                         {"url_template", call.url_template},
                         {"outcome", std::string(result_of(call))}}) += 1;
    if (call.cache) {
        series(cache_, {{"server_address", address_of(call.origin)},
                        {"url_template", call.url_template},
                        {"result", std::string(to_string(call.cache->how))},
                        {"used", std::string(to_string(call.cache->use))}}) += 1;
    }
}

std::string MetricsObserver::text() const {
    constexpr std::string_view name = "http_client_request_duration_seconds";
    std::string text =
        fmt::format("# HELP {0} Duration of single attempts.\n# TYPE {0} histogram\n", name);
    for (const auto& [labels, histogram] : durations_) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
            sum += histogram.counts[i];
            const auto bound = i < options_.buckets.size() ? fmt::format("{}", options_.buckets[i])
                                                           : std::string("+Inf");
            text += fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, labels, bound, sum);
        }
        text += fmt::format("{0}_sum{{{1}}} {2}\n{0}_count{{{1}}} {3}\n", name, labels,
                            histogram.sum, sum);
    }
    add_counter(text, "apilab_client_operations_total", "Operations by how they ended.",
                operations_);
    if (!cache_.empty()) {
        add_counter(text, "apilab_client_cache_total",
                    "Operations by what the cache had to do with them.", cache_);
    }
    add_counter(text, "apilab_client_wait_seconds_total", "Time waited, by cause.", waits_);
    return text;
}

std::string metric_label(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '\n') {
            escaped += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

}  // namespace apilab::observe
