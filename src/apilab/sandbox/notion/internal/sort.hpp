#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apilab/http/json.hpp"
#include "apilab/sandbox/notion/internal/store.hpp"

namespace apilab::sandbox::notion {

/// Puts pages in the order of `sorts`: by property or timestamp, the first counts most. What is
/// empty comes last, either way. The message of a `validation_error` where a sort cannot be read.
[[nodiscard]] std::optional<std::string> sort_pages(http::Json sorts, const Store& store,
                                                    const Schema& schema,
                                                    std::vector<const Page*>& pages);

}  // namespace apilab::sandbox::notion
