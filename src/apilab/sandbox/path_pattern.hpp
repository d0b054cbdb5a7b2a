#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

namespace apilab::sandbox {

/// The segments of a percent-encoded path, each decoded by itself, so that `%2f` stays inside its
/// segment: `/@octo%2Futil/1.0.0` gives `@octo/util` and `1.0.0`; `/` gives none.
[[nodiscard]] std::vector<std::string> split_path(std::string_view path);

/// A path with places: `/repos/{owner}/{repo}/releases`. `{name}` takes exactly one segment that is
/// not empty, `{name+}` as the last part takes one or more. A plain path is a pattern too.
class PathPattern {
public:
    /// At most 32 parts. Errors (`invalid_argument`): no leading slash, a brace inside a part, an
    /// empty or repeated name, `{name+}` before the end.
    [[nodiscard]] static Result<PathPattern> parse(std::string_view text);

    /// Does the path fit, and which values do its places take? `values` may be null; it is
    /// complete only where the answer is true. The rest of `{name+}` is joined with slashes.
    [[nodiscard]] bool match(std::span<const std::string> segments,
                             std::map<std::string, std::string>* values) const;
    /// Is there a path that both would take?
    [[nodiscard]] bool overlaps(const PathPattern& other) const;
    /// Higher is more specific; among patterns that match one path the highest is meant:
    /// `/repos/{owner}/{repo}/releases/latest` before `/repos/{owner}/{repo}/releases/{id}`.
    [[nodiscard]] bool more_specific_than(const PathPattern& other) const;

private:
    struct Part {
        enum class Kind : std::uint8_t { literal, one, rest };
        Kind kind = Kind::literal;
        /// The decoded literal, or the name of the place.
        std::string text;
    };
    std::vector<Part> parts_;
};

}  // namespace apilab::sandbox
