#include "apilab/data/drift.hpp"

#include <fmt/format.h>

#include <iterator>
#include <numeric>

#include "apilab/observe/metrics_observer.hpp"

namespace apilab::data {
namespace {

constexpr std::array<std::string_view, drift_kinds> kind_names{
    "missing",      "null",          "wrong_type",   "out_of_range",
    "invalid_time", "duplicate_key", "unknown_enum", "new_field"};

}  // namespace

std::string_view to_string(DriftKind kind) {
    return kind_names.at(static_cast<std::size_t>(kind));
}

std::string Drift::to_string() const {
    const std::string_view place =
        pointer.empty() ? std::string_view("the document") : std::string_view(pointer);
    switch (kind) {
        case DriftKind::missing:
            return fmt::format("{}: missing, expected {}", place, expected);
        case DriftKind::new_field:
            return fmt::format("{}: a new member, {}", place, found);
        case DriftKind::duplicate_key:
            return fmt::format("{}: a second member of this name", place);
        case DriftKind::null:
        case DriftKind::wrong_type:
        case DriftKind::out_of_range:
        case DriftKind::invalid_time:
        case DriftKind::unknown_enum:
            break;
    }
    return fmt::format("{}: {}, expected {}", place, found, expected);
}

std::uint64_t DriftReport::total() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void DriftCounters::count(std::string_view operation, DriftKind kind, std::string_view pattern,
                          std::uint64_t times) {
    std::tuple key(std::string(operation), kind, std::string(pattern));
    auto found = rows_.find(key);
    if (found == rows_.end() && rows_.size() >= options_.rows_max) {
        std::get<2>(key) = "other";
        found = rows_.find(key);
        if (found == rows_.end() && rows_.size() >= 2 * options_.rows_max) {
            return;
        }
    }
    if (found == rows_.end()) {
        found = rows_.emplace(std::move(key), 0).first;
    }
    found->second += times;
}

void DriftCounters::add(std::string_view operation, const DriftReport& report) {
    auto totals = totals_.find(operation);
    if (totals == totals_.end()) {
        if (totals_.size() >= options_.rows_max) {
            return;
        }
        totals = totals_.emplace(std::string(operation), Totals{}).first;
    }
    ++totals->second.documents;
    totals->second.items_discarded += report.items_discarded;
    if (report.none()) {
        return;
    }
    auto rest = report.counts;
    for (const Drift& entry : report.entries) {
        count(operation, entry.kind, entry.pattern, entry.times);
        rest.at(static_cast<std::size_t>(entry.kind)) -= entry.times;
    }
    for (std::size_t kind = 0; kind < drift_kinds; ++kind) {
        if (rest.at(kind) != 0) {
            count(operation, static_cast<DriftKind>(kind), "other", rest.at(kind));
        }
    }
}

std::vector<DriftCounters::Row> DriftCounters::rows() const {
    std::vector<Row> rows;
    rows.reserve(rows_.size());
    for (const auto& [key, count] : rows_) {
        rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), count});
    }
    return rows;
}

std::uint64_t DriftCounters::documents(std::string_view operation) const {
    const auto found = totals_.find(operation);
    return found == totals_.end() ? 0 : found->second.documents;
}

std::string DriftCounters::text() const {
    std::string out =
        "# HELP apilab_drift_total Values that were not as their model says.\n"
        "# TYPE apilab_drift_total counter\n";
    for (const auto& [key, count] : rows_) {
        fmt::format_to(std::back_inserter(out),
                       "apilab_drift_total{{operation=\"{}\",kind=\"{}\",pointer=\"{}\"}} {}\n",
                       observe::metric_label(std::get<0>(key)), to_string(std::get<1>(key)),
                       observe::metric_label(std::get<2>(key)), count);
    }
    out +=
        "# HELP apilab_drift_documents_total Documents that were decoded.\n"
        "# TYPE apilab_drift_documents_total counter\n";
    for (const auto& [operation, totals] : totals_) {
        fmt::format_to(std::back_inserter(out),
                       "apilab_drift_documents_total{{operation=\"{}\"}} {}\n",
                       observe::metric_label(operation), totals.documents);
    }
    out +=
        "# HELP apilab_drift_items_discarded_total Items left out because of drift.\n"
        "# TYPE apilab_drift_items_discarded_total counter\n";
    for (const auto& [operation, totals] : totals_) {
        fmt::format_to(std::back_inserter(out),
                       "apilab_drift_items_discarded_total{{operation=\"{}\"}} {}\n",
                       observe::metric_label(operation), totals.items_discarded);
    }
    return out;
}

}  // namespace apilab::data
