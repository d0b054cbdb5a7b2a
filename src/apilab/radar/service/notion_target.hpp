#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apilab/provider/notion.hpp"
#include "apilab/radar/service/effects.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/work/outbox.hpp"
#include "apilab/work/store_writer.hpp"

namespace apilab::radar {

/// Writes the machine's columns of the working list: one row for each key, made once, though the
/// API has no unique properties, no idempotency keys, and an index that lags.
///
/// - **Which row.** Revision N looks into the store at the messages of N-1, N-2, ... (20 at most):
///   one that is open still holds N back, the newest that names a page says which it is, without
///   any query. Where none does, the row is looked for by its `Key`, the trash included, and made
///   only where there is none.
/// - **Order.** A row whose `Revision` is N or more is left as it is: N is superseded.
/// - **Once.** Each write is one attempt; what became of it is found out by `look_up`: of a page
///   that is known by reading it, of a new one by its `Key`. Two rows of one key are told as
///   duplicated, and the older one is kept up to date meanwhile.
/// - **Outages.** What is read before a write may fail for a day before it costs sends, at growing
///   distances up to half an hour; a revision that waits for another one costs none.
/// - **Refused credentials.** After a 401 or 403 of the token nobody's row is asked about for a
///   minute, then two, four, up to half an hour: a person has to mend that, and each row of fifty
///   would be refused anew.
/// - **People.** Only the machine's columns are sent. A row that somebody has thrown away, or
///   deleted for good, stays away: nothing is written, nothing is made anew, and the message counts
///   as applied. Taken out of the trash, the row gets the next revision.
/// - **Columns** that are missing are added, once in this process and after a refusal; people's
///   columns only where the list is set up (there is no `Key` yet). The title goes into whichever
///   column is the title. Where a name is taken by a column of another type, ours is called
///   `Status (radar)`; that one is not touched.
///
/// The provider stands on a client that does not repeat writes. Belongs to the scheduler's thread;
/// what is passed in outlives it.
class NotionTarget final : public work::OutboxTarget {
public:
    /// Messages that are looked at before a query.
    static constexpr std::int64_t chain_max = 20;

    NotionTarget(provider::Notion notion, work::StoreWriter& writer, runtime::Scheduler& scheduler);

    /// One call after another, three a second at most: `Outbox::add(name, target, options())`.
    [[nodiscard]] static work::OutboxTargetOptions options();

    [[nodiscard]] runtime::Task<work::SendOutcome> send(work::Message message) override;
    [[nodiscard]] runtime::Task<work::LookUpOutcome> look_up(work::Message message) override;

private:
    struct Chain;
    struct Row;
    [[nodiscard]] runtime::Task<Result<Chain>> chain_of(work::Message message,
                                                        NotionEffect effect) const;
    [[nodiscard]] runtime::Task<Result<Row>> row_of(provider::Notion notion, std::string page,
                                                    std::string key) const;
    [[nodiscard]] runtime::Task<Result<Row>> page_row(provider::Notion notion,
                                                      std::string page) const;
    [[nodiscard]] runtime::Task<Result<bool>> prepare(provider::Notion notion);
    [[nodiscard]] runtime::Task<work::SendOutcome> write(provider::Notion notion,
                                                         work::Message message, NotionEffect effect,
                                                         Row row, bool fresh);
    [[nodiscard]] work::SendOutcome later(const work::Message& message, const Error& error);
    [[nodiscard]] work::SendOutcome not_begun(const work::Message& message, const Error& error);
    void note_refusal(const Error& error);
    /// How long the token is left alone; zero: it is not.
    [[nodiscard]] Duration refused_for() const;
    [[nodiscard]] Duration pause_after(const work::Message& message, const Error& error) const;
    struct Attempt;
    [[nodiscard]] provider::Notion notion_for(const work::Message& message) const;
    [[nodiscard]] work::SendOutcome outcome_of(const work::Message& message, const Error& error,
                                               Attempt attempt);
    [[nodiscard]] std::string column(const std::string& name) const;
    [[nodiscard]] std::int64_t revision_of(const provider::notion::Page& page) const;

    provider::Notion notion_;
    work::StoreWriter& writer_;
    runtime::Scheduler& scheduler_;
    /// Our names and what the columns are called; empty: not asked yet.
    std::map<std::string, std::string> columns_;
    /// The token was refused, so often in a row.
    SystemTime refused_until_;
    int refusals_ = 0;
};

}  // namespace apilab::radar
