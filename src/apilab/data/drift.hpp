#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace apilab::data {

/// One way in which an answer is not what its model says.
enum class DriftKind : std::uint8_t {
    /// A member that the model needs is not there.
    missing,
    /// It is null, and the model has no place for null.
    null,
    /// It has another type, or is a text that its type cannot be (a decimal `abc`).
    wrong_type,
    /// An integer that its member cannot hold.
    out_of_range,
    /// A text that is no time of RFC 3339.
    invalid_time,
    /// A second member of the same name. The first one counts, as in `Json::operator[]`.
    duplicate_key,
    /// A text that is none of the enum's names. Breaks nothing where the member is an `Open<E>`.
    unknown_enum,
    /// A member that the model does not have. Breaks nothing.
    new_field,
};
constexpr std::size_t drift_kinds = 8;
[[nodiscard]] std::string_view to_string(DriftKind kind);

/// Where it was, what was expected, what was found.
struct Drift {
    DriftKind kind = DriftKind::missing;
    /// RFC 6901, of the first occurrence: `/3/user/login`.
    std::string pointer;
    /// The same place in every item: `/*/user/login`. Keys of maps are `*` too.
    std::string pattern;
    /// `a string`, `an integer of 32 bits`, `one of open, closed`.
    std::string expected;
    /// The type; of times and of values of enums the text too, at most 40 characters of it, without
    /// control characters and with the process's secrets as `***`.
    std::string found;
    /// How often in this document, at any index.
    std::uint64_t times = 1;

    /// `/3/user/login: missing, expected a string`.
    [[nodiscard]] std::string to_string() const;
};

/// What one document had of it. Nothing is allocated where there is none.
struct DriftReport {
    /// Each kind and pattern once, in order of their first occurrence; at most
    /// `DecodeOptions::drift_entries_max`.
    std::vector<Drift> entries;
    /// All of each kind, also those that have no entry.
    std::array<std::uint64_t, drift_kinds> counts{};
    std::uint64_t items_discarded = 0;
    std::uint64_t values_discarded = 0;

    [[nodiscard]] std::uint64_t count(DriftKind kind) const {
        return counts[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] std::uint64_t total() const;
    [[nodiscard]] bool none() const { return total() == 0; }
};

struct DriftCountersOptions {
    /// Rows, by operation, kind and pattern. Default 1000; what comes beyond is counted for its
    /// operation and kind with the pattern `other`, beyond twice as many not at all.
    std::size_t rows_max = 1000;
};

/// Counts drift per operation over the life of a program, for a page of metrics beside
/// `observe::MetricsObserver`. Not synchronised: one per executor.
///
///     counters.add("issues.list", decoded->drift);
class DriftCounters {
public:
    explicit DriftCounters(DriftCountersOptions options = {}) : options_(options) {}

    /// `operation`: as of `runtime::Operation`, not a URL.
    void add(std::string_view operation, const DriftReport& report);

    struct Row {
        std::string operation;
        DriftKind kind = DriftKind::missing;
        std::string pattern;
        std::uint64_t count = 0;
    };
    /// By operation, kind and pattern.
    [[nodiscard]] std::vector<Row> rows() const;
    /// Documents that were added, of one operation.
    [[nodiscard]] std::uint64_t documents(std::string_view operation) const;

    /// `apilab_drift_total{operation,kind,pointer}`, `apilab_drift_documents_total{operation}` and
    /// `apilab_drift_items_discarded_total{operation}` in Prometheus's text format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    struct Totals {
        std::uint64_t documents = 0;
        std::uint64_t items_discarded = 0;
    };
    void count(std::string_view operation, DriftKind kind, std::string_view pattern,
               std::uint64_t times);

    DriftCountersOptions options_;
    std::map<std::tuple<std::string, DriftKind, std::string>, std::uint64_t> rows_;
    std::map<std::string, Totals, std::less<>> totals_;
};

}  // namespace apilab::data
