#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/github/internal/state.hpp"

namespace apilab::sandbox::github {

/// `q` taken apart; everything in lower case.
struct SearchQuery {
    struct Term {
        /// Empty: a word to be found.
        std::string qualifier;
        std::string value;
        bool negated = false;
    };
    std::vector<Term> terms;

    /// The values of a qualifier that is not negated.
    [[nodiscard]] std::vector<std::string> values(std::string_view qualifier) const;
};

[[nodiscard]] SearchQuery parse_search(std::string_view q);
/// Is a repository meant by `repo:`, `user:`, `org:`; all where none of them stands there.
[[nodiscard]] bool in_scope(const SearchQuery& query, std::string_view repository);
/// `>=2024-01-01`, `2024-01-01..2024-02-01`, `2024-01-01` against a time as answers write it.
[[nodiscard]] bool time_fits(std::string_view range, std::string_view time);
[[nodiscard]] bool issue_matches(const SearchQuery& query, const Issue& issue);

}  // namespace apilab::sandbox::github
