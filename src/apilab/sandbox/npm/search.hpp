#pragma once

#include <string>

#include "apilab/sandbox/npm/shelf.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox::npm {

/// The body of `GET /-/v1/search`: packages whose name or description holds every word of
/// `text` (without case), by name; `scope:octo` is a word for names of that scope. `size` is at
/// most 250, 20 by default; scores are constant, as they are today.
[[nodiscard]] std::string search_body(const Shelf& shelf, const Incoming& incoming);

}  // namespace apilab::sandbox::npm
