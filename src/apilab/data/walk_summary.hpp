#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace apilab::data {

/// How a walk ended.
enum class WalkEnd : std::uint8_t {
    /// It has not.
    under_way,
    /// The list was handed out to its end.
    complete,
    /// To its end, and the other side says that this was not all (`WalkSummary::incomplete`).
    incomplete,
    /// A cap of ours was reached and there is more (`WalkSummary::capped_by`).
    capped,
    /// An error was the last element.
    failed,
};
[[nodiscard]] std::string_view to_string(WalkEnd end);

/// What a walk did, over all its runs where it was continued. Only a `complete` one may be taken
/// for the whole list (for instance to find out what was removed).
struct WalkSummary {
    WalkEnd end = WalkEnd::under_way;
    /// Why the list is not whole, in the other side's words.
    std::string incomplete;
    /// `pages_max` or `items_max`.
    std::string capped_by;
    /// Pages read.
    std::uint64_t pages = 0;
    /// Items handed out.
    std::uint64_t items = 0;
    /// Requests made, those ahead included that were not needed in the end.
    std::uint64_t requests = 0;
    /// Items dropped because their key was there before.
    std::uint64_t duplicates = 0;
    /// Items that could not be decoded (`BadItem::go_on`).
    std::uint64_t bad_items = 0;
    /// Keys forgotten because there were more than `keys_max`: a duplicate from further back is no
    /// longer noticed.
    std::uint64_t keys_forgotten = 0;
    /// Times that an expired cursor led back to the start: 0 or 1.
    std::uint64_t restarts = 0;
    /// What the next walk may start from; given at the end of a complete walk.
    std::string sync_token;

    /// `complete: 1000 items on 10 pages, 10 requests`.
    [[nodiscard]] std::string describe() const;
};

}  // namespace apilab::data
