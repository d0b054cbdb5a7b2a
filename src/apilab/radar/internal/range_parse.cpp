#include "apilab/radar/internal/range_parse.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>

#include "apilab/radar/internal/semver_text.hpp"

// npm defines its ranges by rewriting text with regular expressions. Here the same language is read
// in one pass: an operator, then a *partial* version (numbers may be missing or x), which together
// stand for one or two comparators.
namespace apilab::radar::internal {
namespace {

using Op = Comparator::Op;

struct Partial {
    /// Missing where the text has x, X, * or nothing.
    std::array<std::optional<std::uint64_t>, 3> numbers;
    std::string prerelease;
    /// What stood before the first number, of `v`, `=` and blanks.
    std::string_view prefix;

    [[nodiscard]] bool any_major() const { return !numbers[0]; }
    [[nodiscard]] bool any_minor() const { return any_major() || !numbers[1]; }
    [[nodiscard]] bool any_patch() const { return any_minor() || !numbers[2]; }
    /// `1.*.5`: a number after a wildcard.
    [[nodiscard]] bool out_of_order() const {
        return (any_major() && (numbers[1] || numbers[2])) || (!numbers[1] && numbers[2]);
    }
};

std::optional<Partial> parse_partial(std::string_view text, SemVerMode mode) {
    Partial partial;
    const std::size_t start = std::min(text.find_first_not_of("v= \t"), text.size());
    partial.prefix = text.substr(0, start);
    text.remove_prefix(start);
    for (std::size_t i = 0; i < 3; ++i) {
        if (i > 0) {
            if (text.empty()) {
                return partial;
            }
            if (text.front() != '.') {
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
        if (!text.empty() && (text[0] == 'x' || text[0] == 'X' || text[0] == '*')) {
            text.remove_prefix(1);
            continue;
        }
        partial.numbers[i] = take_number(text, mode);
        if (!partial.numbers[i]) {
            return std::nullopt;
        }
    }
    auto suffix = read_suffix(text, mode);
    if (!suffix) {
        return std::nullopt;
    }
    partial.prerelease = *std::move(suffix);
    return partial;
}

/// Comparators under construction; turns false once a number leaves the range of versions.
class Bounds {
public:
    void add(Op op, std::uint64_t major, std::uint64_t minor, std::uint64_t patch,
             std::string prerelease = {}) {
        if (std::max({major, minor, patch}) > SemVer::number_max) {
            valid_ = false;
            return;
        }
        out_.push_back({op, SemVer(major, minor, patch, std::move(prerelease))});
    }
    /// `<major.minor.patch-0`: below it and below all of its prereleases.
    void below(std::uint64_t major, std::uint64_t minor, std::uint64_t patch) {
        add(Op::less, major, minor, patch, "0");
    }
    void any() { out_.push_back({}); }

    [[nodiscard]] std::optional<std::vector<Comparator>> take() && {
        if (!valid_) {
            return std::nullopt;
        }
        return std::move(out_);
    }

private:
    std::vector<Comparator> out_;
    bool valid_ = true;
};

/// The lowest prerelease, where prereleases count; a lower bound then starts there.
std::string floor_of(RangeOptions options) {
    return options.include_prerelease ? "0" : "";
}

void caret(const Partial& p, RangeOptions options, Bounds& out) {
    if (p.any_major()) {
        return out.any();
    }
    const std::uint64_t major = *p.numbers[0];
    if (p.any_minor()) {
        out.add(Op::greater_equal, major, 0, 0, floor_of(options));
        return out.below(major + 1, 0, 0);
    }
    const std::uint64_t minor = *p.numbers[1];
    const std::uint64_t patch = p.numbers[2].value_or(0);
    std::string floor = p.prerelease;
    if (p.any_patch()) {
        floor = floor_of(options);
    }
    out.add(Op::greater_equal, major, minor, patch, std::move(floor));
    if (major > 0) {
        out.below(major + 1, 0, 0);
    } else if (minor > 0 || p.any_patch()) {
        out.below(0, minor + 1, 0);
    } else {
        out.below(0, 0, patch + 1);
    }
}

void tilde(const Partial& p, RangeOptions options, Bounds& out) {
    if (p.any_major()) {
        return out.any();
    }
    const std::uint64_t major = *p.numbers[0];
    if (p.any_minor()) {
        out.add(Op::greater_equal, major, 0, 0, floor_of(options));
        return out.below(major + 1, 0, 0);
    }
    const std::uint64_t minor = *p.numbers[1];
    if (p.any_patch()) {
        out.add(Op::greater_equal, major, minor, 0, floor_of(options));
    } else {
        out.add(Op::greater_equal, major, minor, *p.numbers[2], p.prerelease);
    }
    out.below(major, minor + 1, 0);
}

/// `>1.x`, `<=1.2.x`: the operator moves to the edge of what the wildcard covers.
void compare_wildcard(Op op, const Partial& p, RangeOptions options, Bounds& out) {
    std::uint64_t major = *p.numbers[0];
    std::uint64_t minor = p.any_minor() ? 0 : *p.numbers[1];
    if (op == Op::greater || op == Op::less_equal) {
        (p.any_minor() ? major : minor) += 1;
    }
    if (op == Op::greater || op == Op::greater_equal) {
        out.add(Op::greater_equal, major, minor, 0, floor_of(options));
    } else {
        out.below(major, minor, 0);
    }
}

bool compare(Op op, const Partial& p, RangeOptions options, Bounds& out) {
    if (p.out_of_order()) {
        return false;
    }
    if (p.any_major()) {
        if (op == Op::less || op == Op::greater) {
            out.below(0, 0, 0);
        } else {
            out.any();
        }
        return true;
    }
    if (!p.any_patch()) {
        // Only wildcards forgive a second `=`; a full version takes a `v` at most.
        if (options.mode == SemVerMode::strict && !p.prefix.empty() && p.prefix != "v") {
            return false;
        }
        out.add(op, *p.numbers[0], *p.numbers[1], *p.numbers[2], p.prerelease);
        return true;
    }
    if (op != Op::equal) {
        compare_wildcard(op, p, options, out);
        return true;
    }
    const std::uint64_t major = *p.numbers[0];
    out.add(Op::greater_equal, major, p.numbers[1].value_or(0), 0, floor_of(options));
    if (p.any_minor()) {
        out.below(major + 1, 0, 0);
    } else {
        out.below(major, *p.numbers[1] + 1, 0);
    }
    return true;
}

std::optional<std::vector<Comparator>> hyphen(std::string_view text, RangeOptions options) {
    const std::size_t dash = text.find(" - ");
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto from = parse_partial(text.substr(0, dash), options.mode);
    const auto to = parse_partial(text.substr(dash + 3), options.mode);
    if (!from || !to) {
        return std::nullopt;
    }
    Bounds out;
    if (from->any_major()) {
        out.any();
    } else {
        std::string floor = from->any_patch() ? "" : from->prerelease;
        out.add(Op::greater_equal, *from->numbers[0], from->any_minor() ? 0 : *from->numbers[1],
                from->any_patch() ? 0 : *from->numbers[2],
                floor.empty() ? floor_of(options) : std::move(floor));
    }
    if (to->any_major()) {
        out.any();
    } else if (to->any_minor()) {
        out.below(*to->numbers[0] + 1, 0, 0);
    } else if (to->any_patch()) {
        out.below(*to->numbers[0], *to->numbers[1] + 1, 0);
    } else if (to->prerelease.empty() && options.include_prerelease) {
        out.below(*to->numbers[0], *to->numbers[1], *to->numbers[2] + 1);
    } else {
        out.add(Op::less_equal, *to->numbers[0], *to->numbers[1], *to->numbers[2], to->prerelease);
    }
    return std::move(out).take();
}

enum class Sigil : std::uint8_t { compare, caret, tilde };

struct Token {
    Sigil sigil = Sigil::compare;
    Op op = Op::equal;
    std::string_view rest;
};

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

/// Takes `op version` off the front; blanks may stand between the two, none inside the version.
Token take_token(std::string_view& text) {
    Token token;
    if (text.starts_with('^')) {
        token.sigil = Sigil::caret;
        text.remove_prefix(1);
    } else if (text.starts_with('~')) {
        token.sigil = Sigil::tilde;
        text.remove_prefix(1);
        skip_blanks(text);
        text.remove_prefix(text.starts_with('>') ? 1 : 0);
    } else {
        const bool less = text.starts_with('<');
        const bool greater = text.starts_with('>');
        text.remove_prefix(less || greater ? 1 : 0);
        const bool equal = text.starts_with('=');
        text.remove_prefix(equal ? 1 : 0);
        if (less) {
            token.op = equal ? Op::less_equal : Op::less;
        } else if (greater) {
            token.op = equal ? Op::greater_equal : Op::greater;
        }
    }
    skip_blanks(text);
    const std::size_t length = std::min(text.find(' '), text.size());
    token.rest = text.substr(0, length);
    text.remove_prefix(length);
    return token;
}

/// Nothing for a token that is no comparator.
std::optional<std::vector<Comparator>> read_token(const Token& token, RangeOptions options) {
    const auto partial = parse_partial(token.rest, options.mode);
    if (!partial) {
        return std::nullopt;
    }
    Bounds out;
    switch (token.sigil) {
        case Sigil::caret:
            caret(*partial, options, out);
            break;
        case Sigil::tilde:
            tilde(*partial, options, out);
            break;
        case Sigil::compare:
            if (!compare(token.op, *partial, options, out)) {
                return std::nullopt;
            }
            break;
    }
    return std::move(out).take();
}

bool is_everything(const Comparator& comparator, RangeOptions options) {
    return comparator.op == Op::any ||
           (comparator.op == Op::greater_equal &&
            comparator.bound == SemVer(0, 0, 0, options.include_prerelease ? "0" : ""));
}

bool same(const Comparator& a, const Comparator& b) {
    return a.op == b.op && (a.op == Op::any || a.bound == b.bound);
}

std::vector<Comparator> normalize(std::vector<Comparator> comparators, RangeOptions options) {
    for (Comparator& comparator : comparators) {
        if (is_null_set(comparator)) {
            return {comparator};
        }
        if (is_everything(comparator, options)) {
            comparator = {};
        }
    }
    std::vector<Comparator> out;
    std::unordered_set<std::string> seen;
    for (Comparator& comparator : comparators) {
        // Hashing pays from some length on; it keeps a long hostile range linear.
        const bool repeated =
            comparators.size() > 8
                ? !seen.insert(comparator.to_string()).second
                : std::ranges::any_of(out, [&](const auto& o) { return same(o, comparator); });
        if (!repeated) {
            out.push_back(std::move(comparator));
        }
    }
    if (out.size() > 1) {
        std::erase_if(out, [](const Comparator& c) { return c.op == Op::any; });
    }
    return out;
}

}  // namespace

bool is_null_set(const Comparator& comparator) {
    return comparator.op == Op::less && comparator.bound == SemVer(0, 0, 0, "0");
}

std::optional<std::vector<Comparator>> parse_alternative(std::string_view text,
                                                         RangeOptions options) {
    if (auto comparators = hyphen(text, options)) {
        return normalize(*std::move(comparators), options);
    }
    std::vector<Comparator> comparators;
    if (text.empty()) {
        comparators.emplace_back();
    }
    while (!text.empty()) {
        const Token token = take_token(text);
        skip_blanks(text);
        if (auto read = read_token(token, options)) {
            comparators.insert(comparators.end(), read->begin(), read->end());
        } else if (options.mode == SemVerMode::strict) {
            return std::nullopt;
        }
        // Loosely, what is no comparator is dropped, as npm does.
    }
    if (comparators.empty()) {
        return std::nullopt;
    }
    return normalize(std::move(comparators), options);
}

}  // namespace apilab::radar::internal
