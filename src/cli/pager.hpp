#pragma once

#include <string_view>

#include "command.hpp"

namespace apilab::cli {

/// Prints a text; through `$PAGER` where stdout is a terminal with fewer lines than the text has.
/// `PAGER=cat`, an empty one and `-q` mean: straight out.
void show_paged(std::string_view text, const Globals& globals);

}  // namespace apilab::cli
