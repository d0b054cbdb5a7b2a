#pragma once

#include <string>
#include <vector>

#include "apilab/sandbox/affected.hpp"

namespace apilab::sandbox {

/// What the npm registry's bulk advisory endpoint knows of one fault.
struct AuditEntry {
    std::string id;
    std::string title;
    /// npm's word: low, moderate, high, critical.
    std::string severity;
    std::vector<std::string> cwes;
    std::string cvss;
    double score = 0;
    Affected affected;
};

}  // namespace apilab::sandbox
