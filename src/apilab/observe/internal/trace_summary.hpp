#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apilab/observe/trace_store.hpp"

namespace apilab::observe::internal {

/// What a list says of a story; id and sequence are the store's to give.
[[nodiscard]] TraceSummary summary_of(const Story& story);
/// The URL that a search looks through: of the first request where it was kept.
[[nodiscard]] std::string searched_url(const Story& story);
/// The n-th call's id, another for each n: short, and so spread that a slip of the finger is no
/// other call's.
[[nodiscard]] std::string trace_id_of(std::uint64_t n);

/// The enumerator of that word; the last where it is none.
template <class E>
[[nodiscard]] E word_value(std::string_view word, E last) {
    for (int i = 0; i < static_cast<int>(last); ++i) {
        if (to_string(static_cast<E>(i)) == word) {
            return static_cast<E>(i);
        }
    }
    return last;
}

}  // namespace apilab::observe::internal
