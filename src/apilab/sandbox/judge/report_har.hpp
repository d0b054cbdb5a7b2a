#pragma once

#include <string>

#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox {

/// The run's exchanges as a HAR 1.2 document, as the sandbox saw them: requests with their headers
/// (credentials as fingerprints), statuses, times and sizes. Bodies and the headers of answers are
/// not kept by the journal and are left out. What the judge knows stands in fields of our own:
/// `_row`, `_operation`, `_faults`, `_facts`. At most as many entries as the journal has rows.
[[nodiscard]] std::string report_har(const Sandbox& sandbox);

}  // namespace apilab::sandbox
