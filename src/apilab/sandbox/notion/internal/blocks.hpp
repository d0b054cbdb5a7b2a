#pragma once

#include <string>
#include <vector>

#include "apilab/sandbox/notion/internal/block_types.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"

namespace apilab::sandbox::notion {

/// Puts blocks below a page or block, from place `at` on; returns the ids of the topmost ones.
std::vector<std::string> add_blocks(const Call& call, const Parent& parent, std::size_t at,
                                    const std::vector<BlockTree>& trees);

}  // namespace apilab::sandbox::notion
