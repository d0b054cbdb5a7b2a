#include "apilab/sandbox/internal/visits.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "apilab/http/json.hpp"

namespace apilab::sandbox::internal {

namespace {

std::map<std::string, PartLabel> labels_of(const std::string& body) {
    std::map<std::string, PartLabel> labels;
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        return labels;
    }
    for (const auto& [name, part] : document->root()["parts"].members()) {
        PartLabel label{.state = std::string(part["state"].string_or(""))};
        if (const auto age = part["age_ms"].integer()) {
            label.age = std::chrono::milliseconds(*age);
        }
        labels.emplace(name, std::move(label));
    }
    return labels;
}

std::string_view drift_of(const Exchange& row) {
    const auto found = row.facts.find("drift");
    return found == row.facts.end() ? std::string_view() : found->second;
}

}  // namespace

bool Visit::about_itself() const {
    return outbound->path == "/healthz" || outbound->path == "/readyz" ||
           outbound->path == "/metrics";
}

std::vector<Visit> visits_of(const Evidence& evidence) {
    std::vector<Visit> visits;
    std::unordered_map<std::string_view, std::size_t> by_id;
    if (evidence.outbound == nullptr) {
        return visits;
    }
    for (const Outbound& outbound : *evidence.outbound) {
        if (outbound.from != "visitor") {
            continue;
        }
        if (const auto id = outbound.facts.find("request_id"); id != outbound.facts.end()) {
            by_id.emplace(id->second, visits.size());
        }
        visits.push_back({.outbound = &outbound, .rows = {}, .parts = labels_of(outbound.body)});
    }
    for (const Exchange& row : *evidence.rows) {
        const auto id = row.headers ? row.headers->value("x-request-id") : std::string_view();
        if (const auto found = by_id.find(id.substr(0, id.find('.'))); found != by_id.end()) {
            visits[found->second].rows.push_back(&row);
        }
    }
    return visits;
}

Duration Outage::length() const {
    return rows.empty() ? Duration::zero() : rows.back()->first_byte - rows.front()->first_byte;
}

std::vector<Outage> outages_of(const std::deque<Exchange>& rows) {
    std::map<std::string, Outage> open;
    std::vector<Outage> outages;
    for (const Exchange& row : rows) {
        Outage& outage = open[row.provider];
        if (!row.answered() || row.status >= 500) {
            outage.rows.push_back(&row);
        } else if (!outage.rows.empty()) {
            outages.push_back(std::exchange(outage, {}));
        }
    }
    for (auto& [provider, outage] : open) {
        outages.push_back(std::move(outage));
    }
    return outages;
}

std::map<std::string, std::int64_t> visit_numbers(const Journal& journal) {
    std::map<std::string, std::int64_t> numbers;
    std::vector<Duration> times;
    for (const Visit& visit :
         visits_of({.rows = &journal.rows(), .outbound = &journal.outbound()})) {
        if (visit.about_itself()) {
            continue;
        }
        ++numbers[visit.answered() ? "answers" : "failed"];
        times.push_back(visit.over() ? visit.took() : Duration::max());
        const auto has = [&](std::string_view state) {
            return std::ranges::any_of(
                visit.parts, [&](const auto& part) { return part.second.state == state; });
        };
        numbers["partial"] += has("missing") ? 1 : 0;
        numbers["stale"] += has("stale") ? 1 : 0;
    }
    if (times.empty()) {
        return {};
    }
    numbers.try_emplace("answers", 0);
    numbers.try_emplace("failed", 0);
    std::ranges::sort(times);
    numbers["p99 ms"] = times[(times.size() * 99 - 1) / 100] / std::chrono::milliseconds(1);
    auto& dead = numbers["calls to the dead"];
    for (const auto& outage : outages_of(journal.rows())) {
        dead += outage.length() >= dead_after ? static_cast<std::int64_t>(outage.rows.size()) : 0;
    }
    return numbers;
}

bool served(const Exchange& row, SteadyTime before) {
    const bool good = (row.status >= 200 && row.status < 300) || row.status == 304;
    return row.answered() && good && *row.finished <= before;
}

bool broken_by_drift(const Exchange& row) {
    const auto drift = drift_of(row);
    return drift.contains("remove") || drift.contains("null") || drift.contains("retype") ||
           drift.contains("rename");
}

bool extended_by_drift(const Exchange& row) {
    return !drift_of(row).empty() && !broken_by_drift(row);
}

}  // namespace apilab::sandbox::internal
