#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace apilab::radar {

/// The advisory databases' four words, ordered. OSV's GitHub records say MODERATE where CVSS says
/// medium; both are read.
enum class Severity : std::uint8_t { low, moderate, high, critical };

[[nodiscard]] std::string_view to_string(Severity severity);
/// In any case; `medium` is moderate. Nothing for other words (`none`, `unknown`).
[[nodiscard]] std::optional<Severity> parse_severity(std::string_view text);

/// A base score times ten, 0 to 100: scores have one decimal, and integers add up exactly.
struct CvssScore {
    int tenths = 0;

    /// CVSS v3.1 section 5: 0.1-3.9 low, 4.0-6.9 moderate, 7.0-8.9 high, 9.0-10.0 critical.
    /// Nothing for 0.0.
    [[nodiscard]] std::optional<Severity> severity() const;
    friend auto operator<=>(CvssScore, CvssScore) = default;
};

/// The base score of a vector: `CVSS:3.1/AV:N/...` or `CVSS:3.0/...` (first.org, CVSS v3.1
/// specification section 7), or a version 2 vector without prefix (`AV:N/AC:L/Au:N/C:P/I:P/A:P`,
/// CVSS v2 guide section 3.2.1). Temporal and environmental metrics are ignored. Nothing for a
/// malformed vector, one that lacks a base metric or names one twice, and version 4, whose score
/// is a table lookup this library does not carry.
[[nodiscard]] std::optional<CvssScore> cvss_base_score(std::string_view vector);

/// What stands in for a score where a record has only a word: the middle of the word's band
/// (low 2.0, moderate 5.5, high 8.0, critical 9.5).
[[nodiscard]] CvssScore midpoint(Severity severity);

}  // namespace apilab::radar
