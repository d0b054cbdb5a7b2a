#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/api/items.hpp"

namespace apilab::sandbox::api {

/// What a list asks for beside its page, in any of five styles; all given conditions hold together.
///
/// - `state=open`, `label=bug`, `since=...` (see `ItemFilter`), and any field by its name
/// - `number[gte]=10&title[contains]=axios`
/// - `filter=state eq 'open' and (number ge 10 or labels has 'bug')` (as OData and SCIM write it)
/// - `rsql=state==open;number=ge=10,labels==bug` (`;` and before `,` or, parentheses)
/// - JSON, in `POST /items/search`:
///   `{"and": [{"field": "state", "op": "eq", "value": "open"}, {"not": {...}}]}`
///
/// Fields: `id`, `number`, `title`, `package`, `state`, `labels`, `created_at`, `updated_at`.
/// Operators: `eq ne lt le gt ge contains in`; on labels `eq`, `has` and `in` ask whether one of
/// them is. Text compares by bytes, times as times. At most 2000 bytes, 100 comparisons, 16 levels.
class Condition {
public:
    enum class Kind : std::uint8_t { all, any, none, compare };
    /// Takes everything.
    Condition() = default;

    [[nodiscard]] bool takes(const Item& item) const;

    Kind kind = Kind::all;
    std::vector<Condition> parts;
    std::string field;
    /// One of the operators; `has` is `eq`.
    std::string op;
    /// More than one only with `in`.
    std::vector<std::string> values;
};

/// Errors of all: `invalid_argument`, whose detail is the parameter (`filter`) or the pointer into
/// the body, and whose message says where in the text and what would be right.
[[nodiscard]] Result<Condition> parse_filter(std::string_view text);
[[nodiscard]] Result<Condition> parse_rsql(std::string_view text);
[[nodiscard]] Result<Condition> parse_json_filter(http::Json json, const std::string& pointer);
/// The conditions in `name=value` and `name[op]=value`; names that are no field are left alone.
[[nodiscard]] Result<Condition> parse_fields(
    const std::vector<std::pair<std::string, std::string>>& query);

/// Field and direction.
struct SortBy {
    std::string field;
    bool descending = false;
};
/// `-updated_at,number`: at most four fields. Detail `sort`.
[[nodiscard]] Result<std::vector<SortBy>> parse_sort(std::string_view text);
/// What is equal: the newest number first.
void sort_items(std::vector<const Item*>& rows, const std::vector<SortBy>& by);

/// `id,title`: the members that are wanted (`id` always is). Detail `fields`.
[[nodiscard]] Result<std::vector<std::string>> parse_sparse(std::string_view text);
/// The item with those members only; all where none are named.
[[nodiscard]] std::string sparse_text(const Item& item, const std::vector<std::string>& members);

}  // namespace apilab::sandbox::api
