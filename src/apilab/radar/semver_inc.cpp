#include "apilab/radar/semver_inc.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar {
namespace {

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        parts.emplace_back(text.substr(0, dot));
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return parts;
}

std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        out += out.empty() ? "" : ".";
        out += part;
    }
    return out;
}

bool is_number(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, internal::is_digit);
}

std::optional<std::string> next_prerelease(const std::string& current, IncrementOptions options) {
    const std::string base = options.base ? std::to_string(*options.base) : std::string();
    const bool valid =
        options.identifier.empty()
            ? options.base.has_value()
            : internal::read_prerelease(options.identifier, SemVerMode::strict).has_value();
    if (!valid) {
        return std::nullopt;
    }
    std::vector<std::string> parts = split(current);
    if (parts.empty()) {
        parts.push_back(base.empty() ? "0" : base);
    } else {
        const auto last_number = std::ranges::find_if(parts.rbegin(), parts.rend(), is_number);
        if (last_number != parts.rend()) {
            std::string_view digits = *last_number;
            const auto value = internal::take_number(digits, SemVerMode::strict);
            if (!value) {
                return std::nullopt;
            }
            *last_number = std::to_string(*value + 1);
        } else if (!options.base && join(parts) == options.identifier) {
            return std::nullopt;  // nothing would change
        } else {
            parts.push_back(base.empty() ? "0" : base);
        }
    }
    if (options.identifier.empty()) {
        return join(parts);
    }
    const std::vector<std::string> wanted = split(options.identifier);
    const bool continues =
        parts.size() > wanted.size() && std::equal(wanted.begin(), wanted.end(), parts.begin());
    if (continues && is_number(parts[wanted.size()])) {
        return join(parts);
    }
    std::string out(options.identifier);
    if (options.base) {
        out += '.' + base;
    }
    return out;
}

}  // namespace

std::optional<ReleaseType> parse_release_type(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, ReleaseType>, 8> words{
        {{"major", ReleaseType::major},
         {"minor", ReleaseType::minor},
         {"patch", ReleaseType::patch},
         {"premajor", ReleaseType::premajor},
         {"preminor", ReleaseType::preminor},
         {"prepatch", ReleaseType::prepatch},
         {"prerelease", ReleaseType::prerelease},
         {"release", ReleaseType::release}}};
    for (const auto& [word, type] : words) {
        if (word == text) {
            return type;
        }
    }
    return std::nullopt;
}

std::optional<SemVer> increment(const SemVer& version, ReleaseType type, IncrementOptions options) {
    std::uint64_t major = version.major_number();
    std::uint64_t minor = version.minor_number();
    std::uint64_t patch = version.patch_number();
    const bool pre = version.is_prerelease();
    std::optional<std::string> prerelease = std::string();
    switch (type) {
        case ReleaseType::major:
            major += minor != 0 || patch != 0 || !pre ? 1 : 0;
            minor = patch = 0;
            break;
        case ReleaseType::minor:
            minor += patch != 0 || !pre ? 1 : 0;
            patch = 0;
            break;
        case ReleaseType::patch:
            patch += pre ? 0 : 1;
            break;
        case ReleaseType::release:
            if (!pre) {
                return std::nullopt;
            }
            break;
        case ReleaseType::premajor:
            ++major;
            minor = patch = 0;
            prerelease = next_prerelease("", options);
            break;
        case ReleaseType::preminor:
            ++minor;
            patch = 0;
            prerelease = next_prerelease("", options);
            break;
        case ReleaseType::prepatch:
            ++patch;
            prerelease = next_prerelease("", options);
            break;
        case ReleaseType::prerelease:
            patch += pre ? 0 : 1;
            prerelease = next_prerelease(version.prerelease(), options);
            break;
    }
    if (!prerelease || std::max({major, minor, patch}) > SemVer::number_max) {
        return std::nullopt;
    }
    return SemVer(major, minor, patch, *std::move(prerelease));
}

std::optional<SemVer> truncate(const SemVer& version, ReleaseType type) {
    switch (type) {
        case ReleaseType::major:
            return SemVer(version.major_number(), 0, 0);
        case ReleaseType::minor:
            return SemVer(version.major_number(), version.minor_number(), 0);
        case ReleaseType::patch:
            return SemVer(version.major_number(), version.minor_number(), version.patch_number());
        case ReleaseType::premajor:
        case ReleaseType::preminor:
        case ReleaseType::prepatch:
        case ReleaseType::prerelease:
            return SemVer(version.major_number(), version.minor_number(), version.patch_number(),
                          version.prerelease());
        case ReleaseType::release:
            break;
    }
    return std::nullopt;
}

}  // namespace apilab::radar
