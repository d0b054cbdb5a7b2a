#pragma once

#include <cstdint>
#include <string_view>

namespace apilab::sandbox::google {

/// Quota units of an operation (providers/gmail, "Quota").
[[nodiscard]] std::int64_t cost_of(std::string_view operation);
/// Does a scope, a list separated by spaces, permit the operation? As the discovery document says.
[[nodiscard]] bool scope_permits(std::string_view scope, std::string_view operation);

}  // namespace apilab::sandbox::google
