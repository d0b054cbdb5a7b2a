#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox::internal {

/// An operation that a request without one may have meant.
struct NearMiss {
    std::string provider;
    const Route* route = nullptr;
    /// What would have to be otherwise, in a few words: `the method is POST`, `segment 3 is
    /// "issues", not "isues"`.
    std::vector<std::string> why;
    /// 0 would be a match.
    std::size_t distance = 0;
};

/// The nearest operations of a provider to a request, at most three, the nearest first; nothing
/// that has little in common. A wrong method counts one, a segment as much as its letters differ
/// (three at most), one that is missing or too many three.
[[nodiscard]] std::vector<NearMiss> nearest_operations(const Surface::Entry& provider,
                                                       std::string_view method,
                                                       std::string_view path);
/// `{"near_misses":[{"seq","provider","method","path","nearest":[{"operation","method","path",
/// "why"}]}]}`, the newest requests first.
[[nodiscard]] std::string near_misses_json(const Sandbox& sandbox, std::size_t limit);

}  // namespace apilab::sandbox::internal
