#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>

#include "apilab/radar/report.hpp"

namespace apilab::radar {

struct ReportLimits {
    /// Most decisions shown, the first ones. Default all.
    std::size_t decisions_max = std::numeric_limits<std::size_t>::max();
};

/// The `--json` document, on one line and without a final newline: an object for one report, an
/// array of objects for several. Members and their order are a promise to those who build on it:
/// `as_of, input, packages, decisions, sources, calls`; what is not there is null (`candidate`,
/// `command`, a source's `as_of` and `error`). Times are RFC 3339 in UTC. Text that is no UTF-8
/// cannot occur: every input was validated as JSON.
[[nodiscard]] std::string report_json(const Report& report, ReportLimits limits = {});
[[nodiscard]] std::string report_json(std::span<const Report> reports, ReportLimits limits = {});

}  // namespace apilab::radar
