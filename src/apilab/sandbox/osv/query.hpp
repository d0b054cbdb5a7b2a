#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/osv/record.hpp"

namespace apilab::sandbox::osv {

/// One query, read and checked.
struct Query {
    std::string ecosystem;
    std::string package;
    /// Empty: every record of the package.
    std::string version;
    /// Lower case; in place of a package.
    std::string commit;
    /// How many results earlier pages held.
    std::size_t offset = 0;
    /// False for what the service takes and never finds: a package URL of a type it does not know,
    /// a name without ecosystem.
    bool findable = true;
    /// A token was given.
    bool continued = false;
};

/// Reads one query by the service's own rules (providers/osv, "POST /v1/query"). The error's
/// message is the service's wording for a 400.
[[nodiscard]] Result<Query> read_query(http::Json from);

/// The token that continues this query at `offset`. It holds a check of the query, so that it is of
/// no use with another one.
[[nodiscard]] std::string page_token(const Query& query, std::size_t offset);

}  // namespace apilab::sandbox::osv
