#include "apilab/sandbox/journal_har.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "apilab/base/scrubber.hpp"
#include "apilab/sandbox/internal/journal_time.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {

namespace json = boost::json;
using internal::iso_time;
using internal::milliseconds;

namespace {

json::object request_of(const Exchange& row) {
    std::string host = "sandbox";
    json::array headers;
    if (row.headers) {
        for (const auto& [name, value] : *row.headers) {
            headers.push_back(json::object{{"name", name}, {"value", value}});
            if (http::iequals(name, "host")) {
                host = value;
            }
        }
    }
    json::array query;
    for (const auto& [name, value] : split_query(row.query)) {
        query.push_back(json::object{{"name", name}, {"value", value}});
    }
    const auto prefix = row.provider.empty() ? "" : "/" + row.provider;
    return {{"method", row.method},
            {"url", fmt::format("http://{}{}{}{}{}", host, prefix, row.path,
                                row.query.empty() ? "" : "?", row.query)},
            {"httpVersion", "HTTP/1.1"},
            {"cookies", json::array()},
            {"headers", std::move(headers)},
            {"queryString", std::move(query)},
            {"headersSize", -1},
            {"bodySize", row.bytes_in}};
}

json::object response_of(const Exchange& row) {
    const int status = row.finished && row.bytes_out > 0 ? row.status : 0;
    return {{"status", status},
            {"statusText", http::reason_phrase(status)},
            {"httpVersion", "HTTP/1.1"},
            {"cookies", json::array()},
            {"headers", json::array()},
            {"content", {{"size", row.bytes_out}, {"mimeType", ""}}},
            {"redirectURL", ""},
            {"headersSize", -1},
            {"bodySize", -1}};
}

json::object entry_of(const Exchange& row, const Journal& journal) {
    const auto end = row.finished.value_or(row.complete);
    json::array faults;
    for (const auto& hit : row.faults) {
        faults.push_back(json::value(hit.id + " " + hit.kind));
    }
    return {{"startedDateTime", iso_time(journal.date_of(row.first_byte))},
            {"time", milliseconds(end - row.first_byte)},
            {"request", request_of(row)},
            {"response", response_of(row)},
            {"cache", json::object()},
            {"timings",
             {{"send", milliseconds(row.complete - row.first_byte)},
              {"wait", milliseconds(end - row.complete)},
              {"receive", 0}}},
            {"connection", std::to_string(row.connection)},
            {"_row", row.seq},
            {"_operation", row.operation},
            {"_faults", std::move(faults)},
            {"_facts", json::value_from(row.facts)},
            {"_reply", row.answered()      ? "sent"
                       : row.bytes_out > 0 ? "partial"
                                           : "lost"}};
}

}  // namespace

std::string journal_har(const Journal& journal, std::string_view comment) {
    json::array entries;
    for (const Exchange& row : journal.rows()) {
        entries.push_back(entry_of(row, journal));
    }
    auto text = json::serialize(
        json::object{{"log",
                      {{"version", "1.2"},
                       {"creator", {{"name", "apilab sandbox"}, {"version", APILAB_VERSION}}},
                       {"comment", comment},
                       {"entries", std::move(entries)}}}});
    Scrubber::of_process().scrub(text);
    return text;
}

}  // namespace apilab::sandbox
