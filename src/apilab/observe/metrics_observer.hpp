#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
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
    std::size_t label_sets_max = 200;
};

/// Counts calls for Prometheus. An observer: give it to the client.
///
/// - `http_client_request_duration_seconds`: histogram over attempts, labels `http_request_method`,
///   `server_address`, `url_template`, `http_response_status_code`, `error_type` (empty: none).
/// - `apilab_client_operations_total`: counter, labels as the first three and `outcome`.
/// - `apilab_client_wait_seconds_total`: counter, label `cause`.
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
    void on_call(const http::CallRecord& call) override;

    /// Everything in the text format 0.0.4 of Prometheus; series in order of their labels.
    [[nodiscard]] std::string text() const;
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

private:
    using Labels = std::vector<std::pair<std::string_view, std::string>>;
    struct Histogram {
        /// Per bucket, not summed up; the last is for what is above every bound.
        std::vector<std::uint64_t> counts;
        double sum = 0;
    };
    template <class Value>
    Value& series(std::map<std::string, Value>& family, Labels labels) const;

    MetricsOptions options_;
    // By the text of the labels.
    std::map<std::string, Histogram> durations_;
    std::map<std::string, double> operations_;
    std::map<std::string, double> cache_;
    std::map<std::string, double> waits_;
};

/// `text` as it may stand between the quotes of a label (backslash, quote and line end escaped).
[[nodiscard]] std::string metric_label(std::string_view text);

}  // namespace apilab::observe
