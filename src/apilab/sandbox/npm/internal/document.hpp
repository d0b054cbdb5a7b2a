#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "apilab/sandbox/npm/packument.hpp"

namespace apilab::sandbox::npm {

/// A document in memory becomes a packument. Its `name` is a string; `base_mark` stands where the
/// registry's URL does.
[[nodiscard]] Packument write_packument(const boost::json::object& document);

/// Where a version's tarball is, with `base_mark`.
[[nodiscard]] std::string tarball_url(std::string_view package, std::string_view version);

}  // namespace apilab::sandbox::npm
