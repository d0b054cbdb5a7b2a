#include "apilab/radar/report_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "apilab/http/date.hpp"
#include "apilab/radar/internal/decision_json.hpp"

namespace apilab::radar {
namespace {

namespace json = boost::json;

json::object source_object(const SourceReport& source) {
    json::object out;
    out["name"] = source.name;
    out["status"] = to_string(source.status);
    out["as_of"] = source.as_of ? json::value(http::format_iso_time(*source.as_of)) : nullptr;
    out["error"] = internal::text_or_null(source.error);
    return out;
}

json::object calls_object(const CallStory& calls) {
    json::object waits;
    for (const auto& [cause, wait] : calls.wait_ms) {
        waits[cause] = wait;
    }
    json::object out;
    out["operations"] = calls.operations;
    out["attempts"] = calls.attempts;
    out["not_modified"] = calls.not_modified;
    out["wait_ms"] = std::move(waits);
    return out;
}

json::object report_object(const Report& report, ReportLimits limits) {
    json::array decisions;
    for (std::size_t i = 0; i < std::min(report.decisions.size(), limits.decisions_max); ++i) {
        decisions.push_back(internal::decision_object(report.decisions[i]));
    }
    json::array sources;
    for (const SourceReport& source : report.sources) {
        sources.push_back(source_object(source));
    }
    json::object out;
    out["as_of"] = http::format_iso_time(report.as_of);
    out["input"] = report.input;
    out["packages"] = report.packages;
    out["decisions"] = std::move(decisions);
    out["sources"] = std::move(sources);
    out["calls"] = calls_object(report.calls);
    return out;
}

}  // namespace

std::string report_json(const Report& report, ReportLimits limits) {
    return json::serialize(report_object(report, limits));
}

std::string report_json(std::span<const Report> reports, ReportLimits limits) {
    if (reports.size() == 1) {
        return report_json(reports.front(), limits);
    }
    json::array out;
    for (const Report& report : reports) {
        out.push_back(report_object(report, limits));
    }
    return json::serialize(out);
}

}  // namespace apilab::radar
