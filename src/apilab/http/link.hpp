#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/http/headers.hpp"

namespace apilab::http {

/// One link of a `Link` header (RFC 8288 section 3).
struct Link {
    /// The target between `<` and `>`, as it stands there (absolute or a reference).
    std::string target;
    /// Parameters in order; names lower case, values unquoted.
    std::vector<std::pair<std::string, std::string>> params;

    /// Is there a parameter of that (lower case) name?
    [[nodiscard]] bool has(std::string_view name) const;
    /// Is `relation` one of the (space separated, case-insensitive) relation types?
    [[nodiscard]] bool has_rel(std::string_view relation) const;
};

/// Reads one field value. What is malformed ends the list: links before it are kept. At most 64
/// links with 32 parameters each.
[[nodiscard]] std::vector<Link> parse_link(std::string_view field);
/// The target of the first link with that relation over all `Link` fields. Links that are about
/// another resource (`anchor`, RFC 8288 section 3.2) are passed over.
[[nodiscard]] std::optional<std::string> find_link(const Headers& headers,
                                                   std::string_view relation);

}  // namespace apilab::http
