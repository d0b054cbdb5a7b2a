#include "apilab/radar/semver_range.hpp"

#include <algorithm>
#include <utility>

#include "apilab/radar/internal/range_parse.hpp"
#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar {
namespace {

using Op = Comparator::Op;

bool goes_up(Op op) {
    return op == Op::greater || op == Op::greater_equal;
}
bool goes_down(Op op) {
    return op == Op::less || op == Op::less_equal;
}
bool includes_bound(Op op) {
    return op == Op::less_equal || op == Op::greater_equal;
}

/// Blanks become single spaces and build metadata goes: it plays no part in a range.
std::string tidy(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (internal::is_blank(text[i])) {
            if (!out.empty() && out.back() != ' ') {
                out += ' ';
            }
            continue;
        }
        if (text[i] != '+') {
            out += text[i];
            continue;
        }
        std::size_t end = i + 1;
        while (end < text.size() && (internal::is_identifier_char(text[end]) ||
                                     (text[end] == '.' && end > i + 1 && end + 1 < text.size() &&
                                      internal::is_identifier_char(text[end + 1])))) {
            ++end;
        }
        if (end == i + 1) {
            out += '+';  // no metadata follows: leave it, it makes the text no range
        }
        i = end - 1;
    }
    return out;
}

bool matches_all(const std::vector<Comparator>& set, const SemVer& version, RangeOptions options) {
    if (!std::ranges::all_of(set, [&](const Comparator& c) { return c.matches(version); })) {
        return false;
    }
    if (!version.is_prerelease() || options.include_prerelease) {
        return true;
    }
    // Who asked for 1.2.3-alpha.3 meant prereleases of 1.2.3, not those of 1.3.0.
    return std::ranges::any_of(set, [&](const Comparator& c) {
        return c.op != Op::any && c.bound.is_prerelease() && c.bound.same_core(version);
    });
}

bool is_satisfiable(const std::vector<Comparator>& set, RangeOptions options) {
    for (std::size_t i = 0; i < set.size(); ++i) {
        for (std::size_t j = i + 1; j < set.size(); ++j) {
            if (!set[i].intersects(set[j], options)) {
                return false;
            }
        }
    }
    return true;
}

/// Is `version` beyond the set on the side `up` (above) or below it?
bool is_beyond(const std::vector<Comparator>& set, const SemVer& version, bool up) {
    const auto further = [up](const SemVer& a, const SemVer& b) { return up ? a > b : a < b; };
    Comparator far{Op::greater_equal, SemVer(0, 0, 0)};
    Comparator near = far;
    bool first = true;
    for (const Comparator& comparator : set) {
        const Comparator c =
            comparator.op == Op::any ? Comparator{Op::greater_equal, SemVer(0, 0, 0)} : comparator;
        if (first || further(c.bound, far.bound)) {
            far = c;
        } else if (further(near.bound, c.bound)) {
            near = c;
        }
        if (first) {
            near = c;
            first = false;
        }
    }
    const auto outward = up ? goes_up : goes_down;
    if (outward(far.op)) {
        return false;  // the range goes on for ever on that side
    }
    if (near.op == Op::equal || (outward(near.op) && !includes_bound(near.op))) {
        return further(version, near.bound);
    }
    if (outward(near.op)) {
        return !further(near.bound, version);
    }
    return true;
}

}  // namespace

std::optional<Comparator> Comparator::parse(std::string_view text, SemVerMode mode) {
    text = internal::trim(text);
    if (text.empty()) {
        return Comparator{};
    }
    Comparator out;
    const bool less = text.starts_with('<');
    const bool greater = text.starts_with('>');
    text.remove_prefix(less || greater ? 1 : 0);
    const bool equal = text.starts_with('=');
    text.remove_prefix(equal ? 1 : 0);
    out.op = Op::equal;
    if (less) {
        out.op = equal ? Op::less_equal : Op::less;
    } else if (greater) {
        out.op = equal ? Op::greater_equal : Op::greater;
    }
    auto bound = SemVer::parse(internal::trim(text), mode);
    if (!bound) {
        return std::nullopt;
    }
    out.bound = *std::move(bound);
    return out;
}

bool Comparator::matches(const SemVer& version) const {
    switch (op) {
        case Op::any:
            return true;
        case Op::equal:
            return version == bound;
        case Op::less:
            return version < bound;
        case Op::less_equal:
            return version <= bound;
        case Op::greater:
            return version > bound;
        case Op::greater_equal:
            return version >= bound;
    }
    return false;
}

bool Comparator::intersects(const Comparator& other, RangeOptions options) const {
    if (op == Op::any || other.op == Op::any) {
        return true;
    }
    if (op == Op::equal || other.op == Op::equal) {
        const Comparator& point = op == Op::equal ? *this : other;
        const Comparator& rest = op == Op::equal ? other : *this;
        return matches_all({rest}, point.bound, options);
    }
    // Nothing lies below 0.0.0 (or, counting prereleases, below 0.0.0-0).
    const auto empty = [&](const Comparator& c) {
        const SemVer zero(0, 0, 0);
        return options.include_prerelease ? internal::is_null_set(c)
                                          : goes_down(c.op) && c.bound.same_core(zero) &&
                                                (c.op == Op::less || c.bound.is_prerelease());
    };
    if (empty(*this) || empty(other)) {
        return false;
    }
    if (goes_up(op) == goes_up(other.op)) {
        return true;
    }
    const Comparator& lower = goes_up(op) ? *this : other;
    const Comparator& upper = goes_up(op) ? other : *this;
    if (lower.bound == upper.bound) {
        return includes_bound(lower.op) && includes_bound(upper.op);
    }
    return lower.bound < upper.bound;
}

std::string Comparator::to_string() const {
    static constexpr std::string_view signs[] = {"", "", "<", "<=", ">", ">="};
    return op == Op::any ? std::string()
                         : std::string(signs[static_cast<std::size_t>(op)]) + bound.to_string();
}

std::optional<SemVerRange> SemVerRange::parse(std::string_view text, RangeOptions options) {
    if (text.size() > length_max) {
        return std::nullopt;
    }
    const std::string tidied = tidy(text);
    std::string_view rest = tidied;
    SemVerRange range;
    range.options_ = options;
    std::vector<std::vector<Comparator>>& sets = range.alternatives_;
    while (true) {
        const std::size_t bar = rest.find("||");
        auto set = internal::parse_alternative(internal::trim(rest.substr(0, bar)), options);
        if (set) {
            sets.push_back(*std::move(set));
        } else if (options.mode == SemVerMode::strict) {
            return std::nullopt;
        }
        if (bar == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(bar + 2);
    }
    if (sets.empty()) {
        return std::nullopt;
    }
    const std::vector<Comparator> first = sets.front();
    std::erase_if(sets, [](const auto& set) { return internal::is_null_set(set.front()); });
    if (sets.empty()) {
        sets.push_back(first);
    }
    const auto everything = std::ranges::find_if(
        sets, [](const auto& set) { return set.size() == 1 && set.front().op == Op::any; });
    if (everything != sets.end()) {
        sets = {{Comparator{}}};
    }
    return range;
}

bool SemVerRange::contains(const SemVer& version) const {
    return std::ranges::any_of(
        alternatives_, [&](const auto& set) { return matches_all(set, version, options_); });
}

bool SemVerRange::is_below(const SemVer& version) const {
    return !contains(version) && std::ranges::all_of(alternatives_, [&](const auto& set) {
        return is_beyond(set, version, true);
    });
}

bool SemVerRange::is_above(const SemVer& version) const {
    return !contains(version) && std::ranges::all_of(alternatives_, [&](const auto& set) {
        return is_beyond(set, version, false);
    });
}

bool SemVerRange::intersects(const SemVerRange& other) const {
    const auto sets_meet = [&](const std::vector<Comparator>& a, const std::vector<Comparator>& b) {
        return is_satisfiable(b, options_) && std::ranges::all_of(a, [&](const Comparator& x) {
                   return std::ranges::all_of(
                       b, [&](const Comparator& y) { return x.intersects(y, options_); });
               });
    };
    return std::ranges::any_of(alternatives_, [&](const auto& a) {
        return is_satisfiable(a, options_) &&
               std::ranges::any_of(other.alternatives_,
                                   [&](const auto& b) { return sets_meet(a, b); });
    });
}

std::optional<SemVer> SemVerRange::lowest() const {
    std::optional<SemVer> best;
    const auto consider = [&](const SemVer& version) {
        if (contains(version) && (!best || version < *best)) {
            best = version;
        }
    };
    consider(SemVer(0, 0, 0));
    if (options_.include_prerelease) {
        consider(SemVer(0, 0, 0, "0"));
    }
    for (const auto& set : alternatives_) {
        for (const Comparator& c : set) {
            if (c.op == Op::equal || c.op == Op::greater_equal) {
                consider(c.bound);
            } else if (c.op == Op::greater && c.bound.is_prerelease()) {
                consider(SemVer(c.bound.major_number(), c.bound.minor_number(),
                                c.bound.patch_number(), c.bound.prerelease() + ".0"));
            } else if (c.op == Op::greater) {
                consider(SemVer(c.bound.major_number(), c.bound.minor_number(),
                                c.bound.patch_number() + 1));
            }
        }
    }
    return best;
}

bool SemVerRange::is_exact() const {
    return alternatives_.size() == 1 && alternatives_[0].size() == 1 &&
           alternatives_[0][0].op == Op::equal;
}

std::string SemVerRange::to_string() const {
    std::string out;
    for (std::size_t i = 0; i < alternatives_.size(); ++i) {
        out += i > 0 ? "||" : "";
        for (std::size_t j = 0; j < alternatives_[i].size(); ++j) {
            out += j > 0 ? " " : "";
            out += alternatives_[i][j].to_string();
        }
    }
    return out;
}

}  // namespace apilab::radar
