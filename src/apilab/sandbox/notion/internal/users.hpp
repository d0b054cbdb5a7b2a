#pragma once

#include <string_view>

namespace apilab::sandbox::notion {

/// Who made the seed world.
inline constexpr std::string_view person_id = "7d3f1c9a-52c4-4f0e-9b1d-0a11ab000003";
inline constexpr std::string_view workspace_id = "7d3f1c9a-52c4-4f0e-9b1d-0a11ab000002";

}  // namespace apilab::sandbox::notion
