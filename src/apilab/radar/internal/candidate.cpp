#include "apilab/radar/internal/candidate.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "apilab/radar/semver_range.hpp"

namespace apilab::radar::internal {
namespace {

constexpr RangeOptions loose = {.mode = SemVerMode::loose};

/// What a copy's dependents take, read once for all candidates.
class Demands {
public:
    Demands(const InstalledVersion& installed, const Packument* packument)
        : compatible_(SemVerRange::parse("^" + installed.semver.to_string())) {
        std::unordered_set<std::string_view> seen;
        for (const Demand& demand : installed.demands) {
            if (!seen.insert(demand.range).second) {
                continue;
            }
            if (auto range = SemVerRange::parse(demand.range, loose)) {
                ranges_.push_back(*std::move(range));
                continue;
            }
            // A tag moves on with its releases.
            const PackumentVersion* const tagged =
                packument != nullptr ? packument->tagged(demand.range) : nullptr;
            if (tagged == nullptr) {
                nothing_fits_ = true;
            } else if (!highest_ || tagged->semver < *highest_) {
                highest_ = tagged->semver;
            }
        }
        nothing_fits_ = nothing_fits_ || installed.demands.empty();
    }

    [[nodiscard]] Change change_to(const SemVer& version) const {
        const bool in_range =
            !nothing_fits_ && (!highest_ || version <= *highest_) &&
            std::ranges::all_of(ranges_, [&](const auto& r) { return r.contains(version); });
        if (in_range) {
            return Change::in_range;
        }
        return compatible_ && compatible_->contains(version) ? Change::minor : Change::major;
    }

private:
    std::vector<SemVerRange> ranges_;
    std::optional<SemVer> highest_;
    bool nothing_fits_ = false;
    std::optional<SemVerRange> compatible_;
};

/// A version that could be installed, from the registry or, without it, from the advisories.
struct Option {
    SemVer version;
    std::string text;
    const PackumentVersion* entry;
};

std::vector<Option> all_options(const Search& search) {
    std::vector<Option> out;
    if (search.packument != nullptr) {
        for (const PackumentVersion& version : search.packument->versions) {
            if (!version.published || *version.published <= search.as_of) {
                out.push_back({version.semver, version.text, &version});
            }
        }
        return out;
    }
    for (const KnownRecord& known : *search.records) {
        for (SemVer& fixed : fixed_versions(*known.record, search.dependency->name)) {
            std::string text = fixed.to_string();
            out.push_back({std::move(fixed), std::move(text), nullptr});
        }
    }
    std::ranges::sort(out, {}, &Option::version);
    return out;
}

bool is_clean(const Search& search, const SemVer& version) {
    return std::ranges::none_of(*search.records, [&](const KnownRecord& known) {
        return affects(*known.record, search.dependency->name, version);
    });
}

bool is_usable(const Search& search, const Option& option) {
    const bool prereleases = std::ranges::any_of(
        search.replace, [](const auto* copy) { return copy->semver.is_prerelease(); });
    if (option.version.is_prerelease() && !prereleases) {
        return false;
    }
    if (option.entry != nullptr && ((option.entry->deprecated && !search.allow_deprecated) ||
                                    !fits_node(option.entry->engines_node, search.node_version))) {
        return false;
    }
    return is_clean(search, option.version);
}

Change worst_change(const std::vector<Demands>& copies, const SemVer& version) {
    Change worst = Change::in_range;
    for (const Demands& copy : copies) {
        worst = std::max(worst, copy.change_to(version));
    }
    return worst;
}

Candidate make(const Option& option, Change change, bool rollback) {
    return {option.version, option.text, change, option.entry, rollback};
}

}  // namespace

Change change_for(const InstalledVersion& installed, const SemVer& version,
                  const Packument* packument) {
    return Demands(installed, packument).change_to(version);
}

bool fits_node(const std::string& engines, const std::optional<SemVer>& node) {
    if (!node || engines.empty()) {
        return true;
    }
    const auto range =
        SemVerRange::parse(engines, {.mode = SemVerMode::loose, .include_prerelease = true});
    return !range || range->contains(*node);
}

std::optional<Candidate> find_candidate(const Search& search) {
    const SemVer& above = search.replace.back()->semver;
    const std::vector<Option> options = all_options(search);
    std::vector<Demands> copies;
    copies.reserve(search.replace.size());
    for (const InstalledVersion* copy : search.replace) {
        copies.emplace_back(*copy, search.packument);
    }
    std::optional<Candidate> best;
    bool best_deprecated = false;
    const Option* rollback = nullptr;
    for (const Option& option : options) {
        if (!is_usable(search, option)) {
            continue;
        }
        if (option.version <= above) {
            rollback = option.version < search.replace.front()->semver ? &option : rollback;
            continue;
        }
        const Change change = worst_change(copies, option.version);
        const bool deprecated = option.entry != nullptr && option.entry->deprecated;
        // Ascending, so an equally good later one never replaces an earlier one.
        if (!best || std::pair(change, deprecated) < std::pair(best->change, best_deprecated)) {
            best = make(option, change, false);
            best_deprecated = deprecated;
        }
    }
    if (!best && rollback != nullptr && search.allow_rollback) {
        best = make(*rollback, worst_change(copies, rollback->version), true);
    }
    return best;
}

}  // namespace apilab::radar::internal
