#include "apilab/radar/internal/say.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/radar/service/notion_row.hpp"

namespace apilab::radar::internal {
namespace {

std::string line_of(const Item& item) {
    const Decision& decision = item.decision;
    std::string line = fmt::format("{}: {}", decision.package, to_string(decision.action));
    if (decision.command) {
        line += ", " + *decision.command;
    }
    if (decision.confidence != Confidence::full) {
        line += fmt::format(" (confidence {})", to_string(decision.confidence));
    }
    return line;
}

}  // namespace

SlackEffect say_on_slack(const std::string& watch, const std::vector<Item>& items,
                         const Grounds& grounds, const SlackSink& sink) {
    std::string text = fmt::format("{}: {} to look at", watch, items.size());
    if (grounds.report != nullptr && !all_sources_ok(*grounds.report)) {
        text += " (not every source answered)";
    }
    const std::size_t named = std::min(items.size(), grounds.named_max);
    for (std::size_t i = 0; i < named; ++i) {
        text += "\n" + line_of(items[i]);
    }
    if (named < items.size()) {
        text += fmt::format("\nand {} more", items.size() - named);
    }
    return {.channel = sink.channel, .text = std::move(text), .blocks = {}, .thread_ts = {}};
}

NotionEffect say_on_notion(const Item& item) {
    return {.row = item.key(), .revision = item.revision, .properties = notion_columns(item)};
}

std::string notion_hash(const Item& item) {
    return notion_row_hash(item);
}

}  // namespace apilab::radar::internal
