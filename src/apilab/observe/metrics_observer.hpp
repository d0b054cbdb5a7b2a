#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "apilab/http/record.hpp"

namespace apilab::observe {

struct MetricsOptions {
    /// Upper bounds of the histogram in seconds, rising. Default: those that OpenTelemetry advises
    /// for `http.client.request.duration`.
    std::vector<double> buckets{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                0.5,   0.75, 1,     2.5,  5,     7.5, 10};
    /// Label sets of one metric. Default 200; what comes beyond is counted under
    /// `url_template="other"`: a URL with an id in it must not fill the memory of whoever scrapes.
    /// Where these are a quarter as many again, every label is `other`.
    std::size_t label_sets_max = 200;
    /// Label sets of all metrics together. Default 1,000; beyond it every label is `other`.
    std::size_t total_max = 1'000;
};

/// Counts calls for Prometheus. An observer: give it to the client.
///
/// - `http_client_request_duration_seconds`: histogram over attempts, labels `http_request_method`,
///   `server_address`, `url_template`, `http_response_status_code`, `error_type` (empty: none).
/// - `apilab_client_operations_total`: labels as the first three and `outcome` (`ok`, `refused`,
///   `unknown`, `not_sent`).
/// - `apilab_client_operation_attempts`: histogram, the first three: attempts an operation took.
/// - `apilab_client_waits_total`, `apilab_client_wait_seconds_total`: `server_address`, `cause`.
/// - `apilab_client_retries_total`: `server_address`, `reason`.
/// - `apilab_client_given_up_total`: `server_address`, `ending`; what a breaker refused is
///   `ending="breaker"`.
/// - `apilab_client_cache_total`: `server_address`, `url_template`, `result`, `used`.
/// - `apilab_client_unknown_outcomes_total`: the first three: changes that may have been applied.
/// - `apilab_client_label_overflow_total`: `metric`: events counted under `other`. Never silent.
///
/// How many requests are under way is not there: an observer is told of an attempt at its end.
///
/// Names are those of OpenTelemetry's HTTP client metrics, written as Prometheus writes them.
/// Secrets that the process knows (`Scrubber::of_process()`) are `***` in labels.
/// Labels are templates (`/repos/{owner}/{repo}`) where the call names its operation, else the
/// path: then `label_sets_max` is what keeps the number of series bounded.
class MetricsObserver final : public http::Observer {
public:
    explicit MetricsObserver(MetricsOptions options = {});

    void on_attempt(const http::CallRecord& call, const http::AttemptRecord& attempt) override;
    void on_wait(const http::CallRecord& call, const http::WaitRecord& wait) override;
    void on_decision(const http::CallRecord& call, const http::DecisionRecord& decision) override;
    void on_call(const http::CallRecord& call) override;

    /// Everything in the text format 0.0.4 of Prometheus; series in order of their labels.
    [[nodiscard]] std::string text() const;
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
    struct Label {
        std::string_view name;
        std::string_view value;
    };
    using Labels = std::span<const Label>;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    struct Histogram {
        /// Per bucket, not summed up; the last is for what is above every bound.
        std::vector<std::uint64_t> counts;
        double sum = 0;
        void add(const std::vector<double>& bounds, double value);
        Histogram& operator+=(const Histogram& other);
    };
    template <class Value>
    struct Family {
        std::string_view name;
        std::string_view help;
        struct Series {
            std::vector<std::pair<std::string_view, std::string>> labels;
            Value value{};
        };
        // By the labels' values, each with its length before it: looked up without a copy.
        std::unordered_map<std::string, Series, Hash, std::equal_to<>> series = {};
        std::uint64_t overflow = 0;
    };
    template <class Value>
    Value& at(Family<Value>& family, Labels labels);
    template <class Value>
    static Value& insert(Family<Value>& family, const std::string& key, Labels labels);
    template <class Value>
    static std::map<std::string, Value> shown(const Family<Value>& family);
    static void write(std::string& text, const Family<double>& family);
    static void write(std::string& text, const Family<Histogram>& family,
                      const std::vector<double>& bounds);
    [[nodiscard]] std::string overflow_text() const;

    MetricsOptions options_;
    std::size_t total_ = 0;
    std::string key_;
    Family<Histogram> durations_{.name = "http_client_request_duration_seconds",
                                 .help = "Duration of single attempts."};
    Family<double> operations_{.name = "apilab_client_operations_total",
                               .help = "Operations by how they ended."};
    Family<Histogram> attempts_{.name = "apilab_client_operation_attempts",
                                .help = "Attempts that operations took."};
    Family<double> waits_{.name = "apilab_client_waits_total", .help = "Waits by cause."};
    Family<double> waited_{.name = "apilab_client_wait_seconds_total",
                           .help = "Time waited, by cause."};
    Family<double> retries_{.name = "apilab_client_retries_total", .help = "Retries by reason."};
    Family<double> given_up_{.name = "apilab_client_given_up_total",
                             .help = "Operations given up, by why."};
    Family<double> cache_{.name = "apilab_client_cache_total",
                          .help = "Operations by what the cache had to do with them."};
    Family<double> unknown_{.name = "apilab_client_unknown_outcomes_total",
                            .help = "Changes that may have been applied."};
};

/// `text` as it may stand between the quotes of a label (backslash, quote and line end escaped).
[[nodiscard]] std::string metric_label(std::string_view text);

}  // namespace apilab::observe
