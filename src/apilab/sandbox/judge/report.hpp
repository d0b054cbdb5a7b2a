#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/judge/judge.hpp"

namespace apilab::sandbox {

enum class ReportFormat : std::uint8_t { text, json, markdown, html, junit };

/// By the extension of a file name: `.json`, `.md`, `.html`, `.xml` (JUnit), `.txt`. Error
/// (`invalid_argument`) for any other, naming these.
[[nodiscard]] Result<ReportFormat> report_format(std::string_view file_name);

struct ReportStyle {
    /// ANSI colours in the text.
    bool colour = false;
    /// Also the checks that were not exercised, in the text.
    bool all_checks = true;
};

/// For people: the verdict, then one line per check with its sentence and the rows that prove it.
///
///     verdict  PASS   flaky, seed 7: 4 deciding checks passed, none failed
///              41 requests in 36 operations, 7 with a fault, 2.1 s
///     pass     never   RL-01   1 announced wait was kept                      rows 4 9
///     unknown  never   IDM-01  not exercised: no unsafe call ended ...
[[nodiscard]] std::string report_text(const RunReport& report, ReportStyle style = {});
/// One JSON document: `{"run": {...}, "verdict", "sentence", "counts": {...}, "checks": [{"id",
/// "kind", "level", "title", "source", "decides", "verdict", "reason", "warning", "sentence",
/// "rows"}]}`.
[[nodiscard]] std::string report_json(const RunReport& report);
/// Reads what `report_json` wrote, in another process perhaps. What the text does not have stays
/// empty: `Run::started`, `stopped` and `checks`. Errors (`decode`): no such document; a check that
/// this version does not know.
[[nodiscard]] Result<RunReport> read_report(std::string_view json);
[[nodiscard]] std::string report_markdown(const RunReport& report);
/// One page without scripts or anything from elsewhere.
[[nodiscard]] std::string report_html(const RunReport& report);
/// A test suite with one case per check; unknown is skipped, a warning is noted in `system-out`.
[[nodiscard]] std::string report_junit(const RunReport& report);
[[nodiscard]] std::string render_report(const RunReport& report, ReportFormat format);

/// The exit code that goes with a verdict: pass 0, fail 3, unknown 5.
[[nodiscard]] int exit_code(Verdict verdict);

}  // namespace apilab::sandbox
