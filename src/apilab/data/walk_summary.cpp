#include "apilab/data/walk_summary.hpp"

#include <fmt/format.h>

namespace apilab::data {

std::string_view to_string(WalkEnd end) {
    switch (end) {
        case WalkEnd::under_way:
            return "under way";
        case WalkEnd::complete:
            return "complete";
        case WalkEnd::incomplete:
            return "incomplete";
        case WalkEnd::capped:
            return "capped";
        case WalkEnd::failed:
            return "failed";
    }
    return "unknown";
}

std::string WalkSummary::describe() const {
    std::string text(to_string(end));
    if (!capped_by.empty()) {
        text += fmt::format(" by {}", capped_by);
    }
    if (!incomplete.empty()) {
        text += fmt::format(" ({})", incomplete);
    }
    text += fmt::format(": {} item{} on {} page{}, {} request{}", items, items == 1 ? "" : "s",
                        pages, pages == 1 ? "" : "s", requests, requests == 1 ? "" : "s");
    const auto add = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) {
            text += fmt::format(", {} {}", count, what);
        }
    };
    add(duplicates, "duplicates dropped");
    add(bad_items, "items not decoded");
    add(keys_forgotten, "keys forgotten");
    add(restarts, "restart");
    return text;
}

}  // namespace apilab::data
