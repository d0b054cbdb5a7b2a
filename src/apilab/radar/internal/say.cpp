#include "apilab/radar/internal/say.hpp"

#include <fmt/format.h>

#include <utility>

#include "apilab/base/digest.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/service/notion_row.hpp"
#include "apilab/radar/service/slack_text.hpp"

namespace apilab::radar::internal {

SlackEffect say_on_slack(const std::string& watch, const std::vector<Item>& items,
                         const Grounds& grounds, const SlackSink& sink) {
    auto said =
        slack_text(watch, items, {.report = grounds.report, .named_max = grounds.named_max});
    return {.channel = sink.channel,
            .text = std::move(said.text),
            .blocks = std::move(said.blocks),
            .thread_ts = {}};
}

NotionEffect say_on_notion(const Item& item) {
    return {.row = item.key(), .revision = item.revision, .properties = notion_columns(item)};
}

std::string notion_hash(const Item& item) {
    return notion_row_hash(item);
}

}  // namespace apilab::radar::internal
