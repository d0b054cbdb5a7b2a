#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/github/store.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::github {

/// One page of `GET /advisories`.
struct AdvisoryPage {
    std::vector<const Advisory*> advisories;
    std::string link;
};

/// The page of `rows` that `before` or `after` (cursors) and `per_page` ask for, with links over
/// `path`.
[[nodiscard]] Result<AdvisoryPage> cut_by_cursor(const Incoming& incoming,
                                                 const std::vector<const Advisory*>& rows,
                                                 std::string_view path);

/// Filters and pages the global advisories: `ecosystem`, `affects` (`name` or `name@version`, comma
/// separated or repeated, at most 1000), `severity`, `cve_id`, `ghsa_id`, `is_withdrawn`, `type`,
/// `sort` (published, updated), `direction`, `before` or `after` (cursors), `per_page`. The error's
/// message is what stands in `errors` of a 422.
[[nodiscard]] Result<AdvisoryPage> list_advisories(const Store& store, const Incoming& incoming);

}  // namespace apilab::sandbox::github
