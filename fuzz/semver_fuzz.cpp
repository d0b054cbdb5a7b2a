// Versions and ranges out of other people's files. The first byte chooses the options; a NUL
// separates the range from the version.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/radar/cvss.hpp"
#include "apilab/radar/npm_spec.hpp"
#include "apilab/radar/osv.hpp"
#include "apilab/radar/semver.hpp"
#include "apilab/radar/semver_inc.hpp"
#include "apilab/radar/semver_range.hpp"

namespace {

using apilab::radar::RangeOptions;
using apilab::radar::SemVer;
using apilab::radar::SemVerMode;
using apilab::radar::SemVerRange;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_version(std::string_view text) {
    const auto strict = SemVer::parse(text);
    const auto loose = SemVer::parse(text, SemVerMode::loose);
    if (strict) {
        require(loose && *loose == *strict);
        require(SemVer::parse(strict->to_string()) == *strict);
        require(apilab::radar::coerce_version(text) == *strict);
        const auto next = increment(*strict, apilab::radar::ReleaseType::prerelease);
        require(!next || *strict < *next);
    }
    if (loose) {
        require(!(*loose < *loose) && *loose == *loose);
        // What is read loosely is written strictly, if it is not too long for that.
        const std::string written = loose->to_string();
        require(written.size() > SemVer::length_max || SemVer::parse(written) == *loose);
    }
}

void check_range(std::string_view text, std::string_view version_text, RangeOptions options) {
    const auto range = SemVerRange::parse(text, options);
    if (!range) {
        return;
    }
    const std::string canonical = range->to_string();
    const auto again = SemVerRange::parse(canonical, options);
    require(again.has_value() || canonical.size() > SemVerRange::length_max / 2);
    if (const auto version = SemVer::parse(version_text, options.mode)) {
        const bool inside = range->contains(*version);
        require(!again || again->contains(*version) == inside);
        require(!inside || (!range->is_above(*version) && !range->is_below(*version)));
    }
    if (const auto lowest = range->lowest()) {
        require(range->contains(*lowest));
    }
    (void)range->intersects(*range);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const RangeOptions options{.mode = (data[0] & 1U) != 0 ? SemVerMode::loose : SemVerMode::strict,
                               .include_prerelease = (data[0] & 2U) != 0};
    const std::string_view all(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t split = std::min(all.find('\0'), all.size());
    const std::string_view version = all.substr(std::min(split + 1, all.size()));
    check_version(version);
    check_version(all);
    check_range(all.substr(0, split), version, options);
    (void)apilab::radar::parse_npm_spec(all);
    const auto score = apilab::radar::cvss_base_score(all);
    require(!score || (score->tenths >= 0 && score->tenths <= 100));
    return 0;
}
