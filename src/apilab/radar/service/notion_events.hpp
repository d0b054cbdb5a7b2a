#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"

namespace apilab::radar {

/// What a webhook of Notion means to us. It carries ids and no values: whatever it says is to be
/// read.
struct NotionNews {
    /// `page.properties_updated`.
    std::string type;
    /// People's columns may have changed: read them.
    bool read = false;
    /// The one row that it is about; empty: all of them.
    std::string page;
    /// Why it is to be read or not, for the log: `a row of another data source`.
    std::string why;
    std::optional<SystemTime> at;
};

/// What is ours.
struct NotionOurs {
    std::string data_source;
    /// The id of our own bot (`Notion::me`): what nobody else had a hand in is not read. Empty: not
    /// known.
    std::string bot;
};

/// Reads an event; pure. Rows that were made, changed, moved, taken out of the trash, or whose
/// columns changed are to be read; comments, contents, other data sources and what our own bot did
/// alone are not. A type that is not known is read where it is about a page or data source of ours,
/// so that a new one is not missed; so is an event that does not say whose page it is about.
/// Order and number of events say nothing, hence none is trusted further than to read.
///
/// Error: `decode` for what is no JSON object, or has no `/type`. Source:
/// developers.notion.com/reference/webhooks-events-delivery.
[[nodiscard]] Result<NotionNews> read_notion_event(std::string_view body, const NotionOurs& ours);

}  // namespace apilab::radar
