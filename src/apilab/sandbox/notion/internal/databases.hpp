#pragma once

#include <expected>

#include "apilab/sandbox/notion/internal/call.hpp"

namespace apilab::sandbox::notion {

/// The data source that an old version's database is. The error: it has several, which versions
/// before 2025-09-03 cannot say (providers/notion, "Version drift").
[[nodiscard]] std::expected<DataSource*, http::Response> only_source(const Database& database,
                                                                     const Call& call);

}  // namespace apilab::sandbox::notion
