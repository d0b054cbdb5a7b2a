#pragma once

#include <memory>
#include <span>
#include <string>

#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

/// `docs/fidelity.md`: of each provider its card and, from the route table, its operations with
/// what each does. Markdown.
[[nodiscard]] std::string fidelity_page(std::span<const std::unique_ptr<Provider>> providers);

}  // namespace apilab::sandbox
