#include "apilab/sandbox/journal_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <map>
#include <unordered_map>

#include "apilab/base/scrubber.hpp"
#include "apilab/sandbox/internal/journal_time.hpp"
#include "apilab/sandbox/judge/check.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox {

namespace json = boost::json;
using internal::iso_time;
using internal::milliseconds;

namespace {

struct Place {
    std::size_t operation = 0;
    std::size_t attempt = 0;
};

std::unordered_map<std::uint64_t, Place> places(const Journal& journal) {
    std::unordered_map<std::uint64_t, Place> by_seq;
    const auto operations = group_operations(journal.rows(), JudgeOptions().causal_window);
    for (std::size_t i = 0; i < operations.size(); ++i) {
        for (std::size_t j = 0; j < operations[i].attempts.size(); ++j) {
            by_seq[operations[i].attempts[j]->seq] = {i + 1, j + 1};
        }
    }
    return by_seq;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string_view reply_of(const Exchange& row) {
    if (!row.finished) {
        return "pending";
    }
    if (row.answered()) {
        return "sent";
    }
    return row.bytes_out > 0 ? "partial" : "lost";
}

json::value closed_by(const Exchange& row) {
    if (row.peer_closed) {
        return "client";
    }
    return row.cut ? json::value("sandbox") : json::value(nullptr);
}

json::array faults_of(const Exchange& row) {
    json::array faults;
    for (const auto& hit : row.faults) {
        faults.push_back(json::object{{"id", hit.id}, {"kind", hit.kind}});
    }
    return faults;
}

// The fault that changed the answer; a delay that left it alone comes last.
json::value deciding_fault(const Exchange& row) {
    for (const auto& hit : row.faults) {
        if (hit.kind != "delay") {
            return json::value(hit.id);
        }
    }
    return row.faults.empty() ? json::value(nullptr) : json::value(row.faults.front().id);
}

void add_request(const Exchange& row, json::object& object) {
    object["tls"] = row.tls;
    object["listener"] = text_or_null(row.listener);
    json::object headers;
    if (row.headers) {
        for (const auto& [name, value] : *row.headers) {
            headers[name] = value;
        }
    }
    object["provider"] = text_or_null(row.provider);
    object["operation"] = text_or_null(row.operation);
    object["method"] = row.method;
    object["path"] = row.path;
    object["query"] = row.query;
    object["key"] = text_or_null(row.idempotency_key);
    object["headers"] = std::move(headers);
    object["body_sha256"] = text_or_null(row.body_sha256);
    object["bytes_in"] = row.bytes_in;
}

json::object to_json(const Exchange& row, const Journal& journal, const Place* place) {
    const auto offset = [&](SteadyTime time) { return milliseconds(time - journal.started()); };
    json::object object;
    object["seq"] = row.seq;
    object["t_ms"] = offset(row.first_byte);
    object["time"] = iso_time(journal.date_of(row.first_byte));
    object["type"] = "exchange";
    object["conn"] = row.connection;
    object["op"] = place != nullptr ? json::value(place->operation) : json::value(nullptr);
    object["attempt"] = place != nullptr ? json::value(place->attempt) : json::value(nullptr);
    add_request(row, object);
    object["complete_ms"] = offset(row.complete);
    object["decision"] = to_string(row.decision);
    object["fault"] = deciding_fault(row);
    object["faults"] = faults_of(row);
    object["held"] = row.held;
    object["delay_ms"] = milliseconds(row.delay);
    object["effect"] = row.applied ? "applied" : "none";
    object["facts"] = json::value_from(row.facts);
    object["status"] = row.status;
    object["reply"] = reply_of(row);
    object["retry_after_s"] =
        row.announced ? json::value(std::chrono::ceil<std::chrono::seconds>(*row.announced).count())
                      : json::value(nullptr);
    object["not_before_ms"] =
        row.not_before() ? json::value(offset(*row.not_before())) : json::value(nullptr);
    object["finished_ms"] =
        row.finished ? json::value(offset(*row.finished)) : json::value(nullptr);
    object["bytes_out"] = row.bytes_out;
    object["closed_by"] = closed_by(row);
    return object;
}

json::object to_json(const Outbound& row, const Journal& journal) {
    const auto offset = [&](SteadyTime time) { return milliseconds(time - journal.started()); };
    return {{"seq", row.seq},
            {"t_ms", offset(row.sent)},
            {"time", iso_time(journal.date_of(row.sent))},
            {"type", "outbound"},
            {"from", row.from},
            {"method", row.method},
            {"path", row.path},
            {"status", row.status},
            {"error", text_or_null(row.error)},
            {"finished_ms", row.finished ? json::value(offset(*row.finished)) : json::value()},
            {"facts", json::value_from(row.facts)}};
}

json::object to_json(const ConnectionEvent& event, const Journal& journal) {
    using Kind = ConnectionEvent::Kind;
    json::object object{{"seq", event.seq},
                        {"t_ms", milliseconds(event.at - journal.started())},
                        {"time", iso_time(journal.date_of(event.at))},
                        {"type", "connection"},
                        {"event", to_string(event.kind)},
                        {"conn", event.connection},
                        {"listener", event.listener}};
    const std::string_view by = event.by_client ? "client" : "sandbox";
    switch (event.kind) {
        case Kind::accepted:
            object["peer"] = event.peer;
            break;
        case Kind::tls:
        case Kind::tls_failed:
            object["version"] = text_or_null(event.version);
            object["server_name"] = text_or_null(event.server_name);
            object["why"] = text_or_null(event.why);
            object["by"] = event.kind == Kind::tls ? json::value(nullptr) : json::value(by);
            object["fault"] =
                event.faults.empty() ? json::value(nullptr) : json::value(event.faults.front().id);
            break;
        case Kind::closed:
            object["by"] = by;
            object["how"] = event.reset ? "reset" : "fin";
            object["requests"] = event.requests;
            break;
    }
    return object;
}

// All kinds in the order of their numbers.
std::string join_rows(const Journal& journal, const JournalFilter& filter, char separator,
                      bool with_events) {
    const auto by_seq = places(journal);
    std::map<std::uint64_t, json::object> chosen;
    for (const Exchange& row : journal.rows()) {
        if (filter.takes(row)) {
            const auto found = by_seq.find(row.seq);
            chosen[row.seq] =
                to_json(row, journal, found == by_seq.end() ? nullptr : &found->second);
        }
    }
    for (const Outbound& row : journal.outbound()) {
        if (filter.takes(row)) {
            chosen[row.seq] = to_json(row, journal);
        }
    }
    for (const ConnectionEvent& event : journal.events()) {
        if (with_events && filter.takes(event)) {
            chosen[event.seq] = to_json(event, journal);
        }
    }
    std::string text;
    std::size_t count = 0;
    for (const auto& [seq, object] : chosen) {
        if (filter.limit && count == *filter.limit) {
            break;
        }
        text += count++ == 0 ? "" : std::string(1, separator);
        text += json::serialize(object);
    }
    Scrubber::of_process().scrub(text);
    return text;
}

}  // namespace

namespace {

bool has_fields(const std::map<std::string, std::string>& wanted, const Exchange& row) {
    return std::ranges::all_of(wanted, [&](const auto& field) {
        if (!row.headers) {
            return false;
        }
        const auto values = row.headers->get_all(field.first);
        return std::ranges::find(values, field.second) != values.end();
    });
}

bool has_query(const std::map<std::string, std::string>& wanted, const Exchange& row) {
    if (wanted.empty()) {
        return true;
    }
    const auto query = split_query(row.query);
    return std::ranges::all_of(wanted, [&](const auto& pair) {
        return std::ranges::find(query, std::pair(pair.first, pair.second)) != query.end();
    });
}

bool has_facts(const std::map<std::string, std::string>& wanted,
               const std::map<std::string, std::string>& facts) {
    return std::ranges::all_of(wanted, [&](const auto& fact) {
        const auto found = facts.find(fact.first);
        return found != facts.end() && found->second == fact.second;
    });
}

bool is_among(const std::vector<int>& statuses, int status) {
    return statuses.empty() || std::ranges::find(statuses, status) != statuses.end();
}

bool fits(const std::string& wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
}

}  // namespace

bool JournalFilter::takes(const Exchange& row) const {
    return row.seq > after && fits(provider, row.provider) && fits(operation, row.operation) &&
           fits(method, row.method) && fits(path, row.path) && is_among(statuses, row.status) &&
           fits(body_sha256, row.body_sha256) && fits(key, row.idempotency_key) &&
           (!faulted_only || !row.faults.empty()) &&
           (!unsupported_only || row.decision == Exchange::Decision::unsupported) &&
           has_facts(facts, row.facts) && has_query(query, row) && has_fields(headers, row);
}

bool JournalFilter::takes(const Outbound& row) const {
    return row.seq > after && fits(provider, row.from) && operation.empty() &&
           fits(method, row.method) && fits(path, row.path) && is_among(statuses, row.status) &&
           body_sha256.empty() && key.empty() && query.empty() && headers.empty() &&
           has_facts(facts, row.facts) && !faulted_only && !unsupported_only;
}

std::string journal_row(const Journal& journal, const Exchange& row) {
    auto text = json::serialize(to_json(row, journal, nullptr));
    Scrubber::of_process().scrub(text);
    return text;
}

std::string journal_row(const Journal& journal, const Outbound& row) {
    auto text = json::serialize(to_json(row, journal));
    Scrubber::of_process().scrub(text);
    return text;
}

std::string journal_row(const Journal& journal, const ConnectionEvent& event) {
    auto text = json::serialize(to_json(event, journal));
    Scrubber::of_process().scrub(text);
    return text;
}

bool JournalFilter::takes(const ConnectionEvent& event) const {
    return event.seq > after && provider.empty() && operation.empty() && method.empty() &&
           path.empty() && statuses.empty() && body_sha256.empty() && key.empty() &&
           query.empty() && headers.empty() && facts.empty() && !faulted_only && !unsupported_only;
}

std::string journal_ndjson(const Journal& journal, const JournalFilter& filter) {
    auto text = join_rows(journal, filter, '\n', true);
    return text.empty() ? text : text + '\n';
}

std::string journal_json(const Journal& journal, const JournalFilter& filter) {
    return fmt::format("{{\"rows\":[{}],\"dropped\":{}}}", join_rows(journal, filter, ',', false),
                       journal.dropped());
}

std::size_t count_rows(const Journal& journal, const JournalFilter& filter) {
    return static_cast<std::size_t>(std::ranges::count_if(
        journal.rows(), [&](const Exchange& row) { return filter.takes(row); }));
}

}  // namespace apilab::sandbox
