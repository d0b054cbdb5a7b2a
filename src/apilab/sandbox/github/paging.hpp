#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

/// Which stretch of a list an answer holds.
struct Slice {
    std::size_t first = 0;
    std::size_t count = 0;
    /// The `Link` header, or empty where everything is on one page.
    std::string link;
};

/// `per_page`: 30 unless asked, at most 100; what is no positive number counts as not asked.
[[nodiscard]] std::size_t page_size(const Incoming& incoming);

/// By page number, over `total` rows. Links are written over `path` (which names the repository by
/// number, not by owner and name, as the real ones do) and keep every other parameter.
[[nodiscard]] Slice slice_by_page(const Incoming& incoming, std::size_t total,
                                  std::string_view path);

/// A link to this request with other values of `changes`; an empty value drops the parameter.
[[nodiscard]] std::string link_to(
    const Incoming& incoming, std::string_view path,
    std::initializer_list<std::pair<std::string_view, std::string>> changes, std::string_view rel);

}  // namespace apilab::sandbox::github
