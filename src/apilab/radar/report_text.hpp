#pragma once

#include <cstddef>
#include <string>

#include "apilab/radar/report.hpp"
#include "apilab/radar/report_json.hpp"

namespace apilab::radar {

struct ReportTextOptions {
    /// Columns to wrap notes at; 0 never wraps (piped output). Default 0, otherwise at least 40.
    std::size_t width = 0;
    /// ANSI colours. Default off.
    bool colour = false;
    ReportLimits limits;
};

/// The report for people: what it is about, each source's state, the ranked decisions with command,
/// reason, risk and evidence, what was not looked at, and what the calls cost. Ends with a newline.
///
/// A simulation says SIMULATED first. Where a source failed or is stale that is said before and
/// after the decisions, and nothing is ever called clean. Control characters from outside are
/// replaced.
[[nodiscard]] std::string report_text(const Report& report, ReportTextOptions options = {});

}  // namespace apilab::radar
