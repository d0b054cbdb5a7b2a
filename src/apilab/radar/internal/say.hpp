#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apilab/radar/report.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/radar/service/item.hpp"

// How what the planner decided is put into words: the one place where it meets them.
namespace apilab::radar::internal {

/// What an announcement stands on.
struct Grounds {
    /// Null: nobody was asked anew (`replan`).
    const Report* report = nullptr;
    std::size_t named_max = 15;
};

[[nodiscard]] SlackEffect say_on_slack(const std::string& watch, const std::vector<Item>& items,
                                       const Grounds& grounds, const SlackSink& sink);
/// The row as it is to be, in the item's revision.
[[nodiscard]] NotionEffect say_on_notion(const Item& item);
[[nodiscard]] std::string notion_hash(const Item& item);

}  // namespace apilab::radar::internal
