#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"

// What a person may have the service do, as the manifest says it: `POST /admin/dead/{id}/again`, or
// with a body of JSON behind it: `POST /actions {"job": {jobs.id}}`.
namespace apilab::cli::checklist {

struct Action {
    std::string method;
    std::string path;
    /// Empty: none.
    std::string body;
};

/// POST, PUT, PATCH or DELETE, a path, and whatever follows as its body. Error
/// (`invalid_argument`): it is none.
[[nodiscard]] Result<Action> parse_action(std::string_view text);

/// What stands for `{id}`, `{jobs.id}`; nothing: there is none.
using ValueOf = std::function<std::optional<std::string>(std::string_view name)>;
/// With all that is put in. Nothing where something is missing, or is more than a plain id
/// (letters, digits and `-_.:@`, at most 200): it goes into a path and into JSON.
[[nodiscard]] std::optional<Action> filled(Action action, const ValueOf& value_of);

/// A field of the first entry of a list in a document of JSON: `jobs.id` of the list `jobs`; `id`
/// of the document where it is a list itself, else of the first list in it that has an entry.
[[nodiscard]] std::optional<std::string> field_of_first(std::string_view document,
                                                        std::string_view name);

}  // namespace apilab::cli::checklist
