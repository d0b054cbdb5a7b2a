#include "apilab/sandbox/path_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/utf8.hpp"

namespace apilab::sandbox {
namespace {

constexpr std::size_t parts_max = 32;

std::vector<std::string_view> raw_segments(std::string_view path) {
    std::vector<std::string_view> segments;
    if (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    while (!path.empty()) {
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) {
            break;
        }
        path.remove_prefix(slash + 1);
        if (path.empty()) {
            segments.emplace_back();  // `/a/` is not `/a`
        }
    }
    return segments;
}

}  // namespace

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> segments;
    for (const auto raw : raw_segments(path)) {
        // What stands there comes back in answers, which are JSON.
        segments.push_back(internal::repaired_utf8(http::percent_decode(raw)));
    }
    return segments;
}

Result<PathPattern> PathPattern::parse(std::string_view text) {
    const auto bad = [&](std::string_view why) {
        return fail(ErrorKind::invalid_argument, fmt::format("path '{}': {}", text, why));
    };
    if (!text.starts_with('/')) {
        return bad("a path starts with '/'");
    }
    PathPattern pattern;
    const auto segments = raw_segments(text);
    if (segments.size() > parts_max) {
        return bad(fmt::format("more than {} parts", parts_max));
    }
    for (std::size_t i = 0; i < segments.size(); ++i) {
        auto part = segments[i];
        if (part.find_first_of("{}") == std::string_view::npos) {
            pattern.parts_.push_back({Part::Kind::literal, http::percent_decode(part)});
            continue;
        }
        if (part.size() < 3 || part.front() != '{' || part.back() != '}') {
            return bad("a place is a whole part: {name} or, at the end, {name+}");
        }
        part = part.substr(1, part.size() - 2);
        const bool rest = part.ends_with('+');
        if (rest) {
            part.remove_suffix(1);
        }
        if (part.empty() || part.find_first_of("{}+") != std::string_view::npos) {
            return bad("a place needs a name: {name}");
        }
        if (rest && i + 1 != segments.size()) {
            return bad("{name+} can only be the last part");
        }
        if (std::ranges::any_of(pattern.parts_, [&](const Part& other) {
                return other.kind != Part::Kind::literal && other.text == part;
            })) {
            return bad(fmt::format("the name '{}' stands there twice", part));
        }
        pattern.parts_.push_back({rest ? Part::Kind::rest : Part::Kind::one, std::string(part)});
    }
    return pattern;
}

bool PathPattern::match(std::span<const std::string> segments,
                        std::map<std::string, std::string>* values) const {
    const bool open = !parts_.empty() && parts_.back().kind == Part::Kind::rest;
    if (open ? segments.size() < parts_.size() : segments.size() != parts_.size()) {
        return false;
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Part& part = parts_[i];
        if (part.kind == Part::Kind::literal) {
            if (part.text != segments[i]) {
                return false;
            }
            continue;
        }
        if (segments[i].empty()) {
            return false;
        }
        if (values != nullptr) {
            std::string value = segments[i];
            for (std::size_t j = i + 1; part.kind == Part::Kind::rest && j < segments.size(); ++j) {
                value += '/';
                value += segments[j];
            }
            values->insert_or_assign(part.text, std::move(value));
        }
    }
    return true;
}

bool PathPattern::overlaps(const PathPattern& other) const {
    const auto& a = parts_;
    const auto& b = other.parts_;
    for (std::size_t i = 0;; ++i) {
        if (i == a.size() || i == b.size()) {
            return a.size() == b.size();
        }
        const bool both_literal =
            a[i].kind == Part::Kind::literal && b[i].kind == Part::Kind::literal;
        if (both_literal && a[i].text != b[i].text) {
            return false;
        }
        if (a[i].kind == Part::Kind::rest || b[i].kind == Part::Kind::rest) {
            return true;
        }
    }
}

bool PathPattern::more_specific_than(const PathPattern& other) const {
    const auto shared = std::min(parts_.size(), other.parts_.size());
    for (std::size_t i = 0; i < shared; ++i) {
        if (parts_[i].kind != other.parts_[i].kind) {
            return parts_[i].kind < other.parts_[i].kind;
        }
    }
    return parts_.size() > other.parts_.size();
}

}  // namespace apilab::sandbox
