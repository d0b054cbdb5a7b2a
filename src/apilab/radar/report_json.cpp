#include "apilab/radar/report_json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "apilab/http/date.hpp"

namespace apilab::radar {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const std::string& text : list) {
        out.emplace_back(text);
    }
    return out;
}

json::object decision_object(const Decision& decision) {
    json::object aliases;
    for (const auto& [id, others] : decision.aliases) {
        aliases[id] = texts(others);
    }
    json::array points;
    for (const Point& point : decision.points) {
        points.push_back(json::object{{"why", point.why}, {"points", point.points}});
    }
    json::object out;
    out["package"] = decision.package;
    out["installed"] = texts(decision.installed);
    out["direct"] = decision.direct;
    out["dev"] = decision.dev;
    out["advisories"] = texts(decision.advisories);
    out["aliases"] = std::move(aliases);
    out["candidate"] = text_or_null(decision.candidate);
    out["change"] = to_string(decision.change);
    out["action"] = to_string(decision.action);
    out["command"] = text_or_null(decision.command);
    out["score"] = decision.score;
    out["points"] = std::move(points);
    out["confidence"] = to_string(decision.confidence);
    out["notes"] = texts(decision.notes);
    return out;
}

json::object source_object(const SourceReport& source) {
    json::object out;
    out["name"] = source.name;
    out["status"] = to_string(source.status);
    out["as_of"] = source.as_of ? json::value(http::format_iso_time(*source.as_of)) : nullptr;
    out["error"] = text_or_null(source.error);
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
        decisions.push_back(decision_object(report.decisions[i]));
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
