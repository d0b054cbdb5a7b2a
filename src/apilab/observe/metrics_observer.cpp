// The text format is three rules (escapes, bucket sums, one TYPE line a family), so it is written
// here: prometheus-cpp would bring a registry with locks, a web server and libcurl into the client.

#include "apilab/observe/metrics_observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "apilab/base/scrubber.hpp"

namespace apilab::observe {

namespace {

const std::vector<double> attempt_bounds{0, 1, 2, 3, 5, 10};

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// `api.test:8080` of `http://api.test:8080`.
std::string_view address_of(std::string_view origin) {
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
}

// A caller may invent methods; OpenTelemetry has one word for all of those.
std::string_view method_of(std::string_view method) {
    constexpr std::array<std::string_view, 9> known{"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS",
                                                    "PATCH",   "POST",   "PUT", "TRACE"};
    return std::ranges::find(known, method) == known.end() ? "_OTHER" : method;
}

std::string_view result_of(const http::CallRecord& call) {
    if (call.status == 0) {
        const auto& attempts = call.attempts;
        return to_string(attempts.empty() ? Outcome::not_sent : attempts.back().outcome);
    }
    return call.status < 400 ? "ok" : "refused";
}

void append_key(std::string& key, std::string_view value) {
    const auto size = static_cast<std::uint32_t>(value.size());
    for (unsigned shift = 0; shift < 32; shift += 8) {
        key += static_cast<char>(size >> shift & 0xffU);
    }
    key += value;
}

std::string with(std::string_view labels, std::string_view more) {
    return fmt::format("{}{}{}", labels, labels.empty() ? "" : ",", more);
}

}  // namespace

MetricsObserver::MetricsObserver(MetricsOptions options) : options_(std::move(options)) {}

void MetricsObserver::Histogram::add(const std::vector<double>& bounds, double value) {
    counts.resize(bounds.size() + 1);
    const auto bucket = std::ranges::lower_bound(bounds, value);
    ++counts[static_cast<std::size_t>(bucket - bounds.begin())];
    sum += value;
}

MetricsObserver::Histogram& MetricsObserver::Histogram::operator+=(const Histogram& other) {
    counts.resize(std::max(counts.size(), other.counts.size()));
    for (std::size_t i = 0; i < other.counts.size(); ++i) {
        counts[i] += other.counts[i];
    }
    sum += other.sum;
    return *this;
}

template <class Value>
Value& MetricsObserver::insert(Family<Value>& family, const std::string& key, Labels labels) {
    auto& series = family.series[key];
    if (series.labels.empty()) {
        for (const auto& [name, value] : labels) {
            series.labels.emplace_back(name, value);
        }
    }
    return series.value;
}

template <class Value>
Value& MetricsObserver::at(Family<Value>& family, Labels labels) {
    const auto key_of = [this](Labels all) {
        key_.clear();
        for (const auto& label : all) {
            append_key(key_, label.value);
        }
    };
    key_of(labels);
    if (const auto found = family.series.find(std::string_view(key_));
        found != family.series.end()) {
        return found->second.value;
    }
    const std::size_t size = family.series.size();
    if (size < options_.label_sets_max && total_ < options_.total_max) {
        ++total_;
        return insert(family, key_, labels);
    }
    ++family.overflow;
    std::vector<Label> fewer(labels.begin(), labels.end());
    for (auto& label : fewer) {
        label.value = label.name == "url_template" ? "other" : label.value;
    }
    key_of(fewer);
    const bool room = size <= options_.label_sets_max + (options_.label_sets_max / 4) &&
                      total_ < options_.total_max;
    if (!family.series.contains(std::string_view(key_)) && !room) {
        for (auto& label : fewer) {
            label.value = "other";
        }
        key_of(fewer);
    }
    total_ += family.series.contains(std::string_view(key_)) ? 0 : 1;
    return insert(family, key_, fewer);
}

void MetricsObserver::on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) {
    std::array<char, 12> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), attempt.status).ptr;
    const std::string_view status(digits.data(), attempt.status == 0 ? digits.data() : end);
    const std::array labels{
        Label{"http_request_method", method_of(call.method)},
        Label{"server_address", address_of(call.origin)}, Label{"url_template", call.url_template},
        Label{"http_response_status_code", status},
        Label{"error_type", attempt.error ? to_string(*attempt.error) : std::string_view()}};
    at(durations_, labels).add(options_.buckets, seconds(attempt.elapsed));
}

void MetricsObserver::on_wait(const http::CallRecord& call, const http::WaitRecord& wait) {
    const std::array labels{Label{"server_address", address_of(call.origin)},
                            Label{"cause", http::to_string(wait.cause)}};
    at(waits_, labels) += 1;
    at(waited_, labels) += seconds(wait.elapsed);
}

void MetricsObserver::on_decision(const http::CallRecord& call,
                                  const http::DecisionRecord& decision) {
    using Verdict = http::DecisionRecord::Verdict;
    const Label server{"server_address", address_of(call.origin)};
    if (decision.verdict == Verdict::retried) {
        const std::array labels{server, Label{"reason", http::to_string(decision.reason)}};
        at(retries_, labels) += 1;
    } else if (decision.verdict == Verdict::gave_up) {
        const std::array labels{server, Label{"ending", to_string(decision.ending)}};
        at(given_up_, labels) += 1;
    }
}

void MetricsObserver::on_call(const http::CallRecord& call) {
    const std::array labels{Label{"http_request_method", method_of(call.method)},
                            Label{"server_address", address_of(call.origin)},
                            Label{"url_template", call.url_template},
                            Label{"outcome", result_of(call)}};
    const Labels three(labels.data(), 3);
    at(operations_, labels) += 1;
    at(attempts_, three).add(attempt_bounds, static_cast<double>(call.attempts.size()));
    if (result_of(call) == "unknown" && call.effect != http::Effect::read) {
        at(unknown_, three) += 1;
    }
    if (call.cache) {
        const std::array cached{labels[1], labels[2], Label{"result", to_string(call.cache->how)},
                                Label{"used", to_string(call.cache->use)}};
        at(cache_, cached) += 1;
    }
}

// By the text of the labels, in its order. What is a secret by now is hidden now, however long ago
// it was counted, and series that are the same then are one.
template <class Value>
std::map<std::string, Value> MetricsObserver::shown(const Family<Value>& family) {
    std::map<std::string, Value> all;
    for (const auto& [key, series] : family.series) {
        std::string text;
        for (const auto& [name, value] : series.labels) {
            text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name,
                                metric_label(Scrubber::of_process().scrubbed(value)));
        }
        all[text] += series.value;
    }
    return all;
}

void MetricsObserver::write(std::string& text, const Family<double>& family) {
    if (family.series.empty()) {
        return;
    }
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} counter\n", family.name, family.help);
    for (const auto& [labels, value] : shown(family)) {
        text += fmt::format("{}{{{}}} {}\n", family.name, labels, value);
    }
}

void MetricsObserver::write(std::string& text, const Family<Histogram>& family,
                            const std::vector<double>& bounds) {
    if (family.series.empty()) {
        return;
    }
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} histogram\n", family.name, family.help);
    for (const auto& [labels, histogram] : shown(family)) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
            sum += histogram.counts[i];
            const auto bound = i < bounds.size() ? fmt::format("le=\"{}\"", bounds[i])
                                                 : std::string("le=\"+Inf\"");
            text += fmt::format("{}_bucket{{{}}} {}\n", family.name, with(labels, bound), sum);
        }
        text += fmt::format("{0}_sum{{{1}}} {2}\n{0}_count{{{1}}} {3}\n", family.name, labels,
                            histogram.sum, sum);
    }
}

std::string MetricsObserver::overflow_text() const {
    constexpr std::string_view name = "apilab_client_label_overflow_total";
    auto text = fmt::format(
        "# HELP {0} Events counted under other, for want of room for their labels.\n"
        "# TYPE {0} counter\n",
        name);
    const auto line = [&](const auto& family) {
        text += fmt::format("{}{{metric=\"{}\"}} {}\n", name, family.name, family.overflow);
    };
    line(durations_);
    line(operations_);
    line(attempts_);
    line(waits_);
    line(waited_);
    line(retries_);
    line(given_up_);
    line(cache_);
    line(unknown_);
    return text;
}

std::string MetricsObserver::text() const {
    std::string text;
    write(text, durations_, options_.buckets);
    write(text, operations_);
    write(text, attempts_, attempt_bounds);
    write(text, cache_);
    write(text, waits_);
    write(text, waited_);
    write(text, retries_);
    write(text, given_up_);
    write(text, unknown_);
    return text + overflow_text();
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
