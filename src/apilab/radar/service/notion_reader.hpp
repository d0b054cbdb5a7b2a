#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apilab/provider/notion.hpp"
#include "apilab/radar/service/item.hpp"

namespace apilab::radar {

/// What people's columns of one row say.
struct NotionHuman {
    /// `webshop/lodash`, as `Item::key`.
    std::string key;
    std::string page;
    HumanColumns human;
    /// Rounded down to the minute by Notion.
    SystemTime edited;
};

struct NotionReading {
    /// Those that were edited last come last; of several rows of one key only the one edited last.
    std::vector<NotionHuman> rows;
    /// What the next reading begins from: to be kept with what was read, in one transaction.
    std::optional<SystemTime> checkpoint;
    /// There are more rows than were read: read again, from the checkpoint.
    bool more = false;
    /// Rows without a key: somebody else's.
    std::size_t strangers = 0;
    /// Dates that nobody can read; such a row has no snooze.
    std::size_t unreadable = 0;
};

struct NotionReaderOptions {
    /// So much of what was read is read again: times are rounded to the minute, and the index lags.
    /// Default 10 min, range 1 min to 1 day.
    Duration look_back = std::chrono::minutes(10);
    /// Rows in one reading. Default 10,000 (Notion's own limit), range 1 to 10,000.
    std::size_t rows_max = 10'000;
    /// Where a day begins that names no zone.
    std::string zone = "UTC";
    std::string key_column = "Key";

    /// Error: `invalid_argument`, detail the field.
    [[nodiscard]] Result<void> validate() const;
};

/// Reads what people wrote into the working list. Never writes.
///
/// `Decision` may be a select, a status, a multi-select or a text, `Owner` people, a choice or a
/// text, `Snooze until` a date with or without time and zone (of a range its end). A column that is
/// missing, of another type or empty says nothing. Names of people that come as ids only are asked
/// for once each; where that is refused, the id stands for the name.
///
/// A row is read again whenever anything in it was edited, by the machine too: whoever takes it
/// compares. Rows in the trash are not read.
class NotionReader {
public:
    explicit NotionReader(provider::Notion notion, NotionReaderOptions options = {})
        : notion_(std::move(notion)), options_(std::move(options)) {}

    /// Its calls are within `trace` from now on.
    void set_trace(const http::TraceContext& trace) { notion_ = notion_.within(trace); }
    /// All rows edited since `checkpoint`, less `look_back`; without one all there are. Errors: the
    /// provider's; `too_large` where more rows than `rows_max` were edited so shortly after another
    /// that no checkpoint leads on.
    [[nodiscard]] runtime::Task<Result<NotionReading>> read(std::optional<SystemTime> checkpoint);
    /// One row, which a webhook named. Nothing: it is not there (any more), in the trash, of
    /// another data source, or has no key.
    [[nodiscard]] runtime::Task<Result<std::optional<NotionHuman>>> read_page(std::string page);
    /// The id of the bot that we are (`Notion::me`), for `NotionOurs::bot`; asked for until it is
    /// known, and not again. Empty: Notion did not say.
    [[nodiscard]] runtime::Task<std::string> bot(http::TraceContext trace = {});

private:
    [[nodiscard]] runtime::Task<std::string> owner_of(provider::notion::Page page);
    [[nodiscard]] runtime::Task<std::optional<NotionHuman>> human_of(provider::notion::Page page,
                                                                     std::size_t* unreadable);

    provider::Notion notion_;
    NotionReaderOptions options_;
    /// Names by ids; the id itself where there is none to be had.
    std::map<std::string, std::string> names_;
    std::string bot_;
};

}  // namespace apilab::radar
