#pragma once

#include <span>
#include <string>
#include <string_view>

#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::api {

/// OpenAPI 3.1 of the API's own routes. A route without a description here is described by its
/// name alone; a test sees to it that none is.
[[nodiscard]] std::string openapi_document(std::span<const Route> routes,
                                           std::string_view base_url);

}  // namespace apilab::sandbox::api
