#include "apilab/sandbox/judge/report_har.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <chrono>

#include "apilab/base/scrubber.hpp"
#include "apilab/http/date.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {
namespace {

namespace json = boost::json;

double milliseconds(Duration duration) {
    return static_cast<double>(duration.count() / 1000) / 1000.0;
}

std::string iso_time(SystemTime time) {
    auto text = http::format_iso_time(time);
    text.pop_back();
    return fmt::format(
        "{}.{:03}Z", text,
        std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000);
}

json::array pairs(const std::vector<std::pair<std::string, std::string>>& all) {
    json::array array;
    for (const auto& [name, value] : all) {
        array.push_back({{"name", name}, {"value", value}});
    }
    return array;
}

json::object request_of(const Exchange& row) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (row.headers) {
        for (const auto& [name, value] : *row.headers) {
            headers.emplace_back(name, value);
        }
    }
    return {{"method", row.method},
            {"url", fmt::format("http://sandbox/{}{}{}{}", row.provider, row.path,
                                row.query.empty() ? "" : "?", row.query)},
            {"httpVersion", "HTTP/1.1"},
            {"cookies", json::array()},
            {"headers", pairs(headers)},
            {"queryString", pairs(split_query(row.query))},
            {"headersSize", -1},
            {"bodySize", row.bytes_in}};
}

json::object response_of(const Exchange& row) {
    const int status = row.answered() ? row.status : 0;
    return {{"status", status},          {"statusText", ""},
            {"httpVersion", "HTTP/1.1"}, {"cookies", json::array()},
            {"headers", json::array()},  {"content", {{"size", row.bytes_out}, {"mimeType", ""}}},
            {"redirectURL", ""},         {"headersSize", -1},
            {"bodySize", row.bytes_out}};
}

json::object entry_of(const Exchange& row, const Journal& journal) {
    const Duration read = row.complete - row.first_byte;
    const Duration whole = row.finished ? *row.finished - row.first_byte : read;
    json::array faults;
    for (const auto& hit : row.faults) {
        faults.push_back(json::value(hit.id + " " + hit.kind));
    }
    return {{"startedDateTime", iso_time(journal.date_of(row.first_byte))},
            {"time", milliseconds(whole)},
            {"request", request_of(row)},
            {"response", response_of(row)},
            {"cache", json::object()},
            {"timings",
             {{"send", milliseconds(read)}, {"wait", milliseconds(whole - read)}, {"receive", 0}}},
            {"connection", std::to_string(row.connection)},
            {"_row", row.seq},
            {"_operation", row.operation},
            {"_faults", std::move(faults)},
            {"_facts", json::value_from(row.facts)}};
}

}  // namespace

std::string report_har(const Sandbox& sandbox) {
    const Journal& journal = sandbox.journal();
    json::array entries;
    for (const Exchange& row : journal.rows()) {
        entries.push_back(entry_of(row, journal));
    }
    const json::object document{
        {"log",
         {{"version", "1.2"},
          {"creator", {{"name", "apilab sandbox"}, {"version", "1"}}},
          {"comment", fmt::format("{}, seed {}", sandbox.run().scenario, sandbox.run().seed)},
          {"entries", std::move(entries)}}}};
    return Scrubber::of_process().scrubbed(json::serialize(document)) + "\n";
}

}  // namespace apilab::sandbox
