#include "apilab/sandbox/affected.hpp"

#include <algorithm>

#include "apilab/sandbox/semver.hpp"

namespace apilab::sandbox {
namespace {

/// A bound that is no version bounds nothing: the stretch then holds no version at all, as in the
/// real service, which drops what it cannot read.
bool within(const VersionRange& range, const Semver& version) {
    const auto introduced = parse_semver(range.introduced);
    if (!introduced || version < *introduced) {
        return false;
    }
    if (!range.fixed.empty()) {
        const auto fixed = parse_semver(range.fixed);
        return fixed && version < *fixed;
    }
    if (!range.last_affected.empty()) {
        const auto last = parse_semver(range.last_affected);
        return last && version <= *last;
    }
    return true;
}

}  // namespace

bool affects(const Affected& affected, std::string_view version) {
    if (std::ranges::find(affected.versions, version) != affected.versions.end()) {
        return true;
    }
    const auto parsed = parse_semver(version);
    return parsed && std::ranges::any_of(affected.ranges, [&](const VersionRange& range) {
               return within(range, *parsed);
           });
}

std::string range_text(const VersionRange& range) {
    const bool from_start = range.introduced == "0";
    std::string end;
    if (!range.fixed.empty()) {
        end = "< " + range.fixed;
    } else if (!range.last_affected.empty()) {
        end = "<= " + range.last_affected;
    }
    if (from_start && !end.empty()) {
        return end;
    }
    return ">= " + range.introduced + (end.empty() ? "" : ", " + end);
}

}  // namespace apilab::sandbox
