#pragma once

#include "apilab/base/suggestion.hpp"

namespace apilab::cli {

using apilab::closest;

}  // namespace apilab::cli
