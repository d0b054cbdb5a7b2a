#pragma once

#include <vector>

#include "apilab/data/page_source.hpp"

namespace apilab::data {

/// All pages of a list as documents, without copying them; for callers that read whole pages. The
/// caps of `options` bound what is kept in memory. Errors: those of the walk. The service outlives
/// the task.
[[nodiscard]] runtime::Task<Result<std::vector<http::JsonDocument>>> collect_pages(
    runtime::Service& service, http::Request first, PageRules rules, PageOptions options);

}  // namespace apilab::data
