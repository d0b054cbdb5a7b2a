#pragma once

#include <cstddef>

namespace apilab::sandbox::notion {

class Store;

/// Puts the seed world into an empty store: a home page with a block of every kind, nested; a
/// database; its data source of `pages` pages. The first page has 30 relations, the second a text
/// of 30 pieces: more than a page shows.
void fill_with_seed(Store& store, std::size_t pages);

}  // namespace apilab::sandbox::notion
