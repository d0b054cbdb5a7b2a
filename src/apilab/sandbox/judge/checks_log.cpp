// What a program says about its requests (its log, its metrics) against what really happened.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <set>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/internal/checks.hpp"

namespace apilab::sandbox::internal {
namespace {

constexpr std::string_view id_header = "x-request-id";
constexpr std::string_view duration_count = "http_client_request_duration_seconds_count";

// One line of the log, as far as the judge reads it.
struct Event {
    std::string operation_id;
    std::string outcome;
    std::int64_t status = 0;
    std::int64_t attempts = 0;
};

struct Log {
    std::size_t lines = 0;
    std::size_t unreadable = 0;
    /// Events of either kind. A log without any is no log of requests: not ours to judge.
    std::size_t events = 0;
    /// By request id, in order.
    std::multimap<std::string, Event> attempts;
    std::multimap<std::string, Event> operations;
};

Log read_log(std::string_view text) {
    Log log;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) {
            continue;
        }
        ++log.lines;
        const auto document = http::JsonDocument::parse(line);
        if (!document || !document->root().is_object()) {
            ++log.unreadable;
            continue;
        }
        const auto root = document->root();
        Event event{.operation_id = std::string(root["operation_id"].string_or("")),
                    .outcome = std::string(root["outcome"].string_or("")),
                    .status = root["status"].integer().value_or(0),
                    .attempts = root["attempts"].integer().value_or(0)};
        const auto kind = root["event"].string_or("");
        log.events += kind == "attempt" || kind == "operation" ? 1 : 0;
        if (kind == "attempt") {
            log.attempts.emplace(root["request_id"].string_or(""), std::move(event));
        } else if (kind == "operation") {
            log.operations.emplace(event.operation_id, std::move(event));
        }
    }
    return log;
}

const std::string* handed_in(const Evidence& evidence, const std::string& name) {
    if (evidence.handed_in == nullptr) {
        return nullptr;
    }
    const auto found = evidence.handed_in->find(name);
    return found == evidence.handed_in->end() ? nullptr : &found->second;
}

std::string id_of(const Exchange& row) {
    return row.headers ? std::string(row.headers->value(id_header)) : std::string();
}

Finding no_log() {
    return Finding::not_applicable("no log of requests was handed in");
}

// The attempts that a log tells of, and those that were.
struct Compared {
    std::size_t seen = 0;
    std::size_t missing = 0;
    std::size_t invented = 0;
    std::size_t operations_wrong = 0;
    Finding proof;
};

Compared compare(const Evidence& evidence, const Log& log) {
    Compared result;
    // A redirect that is followed goes out under its attempt's id: so often as one arrived, so
    // often may the log tell of it.
    std::map<std::string, std::size_t> known;
    for (const Exchange& row : *evidence.rows) {
        const auto id = id_of(row);
        ++result.seen;
        ++known[id];
        if (id.empty() || !log.attempts.contains(id)) {
            ++result.missing;
            result.proof.prove(row);
        }
    }
    std::map<std::string, std::int64_t> by_operation;
    for (const auto& [id, event] : log.attempts) {
        // What got no answer may never have arrived; what got one did.
        const bool invented = event.outcome == "answered" && !known.contains(id);
        const auto arrived = known.contains(id) ? known.at(id) : 1;
        result.invented += invented || log.attempts.count(id) > arrived ? 1 : 0;
        ++by_operation[event.operation_id];
    }
    for (const auto& [operation, count] : by_operation) {
        const auto found = log.operations.find(operation);
        const bool right = log.operations.count(operation) == 1 && found->second.attempts == count;
        result.operations_wrong += right ? 0 : 1;
    }
    return result;
}

Finding log_is_complete(const Evidence& evidence) {
    const auto* text = handed_in(evidence, "log");
    if (text == nullptr) {
        return no_log();
    }
    if (evidence.rows->empty()) {
        return Finding::not_exercised("nothing was asked, so there is nothing to log");
    }
    const auto log = read_log(*text);
    if (log.events == 0) {
        return no_log();
    }
    auto found = compare(evidence, log);
    if (found.missing + found.invented + found.operations_wrong + log.unreadable == 0) {
        return Finding::pass(
            fmt::format("all {} attempts are in the log, none invented; {} "
                        "operations",
                        found.seen, log.operations.size()));
    }
    auto finding = Finding::fail(fmt::format(
        "of {} attempts {} are not in the log, {} in the log never happened or stand there twice, "
        "{} operations have no event or a wrong count, {} of {} lines are no JSON",
        found.seen, found.missing, found.invented, found.operations_wrong, log.unreadable,
        log.lines));
    finding.rows = std::move(found.proof.rows);
    return finding;
}

// What may be said of an attempt that went so. A cut answer may have shown its status before.
bool truthful(const Exchange& row, const Event& event) {
    if (row.answered()) {
        return event.outcome == "answered" && event.status == row.status;
    }
    return event.outcome == "unknown";
}

Finding log_is_true(const Evidence& evidence) {
    const auto* text = handed_in(evidence, "log");
    if (text == nullptr) {
        return no_log();
    }
    const auto log = read_log(*text);
    if (log.events == 0) {
        return no_log();
    }
    std::size_t compared = 0;
    std::size_t lost = 0;
    std::size_t wrong = 0;
    Finding proof;
    // A connection that had died may be replaced within an attempt: the last row is its end.
    std::map<std::string, const Exchange*> last;
    for (const Exchange& row : *evidence.rows) {
        last[id_of(row)] = &row;
    }
    for (const auto& [id, row] : last) {
        // A redirect that is followed stands there before it, under the same id.
        const auto behind = log.attempts.upper_bound(id);
        const bool told = behind != log.attempts.begin() && std::prev(behind)->first == id;
        if (id.empty() || !told || !row->finished) {
            continue;
        }
        ++compared;
        lost += row->answered() ? 0 : 1;
        if (!truthful(*row, std::prev(behind)->second)) {
            ++wrong;
            proof.prove(*row);
        }
    }
    if (lost == 0) {
        return Finding::not_exercised("no reply was lost on the way to a logged attempt");
    }
    if (wrong == 0) {
        return Finding::pass(
            fmt::format("{} attempts are logged as they ended; the {} without an answer as unknown",
                        compared, lost));
    }
    auto finding = Finding::fail(
        fmt::format("{} of {} attempts are logged otherwise than they ended; {} had no answer and "
                    "may have been applied",
                    wrong, compared, lost));
    finding.rows = std::move(proof.rows);
    return finding;
}

// A label's value, escapes as they stand; empty where there is none.
std::string_view label_of(std::string_view line, std::string_view name) {
    const auto key = fmt::format("{}=\"", name);
    const auto at = line.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto from = at + key.size();
    auto to = from;
    while (to < line.size() && line[to] != '"') {
        to += line[to] == '\\' ? 2 : 1;
    }
    return line.substr(from, std::min(to, line.size()) - from);
}

struct Metrics {
    std::uint64_t attempts = 0;
    std::set<std::string> templates;
    std::size_t series = 0;
};

Metrics read_metrics(std::string_view text) {
    Metrics metrics;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with('#') || !line.starts_with(duration_count)) {
            continue;
        }
        ++metrics.series;
        metrics.templates.emplace(label_of(line, "url_template"));
        const auto value = line.substr(line.rfind(' ') + 1);
        double number = 0;
        std::from_chars(value.data(), value.data() + value.size(), number);
        metrics.attempts += static_cast<std::uint64_t>(number);
    }
    return metrics;
}

Finding metrics_are_templates(const Evidence& evidence) {
    const auto* text = handed_in(evidence, "metrics");
    if (text == nullptr) {
        return Finding::not_applicable("no metrics were handed in");
    }
    std::set<std::string> operations;
    std::set<std::string> paths;
    std::set<std::string> ids;
    std::size_t nameless = 0;
    for (const Exchange& row : *evidence.rows) {
        operations.insert(row.provider + " " + row.operation);
        paths.insert(row.provider + " " + row.path);
        const auto id = id_of(row);
        nameless += id.empty() ? 1 : 0;
        if (!id.empty()) {
            ids.insert(id);
        }
    }
    if (paths.size() <= operations.size()) {
        return Finding::not_exercised("no operation was asked for with more than one path");
    }
    const auto metrics = read_metrics(*text);
    const bool bounded = metrics.templates.size() <= operations.size();
    // A connection that had died may be replaced within an attempt: two rows, one id.
    const bool counted =
        metrics.attempts >= ids.size() + nameless && metrics.attempts <= evidence.rows->size();
    const auto sentence = fmt::format(
        "{}: {} attempts in {} series, journal {}; {} values of url_template for {} operations",
        duration_count, metrics.attempts, metrics.series, evidence.rows->size(),
        metrics.templates.size(), operations.size());
    return bounded && counted ? Finding::pass(sentence) : Finding::fail(sentence);
}

// The row that went out under that id, the last one where there are more; null: none.
const Exchange* row_of(const Evidence& evidence, std::string_view id) {
    const Exchange* found = nullptr;
    for (const Exchange& row : *evidence.rows) {
        found = !id.empty() && id_of(row) == id ? &row : found;
    }
    return found;
}

// In what two requests are not the same; empty: in nothing but their id. Credentials stand in the
// journal as fingerprints, which are the same where the credentials are.
std::string difference(const Exchange& failed, const Exchange& again) {
    if (failed.identity != again.identity) {
        return "method, path, query or body";
    }
    if (failed.headers == nullptr || again.headers == nullptr) {
        return "";
    }
    for (const auto& [name, value] : *failed.headers) {
        const bool own = http::iequals(name, id_header) || http::iequals(name, "traceparent");
        if (!own && again.headers->value(name) != value) {
            return fmt::format("the header {}", name);
        }
    }
    return "";
}

Finding failure_is_repeated(const Evidence& evidence) {
    const auto* text = handed_in(evidence, "repro");
    if (text == nullptr) {
        return Finding::not_applicable("no failure was said to be reproduced");
    }
    const auto document = http::JsonDocument::parse(*text);
    const auto id = [&](std::string_view member) {
        return document ? std::string(document->root()[member].string_or("")) : std::string();
    };
    const auto* failed = row_of(evidence, id("failed"));
    if (failed == nullptr || (failed->answered() && failed->status < 400)) {
        return Finding::not_exercised("the request that is to be reproduced did not fail");
    }
    const auto* again = row_of(evidence, id("again"));
    if (again == nullptr || again->seq <= failed->seq) {
        return Finding::fail("no request went out that does it again");
    }
    const auto other = difference(*failed, *again);
    const bool same = other.empty() && failed->status == again->status;
    auto finding = same ? Finding::pass("") : Finding::fail("");
    finding.sentence =
        fmt::format("the failure ({}) was asked for again and answered {}; {}", failed->status,
                    again->status, other.empty() ? "the same request" : "not the same: " + other);
    finding.prove(*failed);
    finding.prove(*again);
    return finding;
}

}  // namespace

void add_log_checks(CheckList& list) {
    list.push_back(make_check({.id = "OBS-04",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "logs every attempt and every operation, and no other",
                               .source = "design: a log is judged against the journal"},
                              log_is_complete));
    list.push_back(make_check({.id = "OBS-05",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "logs a lost reply as unknown, not as failed",
                               .source = "RFC 9110 section 9.2.2: it may have been applied"},
                              log_is_true));
    list.push_back(make_check({.id = "OBS-06",
                               .kind = CheckKind::must,
                               .level = CheckLevel::recommended,
                               .title = "labels metrics with URL templates, one count per attempt",
                               .source = "OpenTelemetry HTTP metrics, url.template; Prometheus "
                                         "naming, labels"},
                              metrics_are_templates));
    list.push_back(make_check({.id = "OBS-23",
                               .kind = CheckKind::must,
                               .level = CheckLevel::advice,
                               .title = "reproduces a failure by the same request, to its headers",
                               .source = "design: a failure that cannot be repeated is a rumour"},
                              failure_is_repeated));
}

}  // namespace apilab::sandbox::internal
