#include "apilab/sandbox/osv/version_order.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace apilab::sandbox::osv {
namespace {

constexpr std::array by_semver{"npm", "Go", "Hex", "Pub", "SwiftURL", "Julia", "VSCode"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Run {
    enum class Kind : std::uint8_t { tilde, letters, end, mark, digits };
    Kind kind = Kind::end;
    std::string_view text;
};

// Takes the next run; `.`, `-`, `_` and `+` only part others, unless a post-release begins.
Run take(std::string_view& rest) {
    while (!rest.empty() && (rest[0] == '.' || rest[0] == '-' || rest[0] == '_')) {
        rest.remove_prefix(1);
    }
    if (rest.empty()) {
        return {};
    }
    const auto same = [&](auto fits) {
        const auto* const end = std::ranges::find_if_not(rest, fits);
        const auto size = static_cast<std::size_t>(end - rest.begin());
        const auto text = rest.substr(0, size);
        rest.remove_prefix(size);
        return text;
    };
    if (is_digit(rest[0])) {
        auto text = same(is_digit);
        text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
        return {.kind = Run::Kind::digits, .text = text};
    }
    if (is_letter(rest[0])) {
        const auto text = same(is_letter);
        const bool after = text == "post" || text == "p" || text == "r" || text == "patch" ||
                           text == "deb" || text == "ubuntu";
        return {.kind = after ? Run::Kind::mark : Run::Kind::letters, .text = text};
    }
    const bool tilde = rest[0] == '~';
    const auto text = rest.substr(0, 1);
    rest.remove_prefix(1);
    return {.kind = tilde ? Run::Kind::tilde : Run::Kind::mark, .text = text};
}

std::strong_ordering order(const Run& a, const Run& b) {
    if (a.kind != b.kind) {
        return a.kind <=> b.kind;
    }
    if (a.kind == Run::Kind::digits && a.text.size() != b.text.size()) {
        return a.text.size() <=> b.text.size();
    }
    return a.text <=> b.text;
}

// The part before `:` is an epoch, 0 where there is none.
std::string_view take_epoch(std::string_view& version) {
    const auto colon = version.find(':');
    if (colon == std::string_view::npos ||
        !std::ranges::all_of(version.substr(0, colon), is_digit)) {
        return "0";
    }
    const auto epoch = version.substr(0, colon);
    version.remove_prefix(colon + 1);
    return epoch;
}

bool within(const VersionRange& range, std::string_view version) {
    if (range.introduced != "0" && loose_order(version, range.introduced) < 0) {
        return false;
    }
    if (!range.fixed.empty()) {
        return loose_order(version, range.fixed) < 0;
    }
    return range.last_affected.empty() || loose_order(version, range.last_affected) <= 0;
}

}  // namespace

std::strong_ordering loose_order(std::string_view a, std::string_view b) {
    auto epoch_a = take_epoch(a);
    auto epoch_b = take_epoch(b);
    if (const auto first = order(take(epoch_a), take(epoch_b)); first != 0) {
        return first;
    }
    while (true) {
        const auto one = take(a);
        const auto other = take(b);
        if (const auto result = order(one, other); result != 0) {
            return result;
        }
        if (one.kind == Run::Kind::end) {
            return std::strong_ordering::equal;
        }
    }
}

std::string_view base_ecosystem(std::string_view ecosystem) {
    return ecosystem.substr(0, ecosystem.find(':'));
}

bool holds_version(const Affected& affected, std::string_view version) {
    if (std::ranges::find(by_semver, base_ecosystem(affected.ecosystem)) != by_semver.end()) {
        return affects(affected, version);
    }
    return std::ranges::find(affected.versions, version) != affected.versions.end() ||
           std::ranges::any_of(affected.ranges,
                               [&](const VersionRange& range) { return within(range, version); });
}

}  // namespace apilab::sandbox::osv
